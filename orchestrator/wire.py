"""What goes over the wire: JSON from services and files into our values, and our drafts into outcome lines.

Whoever sends something wrong is told where it is wrong, what was found and what was expected (`Malformed`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, get_args

from orchestrator.civil import parse_instant, rfc3339
from orchestrator.decision import machines
from orchestrator.model import PAUSE, Consent, ConsentState, Draft, Finding, Moment, Price, Receipt, ReceiptKind
from orchestrator.ports import Attempt, ProfileUpdate, Record

LONGEST_ID = 200
LARGEST = 256_000  # bytes of a moment's or profile's JSON text
YEARS = range(1970, 2970)  # beyond them a time is a mistake, and calendars come to their end
SINGLE = {"email": "email", "phone": "sms", "whatsapp": "whatsapp"}  # a profile's field, and the channel it serves
PROFILE_FIELDS = ("market", "locale", "timezone", "preferences")
STATES = get_args(ConsentState)
KINDS = get_args(ReceiptKind)


class Malformed(ValueError):
    """Something on the wire is not as it must be; the text says where, what was found, and what was expected.

    `expected` leaves out what was found, for where nobody's data may be shown: in logs.
    """

    def __init__(self, expected: str, found: str = "") -> None:
        self.expected = expected
        super().__init__(f"{expected}; found {found}" if found else expected)


def text(line: Mapping[str, Any], key: str, default: str | None = None) -> str:
    """A text that must be there, unless there is a default.

    Raises:
        Malformed: it is missing, empty, too long, or something else than a text.
    """
    value = line.get(key, default)
    if isinstance(value, str) and value and len(value) <= LONGEST_ID and value.isprintable():
        return value
    raise Malformed(f"`{key}` must be a text of 1 to {LONGEST_ID} printable characters", _shown(value))


def one_of(line: Mapping[str, Any], key: str, allowed: tuple[str, ...]) -> Any:
    """A text that is one of those allowed.

    Raises:
        Malformed: it is another one.
    """
    value = text(line, key)
    if value not in allowed:
        raise Malformed(f"`{key}` must be one of {', '.join(allowed)}", _shown(value))
    return value


def mapping(value: Any, what: str) -> Mapping[str, Any]:
    """An object.

    Raises:
        Malformed: it is something else.
    """
    if isinstance(value, dict):
        return value
    raise Malformed(f"{what} must be an object", _shown(value))


def when(line: Mapping[str, Any], default: datetime) -> datetime:
    """The line's `at`, or the default.

    Raises:
        Malformed: it is no RFC 3339 time with an offset.
    """
    value = line.get("at")
    return default if value is None else instant(value, "at")


def instant(value: Any, key: str) -> datetime:
    """An instant under a name.

    Raises:
        Malformed: it is no RFC 3339 time with an offset, or beyond the years that calendars reach.
    """
    try:
        at = parse_instant(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise Malformed(
            f"`{key}` must be an RFC 3339 time such as 2026-03-02T09:00:00Z", f"{_shown(value)} ({error})"
        ) from None
    if at.year not in YEARS:
        raise Malformed(f"`{key}` must be within the years {YEARS.start} to {YEARS.stop - 1}", _shown(value))
    return at


def moment(line: Mapping[str, Any], *, now: datetime, new_id: Callable[[], str]) -> Moment:
    """A moment as a service reports it. Without an `id` it gets a new one, and cannot be recognised when repeated.

    What its data must hold is its type's affair, and judged when it is decided.

    Raises:
        Malformed: it has no name or profile, or its time is none.
    """
    data: Any = line.get("data")
    return Moment(
        id=text(line, "id") if "id" in line else new_id(),
        name=text(line, "name"),
        profile=text(line, "profile"),
        at=when(line, now),
        data={} if data is None else data,
    )


def profile(line: Mapping[str, Any], *, at: datetime) -> ProfileUpdate:
    """A profile as a service reports it: the fields to replace, the attributes to merge.

    Raises:
        Malformed: it has no id, or a field is of the wrong kind.
    """
    attributes = line.get("attributes")
    return ProfileUpdate(
        id=text(line, "id"),
        at=at,
        fields={key: _field(line, key) for key in PROFILE_FIELDS if key in line},
        addresses=_addresses(line),
        attributes=mapping(attributes, "`attributes`") if attributes is not None else {},
    )


def recorded_profile(line: Mapping[str, Any], *, at: datetime, complain: Callable[[str], None]) -> ProfileUpdate:
    """A profile as it was reported once: what is of the wrong kind in it counts as null, and the rest stands.

    Raises:
        Malformed: it has no id.
    """
    kept: dict[str, Any] = {"id": text(line, "id")}
    for key, value in line.items():
        try:
            profile({**kept, key: value}, at=at)
            kept[key] = value
        except Malformed as error:
            complain(str(error))
            kept[key] = None
    return profile(kept, at=at)


def _field(line: Mapping[str, Any], key: str) -> Any:
    value = line[key]
    if key == "preferences":
        return preferences(mapping(value if value is not None else {}, "`preferences`"))
    return text(line, key) if value not in (None, "") else None


def preferences(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a person prefers is free, but for `pause_until`, which must be a time to be of any effect.

    Raises:
        Malformed: it is none.
    """
    if given.get(PAUSE) is not None:
        instant(given[PAUSE], f"preferences.{PAUSE}")
    return given


def _addresses(line: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Addresses per channel: one of email, phone and whatsapp, a list for push and for any other channel."""
    found = {channel: _texts(line[key], key) for key, channel in SINGLE.items() if key in line}
    if "push" in line:
        found["push"] = _texts(line["push"], "push")
    for channel, value in mapping(line.get("addresses") or {}, "`addresses`").items():
        found[channel] = _texts(value, channel)
    return found


def _texts(value: Any, key: str) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [] if value is None else [value]
    if all(isinstance(item, str) and len(item) <= 4096 for item in values):
        return tuple(item for item in values if item)
    raise Malformed(f"`{key}` must be a text or a list of texts", _shown(value))


def consent(line: Mapping[str, Any], *, at: datetime, recorded_at: datetime) -> Consent:
    """A ledger entry as a service reports it; what is not one of its own fields is kept as evidence.

    Raises:
        Malformed: person, channel, purpose or state are missing or wrong.
    """
    own = {"profile", "channel", "purpose", "state", "source", "address", "at"}
    return Consent(
        profile=text(line, "profile"),
        channel=text(line, "channel"),
        purpose=text(line, "purpose"),
        state=one_of(line, "state", STATES),
        at=at,
        recorded_at=recorded_at,
        source=text(line, "source") if line.get("source") else "",
        address=text(line, "address") if line.get("address") else None,
        evidence={key: value for key, value in line.items() if key not in own},
    )


def recorded(record: Record) -> dict[str, Any]:
    """A message on record as JSON has it."""
    return {
        "id": record.id,
        "at": rfc3339(record.at),
        "campaign": record.campaign,
        "profile": record.profile,
        "moment": record.moment.id,
        "state": record.state,
        "reason": record.reason,
        "due": rfc3339(record.due),
        "market": record.market,
        "locale": record.locale,
        "channel": record.channel,
        "variant": record.variant,
        "attempt": record.attempt,
        "provider": record.provider,
        "provider_id": record.provider_id,
        "detail": record.detail,
        "trace": [finding(entry) for entry in record.trace],
        "content": dict(record.content.fields) if record.content else None,
    }


def told(record: Record, attempts: Iterable[Attempt], receipts: Iterable[Receipt]) -> dict[str, Any]:
    """A message on record with all that became of it."""
    return {
        **recorded(record),
        "attempts": [
            {"at": rfc3339(one.begun_at), "provider": one.provider, "outcome": one.outcome, "detail": one.detail}
            for one in attempts
        ],
        "receipts": [_receipt(one) for one in machines.judged(list(receipts))],
    }


def _receipt(receipt: Receipt) -> dict[str, Any]:
    line = {"at": rfc3339(receipt.at), "kind": receipt.kind, "permanent": receipt.permanent}
    return {**line, "machine": receipt.machine or None} if receipt.kind in machines.REACTIONS else line


def outcome(draft: Draft) -> dict[str, Any]:
    """A draft as an outcome line: what replay and preview print."""
    content = draft.content
    line: dict[str, Any] = {
        "at": rfc3339(draft.at),
        "id": draft.id,
        "campaign": draft.campaign,
        "profile": draft.profile,
        "moment": draft.moment.id,
        "outcome": draft.outcome,
        "reason": draft.reason,
        "send_at": rfc3339(draft.send_at),
        "market": draft.market,
        "locale": draft.locale,
        "channel": draft.channel,
        "variant": draft.variant,
        "trace": [finding(entry) for entry in draft.trace],
        "content": dict(content.fields) if content else None,
    }
    if content and content.sms:
        line["sms"] = {"encoding": content.sms.encoding, "segments": content.sms.segments}
    if draft.cost:
        line["cost"] = price(draft.cost)
    return line


def price(found: Price) -> dict[str, str]:
    """An amount of money as JSON has it: exact, as text."""
    return {"amount": f"{found.amount:f}", "currency": found.currency}


def finding(entry: Finding) -> dict[str, Any]:
    """One line of a trace."""
    line = {"gate": entry.gate, "passed": entry.passed, "code": entry.code, "detail": entry.detail}
    return {**line, "channel": entry.channel} if entry.channel else line


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
