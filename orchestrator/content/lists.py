"""Several things named in one sentence: "a, b and c" as a locale writes it."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Sequence
from functools import reduce

from babel import Locale

from orchestrator.content.errors import FormatError

STYLES = {"and": ("standard",), "or": ("or", "standard"), "unit": ("unit", "unit-short", "standard")}
"""The styles, and Babel's names for them; what a locale lacks of one it borrows from the next, as in CLDR's root."""

# Spanish says "e" for "y" before the sound i, and "u" for "o" before the sound o (8 and 11 begin with it);
# Hebrew sets its "and" off from what is not in Hebrew letters. CLDR leaves both to the program.
_SOUND_I = re.compile(r"[ií]|h[ií](?![ae])", re.IGNORECASE)
_SOUND_O = re.compile(r"h?[oó]|8|11(?!\S)", re.IGNORECASE)
_HEBREW = re.compile("[א-ת]")


def list_text(locale: Locale, items: Sequence[str], style: str = "and") -> str:
    """The items as one phrase; `style` is "and", "or", or "unit" (for measures: 3 feet, 7 inches).

    Raises:
        FormatError: there is no such style.
    """
    if style not in STYLES:
        raise FormatError(f"{style!r} is no style of list; expected one of {', '.join(STYLES)}")
    if len(items) < 2:
        return "".join(items)
    patterns = ChainMap(*(locale.list_patterns[name] for name in STYLES[style] if name in locale.list_patterns))
    *others, last = items
    if not others[1:]:
        return _fitting(locale, str(patterns.get("2", patterns["end"])), last).format(others[0], last)
    start = str(patterns["start"]).format(others[0], others[1])
    listed = reduce(str(patterns["middle"]).format, others[2:], start)
    return _fitting(locale, str(patterns["end"]), last).format(listed, last)


def _fitting(locale: Locale, pattern: str, last: str) -> str:
    """The pattern with its conjunction in the form that the last item asks for."""
    if locale.language == "es" and _SOUND_I.match(last):
        return pattern.replace(" y {1}", " e {1}")
    if locale.language == "es" and _SOUND_O.match(last):
        return pattern.replace(" o {1}", " u {1}")
    if locale.language == "he" and not _HEBREW.match(last):
        return pattern.replace(" ו{1}", " ו-{1}")
    return pattern
