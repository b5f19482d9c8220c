"""A workspace is loaded into values, with defaults for all that is not written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.blueprint import (
    AttributeType,
    Cap,
    ClockRange,
    Condition,
    FieldType,
    Goal,
    Purpose,
    Scope,
    SmsLimits,
    load,
)
from orchestrator.blueprint.conditions import NEVER
from orchestrator.blueprint.yaml_reader import read_yaml
from tests.blueprint.workspaces import KAIROS, MARKETS, files, loaded, workspace

SMALL = """
locale: en
attributes:
  first_name: {type: string}
  tenure_days: {type: integer, fresh: 7d}
moments:
  ping: {data: {n: integer, text: string, amount: number}}
  bought: {data: {}}
purposes:
  transactional: {consent: none, caps: exempt, quiet_hours: exempt}
  marketing: {consent: market}
caps: [{limit: 2, per: 24h, purpose: marketing}]
quiet_hours: {from: "21:00", until: "08:00"}
"""
ANYWHERE = """
US: {locales: [en], currency: USD, timezone: UTC, channels: [email, sms], consent: {email: opt-out, push: opt-out}, quiet_hours: none}
ID: {locales: [id], currency: IDR, timezone: Asia/Jakarta, channels: [email], consent: {email: opt-out}}
WW: {locales: [en], currency: USD, timezone: UTC, channels: [email], consent: {email: opt-out}, quiet_hours: none}
KW: {locales: [ar], currency: KWD, timezone: UTC, channels: [email, sms], consent: {email: opt-out}, quiet_hours: none}
"""
NIGHT = ClockRange(time(21), time(8))
FULL = """
campaign: news
purpose: transactional
markets: [ID]
goal: {moment: session.started, within: 3d}
segment: new-listeners
identify: [first_name]
moment:
  on: playlist.ready
  where: "data.tracks >= 10"
  expires: 12h
  send: {between: ["07:00-09:00", "17:00-19:00"]}
channel: [push, whatsapp, push]
tactic: {template: hi}
priority: 50
holdout: 5%
paused: true
"""


def holds(condition: Condition | None, data: dict[str, object] | None = None, **attributes: object) -> bool:
    assert condition is not None
    at = datetime(2026, 3, 2, tzinfo=UTC)
    return condition.holds(Scope(attributes, data or {}, {}, "push", {}, "playlist.ready", at))


def test_a_small_workspace_loads_without_errors() -> None:
    """Rules that are loosened are warnings: whoever writes them may mean them."""
    ping = "{campaign: news, purpose: marketing, moment: {on: ping, expires: 2h}, channel: [email], tactic: {template: hi}}"
    result = loaded(kairos=SMALL, markets=ANYWHERE, segments="{}", news=ping)
    assert result.workspace is not None
    assert {problem.severity for problem in result.problems} == {"warning"}
    united, indonesia = result.workspace.markets["US"], result.workspace.markets["ID"]
    assert (united.quiet_hours, united.windows) == ((), ())
    assert (indonesia.quiet_hours, len(indonesia.windows)) == (None, 1)
    assert indonesia.consent["sms"] == "opt-in"


def test_an_empty_workspace_has_sane_defaults() -> None:
    """Every section may be left out: two purposes, English, no caps, no quiet hours, the built-in markets."""
    empty = load({}).workspace
    assert empty is not None
    assert empty.locale == "en"
    assert empty.purposes == {
        "transactional": Purpose("transactional", "none", capped=False, quiet=False),
        "marketing": Purpose("marketing", "market", capped=True, quiet=True),
    }
    assert (empty.caps, empty.quiet_hours, empty.providers, empty.campaigns) == ((), (), {}, {})
    assert len(empty.markets) == 32
    assert empty.sms.max_segments == 6


def test_sections_without_content_count_as_left_out() -> None:
    kairos = "attributes:\nmoments:\npurposes:\ncaps:\nquiet_hours:\nproviders:\nsms:\nlinks:\nsender:\nlocale:\n"
    assert loaded(kairos=kairos, news=None, segments=None).problems == ()


def test_a_campaign_answers_the_six_questions() -> None:
    campaign = workspace(news=FULL).campaigns["news"]
    assert campaign.goal == Goal("session.started", timedelta(days=3))
    assert holds(campaign.segment, tenure_days=3)
    assert not holds(campaign.segment, tenure_days=4)
    assert campaign.identify == ("first_name",)
    assert (campaign.moment.on, campaign.moment.expires) == ("playlist.ready", timedelta(hours=12))
    assert holds(campaign.moment.where, {"tracks": 10})
    assert [str(hours) for hours in campaign.moment.between] == ["07:00-09:00", "17:00-19:00"]
    assert campaign.channel == ("push", "whatsapp")
    assert campaign.template == "hi"
    assert (campaign.purpose, campaign.markets) == ("transactional", frozenset({"ID"}))
    assert (campaign.priority, campaign.holdout, campaign.paused) == (50, 0.05, True)
    assert campaign.file == "campaigns/news.yaml"


def test_the_shortest_campaign_is_marketing_to_all_on_the_markets_channels() -> None:
    campaign = workspace(news="{campaign: news, moment: {on: playlist.ready}, tactic: {template: hi}}").campaigns[
        "news"
    ]
    assert (campaign.purpose, campaign.channel, campaign.markets, campaign.segment) == (
        "marketing",
        "market",
        None,
        None,
    )
    assert (campaign.priority, campaign.holdout, campaign.paused, campaign.goal) == (0, 0.0, False, None)
    assert (campaign.moment.expires, campaign.moment.between) == (None, ())


@pytest.mark.parametrize(
    ("channel", "value"),
    [("email", ("email",)), ("[sms, email]", ("sms", "email")), ("market", "market"), ("auto", "auto")],
)
def test_a_channel_is_a_list_or_one_or_left_to_others(channel: str, value: object) -> None:
    text = f"{{campaign: news, moment: {{on: playlist.ready}}, channel: {channel}, tactic: {{template: hi}}}}"
    assert workspace(news=text).campaigns["news"].channel == value


@pytest.mark.parametrize(
    ("holdout", "share"), [("5%", 0.05), ("12.5 %", 0.125), ("0.2", 0.2), ("0", 0.0), ("100%", 1.0)]
)
def test_a_holdout_is_a_percentage_or_a_share(holdout: str, share: float) -> None:
    text = f"{{campaign: news, moment: {{on: playlist.ready}}, holdout: {holdout}, tactic: {{template: hi}}}}"
    assert workspace(news=text).campaigns["news"].holdout == share


def test_a_scheduled_campaign_has_its_schedule_and_clock() -> None:
    text = "{campaign: news, moment: {every: 'mon 07:30', clock: utc}, tactic: {template: hi}}"
    trigger = workspace(news=text).campaigns["news"].moment
    assert trigger.on is None
    assert trigger.every is not None
    assert (trigger.every.weekdays, trigger.clock) == ({0}, "utc")


def test_a_segment_may_be_written_in_place() -> None:
    text = '{campaign: news, segment: {where: "data.tracks > 3 and tenure_days < 2"}, moment: {on: playlist.ready}, tactic: {template: hi}}'
    segment = workspace(news=text).campaigns["news"].segment
    assert holds(segment, {"tracks": 4}, tenure_days=1)
    assert not holds(segment, {"tracks": 3}, tenure_days=1)


def test_types_of_attributes_and_moments_are_short_or_long() -> None:
    kairos = """
    attributes: {name: string, seen: {type: datetime, fresh: 1w, sensitive: true}}
    moments: {a: {data: {n: integer, m: {type: money, required: true}}}, b: {}, c: }
    """
    found = workspace(kairos=kairos, segments=None, news=None)
    assert found.attributes["name"] == AttributeType("string")
    assert found.attributes["seen"] == AttributeType("datetime", timedelta(days=7), sensitive=True)
    assert found.moments["a"].data == {"n": FieldType("integer"), "m": FieldType("money", required=True)}
    assert found.moments["b"].data == found.moments["c"].data == {}


def test_a_purpose_replaces_only_itself() -> None:
    kairos = "purposes: {marketing: {consent: opt-in}, service: {consent: none, caps: exempt}, news: {}}"
    purposes = workspace(kairos=kairos, segments=None, news=None).purposes
    assert purposes["marketing"] == Purpose("marketing", "opt-in")
    assert purposes["transactional"] == Purpose("transactional", "none", capped=False, quiet=False)
    assert purposes["service"] == Purpose("service", "none", capped=False, quiet=True)
    assert purposes["news"] == Purpose("news", "market")


def test_caps_count_in_windows_or_in_days_and_weeks() -> None:
    kairos = """
    attributes: {stage: string}
    caps:
      - {limit: 3, per: 7d, purpose: marketing}
      - {limit: 1, per: day, channel: sms}
      - {limit: 0, per: week, when: "stage == 'bought'"}
    """
    first, second, third = workspace(kairos=kairos, segments=None, news=None).caps
    assert first == Cap(3, timedelta(days=7), purpose="marketing")
    assert second == Cap(1, "day", channel="sms")
    assert (third.limit, third.per, holds(third.when, stage="bought")) == (0, "week", True)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("{from: '21:00', until: 08:00}", (NIGHT,)),
        ("[{from: 21:00, until: 08:00}]", (NIGHT,)),
        ("none", ()),
        ("[]", ()),
    ],
)
def test_quiet_hours_are_one_or_several_or_none(text: str, hours: tuple[ClockRange, ...]) -> None:
    assert workspace(kairos=f"quiet_hours: {text}", segments=None, news=None).quiet_hours == hours


def test_links_sender_and_limits() -> None:
    kairos = """
    sms: {max_segments: 2, reference: 16}
    links: {base: "https://example.com/kairos/"}
    sender: {name: Kairos, address: "1 Example Street"}
    """
    found = workspace(kairos=kairos, segments=None, news=None)
    assert found.sms == SmsLimits(max_segments=2, reference=16)
    assert found.links_base == "https://example.com/kairos"
    assert (found.sender.name, found.sender.address) == ("Kairos", "1 Example Street")


PROVIDERS = """
providers:
  email:
    - {adapter: sendgrid, key: "${KEY}", headers: {auth: "Bearer ${TOKEN}"}, tags: ["${TAG}", x], retries: 3}
    - {adapter: outbox, weight: 2, markets: [ID]}
"""


def test_secrets_come_from_the_environment_that_is_given() -> None:
    result = loaded({"KEY": "k", "TOKEN": "t", "TAG": "g"}, kairos=PROVIDERS, segments=None, news=None)
    assert result.workspace is not None
    sendgrid, outbox = result.workspace.providers["email"]
    assert sendgrid.settings == {"key": "k", "headers": {"auth": "Bearer t"}, "tags": ["g", "x"], "retries": 3}
    assert (outbox.adapter, outbox.weight, outbox.markets, outbox.settings) == ("outbox", 2, frozenset({"ID"}), {})


def test_a_missing_secret_is_none_and_named_and_the_workspace_loads() -> None:
    result = loaded({"KEY": "k"}, kairos=PROVIDERS, segments=None, news=None)
    assert result.workspace is not None
    sendgrid = result.workspace.providers["email"][0]
    assert sendgrid.settings["key"] == "k"
    assert sendgrid.settings["headers"] == {"auth": None}
    assert sendgrid.missing == ("TAG", "TOKEN")
    assert not [problem for problem in result.problems if problem.severity == "error"]


def test_a_secret_is_not_shown() -> None:
    result = loaded({"KEY": "k3y", "TOKEN": "t", "TAG": "g"}, kairos=PROVIDERS, segments=None, news=None)
    assert "k3y" not in repr(result)


def test_the_version_changes_with_any_file_and_with_nothing_else() -> None:
    same = files()
    first, again = load(same).workspace, load(dict(reversed(same.items()))).workspace
    other = load({**same, "templates/hi/push.txt": b"x"}).workspace
    moved = load({**same, "templates/hi/pus": b"h.txt"}).workspace
    assert first
    assert again
    assert other
    assert moved
    assert first.version == again.version
    assert len({first.version, other.version, moved.version}) == 3


# what only the linter finds lets the workspace load, and fails closed


def test_nobody_is_in_an_unknown_segment() -> None:
    text = "{campaign: news, segment: nobody-wrote-this, moment: {on: playlist.ready}, tactic: {template: hi}}"
    assert workspace(news=text).campaigns["news"].segment == NEVER


def test_an_unknown_purpose_is_the_strictest() -> None:
    text = "{campaign: news, purpose: promo, moment: {on: playlist.ready}, tactic: {template: hi}}"
    assert workspace(news=text).purposes["promo"] == Purpose("promo", "opt-in", capped=True, quiet=True)


def test_an_unknown_name_in_a_condition_holds_for_nobody() -> None:
    segment = workspace(segments="new-listeners: {where: 'tenur_days <= 3'}").segments["new-listeners"]
    assert not holds(segment, tenure_days=1)


def test_campaigns_that_share_a_name_are_paused() -> None:
    text = "{campaign: news, moment: {on: playlist.ready}, tactic: {template: hi}}"
    campaign = workspace(other=text).campaigns["news"]
    assert campaign.paused
    assert campaign.file == "campaigns/news.yaml"


# what keeps it from loading


@pytest.mark.parametrize(
    "broken",
    [
        {"kairos": "a: [1"},
        {"kairos": "locale: en\nlocale: en"},
        {"kairos": "- a"},
        {"kairos": "colour: red"},
        {"segments": "new-listeners: {where: 'tenure_days <'}"},
        {"segments": "new-listeners: tenure_days"},
        {"markets": "ID: {timezone: Asia/Jakata}"},
        {"markets": "ID: {timezone: Asia/Jakarta, timezones: [Asia/Jakarta]}"},
        {"news": "campaign: news"},
        {"news": None, "empty": ""},
    ],
)
def test_no_workspace_is_made_of_what_is_no_yaml_or_breaks_the_schema(broken: dict[str, str | None]) -> None:
    result = loaded(**broken)
    assert result.workspace is None
    assert any(problem.severity == "error" for problem in result.problems)


SCALARS = [
    "string",
    "7d",
    "none",
    "market",
    "email",
    "21:00",
    "07:00-09:00",
    "mon 07:30",
    "a > 1",
    "ID",
    "",
    "playlist.ready",
]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(SCALARS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["where", "type", "on", "x"]), inner),
    max_leaves=6,
)
WHOLE = {
    name: read_yaml(text.encode())[0]
    for name, text in (("kairos", KAIROS + PROVIDERS), ("markets", MARKETS), ("news", FULL))
}
PLACES = [(name, path) for name, document in WHOLE.items() if document for path in document.values]


def _replaced(value: Any, path: Sequence[str | int], other: object) -> Any:
    if not path:
        return other
    items = value.items() if isinstance(value, dict) else enumerate(value)
    changed = {key: _replaced(inner, path[1:], other) if key == path[0] else inner for key, inner in items}
    return changed if isinstance(value, dict) else list(changed.values())


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(PLACES), ANYTHING), min_size=1, max_size=2, unique_by=lambda change: change[0][0]
    )
)
def test_whatever_is_written_is_either_loaded_or_explained(changes: list[Any]) -> None:
    """Anything in any place raises nothing: there is a workspace, or an error whose place is in the file."""
    values = {name: document.value for name, document in WHOLE.items() if document}
    for (name, path), other in changes:
        values[name] = _replaced(values[name], path, other)
    written = files(**{name: json.dumps(value) for name, value in values.items()})
    result = load(written)
    assert result.workspace is not None or any(problem.severity == "error" for problem in result.problems)
    assert all(problem.line == 1 and problem.column <= len(written[problem.file]) for problem in result.problems)
