"""What an SMS costs, and how typography is kept from making it cost more.

    text ─► fold ─► segments
            typographic characters that alone would turn the whole text into UCS-2 become plain ones

A text is sent in septets of the GSM 7-bit alphabet (3GPP TS 23.038) if every one of its characters is there, else in 16-bit
units. It goes out in one part if it fits, else each part gives some room to the header that puts them together:

    GSM-7    160, or 153 in each of several parts    characters of the extension table take two septets
    UCS-2     70, or  67 in each of several parts    characters beyond the basic plane take two units
             (152 and 66, where the number that puts parts together has 16 bits)

A pair is never cut in two, so a part may stay short by one. National language shift tables are not used, since
aggregators do not use them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from orchestrator.model import Segments

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"


class Room(NamedTuple):
    """How many septets and 16-bit units each of several parts has room for."""

    septets: int
    units: int


ROOM: Mapping[int, Room] = {8: Room(153, 67), 16: Room(152, 66)}
"""By the bits of the reference number in a part's header: nearly all providers write 8, in a header of 6 octets."""

_SINGLE = Room(160, 70)
_FOLDS: dict[str, str] = {
    **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    **dict.fromkeys("\u00ad\u200b\u2060\ufeff", ""),  # soft hyphen, and spaces of no width
    **dict.fromkeys("\u061c\u200e\u200f\u2066\u2067\u2068\u2069", ""),  # marks and isolates of direction
    "\u2026": "...",
}
_FOLDED = re.compile(f"[{''.join(_FOLDS)}]")
_NOT_GSM = re.compile(f"[^{re.escape(BASIC + EXTENSION)}]")
_NEVER_GSM = re.compile(f"[^{re.escape(BASIC + EXTENSION)}{''.join(_FOLDS)}]")
_TWO_SEPTETS = re.compile(f"[{re.escape(EXTENSION)}]")
_TWO_UNITS = re.compile("[\U00010000-\U0010ffff]")


def fold(text: str) -> str:
    """`text` with its typography made plain, if that alone lets it be sent as GSM-7; else `text` as it is.

    Spaces, quotes, dashes and the ellipsis become those of ASCII; soft hyphens, spaces of no width and marks of direction
    go. Letters are never replaced.
    """
    return folded(text)[0]


def segments(text: str, room: Room = ROOM[8]) -> Segments:
    """The encoding, units and parts of `text` as it stands; an empty text is one part, too."""
    return _in_units(text, room) if _NOT_GSM.search(text) else _in_septets(text, room)


def folded(text: str, room: Room = ROOM[8]) -> tuple[str, Segments]:
    """The text as `fold` makes it, and what that costs."""
    if not _NOT_GSM.search(text):
        return text, _in_septets(text, room)
    if _NEVER_GSM.search(text):
        return text, _in_units(text, room)
    plain = _FOLDED.sub(_plain, text)
    return plain, _in_septets(plain, room)


def _plain(found: re.Match[str]) -> str:
    return _FOLDS[found[0]]


def _in_septets(text: str, room: Room) -> Segments:
    return Segments("GSM-7", *_measure(text, _TWO_SEPTETS, _SINGLE.septets, room.septets))


def _in_units(text: str, room: Room) -> Segments:
    return Segments("UCS-2", *_measure(text, _TWO_UNITS, _SINGLE.units, room.units))


def _measure(text: str, pair: re.Pattern[str], single: int, each: int) -> tuple[int, int]:
    """The units of a text in which some characters take a pair of them, and the parts it goes out in."""
    units = len(text) + len(pair.findall(text))
    if units <= single:
        return units, 1
    if units == len(text):
        return units, -(-units // each)
    return units, _parts((2 if pair.match(char) else 1 for char in text), each)


def _parts(widths: Iterable[int], each: int) -> int:
    """The parts that characters of these widths fill, none of them cut in two."""
    parts, filled = 1, 0
    for width in widths:
        if filled + width > each:
            parts, filled = parts + 1, 0
        filled += width
    return parts
