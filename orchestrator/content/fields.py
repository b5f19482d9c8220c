"""What a message consists of on each channel, and what becomes of a field's text before it is handed over.

    line    one line: headers and titles            body    several lines
    lines   a list, one entry a line                code    a name or a number for machines
    html    a document                              url     an address that something leads to

A field that is empty then is left out of the message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.content.lines import body, lines, one_line
from orchestrator.content.media import Kind

FIELDS: Mapping[str, Mapping[str, Kind]] = {
    "email": {"subject": "line", "preheader": "line", "html": "html", "text": "body"},
    "sms": {"body": "body"},
    "whatsapp": {
        "body": "body", "template": "code", "variables": "lines", "header": "line", "footer": "line", "buttons": "lines",
        "image": "url",
    },
    "push": {
        "title": "line", "body": "body", "image": "url", "link": "url", "collapse": "code", "ttl": "code", "shorten": "code",
    },
}  # fmt: skip

REQUIRED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "email": (("subject",), ("html", "text")),
    "sms": (("body",),),
    "whatsapp": (("body", "template"),),
    "push": (("title", "body"),),
}
"""Of each group one field must not be empty."""


FINISH: Mapping[Kind, Callable[[str], Any]] = {
    "line": one_line,
    "body": body,
    "lines": lines,
    "code": one_line,
    "url": one_line,
    "html": str.strip,
}
"""What becomes of a field's text."""
