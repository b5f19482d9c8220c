"""Values among words: kept from turning the text around them, and from writing what is not theirs to write.

    a value that holds strong characters of the other direction   is isolated: <bdi> in HTML, FSI…PDI in plain text
    bidi controls that come with a value                          are dropped: they could reverse what follows
    control characters                                            are dropped

The two marks of direction, U+200E and U+200F, turn nothing but themselves, and stay.
"""

from __future__ import annotations

import re
from typing import Literal
from unicodedata import bidirectional

Direction = Literal["ltr", "rtl"]

LRI, RLI, FSI, PDI = "\u2066", "\u2067", "\u2068", "\u2069"
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+")
_DROPPED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
_MAYBE_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]")
_LATIN = re.compile("[A-Za-z]")
_SPECIAL = re.compile("[&<>\"']")
_SUSPECT = re.compile(  # in a message that runs from left to right, only these need a closer look
    "[\x00-\x1f\x7f-\x9f\u0590-\u08ff\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff"
    "\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


def has_opposite(text: str, direction: Direction) -> bool:
    """Whether the text holds a strong character of the direction opposite to the message's."""
    if direction == "ltr":
        return any(bidirectional(found) in ("R", "AL") for found in _MAYBE_RTL.findall(text))
    return bool(_LATIN.search(text)) or (not text.isascii() and any(bidirectional(c) == "L" for c in text))


def clean(text: str) -> str:
    """The text without control characters, those of direction included; line breaks and tabs stay."""
    return text if text.isascii() and text.isprintable() else _DROPPED.sub("", text)


def isolated(text: str, direction: Direction) -> str:
    """A value as it may stand in plain text that runs in this direction."""
    if direction == "ltr" and ((text.isascii() and text.isprintable()) or not _SUSPECT.search(text)):
        return text
    text = clean(text)
    return f"{FSI}{text}{PDI}" if has_opposite(text, direction) else text


def isolated_html(text: str, direction: Direction) -> str:
    """A value as it may stand between the elements of HTML that runs in this direction."""
    if direction == "ltr" and not _SUSPECT.search(text):
        return escaped(text)
    text = clean(text)
    return f"<bdi>{escaped(text)}</bdi>" if has_opposite(text, direction) else escaped(text)


def kept_running(text: str, direction: Direction) -> str:
    """Words as they may stand behind others that would turn them: they go on running in their own direction."""
    return f"{LRI if direction == 'ltr' else RLI}{text}{PDI}"


def escaped(text: str) -> str:
    """Text as HTML, in which `&`, `<`, `>` and both quotes stand for themselves."""
    if not _SPECIAL.search(text):
        return text
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&#34;").replace("'", "&#39;")


def unisolated(text: str) -> str:
    """Text without the isolates that were put in: an address must not hold any."""
    return text.replace(FSI, "").replace(PDI, "")
