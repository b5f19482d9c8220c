"""What cannot be meant is found, at its place, with a word on how to mend it."""

from __future__ import annotations

import pytest

from orchestrator.blueprint import lint, load
from orchestrator.blueprint.linter import CHECKS
from tests.blueprint.workspaces import files, findings, loaded, messages, workspace


def campaign(**keys: str) -> str:
    """A campaign on one line each, `news` unless it says otherwise."""
    written = {"campaign": "news", "moment": "{on: playlist.ready}", "channel": "[push]", "tactic": "{template: hi}"}
    return "\n".join(f"{key}: {value}" for key, value in {**written, **keys}.items())


def test_a_sound_workspace_has_no_findings() -> None:
    assert loaded().problems == ()


@pytest.mark.parametrize(
    ("keys", "code", "hint"),
    [
        ({"purpose": "marketng"}, "purpose.unknown", "Did you mean 'marketing'?"),
        ({"markets": "[IDD]"}, "market.unknown", "Did you mean 'ID'?"),
        ({"goal": "{moment: sesion.started, within: 3d}"}, "moment.unknown", "Did you mean 'session.started'?"),
        ({"segment": "new-listners"}, "segment.unknown", "Did you mean 'new-listeners'?"),
        ({"identify": "[frst_name]"}, "attribute.unknown", "Did you mean 'first_name'?"),
        ({"moment": "{on: playlist.raedy}"}, "moment.unknown", "Did you mean 'playlist.ready'?"),
        ({"channel": "[push, emial]"}, "channel.unknown", "Did you mean 'email'?"),
        ({"channel": "emial"}, "channel.unknown", "Did you mean 'email'?"),
        ({"channel": "[market, push]"}, "channel.unknown", "'market'"),
        ({"tactic": "{template: hii}"}, "template.unknown", "Did you mean 'hi'?"),
        ({"segment": "{where: 'tenure_dys <= 3'}"}, "condition.name", "Did you mean 'tenure_days'?"),
        ({"moment": "{on: playlist.ready, where: 'data.trcks > 3'}"}, "condition.name", "Did you mean 'tracks'?"),
        ({"moment": "{every: daily 07:30, where: 'data.tracks > 3'}"}, "condition.name", "'tracks'"),
        (
            {"segment": "{where: \"count('sesion.started', '3d') > 1\"}"},
            "condition.name",
            "Did you mean 'session.started'?",
        ),
    ],
)
def test_a_name_in_a_campaign_that_nothing_bears_is_an_error_and_the_workspace_loads(
    keys: dict[str, str], code: str, hint: str
) -> None:
    result = loaded(news=campaign(**keys))
    (problem,) = result.problems
    assert result.workspace is not None
    assert (problem.severity, problem.code) == ("error", code)
    assert hint in problem.message
    assert problem.line == 1 + list({"campaign": 0, "moment": 1, "channel": 2, "tactic": 3, **keys}).index(
        next(iter(keys))
    )


def test_names_in_kairos_yaml_and_markets_yaml_are_checked_too() -> None:
    kairos = """
    caps:
      - {limit: 1, per: 7d, purpose: promo}
      - {limit: 1, per: 7d, channel: smss}
      - {limit: 0, per: 7d, when: "stage == 'x' and data.x"}
    providers:
      pigeon: [{adapter: outbox, markets: [XX]}]
    """
    markets = """
    world:
      timezone: UTC
      channels: [email, fax]
      consent: {emal: opt-in}
      prefix: {telex: "x"}
      suffix: {letter: "x"}
    """
    assert findings(kairos=kairos, markets=markets, segments=None, news=None) == [
        "purpose.unknown promo",
        "channel.unknown smss",
        "condition.name stage",
        "condition.name data.x",
        "channel.unknown pigeon",
        "market.unknown XX",
        "channel.unknown fax",
        "channel.unknown emal",
        "channel.unknown telex",
        "channel.unknown letter",
    ]


def test_a_name_whose_own_entry_is_wrong_is_not_called_unknown() -> None:
    """One mistake, one line: what uses the attribute, the moment or its data is not blamed for it."""
    kairos = """
    attributes: {tenure_days: {type: intger}}
    moments: {playlist.ready: {data: {tracks: {type: intger}}}, session.started: [x]}
    """
    news = campaign(
        moment="{on: playlist.ready, where: 'data.tracks > 1'}", goal="{moment: session.started, within: 1d}"
    )
    assert findings(kairos=kairos, news=news) == ["schema.value intger", "schema.value intger", "schema.value ["]


@pytest.mark.parametrize("kairos", ["a: [", "- a", "attributes: [a]\nmoments: 3"])
def test_nothing_is_called_unknown_where_the_names_cannot_be_read(kairos: str) -> None:
    found = findings(kairos=kairos, news=campaign(identify="[first_name]"))
    assert found
    assert all(line.startswith(("yaml.syntax", "schema.value")) for line in found)


def test_a_sensitive_attribute_must_be_named_by_the_campaign_that_uses_it() -> None:
    near = "'distance_km(location, 1, 2) < 5'"
    named = campaign(identify="[location]", segment=f"{{where: {near}}}")
    assert findings(news=named) == []
    assert findings(news=campaign(segment=f"{{where: {near}}}")) == ["attribute.sensitive '"]
    assert findings(news=campaign(segment="near"), segments=f"near: {{where: {near}}}") == ["attribute.sensitive near"]


def test_a_cap_may_use_no_sensitive_attribute() -> None:
    kairos = (
        "attributes: {location: {type: geo, sensitive: true}}\ncaps: [{limit: 0, per: 1d, when: 'location is defined'}]"
    )
    assert findings(kairos=kairos, segments=None, news=None) == ["attribute.sensitive '"]


@pytest.mark.parametrize("name", ["market", "true", "first-name", "class"])
def test_an_attribute_that_no_condition_can_name_is_a_warning(name: str) -> None:
    assert findings(kairos=f"attributes:\n  {name}: string", segments=None, news=None) == [f"attribute.name {name}"]


def test_campaigns_must_not_share_a_name_and_should_have_their_files() -> None:
    assert findings(other=campaign(), third=campaign(campaign="fourth")) == [
        "campaign.duplicate news",
        "campaign.file_name fourth",
    ]


def test_a_missing_secret_is_a_warning_where_it_is_used() -> None:
    kairos = 'providers:\n  email: [{adapter: outbox, key: "${MISSING_KEY}"}]'
    (problem,) = loaded(kairos=kairos, segments=None, news=None).problems
    assert (problem.line, problem.column, problem.severity, problem.code) == (
        2,
        34,
        "warning",
        "provider.secret_missing",
    )
    assert "MISSING_KEY" in problem.message


def test_a_secret_in_the_file_is_a_warning_that_does_not_repeat_it() -> None:
    kairos = "providers:\n  sms: [{adapter: outbox, auth_token: hunter2}]"
    (problem,) = loaded(kairos=kairos, segments=None, news=None).problems
    assert (problem.severity, problem.code) == ("warning", "provider.secret_written")
    assert "${SMS_AUTH_TOKEN}" in problem.message
    assert "hunter2" not in problem.message


def test_real_providers_want_real_links() -> None:
    kairos = "providers: {sms: [{adapter: twilio}], email: [{adapter: smtp}]}"
    assert findings(kairos=kairos, segments=None, news=None) == ["links.local twilio"]
    assert findings(kairos=f'{kairos}\nlinks: {{base: "https://example.com"}}', segments=None, news=None) == []


@pytest.mark.parametrize(
    ("entry", "column", "says"),
    [
        ("FR: {consent: {email: opt-out}}", 16, "email needs opt-out here, and opt-in by default"),
        ("DE: {consent: {email: opt-in, sms: double-opt-in}}", 16, "email needs opt-in here, and double-opt-in"),
        ("DE: {consent: {email: double-opt-in}}", 6, "sms needs opt-in here, and double-opt-in"),
        ("TH: {quiet_hours: none}", 6, "'none' lifts the default's hours, too"),
        ("TH: {quiet_hours: {from: '21:00', until: '09:00'}}", 6, "on Mon at 20:00"),
        ("US: {quiet_hours: {from: '20:00', until: '09:00'}}", 6, "on Sun at 09:00"),
        ("KR: {prefix: {sms: '(광고)', push: '(광고)'}}", 6, "email has the prefix '(광고) '"),
        ("VN: {prefix: {sms: '[QC] ', email: '[AD] '}}", 29, "email has the prefix '[QC] '"),
        ("CN: {suffix: {}}", 6, "sms has the suffix"),
        ("VN: {daily: {sms: 3, email: 4}}", 22, "email may come 4 times a day here, and 3 times"),
        ("VN: {daily: {sms: 3}}", 6, "email may come as often as you like here"),
        ("TH: {nights: true}", 6, "outside of the default's hours"),
    ],
)
def test_an_entry_that_loosens_a_default_is_a_warning(entry: str, column: int, says: str) -> None:
    (problem,) = loaded(markets=entry, news=None).problems
    assert (problem.line, problem.column) == (1, column)
    assert (problem.severity, problem.code) == ("warning", "market.loosened")
    assert says in problem.message


@pytest.mark.parametrize(
    "entry",
    [
        "TH: {quiet_hours: {from: '20:00', until: '09:00'}}",
        "TH: {quiet_hours: [{from: '19:00', until: '10:00'}, {from: '12:00', until: '13:00'}]}",
        "US: {consent: {email: opt-in}}",
        "FR: {consent: {email: double-opt-in}}",
        "KR: {prefix: {sms: '(광고) ', push: '(광고) ', email: '(광고) '}}",
        "KW: {quiet_hours: none, consent: {email: opt-out}}",
        "VN: {daily: {sms: 1, email: 3, push: 5}}",
        "KR: {nights: false}",
    ],
)
def test_an_entry_that_is_as_strict_or_has_no_default_is_fine(entry: str) -> None:
    assert loaded(markets=entry, news=None).problems == ()


@pytest.mark.parametrize(
    ("name", "says"), [("us", "Did you mean 'US'?"), ("USA", "Did you mean 'US'?"), ("UK", "Did you mean 'GB'?")]
)
def test_a_market_that_nearly_has_a_country_code_is_a_warning(name: str, says: str) -> None:
    assert any(says in message for message in messages(markets=f"{name}: {{timezone: UTC}}", news=None))


def test_a_market_of_which_nobody_knows_the_zone_is_a_warning() -> None:
    assert findings(markets="world: {}", news=None) == ["market.zone_unknown world"]
    assert findings(markets="world: {timezone: UTC}", news=None) == []


def test_yaml_that_nothing_reads_is_a_warning() -> None:
    odd = {"kairos.yml": b"", "marketz.yaml": b"", "campaigns/a.yml": b"", "campaigns/deep/b.yaml": b""}
    other = {"templates/hi/x.yaml": b"", "notes.txt": b"", "sub/kairos.yaml": b""}
    problems = load({**files(), **odd, **other}).problems
    assert [(problem.file, problem.code) for problem in problems] == [(name, "file.unread") for name in sorted(odd)]
    assert "'markets.yaml'" in problems[-1].message


def test_a_folder_without_kairos_yaml_is_doubted() -> None:
    assert [problem.code for problem in load({}).problems] == ["file.missing"]


def test_what_the_linter_finds_is_among_the_problems_of_loading() -> None:
    """`lint` alone gives the same, for those who have a workspace already."""
    texts = {"news": campaign(purpose="promo", segment="nobody")}
    found = lint(workspace(**texts), files(**texts))
    assert tuple(sorted(found)) == loaded(**texts).problems


def test_every_check_says_what_it_looks_for() -> None:
    assert all(check.__doc__ for check in CHECKS)
