"""When a scheduled campaign runs, on a wall clock: `mon 07:30`, `daily 07:30`, `mon,thu 07:30`, or five fields of cron.

A schedule knows no zone and no date; `occurrences` lays it over a zone's calendar. What the calendar does to a clock is
settled there once: a local time that does not exist becomes the first instant after the gap, and one that occurs twice
its first occurrence, so that nothing is skipped and nothing runs twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from orchestrator import civil
from orchestrator.blueprint.clock import parse_clock
from orchestrator.blueprint.problems import did_you_mean

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAYS = re.compile(r"[a-z,-]+")
_STEP = re.compile(r"(?P<range>[^/]+)(?:/(?P<step>[1-9][0-9]?))?")
_EXPECTED = "expected days and a time, such as 'mon,thu 07:30' or 'daily 07:30', or five cron fields"

ALL_DAYS = frozenset(range(1, 32))
ALL_MONTHS = frozenset(range(1, 13))
ALL_WEEKDAYS = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Schedule:
    """A set of local times: every one of `hours` with every one of `minutes`, on the days that match.

    `days` of the month count from 1, `weekdays` from Monday as 0. With `either`, a day matches by one of the two, as cron
    has it where both are restricted; otherwise it must match by both.
    """

    text: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int] = ALL_DAYS
    months: frozenset[int] = ALL_MONTHS
    weekdays: frozenset[int] = ALL_WEEKDAYS
    either: bool = False

    def matches(self, day: date) -> bool:
        """Whether the schedule has times on this day."""
        if day.month not in self.months:
            return False
        by_day, by_weekday = day.day in self.days, day.weekday() in self.weekdays
        return by_day or by_weekday if self.either else by_day and by_weekday

    def occurrences(self, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[tuple[datetime, str]]:
        """Instants in `(after, until]`, ascending, in UTC, each with the local time it stands for (`2026-03-02T07:30`).

        Consecutive stretches give together what the whole gives: an instant falls due once, whatever the clocks do.
        """
        previous = after
        for local in self._locals(_wall(after, zone), civil.local_day(until, zone) + timedelta(days=1)):
            moment = civil.instant(local.date(), local.time(), zone)
            if moment > until:
                return
            if moment > previous:
                previous = moment
                yield moment, local.isoformat(timespec="minutes")

    def _locals(self, after: datetime, last: date) -> Iterator[datetime]:
        """Local times of the schedule after `after`, up to the end of the day `last`."""
        times = [time(hour, minute) for hour in sorted(self.hours) for minute in sorted(self.minutes)]
        day = after.date()
        while day <= last:
            if self.matches(day):
                yield from (local for at in times if (local := datetime.combine(day, at)) > after)
            day += timedelta(days=1)


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


def parse_schedule(text: str) -> Schedule:
    """The schedule that `text` names.

    Raises:
        ValueError: it names none, or one that never comes; the message says what is expected.
    """
    fields = text.lower().split()
    if len(fields) == 2:
        return _weekly(text, *fields)
    if len(fields) == 5:
        return _cron(text, *fields)
    raise ValueError(f"{text!r} is no schedule; {_EXPECTED}")


def _weekly(text: str, days: str, clock: str) -> Schedule:
    at = parse_clock(clock)
    return Schedule(text, frozenset({at.minute}), frozenset({at.hour}), weekdays=parse_weekdays(days))


def parse_weekdays(text: str) -> frozenset[int]:
    """The weekdays (Monday is 0) that `text` names: `daily`, or days and ranges such as `mon,thu` or `mon-sat`.

    Raises:
        ValueError: it names none.
    """
    if not _DAYS.fullmatch(text):
        raise ValueError(f"{text!r} names no days; {_EXPECTED}")
    return ALL_WEEKDAYS if text == "daily" else _field("weekday", text, 0, 6, WEEKDAYS)


def _cron(text: str, minute: str, hour: str, day: str, month: str, weekday: str) -> Schedule:
    numbers = _field("weekday", weekday.replace("-sun", "-7"), 0, 7, ("sun", *WEEKDAYS))
    schedule = Schedule(
        text,
        _field("minute", minute, 0, 59),
        _field("hour", hour, 0, 23),
        _field("day", day, 1, 31),
        _field("month", month, 1, 12, _MONTHS),
        frozenset((number - 1) % 7 for number in numbers),
        either=not day.startswith("*") and not weekday.startswith("*"),
    )
    if not schedule.either and min(schedule.days) > max(_LONGEST_MONTHS[month - 1] for month in schedule.months):
        raise ValueError(f"{text!r} never comes; expected a day that its months have")
    return schedule


def _field(kind: str, text: str, low: int, high: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    """The numbers that one field names: a list of `*`, `n`, `a-b`, each perhaps with `/step`."""
    return frozenset(number for part in text.split(",") for number in _part(kind, part, low, high, names))


def _part(kind: str, text: str, low: int, high: int, names: tuple[str, ...]) -> range:
    match = _STEP.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no {kind}; {_EXPECTED}")
    first, dash, last = match["range"].partition("-")
    if first == "*" and not dash:
        start, end = low, high
    else:
        start = _number(kind, first, low, high, names)
        end = _number(kind, last, low, high, names) if dash else (high if match["step"] else start)
    if end < start:
        raise ValueError(f"{text!r} runs backwards; write the earlier {kind} first, or two ranges with a comma")
    return range(start, end + 1, int(match["step"] or 1))


def _number(kind: str, text: str, low: int, high: int, names: tuple[str, ...]) -> int:
    if text in names:
        return names.index(text) + low
    if text.isascii() and text.isdecimal() and low <= int(text[:4]) <= high:
        return int(text)
    allowed = f"{names[0]} to {names[-1]}" if names else f"{low} to {high}"
    raise ValueError(f"{text!r} is no {kind}; expected {allowed}.{did_you_mean(text, names)}")
