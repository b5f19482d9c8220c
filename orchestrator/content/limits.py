"""What a channel demands of a finished message, and what a market puts around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from orchestrator.content import push, sms
from orchestrator.content.fields import REQUIRED
from orchestrator.content.html import closed
from orchestrator.content.refusal import ContentRefused, MissingData
from orchestrator.model import Content

WHATSAPP_LIMITS = {"body": 1024, "header": 60, "footer": 60, "template": 512}
"""In characters; those of the header and the footer are Meta's for templates."""

PLACES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "email": (("subject",), ("text",)),
    "sms": (("body",), ("body",)),
    "whatsapp": (("body",), ("body",)),
    "push": (("title", "body"), ("body", "title")),
}
"""Where a market's prefix and suffix go: into the first of these fields that the message has."""


class Marks(NamedTuple):
    """What a market wants advertising on a channel to begin and to end with; empty for nothing."""

    prefix: str = ""
    suffix: str = ""


UNMARKED = Marks()


def affixed(channel: str, fields: Mapping[str, Any], marks: Marks) -> Mapping[str, Any]:
    """The fields with the market's prefix and suffix, unless the template has written them already."""
    if not any(marks):
        return fields
    marked, prefix, suffix = dict(fields), marks.prefix.strip(), marks.suffix.strip()
    first, last = (next((name for name in places if fields.get(name)), None) for places in PLACES[channel])
    if first and prefix and not marked[first].startswith(prefix):
        marked[first] = f"{prefix} {marked[first]}"
    if last and suffix and not marked[last].endswith(suffix):
        marked[last] = f"{marked[last]} {suffix}"
        if "html" in marked:
            marked["html"] = closed(marked["html"], suffix)
    return marked


def content(channel: str, fields: Mapping[str, Any], max_segments: int, marks: Marks = UNMARKED) -> Content:
    """The fields as the channel's content, with the market's marks.

    Raises:
        MissingData: a field that the channel needs is empty.
        ContentRefused: the message is too long.
    """
    for group in REQUIRED[channel]:
        if not any(fields.get(name) for name in group):
            raise MissingData(f"the message's {' or '.join(group)}")
    if channel == "push":
        return _push(fields, marks)
    return _FINISHED[channel](affixed(channel, fields, marks), max_segments)


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


def _push(fields: Mapping[str, Any], marks: Marks) -> Content:
    """A notification; what the template lets be shortened is, before the market's marks are put on."""
    own = {name: text for name, text in fields.items() if name != "shorten"}
    if "ttl" in own:
        own["ttl"] = push.kept(own["ttl"])
    marked = affixed("push", own, marks)
    for name in push.cuttable(fields):
        if (excess := push.size(marked) - push.LARGEST) > 0:
            own[name] = push.shortened(own[name], excess) or own[name]
            marked = affixed("push", own, marks)
    if (size := push.size(marked)) > push.LARGEST:
        raise _too_long(f"the notification has {size} bytes; devices take {push.LARGEST}")
    return Content("push", marked)


def _too_long(detail: str) -> ContentRefused:
    return ContentRefused("content.too_long", detail)


_FINISHED: Mapping[str, Callable[[Mapping[str, Any], int], Content]] = {
    "email": _email,
    "sms": _sms,
    "whatsapp": _whatsapp,
}
