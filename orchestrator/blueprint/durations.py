"""Durations as people write them: `30s`, `15m`, `12h`, `7d`, `2w`, and combinations such as `1d12h`; rates as `50/s`."""

from __future__ import annotations

import re
from datetime import timedelta

SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
LONGEST = timedelta(days=36_525)  # a century: far beyond any campaign, and far from where arithmetic on dates overflows
_DURATION = re.compile(r"(?:[0-9]{1,12}[wdhms])+")
_PART = re.compile(r"([0-9]+)([wdhms])")
_RATE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)\s?/\s?([smhd])")
_EXPECTED = "expected a number and a unit (s, m, h, d or w), such as '30m', '12h', '7d' or '1d12h'"


def parse_duration(text: str) -> timedelta:
    """The duration that `text` names; units are s, m (minutes), h, d and w, each at most once.

    A day is 24 hours, whatever the calendar says.

    Raises:
        ValueError: `text` is no duration, or one longer than a century; the message says what to write instead.
    """
    stripped = text.strip()
    if not _DURATION.fullmatch(stripped):
        found = "has no unit" if stripped.isdecimal() else "is no duration"
        raise ValueError(f"{text!r} {found}; {_EXPECTED}")
    parts = _PART.findall(stripped)
    if len({unit for _, unit in parts}) < len(parts):
        raise ValueError(f"{text!r} names a unit twice; {_EXPECTED}")
    return _bounded(text, sum(int(number) * SECONDS[unit] for number, unit in parts))


def _bounded(text: str, seconds: int) -> timedelta:
    if seconds > LONGEST.total_seconds():
        raise ValueError(f"{text!r} is longer than a century; write a shorter duration, such as '365d'")
    return timedelta(seconds=seconds)


def written(duration: timedelta) -> str:
    """A duration as people write it, in the largest units; `0s` for none."""
    rest, parts = int(duration.total_seconds()), []
    for unit, seconds in SECONDS.items():
        count, rest = divmod(rest, seconds)
        parts.append(f"{count}{unit}" if count else "")
    return "".join(parts) or "0s"


def parse_rate(text: str) -> float:
    """How many a second `text` names: a number for each s, m (minute), h or d.

    Raises:
        ValueError: `text` is no rate, or none at all; the message says what to write instead.
    """
    match = _RATE.fullmatch(text.strip())
    if not match or not float(match[1]):
        raise ValueError(f"{text!r} is no rate; expected a number for each s, m, h or d, such as '50/s' or '600/m'")
    return float(match[1]) / SECONDS[match[2]]
