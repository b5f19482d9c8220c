"""Schedules mean what they say on every calendar, and fall due once whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestrator.blueprint.schedule import Schedule, parse_schedule, parse_weekdays


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def due(text: str, zone: str, after: str, until: str) -> list[str]:
    found = parse_schedule(text).occurrences(ZoneInfo(zone), utc(after), utc(until))
    return [f"{at:%m-%dT%H:%MZ} {label}" for at, label in found]


def test_a_weekly_schedule_comes_at_its_local_time() -> None:
    assert due("mon 07:30", "Asia/Jakarta", "2026-03-01", "2026-03-15") == [
        "03-02T00:30Z 2026-03-02T07:30",
        "03-09T00:30Z 2026-03-09T07:30",
    ]


def test_the_stretch_excludes_its_start_and_includes_its_end() -> None:
    assert due("daily 07:30", "UTC", "2026-03-01T07:30", "2026-03-02T07:30") == ["03-02T07:30Z 2026-03-02T07:30"]


GAPS = [
    ("America/New_York", "2026-03-08", "02:30", "03-08T07:00Z"),
    ("Europe/London", "2026-03-29", "01:30", "03-29T01:00Z"),
    ("Europe/Dublin", "2026-03-29", "01:30", "03-29T01:00Z"),
    ("Africa/Cairo", "2026-04-24", "00:30", "04-23T22:00Z"),
    ("America/Santiago", "2026-09-06", "00:30", "09-06T04:00Z"),
    ("Asia/Beirut", "2026-03-29", "00:30", "03-28T22:00Z"),
    ("Australia/Lord_Howe", "2026-10-04", "02:15", "10-03T15:30Z"),
    ("Africa/Casablanca", "2026-03-22", "02:30", "03-22T02:00Z"),
]


@pytest.mark.parametrize(("zone", "day", "clock", "instant"), GAPS)
def test_a_time_that_does_not_exist_becomes_the_end_of_the_gap(zone: str, day: str, clock: str, instant: str) -> None:
    start = utc(day) - timedelta(hours=20)
    found = due(f"daily {clock}", zone, start.isoformat()[:16], (start + timedelta(hours=36)).isoformat()[:16])
    assert f"{instant} {day}T{clock}" in found


def test_a_day_that_does_not_exist_becomes_the_next() -> None:
    """Samoa had no 30 December 2011: the clocks went from the 29th to the 31st."""
    found = due("30 12 30 12 *", "Pacific/Apia", "2011-12-28", "2012-01-05")
    assert found == ["12-30T10:00Z 2011-12-30T12:30"]


def test_times_that_fall_together_in_a_gap_come_once() -> None:
    found = due("*/15 2-3 * * *", "America/New_York", "2026-03-08T06:45", "2026-03-08T07:15")
    assert found == ["03-08T07:00Z 2026-03-08T02:00", "03-08T07:15Z 2026-03-08T03:15"]


@pytest.mark.parametrize(
    ("zone", "day", "clock", "instant"),
    [
        ("America/New_York", "2026-11-01", "01:30", "11-01T05:30Z"),
        ("Europe/London", "2026-10-25", "01:30", "10-25T00:30Z"),
        ("America/Santiago", "2026-04-04", "23:30", "04-05T02:30Z"),
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "04-04T14:45Z"),
        ("Africa/Casablanca", "2026-02-15", "02:30", "02-15T01:30Z"),
    ],
)
def test_a_time_that_occurs_twice_comes_the_first_time(zone: str, day: str, clock: str, instant: str) -> None:
    start = utc(day) - timedelta(hours=20)
    found = due(f"daily {clock}", zone, start.isoformat()[:16], (start + timedelta(hours=48)).isoformat()[:16])
    assert [line for line in found if line.endswith(f"{day}T{clock}")] == [f"{instant} {day}T{clock}"]


@pytest.mark.parametrize(
    ("text", "days"), [("daily", range(7)), ("mon", {0}), ("mon,thu", {0, 3}), ("mon-sat", range(6))]
)
def test_weekdays(text: str, days: range | set[int]) -> None:
    assert parse_weekdays(text) == set(days)


@pytest.mark.parametrize(
    ("text", "minutes", "hours", "weekdays"),
    [
        ("*/20 9-11 * * 1-5", {0, 20, 40}, {9, 10, 11}, range(5)),
        ("0 7 * * sun", {0}, {7}, {6}),
        ("0 7 * * 0", {0}, {7}, {6}),
        ("0 7 * * 7", {0}, {7}, {6}),
        ("0 7 * * FRI-SUN", {0}, {7}, {4, 5, 6}),
        ("5/30 7,19 * * *", {5, 35}, {7, 19}, range(7)),
    ],
)
def test_cron_fields(text: str, minutes: set[int], hours: set[int], weekdays: range | set[int]) -> None:
    schedule = parse_schedule(text)
    assert (schedule.minutes, schedule.hours, schedule.weekdays) == (minutes, hours, set(weekdays))


def test_cron_takes_either_day_where_both_are_restricted() -> None:
    found = due("0 0 13 * fri", "UTC", "2026-02-28", "2026-03-15")
    assert [line[:5] for line in found] == ["03-06", "03-13"]


def test_cron_takes_both_where_one_of_them_is_open() -> None:
    found = due("0 0 */10 mar mon", "UTC", "2026-02-28", "2026-04-05")
    assert [line[:5] for line in found] == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("mon", "no schedule"),
        ("", "no schedule"),
        ("07:30", "no schedule"),
        ("mon 7.30", "no time of day"),
        ("monday 07:30", "Did you mean 'mon'?"),
        ("1 07:30", "names no days"),
        ("sat-mon 07:30", "runs backwards"),
        ("60 * * * *", "0 to 59"),
        ("* 24 * * *", "0 to 23"),
        ("* * 0 * *", "1 to 31"),
        ("* * * 13 *", "jan to dec"),
        ("* * * * 8", "sun to sun"),
        ("*/0 * * * *", "no minute"),
        ("1,,2 * * * *", "no minute"),
        ("0 0 31 2,4 *", "never comes"),
        ("0 0 1 1 * 2026", "no schedule"),
        ("@daily", "no schedule"),
    ],
)
def test_what_is_no_schedule_says_what_one_looks_like(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=r"; expected|write the earlier") as refused:
        parse_schedule(text)
    assert says in str(refused.value)


ZONES = st.sampled_from(
    ["UTC", "Asia/Jakarta", "Asia/Kathmandu", "Pacific/Chatham", "Pacific/Kiritimati", "Etc/GMT+12"]
    + [zone for zone, *_ in GAPS]
)
SCHEDULES = st.builds(
    Schedule,
    text=st.just(""),
    minutes=st.frozensets(st.integers(0, 59), min_size=1, max_size=4),
    hours=st.frozensets(st.integers(0, 23), min_size=1, max_size=6),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
)
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))


@settings(max_examples=60, deadline=None)
@given(SCHEDULES, ZONES, INSTANTS, st.lists(st.integers(1, 72), min_size=1, max_size=5))
@example(parse_schedule("*/15 2-3 * * *"), "America/New_York", utc("2026-03-08T05:59"), [1, 1, 1, 1])
@example(parse_schedule("*/30 * * * *"), "Europe/London", utc("2026-10-24T23:10"), [1, 1, 1, 1, 1])
def test_stretches_give_together_what_the_whole_gives(
    schedule: Schedule, zone: str, start: datetime, hours: list[int]
) -> None:
    """However a scheduler cuts time into ticks, each occurrence comes in exactly one of them, in order."""
    where = ZoneInfo(zone)
    cuts = [start + timedelta(hours=sum(hours[:n])) for n in range(len(hours) + 1)]
    whole = list(schedule.occurrences(where, cuts[0], cuts[-1]))
    pieces = [found for after, until in pairwise(cuts) for found in schedule.occurrences(where, after, until)]
    assert pieces == whole
    assert all(earlier[0] < later[0] for earlier, later in pairwise(whole))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 23), st.integers(0, 59), ZONES)
def test_a_daily_schedule_comes_once_for_every_day_of_the_year(hour: int, minute: int, zone: str) -> None:
    """Gaps skip none and overlaps repeat none: 365 days, 365 labels."""
    schedule = Schedule("", frozenset({minute}), frozenset({hour}))
    found = list(schedule.occurrences(ZoneInfo(zone), utc("2025-12-30"), utc("2027-01-02")))
    days = [label[:10] for _, label in found if label.startswith("2026")]
    assert len(days) == len(set(days)) == 365
