"""A person's rights: everything that is on record of them, and to be forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from orchestrator import wire
from orchestrator.app import App
from orchestrator.civil import rfc3339
from orchestrator.model import Consent, Moment, Profile
from orchestrator.ports import Record, Records, Reply
from orchestrator.settings import NotRunning
from orchestrator.strangers import is_stranger

PAGE = 500  # messages that are read at once


def export(app: App, person: str) -> dict[str, Any]:
    """Everything on record of a person, as JSON has it; its lists are empty where there is nothing."""
    facts = app.records.gather([person], history={}, now=app.clock())[person]
    return {
        "profile": _profile(facts.profile) if facts.profile else None,
        "consents": [ledger_entry(entry) for entry in sorted(facts.consents, key=_age) if _is_theirs(entry, person)],
        "suppressed": [{"channel": channel, "address": address} for channel, address in sorted(facts.suppressed)],
        "moments": [_moment(moment) for moment in app.rights.moments_of(person)],
        "messages": [_message(app.records, record) for record in _messages(app.records, person)],
        "links": [{"message": link.message, "url": link.url} for link in app.rights.links_of(person)],
        "replies": [_reply(reply) for reply in app.rights.replies_of(person)],
    }


def is_empty(exported: dict[str, Any]) -> bool:
    """Whether nothing is on record."""
    return not any(exported.values())


def forget(app: App, person: str) -> bool:
    """Erase a person; False if nothing was on record.

    Of each address only a salted hash remains, by which it is suppressed should it ever come back; nor does anything
    remain of the stranger that the person was there before.
    """
    written_at = _places(app, person)
    known = app.rights.forget(person, now=app.clock())
    for channel, address in written_at:
        if not app.records.profiles_at(channel, address):
            for stranger in app.strangers.ids(channel, address):
                app.rights.forget(stranger, now=app.clock())
    with suppress(NotRunning):  # touches in a Redis that is not running lapse by themselves
        app.claims.forget(person)
    return known


def _is_theirs(entry: Consent, person: str) -> bool:
    """Whether an entry is the person's own, or was while the person was a stranger."""
    return entry.profile == person or is_stranger(entry.profile)


def _places(app: App, person: str) -> set[tuple[str, str]]:
    """Where a person is reached, and was when they agreed to something."""
    facts = app.records.gather([person], history={}, now=app.clock())[person]
    held = facts.profile.addresses.items() if facts.profile else ()
    return {
        *((channel, address) for channel, addresses in held for address in addresses),
        *((entry.channel, entry.address) for entry in facts.consents if entry.profile == person and entry.address),
    }


def _messages(records: Records, person: str) -> Iterator[Record]:
    after = ""
    while page := records.messages(profile=person, after=after, limit=PAGE):
        yield from page
        after = page[-1].id


def _message(records: Records, record: Record) -> dict[str, Any]:
    receipts = records.receipts(record.id)
    told = wire.told(record, records.attempts(record.id), receipts)
    reported = [
        {**short, "address": receipt.address, "raw": dict(receipt.raw)}
        for short, receipt in zip(told["receipts"], receipts, strict=True)
    ]
    return {**told, "addresses": list(record.addresses), "receipts": reported}


def _age(entry: Consent) -> tuple[datetime, datetime]:
    return entry.at, entry.recorded_at


def _profile(profile: Profile) -> dict[str, Any]:
    return {
        "id": profile.id,
        "market": profile.market,
        "locale": profile.locale,
        "timezone": profile.timezone,
        "addresses": {channel: list(held) for channel, held in profile.addresses.items()},
        "attributes": {
            name: {"value": known.value, "at": rfc3339(known.at)} for name, known in profile.attributes.items()
        },
        "preferences": dict(profile.preferences),
    }


def ledger_entry(entry: Consent) -> dict[str, Any]:
    """An entry of a person's ledger."""
    return {
        "channel": entry.channel,
        "purpose": entry.purpose,
        "state": entry.state,
        "at": rfc3339(entry.at),
        "recorded_at": rfc3339(entry.recorded_at),
        "source": entry.source,
        "address": entry.address,
        "evidence": dict(entry.evidence),
    }


def _moment(moment: Moment) -> dict[str, Any]:
    return {"id": moment.id, "name": moment.name, "at": rfc3339(moment.at), "data": moment.data}


def _reply(reply: Reply) -> dict[str, Any]:
    return {
        "channel": reply.channel,
        "at": rfc3339(reply.at),
        "text": reply.text,
        "address": reply.address,
        "reading": reply.reading,
        "verdict": reply.verdict,
        "settled_at": rfc3339(reply.settled_at),
        "settled_by": reply.settled_by,
    }
