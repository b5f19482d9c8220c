"""The clock on the wall: times of day (`07:30`), and ranges of them (`07:00-09:00`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time

MIDNIGHT = time(0, 0)
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class ClockRange:
    """A stretch of the day, half-open `[start, end)`; it crosses midnight where `end` is not after `start`.

    An `end` of midnight is the end of the day. Start and end are never the same.
    """

    start: time
    end: time

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


def parse_clock(text: str) -> time:
    """The time of day that `text` names, `HH:MM`; `24:00` is midnight.

    Raises:
        ValueError: it names none.
    """
    if text == "24:00":
        return MIDNIGHT
    match = _CLOCK.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no time of day; expected hours and minutes, such as '07:30'")
    return time(int(match[1]), int(match[2]))


def clock_range(start: time, end: time) -> ClockRange:
    """The range between two times of day.

    Raises:
        ValueError: they are the same, which could mean always as well as never.
    """
    if start == end:
        raise ValueError(f"the range begins and ends at {start:%H:%M}, so it is empty; make the two times differ")
    return ClockRange(start, end)


def parse_range(text: str) -> ClockRange:
    """The range that `text` names, such as `07:00-09:00` or, over midnight, `22:00-02:00`.

    Raises:
        ValueError: it names none.
    """
    start, dash, end = text.replace("–", "-").partition("-")
    if not dash:
        raise ValueError(f"{text!r} is no range of times; expected two with a dash between, such as '07:00-09:00'")
    return clock_range(parse_clock(start.strip()), parse_clock(end.strip()))
