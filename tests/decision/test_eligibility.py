"""Gates about the person: each refuses with its own reason, in their order, and none is asked after one that refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.decision.eligibility import bucket
from tests.support import KAIROS, NEWS, consent, moment, outcomes, person, told, workspace

AT = "2026-03-02T09:00:00Z"


def ask(*lines: dict[str, Any], campaign: str = NEWS, segments: str = "", kairos: str = KAIROS, **data: Any) -> str:
    """What becomes of one ping, after these lines."""
    files = workspace(campaign, segments=segments, kairos=kairos)
    return told(outcomes(files, [*lines, moment(AT, "m1", **data)]))[0]


def test_somebody_unknown_is_not_written_to() -> None:
    """The first gate of all: even a moment that is wrong, too, is that of an unknown person."""
    assert ask() == "drop profile.unknown"
    assert ask(n="three") == "drop profile.unknown"
    assert ask(person("b")) == "drop profile.unknown"


@pytest.mark.parametrize(
    "data",
    [{"n": "3"}, {"n": 3.5}, {"n": True}, {"n": [3]}, {"text": 3}, {"amount": "3"}, {"amount": {"amount": 3}}],
)
def test_a_value_of_another_type_makes_a_moment_invalid(data: dict[str, Any]) -> None:
    """Types are taken at their word; nothing is converted."""
    assert ask(person(), **data) == "drop moment.invalid"


@pytest.mark.parametrize("data", [{}, {"n": None}, {"n": 3, "else": "is ignored"}])
def test_optional_fields_may_be_left_out_and_others_carried(data: dict[str, Any]) -> None:
    """A field is optional unless it says otherwise, and null is as good as nothing."""
    assert ask(person(), **data) == "send"


@pytest.mark.parametrize(
    ("data", "expected"), [({}, "drop moment.invalid"), ({"n": None}, "drop moment.invalid"), ({"n": 0}, "send")]
)
def test_a_required_field_must_be_there(data: dict[str, Any], expected: str) -> None:
    """Zero is there; null is not."""
    kairos = "moments: {ping: {data: {n: {type: integer, required: true}}}}"
    assert ask(person(), kairos=kairos, **data) == expected


@pytest.mark.parametrize("data", [[], "text", 17, [{"n": 3}]])
def test_data_that_is_no_object_makes_a_moment_invalid(data: Any) -> None:
    """Whatever a service sends, it is refused with a reason."""
    line = {"at": AT, "moment": {"id": "m1", "name": "ping", "profile": "a", "data": data}}
    assert told(outcomes(workspace(NEWS), [person(), line])) == ["drop moment.invalid"]


def test_a_moment_that_nobody_declared_is_invalid_unless_none_is_declared_at_all() -> None:
    """A workspace without a list of moments takes them as they come."""
    on_pong = NEWS.replace("ping", "pong")
    lines = [person(), moment(AT, "m1", "pong", n="three")]
    assert told(outcomes(workspace(on_pong), lines)) == ["drop moment.invalid"]
    assert told(outcomes(workspace(on_pong, kairos="locale: en\n"), lines)) == ["send"]


def test_a_paused_campaign_says_so() -> None:
    """After what is wrong with the moment, before whom it is for."""
    paused = NEWS + "paused: true\nmarkets: [DE]\n"
    markets = "US: {}\nDE: {}\n"
    found = outcomes(workspace(paused, markets=markets), [person(), moment(AT, "m1"), moment(AT, "m2", n="x")])
    assert told(found) == ["drop campaign.paused", "drop moment.invalid"]


@pytest.mark.parametrize(
    ("where", "data", "expected"),
    [
        ("data.n >= 10", {"n": 10}, "send"),
        ("data.n >= 10", {"n": 9}, "drop moment.not_matched"),
        ("data.n >= 10", {}, "drop moment.not_matched"),
        ("data.n < 10", {}, "drop moment.not_matched"),
        ("data.n != 10", {}, "drop moment.not_matched"),
        ("data.n >= 10 or data.text == 'x'", {"text": "x"}, "send"),
        ("data.n >= 10 and data.text == 'x'", {"text": "x"}, "drop moment.not_matched"),
        ("data.text in ['x', 'y']", {"text": "y"}, "send"),
        ("data.text not in ['x', 'y']", {"text": "z"}, "send"),
        ("data.n / 0 > 1", {"n": 3}, "drop moment.not_matched"),
        ("tenure_days <= 3", {}, "send"),
        ("market.currency == 'USD'", {}, "send"),
        ("stage == 'bought'", {}, "drop moment.not_matched"),
    ],
)
def test_a_condition_on_the_moment(where: str, data: dict[str, Any], expected: str) -> None:
    """A missing value makes a comparison false, never an error."""
    campaign = NEWS.replace("on: ping", f'on: ping, where: "{where}"')
    assert ask(person(attributes={"tenure_days": 2}), campaign=campaign, **data) == expected


@pytest.mark.parametrize(
    ("market", "expected"),
    [
        ("US", "send"),
        ("DE", "drop market.not_targeted"),
        ("XX", "drop market.not_targeted"),
        (None, "drop market.not_targeted"),
    ],
)
def test_a_campaign_addresses_its_markets(market: str | None, expected: str) -> None:
    """A market that the workspace does not know is none of them, and so is no market at all."""
    markets = "{US: {timezone: UTC, consent: {email: opt-out}}, DE: {}}"
    files = workspace(NEWS + "markets: [US]\n", markets=markets)
    found = outcomes(files, [person(market=market), moment(AT, "m1")])
    assert (told(found), found[0]["market"]) == ([expected], market)


@pytest.mark.parametrize("market", ["XX", "FR", None])
def test_without_markets_a_campaign_still_needs_one_that_is_known(market: str | None) -> None:
    """There would be no law, no currency and no language to go by."""
    assert ask(person(market=market)) == "drop market.not_targeted"


@pytest.mark.parametrize("segment", ["fresh", '{where: "tenure_days <= 3"}'])
@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (3, "send"),
        (4, "drop segment.not_matched"),
        ("3", "drop segment.not_matched"),
        (None, "drop segment.not_matched"),
    ],
)
def test_a_segment_is_named_or_written_in_place(segment: str, days: Any, expected: str) -> None:
    """An attribute of another type than declared counts as missing."""
    segments = 'fresh: {where: "tenure_days <= 3"}'
    assert (
        ask(person(attributes={"tenure_days": days}), campaign=f"{NEWS}segment: {segment}\n", segments=segments)
        == expected
    )


def test_a_segment_looks_back() -> None:
    """The window is exact: what is as old as the window is out of it."""
    active = NEWS + "segment: {where: \"count('bought', '3d') >= 2\"}\n"
    lines = [
        person(),
        moment("2026-03-02T09:00:00Z", "b1", "bought"),
        moment("2026-03-04T09:00:00Z", "b2", "bought"),
        moment("2026-03-05T08:59:59Z", "m1"),
        moment("2026-03-05T09:00:00Z", "m2"),
    ]
    assert told(outcomes(workspace(active), lines)) == ["send", "drop segment.not_matched"]


IDENTIFY = """
attributes:
  genre: string
  tenure_days: {type: integer, fresh: 7d}
  location: {type: geo, sensitive: true}
moments: {ping: {data: {}}}
"""


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"genre": "jazz", "tenure_days": 3}, "send"),
        ({"genre": "jazz"}, "drop identify.missing"),
        ({"genre": "", "tenure_days": 0}, "send"),
        ({"genre": None, "tenure_days": 3}, "drop identify.missing"),
        ({"genre": 3, "tenure_days": 3}, "drop identify.missing"),
        ({}, "drop identify.missing"),
    ],
)
def test_what_a_campaign_must_know(attributes: dict[str, Any], expected: str) -> None:
    """All of it, and of the type declared."""
    campaign = NEWS + "identify: [genre, tenure_days]\n"
    assert ask(person(attributes=attributes), campaign=campaign, kairos=IDENTIFY) == expected


@pytest.mark.parametrize(
    ("at", "expected"), [("2026-02-23T09:00:00Z", "send"), ("2026-02-23T08:59:59Z", "drop identify.stale")]
)
def test_what_is_as_old_as_allowed_is_still_fresh(at: str, expected: str) -> None:
    """Older than `fresh` counts as missing; exactly as old does not."""
    known = person(at=at, attributes={"tenure_days": 3})
    assert ask(known, campaign=NEWS + "identify: [tenure_days]\n", kairos=IDENTIFY) == expected


def test_what_is_learnt_again_is_fresh_again() -> None:
    """The same value, reported anew."""
    lines = [person(at="2026-01-01T00:00:00Z", attributes={"tenure_days": 3})]
    lines.append({"at": "2026-03-02T00:00:00Z", "profile": {"id": "a", "attributes": {"tenure_days": 3}}})
    assert ask(*lines, campaign=NEWS + "identify: [tenure_days]\n", kairos=IDENTIFY) == "send"


def test_what_is_stale_is_missing_to_conditions_and_to_what_must_be_known() -> None:
    """Missing comes before stale where both are so."""
    old = person(at="2026-01-01T00:00:00Z", attributes={"tenure_days": 3})
    assert (
        ask(old, campaign=NEWS + 'segment: {where: "tenure_days <= 3"}\n', kairos=IDENTIFY)
        == "drop segment.not_matched"
    )
    assert ask(old, campaign=NEWS + "identify: [tenure_days, genre]\n", kairos=IDENTIFY) == "drop identify.missing"


@pytest.mark.parametrize(
    ("identify", "expected"), [("", "drop segment.not_matched"), ("identify: [location]\n", "send")]
)
def test_what_is_sensitive_is_hidden_from_those_who_do_not_name_it(identify: str, expected: str) -> None:
    """A condition of a campaign that does not say so sees nothing there."""
    near = NEWS + 'segment: {where: "distance_km(location, 0, 0) < 10"}\n' + identify
    assert ask(person(attributes={"location": {"lat": 0.01, "lon": 0}}), campaign=near, kairos=IDENTIFY) == expected


def test_null_takes_an_attribute_back_and_others_stay() -> None:
    """Attributes merge by name."""
    campaign = NEWS + "identify: [genre, tenure_days]\n"
    both = person(attributes={"genre": "jazz", "tenure_days": 3})
    gone = {"at": "2026-03-02T01:00:00Z", "profile": {"id": "a", "attributes": {"genre": None}}}
    back = {"at": "2026-03-02T02:00:00Z", "profile": {"id": "a", "attributes": {"genre": "pop"}}}
    assert ask(both, gone, campaign=campaign, kairos=IDENTIFY) == "drop identify.missing"
    assert ask(both, gone, back, campaign=campaign, kairos=IDENTIFY) == "send"


def test_a_repeated_moment_is_a_duplicate_whatever_became_of_the_first() -> None:
    """Refused, held, or somebody else's: the id is taken."""
    late = NEWS.replace("on: ping", "on: ping, send: {between: ['12:00-13:00']}")
    lines = [
        person(),
        person("b"),
        consent(AT, "withdrawn", profile="b"),
        moment(AT, "m1"),
        moment(AT, "m1"),
        moment(AT, "m1", profile="b"),
        moment(AT, "m1", "bought"),
        moment(AT, "m2", profile="b"),
        consent(AT, "granted", profile="b"),
        moment("2026-03-02T10:00:00Z", "m2", profile="b"),
        moment("2026-03-03T10:00:00Z", "m1"),
    ]
    again = "drop moment.duplicate"
    assert told(outcomes(workspace(late), lines)) == [
        "hold timing.window",
        again,
        again,
        "drop consent.withdrawn",
        again,
        "send",
        again,
    ]


def test_a_holdout_is_a_stable_share() -> None:
    """Who is held out stays so, at every moment; the others are written to."""
    people = [f"p{number}" for number in range(300)]
    lines = [person(one, phone=None, whatsapp=None) for one in people]
    lines += [moment(AT, f"m{day}-{one}", profile=one) for day in range(2) for one in people]
    found = outcomes(workspace(NEWS + "holdout: 25%\n"), lines)
    first, second = (told(found[start : start + 300]) for start in (0, 300))
    assert first == second
    assert 50 <= first.count("drop experiment.holdout") <= 100
    assert set(first) == {"send", "drop experiment.holdout"}


@pytest.mark.parametrize(
    ("holdout", "expected"), [("0%", "send"), ("100%", "drop experiment.holdout"), ("1.0", "drop experiment.holdout")]
)
def test_all_or_nobody_may_be_held_out(holdout: str, expected: str) -> None:
    """The ends of the scale hold for everybody."""
    assert ask(person(), campaign=f"{NEWS}holdout: {holdout}\n") == expected


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_bucket_is_a_number_from_zero_to_one(campaign: str, who: str) -> None:
    """The same at every call."""
    assert 0 <= bucket(campaign, who) < 1
    assert bucket(campaign, who) == bucket(campaign, who)


def test_campaigns_hold_out_different_people() -> None:
    """Else the same unlucky few would never hear of anything."""
    both = sum(bucket("one", str(n)) < 0.5 and bucket("two", str(n)) < 0.5 for n in range(2000))
    assert 400 <= both <= 600
