"""Scheduled campaigns: everybody once, at their own time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.civil import rfc3339
from tests.support import KAIROS, NEWS, material, moment, outcomes, person, told, workspace

MARKETS = """
US: {locales: [en], currency: USD, timezone: UTC, consent: {email: opt-out}, quiet_hours: none}
ID: {locales: [en], currency: IDR, timezone: Asia/Jakarta, consent: {email: opt-out}, quiet_hours: none}
"""


def weekly(every: str = "mon 07:30", more: str = "", name: str = "weekly") -> str:
    """A campaign that runs by itself."""
    return f"campaign: {name}\npurpose: marketing\nmoment: {{every: '{every}'{more}}}\nchannel: [email]\ntactic: {{template: hi}}\n"


def until(at: str) -> dict[str, Any]:
    """A timeline line: the clock reaches this time."""
    return {"at": at}


def sent(files: Any, *lines: dict[str, Any]) -> list[tuple[str, str]]:
    """Who was written to, and when."""
    found = outcomes(files, lines)
    return [(line["profile"], line["at"]) for line in found if line["outcome"] == "send"]


def test_everybody_is_written_to_at_their_own_half_past_seven() -> None:
    """From Kiritimati, where Monday begins first, to Honolulu."""
    zones = {"a": "Pacific/Honolulu", "b": "UTC", "c": "Asia/Kathmandu", "d": "Pacific/Kiritimati"}
    people = [person(who, at="2026-03-01T00:00:00Z", timezone=zone) for who, zone in zones.items()]
    assert sent(workspace(weekly(), markets=MARKETS), *people, until("2026-03-03T00:00:00Z")) == [
        ("d", "2026-03-01T17:30:00Z"),
        ("c", "2026-03-02T01:45:00Z"),
        ("b", "2026-03-02T07:30:00Z"),
        ("a", "2026-03-02T17:30:00Z"),
    ]


def test_utc_is_the_same_instant_for_all() -> None:
    """Whatever their clocks show."""
    people = [
        person(who, at="2026-03-01T00:00:00Z", timezone=zone) for who, zone in (("a", "Asia/Tokyo"), ("b", "UTC"))
    ]
    files = workspace(weekly(more=", clock: utc"), markets=MARKETS)
    assert sent(files, *people, until("2026-03-03T00:00:00Z")) == [
        ("a", "2026-03-02T07:30:00Z"),
        ("b", "2026-03-02T07:30:00Z"),
    ]


@pytest.mark.parametrize("zone", [None, "Mars/Olympus"])
def test_whose_zone_is_not_known_lives_by_the_markets(zone: str | None) -> None:
    """In Jakarta it is half past seven seven hours earlier."""
    lines = person(at="2026-03-01T00:00:00Z", market="ID", timezone=zone), until("2026-03-03T00:00:00Z")
    assert sent(workspace(weekly(), markets=MARKETS), *lines) == [("a", "2026-03-02T00:30:00Z")]


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        ("mon,thu 07:30", ["2026-03-02T07:30:00Z", "2026-03-05T07:30:00Z"]),
        ("daily 07:30", [f"2026-03-0{day}T07:30:00Z" for day in range(1, 8)]),
        ("sat-sun 23:00", ["2026-03-01T23:00:00Z", "2026-03-07T23:00:00Z"]),
        ("0 9 4 * *", ["2026-03-04T09:00:00Z"]),
        ("30 6,18 * * 1", ["2026-03-02T06:30:00Z", "2026-03-02T18:30:00Z"]),
        ("0 0 29 2 *", []),
    ],
)
def test_a_schedule_says_when(every: str, expected: list[str]) -> None:
    """In days and a time, or as cron does."""
    lines = person(at="2026-03-01T00:00:00Z"), until("2026-03-08T00:00:00Z")
    assert [at for _, at in sent(workspace(weekly(every), markets=MARKETS), *lines)] == expected


@pytest.mark.parametrize(
    ("every", "zone", "day", "expected"),
    [
        (
            "daily 02:30",
            "America/New_York",
            "2026-03-08",
            ["2026-03-08T07:00:00Z"],
        ),  # does not exist: the end of the gap
        ("daily 01:30", "America/New_York", "2026-11-01", ["2026-11-01T05:30:00Z"]),  # exists twice: the first, once
        ("daily 00:30", "Africa/Cairo", "2026-04-24", ["2026-04-23T22:00:00Z"]),
        ("daily 02:15", "Australia/Lord_Howe", "2026-10-04", ["2026-10-03T15:30:00Z"]),
    ],
)
def test_a_run_happens_once_whatever_the_clocks_do(every: str, zone: str, day: str, expected: list[str]) -> None:
    """On the day on which they change."""
    noon = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    lines = (
        person(at=rfc3339(noon - timedelta(hours=22)), timezone=zone),
        until(rfc3339(noon + timedelta(hours=10)) or ""),
    )
    found = [at for _, at in sent(workspace(weekly(every), markets=MARKETS), *lines)]
    assert [at for at in found if at in expected] == expected
    assert len(found) <= 2


def test_whoever_changes_zone_in_between_is_written_to_once() -> None:
    """It was half past seven in Tokyo, and becomes so in London: it is the same message."""
    lines = [
        person(at="2026-03-01T00:00:00Z", timezone="Asia/Tokyo"),
        {"at": "2026-03-02T01:00:00Z", "profile": {"id": "a", "timezone": "Europe/London"}},
        until("2026-03-03T00:00:00Z"),
    ]
    assert sent(workspace(weekly(), markets=MARKETS), *lines) == [("a", "2026-03-01T22:30:00Z")]


def test_who_comes_at_the_very_instant_comes_too_late() -> None:
    """What falls due goes before what arrives."""
    lines = [
        person("b", at="2026-03-01T00:00:00Z"),
        person("a", at="2026-03-02T07:30:00Z"),
        until("2026-03-03T00:00:00Z"),
    ]
    assert sent(workspace(weekly(), markets=MARKETS), *lines) == [("b", "2026-03-02T07:30:00Z")]


def test_a_scheduled_campaign_addresses_markets_and_segments() -> None:
    """And refuses with its reasons, as any other."""
    files = workspace(weekly() + "markets: [US]\nsegment: {where: \"stage == 'new'\"}\n", markets=MARKETS)
    lines = [
        person("a", at="2026-03-01T00:00:00Z", attributes={"stage": "new"}),
        person("b", at="2026-03-01T00:00:00Z", attributes={"stage": "old"}),
        person("c", at="2026-03-01T00:00:00Z", market="ID", attributes={"stage": "new"}),
        until("2026-03-02T12:00:00Z"),
    ]
    found = outcomes(files, lines)
    assert told([line for line in found if line["profile"] == "b"]) == ["drop segment.not_matched"]
    assert [line["profile"] for line in found if line["outcome"] == "send"] == ["a"]


def test_two_campaigns_at_one_time_want_the_same_touch() -> None:
    """The one of higher priority gets it."""
    files = workspace(
        weekly(name="a"),
        weekly(name="b") + "priority: 5\n",
        kairos=KAIROS + "caps: [{limit: 1, per: day}]\n",
        markets=MARKETS,
    )
    found = outcomes(files, [person(at="2026-03-01T00:00:00Z"), until("2026-03-02T12:00:00Z")])
    assert [(line["campaign"], line["reason"]) for line in found] == [("b", None), ("a", "priority.lost")]


def test_what_a_run_held_falls_due_in_its_time() -> None:
    """A run at three at night, and a window in the morning."""
    files = workspace(weekly("mon 03:00", ", send: {between: ['07:00-08:00']}"), markets=MARKETS)
    found = outcomes(files, [person(at="2026-03-01T00:00:00Z"), until("2026-03-02T12:00:00Z")])
    assert [(line["outcome"], line["at"]) for line in found] == [
        ("hold", "2026-03-02T03:00:00Z"),
        ("send", "2026-03-02T07:00:00Z"),
    ]
    assert found[0]["moment"] == found[1]["moment"]


def test_runs_and_held_messages_take_turns_by_the_clock() -> None:
    """At one instant, what was held goes first."""
    held = NEWS.replace("on: ping", "on: ping, send: {between: ['07:30-08:00']}")
    files = workspace(weekly("daily 07:30"), held, markets=MARKETS)
    lines = [person(at="2026-03-01T08:00:00Z"), moment("2026-03-01T09:00:00Z", "m1"), until("2026-03-03T12:00:00Z")]
    assert [(line["campaign"], line["outcome"], line["at"]) for line in outcomes(files, lines)] == [
        ("news", "hold", "2026-03-01T09:00:00Z"),
        ("news", "send", "2026-03-02T07:30:00Z"),
        ("weekly", "send", "2026-03-02T07:30:00Z"),
        ("weekly", "send", "2026-03-03T07:30:00Z"),
    ]


HOURLY = material(workspace(weekly("15 */5 * * *"), weekly("daily 02:30", name="night"), markets=MARKETS))
START = datetime(2026, 3, 7, tzinfo=UTC)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 3 * 24 * 60), max_size=12, unique=True))
def test_lines_that_only_let_the_clock_go_on_change_nothing(stops: list[int]) -> None:
    """However often the clock stands in between, over a change of it."""
    people = [
        person(who, at=rfc3339(START), timezone=zone)
        for who, zone in (("a", "America/New_York"), ("b", "Asia/Kathmandu"))
    ]
    end = until(rfc3339(START + timedelta(days=3)) or "")
    between = [until(rfc3339(START + timedelta(minutes=minutes)) or "") for minutes in sorted(stops)]
    assert outcomes(HOURLY, [*people, *between, end]) == outcomes(HOURLY, [*people, end])
