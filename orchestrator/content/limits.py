"""What a channel demands of a finished message, and what a market puts around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.content import sms
from orchestrator.content.fields import REQUIRED
from orchestrator.content.html import closed
from orchestrator.content.refusal import ContentRefused, MissingData
from orchestrator.model import Content

PUSH_BYTES = 4096
WHATSAPP_LIMITS = {"body": 1024, "header": 60, "footer": 60, "template": 512}
"""In characters; those of the header and the footer are Meta's for templates."""

PLACES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "email": (("subject",), ("text",)),
    "sms": (("body",), ("body",)),
    "whatsapp": (("body",), ("body",)),
    "push": (("title", "body"), ("body", "title")),
}
"""Where a market's prefix and suffix go: into the first of these fields that the message has."""


def affixed(channel: str, fields: Mapping[str, Any], prefix: str, suffix: str) -> dict[str, Any]:
    """The fields with the market's prefix and suffix, unless the template has written them already."""
    marked, prefix, suffix = dict(fields), prefix.strip(), suffix.strip()
    first, last = (next((name for name in places if fields.get(name)), None) for places in PLACES[channel])
    if first and prefix and not marked[first].startswith(prefix):
        marked[first] = f"{prefix} {marked[first]}"
    if last and suffix and not marked[last].endswith(suffix):
        marked[last] = f"{marked[last]} {suffix}"
        if "html" in marked:
            marked["html"] = closed(marked["html"], suffix)
    return marked


def content(channel: str, fields: Mapping[str, Any], max_segments: int) -> Content:
    """The fields as the channel's content.

    Raises:
        MissingData: a field that the channel needs is empty.
        ContentRefused: the message is too long.
    """
    for group in REQUIRED[channel]:
        if not any(fields.get(name) for name in group):
            raise MissingData(f"the message's {' or '.join(group)}")
    return _FINISHED[channel](fields, max_segments)


def _email(fields: Mapping[str, Any], _: int) -> Content:
    return Content("email", fields)


def _sms(fields: Mapping[str, Any], max_segments: int) -> Content:
    body = sms.fold(fields["body"])
    cost = sms.segments(body)
    if cost.segments > max_segments:
        raise _too_long(f"{cost.units} units of {cost.encoding} take {cost.segments} parts; {max_segments} are allowed")
    return Content("sms", {**fields, "body": body}, sms=cost)


def _whatsapp(fields: Mapping[str, Any], _: int) -> Content:
    for name, limit in WHATSAPP_LIMITS.items():
        if len(fields.get(name, "")) > limit:
            raise _too_long(f"the {name} has {len(fields[name])} characters; WhatsApp takes {limit}")
    return Content("whatsapp", fields)


def _push(fields: Mapping[str, Any], _: int) -> Content:
    size = sum(len(text.encode()) for text in fields.values())
    if size > PUSH_BYTES:
        raise _too_long(f"the notification has {size} bytes; devices take {PUSH_BYTES}")
    return Content("push", fields)


def _too_long(detail: str) -> ContentRefused:
    return ContentRefused("content.too_long", detail)


_FINISHED: Mapping[str, Callable[[Mapping[str, Any], int], Content]] = {
    "email": _email,
    "sms": _sms,
    "whatsapp": _whatsapp,
    "push": _push,
}
