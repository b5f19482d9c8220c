"""Messages as rows: one that changes with the message's state, and one for what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from orchestrator.model import Content, Draft, Moment, Segments, Touch
from orchestrator.ports import Record
from orchestrator.stores.codec import decode, encode, pack, unpack
from orchestrator.stores.instants import instant, maybe_instant, micros
from orchestrator.stores.lifecycle import state_of
from orchestrator.stores.sql import traces
from orchestrator.stores.sql.session import Found

# in the order in which `record` takes them; reading 25 columns by name would cost as much as all the rest
WHOLE = """
    SELECT m.id, b.moment, m.campaign, m.profile, m.purpose, m.state, m.reason, m.at, m.due, m.channel, m.market,
        m.locale, m.variant, b.addresses, b.content,
        COALESCE((SELECT said FROM traces WHERE traces.id = b.trace), b.trace), m.touched, m.attempt, m.fence, m.provider,
        m.provider_id, m.detail, m.handed_over
    FROM messages AS m LEFT JOIN bodies AS b ON b.message = m.seq
"""


def record(found: Found) -> Record:
    """The message in a row of `WHOLE`; of one whose body was let go, what is left."""
    (id, moment, campaign, profile, purpose, state, reason, at, due, channel, market, locale, variant, addresses,
     content, trace, touched, attempt, fence, provider, provider_id, detail, handed_over) = found  # fmt: skip
    return Record(
        id,
        _moment(decode(moment)) if moment else Moment("", "", profile, instant(at)),
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
        tuple(decode(addresses)) if addresses else (),
        _content(unpack(content)) if content else None,
        traces.trace(trace) if trace else (),
        Touch(id, instant(touched), channel, purpose, campaign) if touched is not None else None,
        attempt,
        fence,
        provider,
        provider_id,
        detail,
        maybe_instant(handed_over),
    )


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


def row(draft: Draft) -> dict[str, Any]:
    """What of a decision changes in its message's life."""
    state, due = state_of(draft), micros(draft.send_at) if draft.outcome == "hold" and draft.send_at else None
    return {
        "id": draft.id,
        "campaign": draft.campaign or "",
        "profile": draft.profile,
        "purpose": draft.purpose or "",
        "state": state,
        "reason": draft.reason,
        "at": micros(draft.at),
        "due": due,
        "wake": (due or micros(draft.at)) if state in ("held", "ready") else None,
        "channel": draft.channel,
        "market": draft.market,
        "locale": draft.locale,
        "variant": draft.variant,
        "attempt": 0,
        "fence": 0,
        "provider": None,
        "provider_id": None,
        "detail": "",
        "handed_over": None,
        "begun_at": None,
        "outcome": None,
        "answer": "",
        "ended_at": None,
        "touched": micros(draft.touch.at) if draft.touch and state == "ready" else None,
        "released": 0,
        "taken": 0,
    }


def begun(row: dict[str, Any], account: str, now: datetime, until: datetime) -> dict[str, Any]:
    """The row of a message whose first attempt begins as it is recorded."""
    first = {"attempt": 1, "fence": 1, "provider": account or None, "begun_at": micros(now)}
    return row | first | {"state": "sending", "wake": micros(until)}


def body(draft: Draft, trace: str) -> dict[str, Any]:
    """What of a decision is written once, without the message's number."""
    moment = draft.moment
    return {
        "addresses": encode(draft.addresses),
        "moment": encode((moment.id, moment.name, moment.profile, micros(moment.at), moment.data)),
        "trace": trace,
        "content": pack(_said(draft.content)) if draft.content else None,
    }
