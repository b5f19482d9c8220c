"""How readers see each string: in the messages that it belongs to, written with sample values.

    strings ──marked──► catalogs in which each string stands between two characters for private use that name it
    messages rendered from those ──shown──► Shown in: order-shipped, email subject: "Your order A-1 is on its way"

Where the marks come out is where the string stands, however many templates, layouts and macros it went through.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from orchestrator.content.catalogs import String
from orchestrator.translation.document import Key, Lines
from orchestrator.translation.filling import filled

MOST_PLACES = 2  # for each string
AROUND = 30  # characters of the message on either side

_OPEN, _CLOSE = 0xF0000, 0x100000  # where the two planes for private use begin
_MARK = re.compile("([\U000f0000-\U0010ffff])")
_UNSEEN = re.compile(r"<(style|title)\b.*?</\1>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Seen:
    """A message in the source language, rendered from a marked catalog; fields as its content has them."""

    campaign: str
    channel: str
    fields: Mapping[str, Any]


def marked(strings: Sequence[String], locale: str) -> bytes:
    """A catalog of the source language in which each string is wrapped in the marks of its place among `strings`."""
    places = {string: place for place, string in enumerate(strings)}

    def wrapped(string: String, text: str) -> str:
        return f"{chr(_OPEN + places[string])}{text}{chr(_CLOSE + places[string])}"

    return filled(locale, strings, wrapped).written()


def shown(strings: Sequence[String], messages: Iterable[Seen]) -> Mapping[Key, Lines]:
    """For each string the first places in which readers see it, the string itself between `⟦` and `⟧`."""
    found: dict[int, dict[tuple[str, str], str]] = {}
    for message in messages:
        for name, value in message.fields.items():
            for place, excerpt in _excerpts(_plain(name, value)):
                told = f'Shown in: {message.campaign}, {message.channel} {name}: "{excerpt}"'
                found.setdefault(place, {}).setdefault((message.campaign, message.channel), told)
    return {
        (strings[place].context, strings[place].msgid): tuple(islice(told.values(), MOST_PLACES))
        for place, told in found.items()
    }


def _plain(name: str, value: Any) -> str:
    """A field's words in one line."""
    text = "\n".join(value) if isinstance(value, list | tuple) else str(value)
    if name == "html":
        text = html.unescape(_TAG.sub(" ", _UNSEEN.sub(" ", text)))
    return " ".join(text.split())


def _excerpts(text: str) -> Iterator[tuple[int, str]]:
    """Each string in a text by its place, with what stands around it."""
    pieces = _MARK.split(text)
    plain = "".join(pieces[::2])
    begun: dict[int, int] = {}
    length = 0
    for words, mark in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
        length += len(words)
        if not mark:
            break
        if ord(mark) < _CLOSE:
            begun[ord(mark) - _OPEN] = length
        elif (place := ord(mark) - _CLOSE) in begun:
            yield place, _cut(plain, begun[place], length)


def _cut(text: str, begin: int, end: int) -> str:
    """The piece of a text, marked, with a few words on either side."""
    before, after = text[:begin], text[end:]
    if not (before + after).strip():
        return text
    if len(before) > AROUND:
        before = f"…{before[-AROUND:].partition(' ')[2] or before[-AROUND:]}"
    if len(after) > AROUND:
        after = f"{after[:AROUND].rpartition(' ')[0] or after[:AROUND]}…"
    return f"{before}⟦{text[begin:end]}⟧{after}"
