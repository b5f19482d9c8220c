"""What a message consists of on each channel, and what becomes of a field's text before it is handed over.

line    one line: headers and titles            body    several lines
lines   a list, one entry a line                url     an address that something leads to
html    a document
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from orchestrator.content.bidi import CONTROLS, one_line

Kind = Literal["line", "body", "lines", "url", "html"]

FIELDS: Mapping[str, Mapping[str, Kind]] = {
    "email": {"subject": "line", "preheader": "line", "html": "html", "text": "body"},
    "sms": {"body": "body"},
    "whatsapp": {
        "body": "body", "template": "line", "variables": "lines", "header": "line", "footer": "line", "buttons": "lines",
        "image": "url",
    },
    "push": {"title": "line", "body": "body", "image": "url", "link": "url", "collapse": "line", "ttl": "line"},
}  # fmt: skip

REQUIRED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "email": (("subject",), ("html", "text")),
    "sms": (("body",),),
    "whatsapp": (("body", "template"),),
    "push": (("title", "body"),),
}
"""Of each group one field must not be empty."""

_TRAILING = re.compile(r"[ \t]+$", re.MULTILINE)
_BLANK = re.compile(r"\n{3,}")
_BREAKS = re.compile(r"\r\n?|[\u2028\u2029\x85]")


def body(text: str) -> str:
    """Text of several lines: nothing trails, at most one line is blank, and no control characters are left."""
    if "\n" in text or not text.isprintable():
        text = CONTROLS.sub("", _BREAKS.sub("\n", text))
        text = _BLANK.sub("\n\n", _TRAILING.sub("", text))
    return text.strip()


def lines(text: str) -> list[str]:
    """One entry for each line that is not blank."""
    return [entry for line in _BREAKS.sub("\n", text).split("\n") if (entry := one_line(line))]


def finished(kind: Kind, text: str) -> Any:
    """A field as it is handed over; what is empty then is left out of the message."""
    if kind == "body":
        return body(text)
    if kind == "lines":
        return lines(text)
    return text.strip() if kind == "html" else one_line(text)
