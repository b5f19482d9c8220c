"""What a channel demands of a finished message, and what a market puts around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from orchestrator.blueprint import SmsLimits
from orchestrator.content import push, sms
from orchestrator.content.bidi import Direction, has_opposite, kept_running
from orchestrator.content.fields import REQUIRED
from orchestrator.content.html import with_last_paragraph
from orchestrator.content.lines import one_line
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
    """What a market wants advertising on a channel to begin and to end with (empty: nothing), and how the message runs."""

    prefix: str = ""
    suffix: str = ""
    direction: Direction = "ltr"


UNMARKED = Marks()


def affixed(channel: str, fields: Mapping[str, Any], marks: Marks) -> Mapping[str, Any]:
    """The fields with the market's prefix and suffix, unless the template has written them already."""
    if not (marks.prefix or marks.suffix):
        return fields
    marked, prefix, suffix = dict(fields), one_line(marks.prefix), marks.suffix.strip()
    first, last = (next((name for name in places if fields.get(name)), None) for places in PLACES[channel])
    if first and prefix and not _begins(marked[first], prefix):
        marked[first] = _begun(prefix, marked[first], marks.direction)
    if last and suffix and not marked[last].endswith(suffix):
        marked[last] = f"{marked[last]} {suffix}"
        if "html" in marked:
            marked["html"] = with_last_paragraph(marked["html"], suffix)
    return marked


def _begins(text: str, mark: str) -> bool:
    """Whether the text has the mark at its start: `AD: Sale` begins with `AD`, and `ADVENT` does not."""
    return text.startswith(mark) and not (_is_cased(mark[-1]) and _is_cased(text[len(mark) : len(mark) + 1]))


def _is_cased(character: str) -> bool:
    """Whether it is a letter of a script with capitals, which all keep their words apart."""
    return character.lower() != character.upper()


def _begun(mark: str, text: str, direction: Direction) -> str:
    """The text behind the mark, which comes first to the letter: where it runs the other way, it would turn the text."""
    return f"{mark} {kept_running(text, direction) if has_opposite(mark, direction) else text}"


def content(channel: str, fields: Mapping[str, Any], limits: SmsLimits, marks: Marks = UNMARKED) -> Content:
    """The fields as the channel's content, with the market's marks.

    Raises:
        MissingData: a field that the channel needs is empty.
        ContentRefused: the message is too long.
    """
    for group in REQUIRED[channel]:
        if not any(map(fields.get, group)):
            raise MissingData(f"the message's {' or '.join(group)}")
    if channel == "push":
        return _push(fields, marks)
    return _FINISHED[channel](affixed(channel, fields, marks), limits)


def _email(fields: Mapping[str, Any], _: SmsLimits) -> Content:
    return Content("email", fields)


def _sms(fields: Mapping[str, Any], limits: SmsLimits) -> Content:
    body, cost = sms.folded(fields["body"], sms.ROOM[limits.reference])
    most = limits.max_segments
    if cost.segments > most:
        raise _too_long(f"{cost.units} units of {cost.encoding} take {cost.segments} parts; {most} are allowed")
    return Content("sms", fields if body == fields["body"] else {**fields, "body": body}, sms=cost)


def _whatsapp(fields: Mapping[str, Any], _: SmsLimits) -> Content:
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


_FINISHED: Mapping[str, Callable[[Mapping[str, Any], SmsLimits], Content]] = {
    "email": _email,
    "sms": _sms,
    "whatsapp": _whatsapp,
}
