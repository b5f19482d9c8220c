"""Messages as rows: one that changes with the message's state, and one for what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from orchestrator.model import Content, Finding, Moment, Segments, Touch
from orchestrator.ports import Record
from orchestrator.stores.codec import decode, encode
from orchestrator.stores.instants import instant, maybe_instant, maybe_micros, micros
from orchestrator.stores.lifecycle import wakes
from orchestrator.stores.sql.session import Found

# in the order in which `record` takes them; reading 25 columns by name would cost as much as all the rest
WHOLE = """
    SELECT m.id, b.moment, m.campaign, m.profile, m.purpose, m.state, m.reason, m.at, m.due, m.channel, m.market,
        m.locale, m.variant, b.addresses, b.content, b.trace, m.touched, m.attempt, m.fence, m.provider,
        m.provider_id, m.detail, m.handed_over
    FROM messages AS m JOIN bodies AS b ON b.message = m.id
"""


def record(found: Found) -> Record:
    """The message in a row of `WHOLE`."""
    (id, moment, campaign, profile, purpose, state, reason, at, due, channel, market, locale, variant, addresses,
     content, trace, touched, attempt, fence, provider, provider_id, detail, handed_over) = found  # fmt: skip
    return Record(
        id,
        _moment(decode(moment)),
        campaign,
        profile,
        purpose,
        state,
        reason,
        instant(at),
        maybe_instant(due),
        channel,
        market,
        locale,
        variant,
        tuple(decode(addresses)),
        _content(decode(content)) if content else None,
        _trace(trace),
        Touch(id, instant(touched), channel, purpose, campaign) if touched is not None else None,
        attempt,
        fence,
        provider,
        provider_id,
        detail,
        maybe_instant(handed_over),
    )


@lru_cache(maxsize=1024)  # messages of one campaign were mostly decided alike
def _trace(said: str) -> tuple[Finding, ...]:
    return tuple(Finding(*finding) for finding in decode(said))


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
        "taken": 0,
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
