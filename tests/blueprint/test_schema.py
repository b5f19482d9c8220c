"""The shapes of the files: what is refused says what was found and what is allowed; editors get the same as JSON schemas."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.blueprint import json_schema
from tests.blueprint.workspaces import loaded, messages


@pytest.mark.parametrize(
    ("kairos", "says"),
    [
        ("- a", "Expected a mapping (keys with values), found a list."),
        ("locale: 3", "Expected text such as 'pt_BR', found the number 3."),
        ("locale: pt_BX", "Did you mean 'pt_BR'?"),
        ("caps: {limit: 1}", "Expected a list, such as [a, b], found a mapping."),
        ("caps: [{limit: 1, per: 0d}]", "'0d' is no time at all"),
        ("caps: [{limit: 1.0, per: 1d}]", "Expected a whole number, found the number 1.0."),
        ("caps: [{limit: 1, per: month}]", "'month' is no duration"),
        ("caps: [{per: 1d}]", "The key 'limit' is missing."),
        (
            "quiet_hours: 22-8",
            "Expected {from: '21:00', until: '08:00'}, a list of such, or none; found the text '22-8'.",
        ),
        ("quiet_hours: {from: 22:00}", "The key 'until' is missing."),
        ("purposes: {service: {caps: false}}", "Expected 'exempt', found false."),
        ("purposes: {service: exempt}", "Expected a mapping (keys with values), found the text 'exempt'."),
        ("attributes: {a: {type: text}}", "'object', found the text 'text'."),
        ("moments: {a: {data: {b: {type: date, requird: true}}}}", "Did you mean 'required'?"),
        ("moments: {a: {data: {b: {type: date, required: 'yes'}}}}", "Expected true or false, found the text 'yes'."),
        ("providers: {sms: {adapter: outbox}}", "Expected a list, such as [a, b], found a mapping."),
        ("providers: {sms: [{adapter: outbox, weight: 0}]}", "Expected a number above 0, found the number 0."),
        ("providers: {sms: [{adapter: ''}]}", "Expected some text, found the text ''."),
        ("sms: {max_segments: 0}", "Expected a number of at least 1"),
        ("sms: {reference: 7}", "Expected 8 or 16, found the number 7."),
        ("links: {base: example.com}", "is no web address; expected one such as 'https://example.com/kairos'."),
        ("sender: {name: 3}", "Put it in quotes if it is meant as text."),
    ],
)
def test_kairos_yaml_is_refused_with_what_is_expected(kairos: str, says: str) -> None:
    assert any(says in message for message in messages(kairos=kairos, segments=None, news=None))


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("campaign: 2026", "found the number 2026. Put it in quotes"),
        ("campaign:", "Expected text, found nothing."),
        ("markets: ID", "Expected a list, such as [a, b], found the text 'ID'."),
        ("markets: []", "Expected at least one entry, found an empty list."),
        ("segment: [a]", "Expected text, found a list."),
        ("segment: {when: x}", "The key 'when' is not known. Did you mean 'where'?"),
        ("channel: []", "Expected at least one entry"),
        ("channel: 3", "Expected a list, such as [a, b], found the number 3."),
        ("tactic: hi", "Expected a mapping (keys with values), found the text 'hi'."),
        ("tactic: {template: a/b}", "'a/b' is no folder below templates/"),
        ("holdout: 101%", "Expected a percentage such as '5%', or a number from 0 to 1, found the text '101%'."),
        ("holdout: 5", "found the number 5."),
        ("holdout: true", "found true."),
        ("priority: 1.5", "Expected a whole number, found the number 1.5."),
        ("paused: yes", "Expected true or false, found the text 'yes'."),
        ("goal: {moment: a}", "The key 'within' is missing."),
        ("moment: {}", "Expected either 'on' (the name of a moment) or 'every' (a schedule), and not both."),
        ("moment: {on: playlist.ready, every: daily 07:30}", "and not both."),
        ("moment: {every: sometimes}", "'sometimes' is no schedule; expected days and a time"),
        ("moment: {on: a, clock: UTC}", "Expected 'local' or 'utc', found the text 'UTC'. Did you mean 'utc'?"),
        ("moment: {on: a, send: {between: []}}", "Expected at least one entry"),
        ("moment: {on: a, send: {between: [7-9]}}", "'7' is no time of day"),
        ("moment: {on: a, expires: 1 day}", "'1 day' is no duration"),
        ("prioritiy: 5", "The key 'prioritiy' is not known. Did you mean 'priority'?"),
    ],
)
def test_a_campaign_is_refused_with_what_is_expected(key: str, says: str) -> None:
    lines = {"campaign": "campaign: news", "moment": "moment: {on: playlist.ready}", "tactic": "tactic: {template: hi}"}
    text = "\n".join({**lines, key.split(":")[0]: key}.values())
    result = loaded(news=text)
    assert result.workspace is None
    assert any(says in problem.message for problem in result.problems), result.problems


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("{timezone: Jakarta}", "'Jakarta' is no time zone"),
        ("{timezones: [Asia/Jakarta, Asia/Macassar1]}", "Did you mean 'Asia/Makassar'?"),
        ("{currency: idr}", "Did you mean 'IDR'?"),
        ("{locales: id}", "Expected a list"),
        ("{locales: [idn-XX]}", "no locale that is known"),
        ("{consent: {email: yes}}", "Expected 'opt-in', 'opt-out' or 'double-opt-in', found the text 'yes'."),
        ("{consent: opt-in}", "Expected a mapping"),
        ("{timezone: UTC, timezones: [UTC]}", "Both 'timezone' and 'timezones' are given."),
        ("{quiet_hours: {from: 21, until: 08:00}}", "found the number 21."),
        ("{terms: [a]}", "Expected a mapping"),
        ("{pause_on_refusal: 1}", "Expected true or false"),
        ("{tax: 11%}", "The key 'tax' is not known."),
    ],
)
def test_a_market_is_refused_with_what_is_expected(entry: str, says: str) -> None:
    assert any(says in message for message in messages(markets=f"ID: {entry}", news=None))


def test_terms_and_settings_may_hold_anything() -> None:
    markets = "ID: {terms: {pay: monthly, rates: [1, 2.5], deep: {a: null, b: true}}}"
    kairos = "providers: {sms: [{adapter: outbox, options: {a: [1, {b: c}]}}]}"
    assert loaded(markets=markets, kairos=kairos, segments=None, news=None).problems == ()


def test_there_is_a_json_schema_for_each_kind_of_file() -> None:
    assert list(json_schema()) == ["kairos.yaml", "markets.yaml", "segments.yaml", "campaigns/*.yaml"]
    assert json.loads(json.dumps(json_schema())) == json_schema()


def test_the_json_schema_of_a_campaign_names_its_keys_and_refuses_others() -> None:
    campaign = json_schema()["campaigns/*.yaml"]
    assert {"campaign", "goal", "segment", "identify", "moment", "channel", "tactic"} <= set(campaign["properties"])
    assert set(campaign["required"]) == {"campaign", "moment", "tactic"}
    assert campaign["additionalProperties"] is False


def test_json_schemas_offer_the_names_that_are_fixed() -> None:
    kairos = json_schema()["kairos.yaml"]
    assert "from" in kairos["$defs"]["QuietHours"]["properties"]
    assert "geo" in kairos["$defs"]["AttributeSpec"]["properties"]["type"]["enum"]
    assert _values(json_schema()["campaigns/*.yaml"]["properties"]["channel"]) >= {"email", "market", "auto"}


def _values(schema: Any) -> set[str]:
    """Every value that a schema, or a part of it, enumerates."""
    if isinstance(schema, dict):
        here = {str(value) for value in (*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ()))}
        return here.union(*map(_values, schema.values()))
    return set().union(*map(_values, schema)) if isinstance(schema, list) else set()
