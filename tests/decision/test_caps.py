"""Caps and priority: no cap is ever exceeded, and who gets the last touch is no accident."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.civil import rfc3339
from orchestrator.decision.caps import in_words
from tests.support import KAIROS, NEWS, ORDER, material, moment, outcomes, person, told, workspace

FULL, LOST = "drop caps.exceeded", "drop priority.lost"


def run(caps: str, *lines: dict[str, Any], campaigns: tuple[str, ...] = (NEWS, ORDER), **fields: Any) -> list[str]:
    """The outcomes of a timeline under these caps."""
    files = workspace(*campaigns, kairos=f"{KAIROS}caps: [{caps}]\n")
    return told(outcomes(files, [person(at="2026-01-01T00:00:00Z", **fields), *lines]))


def pings(*at: str) -> list[dict[str, Any]]:
    """A ping at each of these instants."""
    return [moment(when, f"m{number}") for number, when in enumerate(at)]


@pytest.mark.parametrize(("second", "expected"), [("09:59:59", FULL), ("10:00:00", "send"), ("10:00:01", "send")])
def test_a_window_slides_and_is_exact(second: str, expected: str) -> None:
    """A touch exactly as old as the window is out of it."""
    assert run("{limit: 1, per: 1d}", *pings("2026-03-02T10:00:00Z", f"2026-03-03T{second}Z")) == ["send", expected]


@pytest.mark.parametrize(
    ("zone", "first", "second", "expected"),
    [
        ("UTC", "2026-03-02T00:00:00Z", "2026-03-02T23:59:59Z", FULL),
        ("UTC", "2026-03-02T23:59:59Z", "2026-03-03T00:00:00Z", "send"),
        ("Asia/Jakarta", "2026-03-02T16:59:59Z", "2026-03-02T17:00:00Z", "send"),
        ("Asia/Jakarta", "2026-03-02T17:00:00Z", "2026-03-03T16:59:59Z", FULL),
        ("Pacific/Kiritimati", "2026-03-02T09:59:59Z", "2026-03-02T10:00:00Z", "send"),
        ("America/New_York", "2026-03-08T05:00:00Z", "2026-03-09T03:59:59Z", FULL),  # a day of 23 hours
        ("America/New_York", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z", "send"),
        ("America/New_York", "2026-11-01T04:00:00Z", "2026-11-02T04:59:59Z", FULL),  # one of 25
        ("America/New_York", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z", "send"),
        ("Africa/Cairo", "2026-04-23T21:59:59Z", "2026-04-23T22:00:00Z", "send"),  # midnight does not exist
        ("Africa/Cairo", "2026-04-23T22:00:00Z", "2026-04-24T20:59:59Z", FULL),
    ],
)
def test_a_day_is_the_persons_own(zone: str, first: str, second: str, expected: str) -> None:
    """From midnight to midnight where they live, however long that is."""
    assert run("{limit: 1, per: day}", *pings(first, second), timezone=zone) == ["send", expected]


@pytest.mark.parametrize(
    ("zone", "first", "second", "expected"),
    [
        ("UTC", "2026-03-02T00:00:00Z", "2026-03-08T23:59:59Z", FULL),
        ("UTC", "2026-03-08T23:59:59Z", "2026-03-09T00:00:00Z", "send"),
        ("America/New_York", "2026-03-02T05:00:00Z", "2026-03-09T03:59:59Z", FULL),
        ("America/New_York", "2026-03-02T05:00:00Z", "2026-03-09T04:00:00Z", "send"),
    ],
)
def test_a_week_is_from_monday_to_monday(zone: str, first: str, second: str, expected: str) -> None:
    """In the person's own calendar."""
    assert run("{limit: 1, per: week}", *pings(first, second), timezone=zone) == ["send", expected]


def test_whose_zone_is_not_known_has_the_longest_day_that_it_may_be() -> None:
    """In the United States it is still Monday in Honolulu when it is Tuesday in New York."""
    markets = "US: {consent: {email: opt-out}, quiet_hours: none}\n"
    files = workspace(NEWS, kairos=KAIROS + "caps: [{limit: 1, per: day}]\n", markets=markets)
    lines = [
        person(timezone="Mars/Olympus"),
        *pings("2026-03-02T20:00:00Z", "2026-03-03T09:59:59Z", "2026-03-03T10:00:00Z"),
    ]
    assert told(outcomes(files, lines)) == ["send", FULL, "send"]


def test_exempt_messages_count_towards_nobodys_caps() -> None:
    """They are never stopped by one, and they fill none, not even a cap for everything."""
    bills = [moment(f"2026-03-02T0{hour}:00:00Z", f"b{hour}", "bought") for hour in range(5)]
    assert run("{limit: 1, per: 7d}", *bills, *pings("2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z")) == [
        *["send"] * 6,
        FULL,
    ]
    assert run("{limit: 0, per: 7d}", *bills) == ["send"] * 5


def test_all_caps_must_hold() -> None:
    """The tightest at any time decides."""
    times = (
        "2026-03-02T09:00:00Z",
        "2026-03-02T10:00:00Z",
        "2026-03-02T21:00:00Z",
        "2026-03-03T09:00:00Z",
        "2026-03-03T21:00:00Z",
    )
    assert run("{limit: 1, per: 12h}, {limit: 3, per: 7d}", *pings(*times)) == ["send", FULL, "send", "send", FULL]


def test_a_cap_of_a_channel_makes_room_for_the_next_channel() -> None:
    """Each channel counts its own; a cap without a channel counts all of them."""
    both = NEWS.replace("[email]", "[sms, email]")
    files = workspace(both, kairos=KAIROS + "caps: [{limit: 1, per: 24h, channel: sms}, {limit: 3, per: 24h}]\n")
    found = outcomes(files, [person(), *pings(*(f"2026-03-02T0{hour}:00:00Z" for hour in range(4)))])
    assert told(found) == ["send", "send", "send", FULL]
    assert [line["channel"] for line in found] == ["sms", "email", "email", "sms"]


def test_a_cap_of_a_purpose_counts_that_purpose() -> None:
    """Others fill it no more than they are held by it."""
    tips = NEWS.replace("news", "tips").replace("marketing", "tips").replace("ping", "bought")
    kairos = KAIROS + "purposes: {tips: {consent: opt-out}}\ncaps: [{limit: 1, per: 24h, purpose: marketing}]\n"
    lines = [
        person(),
        moment("2026-03-02T07:00:00Z", "b1", "bought"),
        *pings("2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z"),
    ]
    lines.append(moment("2026-03-02T10:00:00Z", "b2", "bought"))
    assert told(outcomes(workspace(NEWS, tips, kairos=kairos), lines)) == ["send", "send", FULL, "send"]


@pytest.mark.parametrize(("stage", "expected"), [("bought", FULL), ("new", "send"), (None, "send"), (3, "send")])
def test_a_cap_may_be_for_some_people(stage: Any, expected: str) -> None:
    """Whoever has bought is left in peace; of whom that is not known, is not."""
    cap = "{limit: 0, per: 30d, purpose: marketing, when: \"stage == 'bought'\"}"
    assert run(cap, *pings("2026-03-02T08:00:00Z"), attributes={"stage": stage}) == [expected]


def test_a_cap_may_be_for_a_channel_by_condition() -> None:
    """A condition sees the channel that is tried."""
    both = NEWS.replace("[email]", "[sms, email]")
    files = workspace(both, kairos=KAIROS + "caps: [{limit: 0, per: 1d, when: \"channel == 'sms'\"}]\n")
    assert [line["channel"] for line in outcomes(files, [person(), *pings("2026-03-02T08:00:00Z")])] == ["email"]


def test_what_is_refused_or_held_takes_no_touch() -> None:
    """Only what is sent counts, and from when it is sent."""
    late = NEWS.replace("on: ping", "on: ping, send: {between: ['12:00-13:00']}")
    hours = "08:00", "12:30", "12:45"
    found = run(
        "{limit: 1, per: 24h}",
        *pings(*(f"2026-03-02T{hour}:00Z" for hour in hours), "2026-03-03T12:00:00Z"),
        campaigns=(late,),
    )
    assert found == ["hold timing.window", "send", FULL, FULL, "send"]


# priority


def rival(name: str, priority: int, *, on: str = "ping", between: str = "") -> str:
    """A campaign that wants the same touch."""
    send = f", send: {{between: ['{between}']}}" if between else ""
    return NEWS.replace("news", name).replace("on: ping", f"on: {on}{send}") + f"priority: {priority}\n"


def won(found: list[dict[str, Any]]) -> dict[str, str]:
    """What became of each campaign."""
    return {line["campaign"]: f"{line['outcome']} {line['reason'] or ''}".strip() for line in found}


ONE = KAIROS + "caps: [{limit: 1, per: 24h}]\n"


def test_higher_priority_goes_first_and_takes_the_last_touch() -> None:
    """Whatever the files are called."""
    files = workspace(rival("a", 1), rival("b", 50), rival("c", 7), kairos=ONE)
    found = outcomes(files, [person(), *pings("2026-03-02T08:00:00Z")])
    assert [line["campaign"] for line in found] == ["b", "c", "a"]
    assert told(found) == ["send", LOST, LOST]


def test_equal_priority_goes_by_name() -> None:
    """And so do those with none."""
    files = workspace(rival("b", 0), rival("c", 0), rival("a", 0), kairos=ONE)
    assert [line["campaign"] for line in outcomes(files, [person(), *pings("2026-03-02T08:00:00Z")])] == ["a", "b", "c"]


def test_priority_decides_only_where_a_cap_leaves_too_few() -> None:
    """With room for all, all are sent; with room for none, nobody lost to anybody."""
    files = workspace(rival("a", 1), rival("b", 2), kairos=ONE.replace("1", "2"))
    found = outcomes(files, [person(), *pings("2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z")])
    assert told(found) == ["send", "send", FULL, FULL]


def test_a_cap_that_was_full_before_is_not_lost_to_a_rival() -> None:
    """The cap for everything left one touch, which b took; the one for marketing by email was full anyhow."""
    first, second = rival("a", 1), rival("b", 2).replace("[email]", "[sms]")
    caps = "caps: [{limit: 2, per: 24h}, {limit: 1, per: 24h, channel: email}]\n"
    files = workspace(first, second, NEWS.replace("ping", "bought"), kairos=KAIROS + caps)
    lines = [person(), moment("2026-03-02T07:00:00Z", "b1", "bought"), *pings("2026-03-02T08:00:00Z")]
    assert won(outcomes(files, lines)) == {"news": "send", "b": "send", "a": FULL}


def test_a_rival_that_is_refused_or_held_leaves_the_touch() -> None:
    """What is held claims nothing, and has to find a place when it falls due."""
    files = workspace(rival("held", 9, between="12:00-13:00"), rival("low", 1), kairos=ONE)
    found = outcomes(files, [person(), *pings("2026-03-02T08:00:00Z"), {"at": "2026-03-02T12:00:00Z"}])
    assert [(line["campaign"], line["outcome"], line["reason"]) for line in found] == [
        ("held", "hold", "timing.window"),
        ("low", "send", None),
        ("held", "drop", "caps.exceeded"),
    ]


def test_what_falls_due_together_goes_by_priority() -> None:
    """However the messages came in."""
    files = workspace(
        rival("low", 1, between="12:00-13:00"), rival("high", 9, on="bought", between="12:00-13:00"), kairos=ONE
    )
    lines = [
        person(),
        *pings("2026-03-02T07:00:00Z"),
        moment("2026-03-02T08:00:00Z", "b", "bought"),
        {"at": "2026-03-02T12:00:00Z"},
    ]
    found = outcomes(files, lines)[2:]
    assert [(line["campaign"], line["outcome"], line["reason"]) for line in found] == [
        ("high", "send", None),
        ("low", "drop", "priority.lost"),
    ]


def test_equals_that_fall_due_together_go_as_they_came_in() -> None:
    """The first moment gets the touch, whatever it is called."""
    files = workspace(rival("a", 0, between="12:00-13:00"), kairos=ONE)
    lines = [
        person(),
        moment("2026-03-02T07:00:00Z", "z"),
        moment("2026-03-02T08:00:00Z", "b"),
        moment("2026-03-02T09:00:00Z", "c"),
    ]
    found = outcomes(files, [*lines, {"at": "2026-03-02T12:00:00Z"}])[3:]
    assert [(line["moment"], line["reason"]) for line in found] == [
        ("z", None),
        ("b", "caps.exceeded"),
        ("c", "caps.exceeded"),
    ]


def test_many_people_whose_messages_fall_due_together_each_go_by_priority() -> None:
    """However many there are: no batch may separate a person's messages."""
    files = workspace(
        rival("low", 1, between="12:00-13:00"), rival("high", 9, on="bought", between="12:00-13:00"), kairos=ONE
    )
    people = [f"p{number:03}" for number in range(300)]
    lines = [person(one) for one in people]
    lines += [moment("2026-03-02T07:00:00Z", f"m-{one}", profile=one) for one in people]
    lines += [moment("2026-03-02T08:00:00Z", f"b-{one}", "bought", profile=one) for one in people]
    found = [line for line in outcomes(files, [*lines, {"at": "2026-03-02T12:00:00Z"}]) if line["outcome"] == "send"]
    assert {line["campaign"] for line in found} == {"high"}
    assert len(found) == 300


def test_a_second_channel_may_still_have_a_touch() -> None:
    """The reason told is the furthest; but a channel with room is taken."""
    caps = "caps: [{limit: 1, per: 24h, channel: email}]\n"
    low = rival("low", 1).replace("[email]", "[email, sms]")
    found = outcomes(workspace(rival("high", 9), low, kairos=KAIROS + caps), [person(), *pings("2026-03-02T08:00:00Z")])
    assert [line["channel"] for line in found] == ["email", "sms"]
    assert [entry["code"] for entry in found[1]["trace"] if not entry["passed"]] == ["priority.lost"]


# laws

CAPS = """
caps:
  - {limit: 2, per: 6h, purpose: marketing}
  - {limit: 1, per: 5h, channel: sms}
  - {limit: 3, per: day}
  - {limit: 5, per: week, purpose: marketing}
purposes: {tips: {consent: opt-out}}
"""
RIVALS = (
    NEWS.replace("[email]", "[sms, email]"),
    NEWS.replace("news", "tips").replace("marketing", "tips").replace("[email]", "[push, sms]") + "priority: 3\n",
    NEWS.replace("news", "dawn").replace("on: ping", "on: ping, send: {between: ['06:00-07:00', '18:00-18:30']}"),
    ORDER,
)
LAWFUL = material(workspace(*RIVALS, kairos=KAIROS + CAPS))
ZONE = ZoneInfo("America/New_York")
START = datetime(2026, 3, 6, tzinfo=UTC)  # the clocks go forward on the 8th


def calendar(at: datetime) -> tuple[Any, Any]:
    """The day and the week of an instant where the person lives."""
    day = at.astimezone(ZONE).date()
    return day, day - timedelta(days=day.weekday())


def exceeded(sent: list[tuple[datetime, str, str]]) -> str | None:
    """A cap that these messages (instant, purpose, channel) exceed, counted in the plainest way."""
    for at, _, _ in sent:
        until = [
            (when, purpose, channel) for when, purpose, channel in sent if when <= at and purpose != "transactional"
        ]
        recent = {
            "marketing per 6h": (2, [m for m in until if m[0] > at - timedelta(hours=6) and m[1] == "marketing"]),
            "sms per 5h": (1, [m for m in until if m[0] > at - timedelta(hours=5) and m[2] == "sms"]),
            "per day": (3, [m for m in until if calendar(m[0])[0] == calendar(at)[0]]),
            "marketing per week": (
                5,
                [m for m in until if calendar(m[0])[1] == calendar(at)[1] and m[1] == "marketing"],
            ),
        }
        for name, (limit, counted) in recent.items():
            if len(counted) > limit:
                return f"{name} at {at}: {counted}"
    return None


events = st.lists(st.tuples(st.integers(0, 4 * 60), st.sampled_from(["ping", "ping", "bought", ""])), max_size=40)


@settings(max_examples=60, deadline=None)
@given(events)
def test_no_cap_is_ever_exceeded(gaps: list[tuple[int, str]]) -> None:
    """Over any timeline, by a count that knows nothing of how it is decided; and nothing is refused without need."""
    at, lines = START, [person(at=rfc3339(START), timezone="America/New_York")]
    for number, (minutes, name) in enumerate(gaps):
        at += timedelta(minutes=minutes)
        lines.append(moment(rfc3339(at) or "", f"m{number}", name) if name else {"at": rfc3339(at)})
    purposes = {"news": "marketing", "dawn": "marketing", "tips": "tips", "order": "transactional"}
    sent: list[tuple[datetime, str, str]] = []
    for line in outcomes(LAWFUL, lines):
        when = datetime.fromisoformat(line["at"])
        purpose = purposes[line["campaign"]]
        if line["outcome"] == "send":
            sent.append((when, purpose, line["channel"]))
            assert exceeded(sent) is None
        elif line["reason"] in ("caps.exceeded", "priority.lost"):
            channels = {"news": ["sms", "email"], "tips": ["push", "sms"], "dawn": ["email"]}[line["campaign"]]
            assert all(exceeded([*sent, (when, purpose, channel)]) for channel in channels)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        ({"days": 7}, "7 days"),
        ({"days": 1}, "day"),
        ({"hours": 36}, "36 hours"),
        ({"minutes": 90}, "90 minutes"),
        ({"seconds": 61}, "61 seconds"),
    ],
)
def test_lengths_of_time_in_words(length: dict[str, int], words: str) -> None:
    """In the largest unit that they are whole in."""
    assert in_words(timedelta(**length)) == words
