"""How large a notification is, and how its author may let it be shortened.

A device takes 4,096 bytes of payload: the fields as JSON in UTF-8, and what services put around them. What is larger is
refused, unless the template allows that something is cut; it is then cut between two characters as readers see them:

    {% block shorten %}body{% endblock %}               or `title`, or several: `body title`, in the order of cutting

How long services keep it for a device that is off is its `ttl`: seconds, or a span such as 12h, 28 days at most.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import orjson
import regex

from orchestrator.blueprint.durations import parse_duration
from orchestrator.content.bidi import FSI, PDI
from orchestrator.content.refusal import Unfit

LARGEST = 4096
ENVELOPE = 144  # bytes: the most that Apple, Google or a browser's service add for names, our id, and encryption
CUTTABLE = ("title", "body")
ELLIPSIS = "…"
LONGEST_KEPT = timedelta(days=28)
_HANDLING = frozenset({"ttl", "shorten"})  # what devices are not sent
_GRAPHEME = regex.compile(r"\X")


def size(fields: Mapping[str, Any]) -> int:
    """The bytes of the payload that devices are sent at most."""
    return ENVELOPE + len(orjson.dumps({name: text for name, text in fields.items() if name not in _HANDLING}))


def cuttable(fields: Mapping[str, Any]) -> list[str]:
    """The fields that the template allows to cut, in that order.

    Raises:
        Unfit: one of them is none that could be cut.
    """
    names: list[str] = fields.get("shorten", "").replace(",", " ").split()
    for name in names:
        if name not in CUTTABLE:
            raise Unfit(f"{name!r} cannot be shortened; expected {' or '.join(CUTTABLE)}")
    return [name for name in names if name in fields]


def kept(ttl: str) -> str:
    """How long a notification is kept, as services' adapters read it: a number, or a number and one of s, m, h, d.

    Raises:
        Unfit: it is no span, or a longer one than anybody keeps.
    """
    try:
        span = parse_duration(f"{ttl}s" if ttl.isdecimal() else ttl)
    except ValueError as fault:
        raise Unfit(f"ttl: {fault}") from None
    if span > LONGEST_KEPT:
        raise Unfit(f"ttl: nobody keeps a notification for {ttl!r}; 28d are the most")
    return ttl if ttl[:-1].isdecimal() and ttl[-1] != "w" else f"{span.total_seconds():.0f}s"


def shortened(text: str, excess: int) -> str:
    """The text with at least `excess` bytes less, an ellipsis at its end; empty where nothing is left of it."""
    room = _bytes(text) - excess - len(ELLIPSIS.encode())
    kept = "".join(_fitting(text, room)).rstrip()
    return f"{kept}{ELLIPSIS}{_closing(kept)}" if kept.strip(FSI) else ""


def _fitting(text: str, room: int) -> Iterator[str]:
    """The characters that fit, with room left for closing the isolates that they open."""
    opened = 0
    for grapheme in _GRAPHEME.findall(text):
        opened += grapheme.count(FSI) - grapheme.count(PDI)
        room -= _bytes(grapheme)
        if room < opened * len(PDI.encode()):
            return
        yield grapheme


def _closing(kept: str) -> str:
    return PDI * (kept.count(FSI) - kept.count(PDI))


def _bytes(text: str) -> int:
    """As JSON has it: quotation marks and line breaks count twice."""
    return len(orjson.dumps(text)) - len('""')
