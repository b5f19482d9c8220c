"""Measures and spans of time in words: "3 kilometres", "in 2 days"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.dates import format_timedelta

from orchestrator.content.errors import FormatError
from orchestrator.content.numbers import USUAL_DECIMALS, WIDE, Notation, exact, number_text, rounded

LENGTHS = ("long", "short", "narrow")


@lru_cache(16384, typed=True)
def unit_text(notation: Notation, value: object, unit: str, length: str = "long") -> str:
    """A measure: `unit` is CLDR's name (`length-kilometer`, or `kilometer` for short), `length` one of LENGTHS.

    Raises:
        FormatError: it is no number, or there is no such unit or length.
    """
    number = number_text(notation, value)
    shown = rounded(exact(value), USUAL_DECIMALS)
    category = notation.locale.plural_form(int(shown) if shown == int(shown) else shown.normalize(WIDE))
    return _pattern(notation.locale, unit, length, category).format(number)


@lru_cache(16384)
def relative_text(notation: Notation, delta: timedelta) -> str:
    """How far off something is, in the largest unit that fits: "in 2 days", "3 hours ago"."""
    text = str(format_timedelta(delta, add_direction=True, locale=notation.locale))
    return notation.native(text)


def _pattern(locale: Locale, unit: str, length: str, category: str) -> str:
    """The unit's pattern for a plural category; a length without words borrows those of the short one, as in CLDR."""
    if length not in LENGTHS:
        raise FormatError(f"{length!r} is no length of a unit; expected one of {', '.join(LENGTHS)}")
    lengths = _lengths(locale, unit)
    candidates = [lengths.get(name, {}).get(form) for name in (length, "short") for form in (category, "other")]
    return str(next(filter(None, candidates)))


def _lengths(locale: Locale, unit: str) -> Mapping[str, Mapping[str, str]]:
    known: Mapping[str, Any] = locale._data["unit_patterns"]  # Babel shows them in no other way
    name = next((name for name in sorted(known, key=len) if name == unit or name.endswith(f"-{unit}")), None)
    if name is None:
        near = get_close_matches(unit, [name.partition("-")[2] for name in known], 1)
        raise FormatError(f"{unit!r} is not a unit" + (f"; did you mean {near[0]!r}?" if near else ""))
    lengths: Mapping[str, Mapping[str, str]] = known[name]
    return lengths
