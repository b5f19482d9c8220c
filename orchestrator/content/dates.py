"""Dates and times as a locale writes them, in the reader's own time zone.

    moment(value)                     ISO text, datetime, date or time ──► an instant, or a plain date or time
    date_text, time_text, datetime_text

An instant is shown as the reader's clocks show it; a plain date or time of day belongs to no zone and stays as it is.
A datetime without a zone is refused: it would have to be guessed. The calendar is the Gregorian one in every locale.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, tzinfo
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.dates import DateTimeFormat, match_skeleton, tokenize_pattern

from orchestrator.content.errors import FormatError
from orchestrator.content.locales import exactly

STYLES = ("short", "medium", "long", "full")

Instant = datetime  # in UTC
Moment = Instant | date | time
_Piece = Callable[[Any], str]
_WIDTHS = {3: "abbreviated", 4: "wide", 5: "narrow", 6: "short"}
_SPELT = {"M": "M", "L": "M", "E": "E", "c": "E"}  # letters of fields in words, and those that ask for them
_SKELETON = re.compile(r"[GyQqMLwWEecdDhHkKjmsSabBzvV]{1,20}")
_MARKS = re.compile("[\u061c\u200e\u200f]")
_DAY_OR_MONTH = re.compile(r"[dM]{1,2}[/ -][dM]{1,2}[/ -]y")  # with dots between them, days come first everywhere
_TIME_OF_DAY = re.compile(r"\d\d:\d\d(?::\d\d)?", re.ASCII)


@lru_cache(16384)
def parsed(text: str) -> Moment:
    """The moment that ISO 8601 text names; see `moment`."""
    try:
        if _TIME_OF_DAY.fullmatch(text):
            return time.fromisoformat(text)
        return date.fromisoformat(text) if len(text) == 10 else moment(datetime.fromisoformat(text.upper()))
    except FormatError:
        raise
    except ValueError:
        hint = "2026-03-01, 09:30, or 2026-03-01T09:30:00Z"
        raise FormatError(f"expected a date or a time such as {hint}; found {text[:40]!r}") from None


def moment(value: object) -> Moment:
    """An instant in UTC, or a plain date or time of day.

    Raises:
        FormatError: it is none of these, or a datetime that does not say its zone.
    """
    if isinstance(value, str):
        return parsed(value)
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            naive = value.isoformat()
            raise FormatError(f"{naive} does not say its time zone; write it as {naive}Z if it is UTC")
        return _shifted(value, UTC)
    if isinstance(value, time):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return value
    raise FormatError(f"expected a date or a time, found {str(value)[:40]!r}")


@lru_cache(1024)
def certain(locale: str) -> str:
    """The shortest style whose dates nobody misreads: medium, or long where medium could be 4 March as well as 3 April."""
    pattern = _MARKS.sub("", str(exactly(locale).date_formats["medium"].pattern))
    return "long" if _DAY_OR_MONTH.match(pattern) else "medium"


@lru_cache(32768)
def date_text(locale: str, value: Moment, zone: tzinfo, style: str) -> str:
    """The day of an instant in a zone, or a plain date; `style` is one of STYLES or a CLDR skeleton (`MMMEd`).

    Raises:
        FormatError: it is a time of day, or there is no such style.
    """
    day = _shifted(value, zone).date() if isinstance(value, datetime) else value
    if isinstance(day, time):
        raise FormatError(f"{day} is a time of day and has no date")
    return _composed(locale, _pattern(locale, "date", style))(day)


@lru_cache(32768)
def time_text(locale: str, value: Moment, zone: tzinfo, style: str) -> str:
    """The time of an instant in a zone, or a plain time of day; `style` is one of STYLES or a CLDR skeleton (`jm`).

    Raises:
        FormatError: it is a date, or there is no such style.
    """
    if not isinstance(value, datetime | time):
        raise FormatError(f"{value} is a date and has no time of day")
    local: Moment = value
    if isinstance(value, datetime):
        local = _shifted(value, zone)
    elif style in ("long", "full"):
        style = "medium"  # the longer ones name the zone, and there is none
    return _composed(locale, _pattern(locale, "time", style))(local)


@lru_cache(32768)
def datetime_text(locale: str, value: Moment, zone: tzinfo, day: str, hour: str) -> str:
    """Day and time of an instant in a zone, in the styles given for each.

    Raises:
        FormatError: it is no instant, or there is no such style.
    """
    if not isinstance(value, datetime):
        raise FormatError(f"{value} is not an instant: it lacks a date, or a time of day")
    joint = exactly(locale).datetime_formats[day if day in STYLES else "medium"]
    texts = {"{0}": time_text(locale, value, zone, hour), "{1}": date_text(locale, value, zone, day)}
    return "".join(texts.get(part, part) for part in re.split(r"(\{[01]\})", str(joint).replace("'", "")))


def _shifted(value: datetime, zone: tzinfo) -> datetime:
    try:
        return value.astimezone(zone)
    except OverflowError:
        raise FormatError(f"{value.isoformat()} is beyond the calendar") from None


@lru_cache(8192)
def _pattern(locale: str, kind: str, style: str) -> str:
    """CLDR's pattern for a style or a skeleton.

    Raises:
        FormatError: the locale has none for it.
    """
    babel = exactly(locale)
    if style in STYLES:
        return str((babel.date_formats if kind == "date" else babel.time_formats)[style].pattern)
    options = babel.datetime_skeletons
    wanted = str(style).replace("j", _hours(locale))
    found = wanted if wanted in options else _SKELETON.fullmatch(wanted) and match_skeleton(wanted, options)
    if not found:
        expected = f"expected one of {', '.join(STYLES)}, or a skeleton such as MMMEd"
        raise FormatError(f"{str(style)[:30]!r} is no {kind} style; {expected}")
    return _widened(options[found].pattern, wanted)


def _hours(locale: str) -> str:
    """The letter for hours as the locale counts them, which `j` stands for."""
    letters = re.sub(r"'[^']*'", "", exactly(locale).time_formats["short"].pattern)
    return next(letter for letter in letters if letter in "hHkK")


def _widened(pattern: str, skeleton: str) -> str:
    """The pattern of a near skeleton, its months and weekdays spelt as fully as was asked for."""
    asked = {letter: len(run) for run, letter in re.findall(r"((.)\2*)", skeleton)}
    return "".join(_respelt(kind, value, asked) for kind, value in tokenize_pattern(pattern))


def _respelt(kind: str, value: str | tuple[str, int], asked: Mapping[str, int]) -> str:
    if isinstance(value, str):
        return value if kind == "field" else "'" + value.replace("'", "''") + "'"
    letter, count = value
    wanted = asked.get(_SPELT.get(letter, ""), 0)
    named = count > 2 or letter == "E"
    return letter * (wanted if named and wanted > 2 else count)


@lru_cache(8192)
def _composed(locale: str, pattern: str) -> _Piece:
    """A pattern as one function; each field is looked up once, not for each value."""
    pieces = [_piece(locale, kind, value) for kind, value in tokenize_pattern(pattern)]
    return lambda value: "".join([piece(value) for piece in pieces])


def _piece(locale: str, kind: str, value: str | tuple[str, int]) -> _Piece:
    if kind == "field" and isinstance(value, tuple):
        return _field(exactly(locale), *value)
    return lambda _: str(value)


def _field(locale: Locale, letter: str, count: int) -> _Piece:
    """One field of a pattern (UTS #35): the frequent ones prepared here, the others left to Babel."""
    if letter in "ML" and count > 2:
        names = locale.months["format" if letter == "M" else "stand-alone"][_WIDTHS[count]]
        return _named(names, lambda day: day.month)
    if letter in "Ec" and (letter == "E" or count > 2):
        names = locale.days["format" if letter == "E" else "stand-alone"][_WIDTHS[max(3, count)]]
        return _named(names, lambda day: day.weekday())
    if letter == "a":
        halves = [_by_babel(locale, "a" * count)(time(hour)) for hour in range(24)]
        return _named(dict(enumerate(halves)), lambda value: value.hour)
    if letter in _NUMERIC and not (letter == "y" and count == 2):
        number = _NUMERIC[letter]
        return lambda value: str(number(value)).rjust(count, "0")
    return _by_babel(locale, letter * count)


def _named(names: Mapping[int, str], key: Callable[[Any], int]) -> _Piece:
    words = {number: str(name) for number, name in names.items()}
    return lambda value: words[key(value)]


def _by_babel(locale: Locale, field: str) -> _Piece:
    return lambda value: str(DateTimeFormat(value, locale)[field])


_NUMERIC: Mapping[str, Callable[[Any], int]] = {
    "y": lambda value: value.year,
    "M": lambda value: value.month,
    "L": lambda value: value.month,
    "d": lambda value: value.day,
    "H": lambda value: value.hour,
    "h": lambda value: value.hour % 12 or 12,
    "K": lambda value: value.hour % 12,
    "k": lambda value: value.hour or 24,
    "m": lambda value: value.minute,
    "s": lambda value: value.second,
}
