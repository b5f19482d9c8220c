"""Wall-clock time: from a local day and time to the instant, whatever the zone's clocks do that day.

gap   (a local time that does not exist)   the first instant after the gap
fold  (a local time that occurs twice)     its first occurrence
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SECOND = timedelta(seconds=1)


@lru_cache(maxsize=1024)
def zone(name: str | None) -> ZoneInfo | None:
    """The time zone of that name, or None where there is none such (an operating system's file names included)."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@lru_cache(maxsize=16384)
def instant(day: date, at: time, where: tzinfo) -> datetime:
    """The instant, in UTC, of a wall-clock time on a day in a zone."""
    local = datetime.combine(day, at, where)
    first = local.astimezone(UTC)
    if first.astimezone(where).replace(tzinfo=None) == local.replace(tzinfo=None):
        return first
    return _end_of_gap(local.replace(fold=1).astimezone(UTC), first, where)


def _end_of_gap(before: datetime, after: datetime, where: tzinfo) -> datetime:
    """The transition between two instants: by bisection, since a zone's transitions cannot be asked for."""
    ahead = after.astimezone(where).utcoffset()
    while after - before > SECOND:
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(where).utcoffset() == ahead:
            after = middle
        else:
            before = middle
    return after


def local_day(now: datetime, where: tzinfo) -> date:
    """The calendar day that it is in a zone."""
    return now.astimezone(where).date()


def rfc3339(at: datetime | None) -> str | None:
    """An instant as it is written in every line and answer: UTC, to the second or finer, with a Z."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 time.

    Raises:
        ValueError: it is none, or does not say its offset from UTC.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"the time {text!r} does not say its offset from UTC: write 2026-03-02T09:00:00Z")
    return at.astimezone(UTC)
