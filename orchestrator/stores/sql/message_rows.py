"""Messages as rows: one that changes with the message's state, and one for what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orchestrator.model import Content, Finding, Moment, Segments, Touch
from orchestrator.ports import Record
from orchestrator.stores.instants import instant, maybe_instant, maybe_micros, micros
from orchestrator.stores.lifecycle import wakes
from orchestrator.stores.sql.codec import decode, encode
from orchestrator.stores.sql.session import Found

WHOLE = """
    SELECT m.*, b.addresses, b.moment, b.trace, b.content FROM messages AS m JOIN bodies AS b ON b.message = m.id
"""


def record(found: Found) -> Record:
    """The message in a row."""
    return Record(
        id=found.id,
        moment=_moment(decode(found.moment)),
        campaign=found.campaign,
        profile=found.profile,
        purpose=found.purpose,
        state=found.state,
        reason=found.reason,
        at=instant(found.at),
        due=maybe_instant(found.due),
        channel=found.channel,
        market=found.market,
        locale=found.locale,
        variant=found.variant,
        addresses=tuple(decode(found.addresses)),
        content=_content(decode(found.content)) if found.content else None,
        trace=tuple(Finding(*finding) for finding in decode(found.trace)),
        touch=_touch(found),
        attempt=found.attempt,
        fence=found.fence,
        provider=found.provider,
        provider_id=found.provider_id,
        detail=found.detail,
        handed_over=maybe_instant(found.handed_over),
    )


def _touch(found: Found) -> Touch | None:
    if found.touched is None:
        return None
    return Touch(found.id, instant(found.touched), found.channel, found.purpose, found.campaign)


def _moment(said: Sequence[Any]) -> Moment:
    id, name, profile, at, data = said
    return Moment(id, name, profile, instant(at), data)


def _content(said: Sequence[Any]) -> Content:
    channel, fields, sms, unsubscribe = said
    return Content(channel, fields, Segments(*sms) if sms else None, unsubscribe)


def _said(content: Content) -> Sequence[Any]:
    sms = content.sms
    return (
        content.channel,
        content.fields,
        (sms.encoding, sms.units, sms.segments) if sms else None,
        content.unsubscribe,
    )


def row(record: Record) -> dict[str, Any]:
    """What of a record changes in its life."""
    return {
        "id": record.id,
        "campaign": record.campaign,
        "profile": record.profile,
        "purpose": record.purpose,
        "state": record.state,
        "reason": record.reason,
        "at": micros(record.at),
        "due": maybe_micros(record.due),
        "wake": maybe_micros(wakes(record)),
        "channel": record.channel,
        "market": record.market,
        "locale": record.locale,
        "variant": record.variant,
        "attempt": record.attempt,
        "fence": record.fence,
        "provider": record.provider,
        "provider_id": record.provider_id,
        "detail": record.detail,
        "handed_over": maybe_micros(record.handed_over),
        "touched": micros(record.touch.at) if record.touch else None,
        "released": 0,
    }


def body(record: Record) -> dict[str, Any]:
    """What of a record is written once."""
    moment = record.moment
    return {
        "message": record.id,
        "addresses": encode(record.addresses),
        "moment": encode((moment.id, moment.name, moment.profile, micros(moment.at), moment.data)),
        "trace": encode([(f.gate, f.passed, f.code, f.detail, f.channel) for f in record.trace]),
        "content": encode(_said(record.content)) if record.content else None,
    }
