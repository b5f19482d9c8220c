"""The consent ledger, which is only ever appended to, and the suppression list.

Each person's entries are a chain: an entry's hash covers what it says and the hash of the one before it, so that an
entry that was changed or taken out afterwards shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from orchestrator.model import NOTHING, Consent, Suppression
from orchestrator.stores.addresses import Place, best, normalised, place
from orchestrator.stores.instants import instant, micros
from orchestrator.stores.sql import profiles
from orchestrator.stores.sql.codec import decode, encode
from orchestrator.stores.sql.session import Found, Session

HASHED = (
    "profile",
    "channel",
    "purpose",
    "state",
    "at",
    "recorded_at",
    "source",
    "address",
    "place",
    "evidence",
    "prev_hash",
)
LAST = """
    SELECT profile, hash FROM consents
    WHERE seq IN (SELECT max(seq) FROM consents WHERE profile IN :ids GROUP BY profile)
"""
CONCERNED = """
    SELECT id FROM profiles WHERE id IN :ids
    OR id IN (SELECT a.profile FROM addresses AS a JOIN :places(channel text, address text) AS p
              ON a.channel = p.channel AND a.address = p.address)
    ORDER BY id FOR UPDATE
"""


def append(session: Session, events: Sequence[Consent]) -> None:
    """Append entries; what they do not say of their address is what is known now."""
    events = _addressed(session, events)
    withdrawn = [place(e.channel, e.address) for e in events if e.state == "withdrawn" and e.address]
    hold_off(session, [event.profile for event in events], withdrawn)
    last: dict[str, str] = dict(session.rows(LAST, ids=tuple({event.profile for event in events})))
    rows = []
    for event in events:
        before = last.get(event.profile, "")
        rows.append(_row(event, before))
        last[event.profile] = rows[-1]["hash"]
    session.insert("consents", rows)


def hold_off(session: Session, people: Iterable[str], places: Iterable[Place] = ()) -> None:
    """Wait for hand-overs in claim of these people, or at these places, and keep new ones waiting until we are done."""
    at = [{"channel": channel, "address": address} for channel, address in sorted(set(places))]
    session.rows(CONCERNED, ids=tuple(sorted(set(people))), places=at)


def _addressed(session: Session, events: Sequence[Consent]) -> list[Consent]:
    lacking = {event.profile for event in events if not event.address}
    people = profiles.of(session, sorted(lacking)) if lacking else {}
    return [
        event if event.address else replace(event, address=best(people.get(event.profile), event.channel))
        for event in events
    ]


def suppress(session: Session, entries: Sequence[Suppression]) -> None:
    """Put addresses on the list; what is there stays as it was."""
    hold_off(session, (), [place(entry.channel, entry.address) for entry in entries])
    rows = [
        {
            "channel": entry.channel,
            "address": normalised(entry.channel, entry.address),
            "reason": entry.reason,
            "at": micros(entry.at),
        }
        for entry in entries
    ]
    session.insert("suppressions", rows, "ON CONFLICT (channel, address) DO NOTHING")


def intact(session: Session, person: str) -> bool:
    """Whether a person's entries are as they were written, and none before the last is gone."""
    before = ""
    for found in session.rows("SELECT * FROM consents WHERE profile = :id ORDER BY seq", id=person):
        if found.prev_hash != before or found.hash != _hash(found._asdict()):
            return False
        before = found.hash
    return True


def consent(found: Found) -> Consent:
    """The entry in a row."""
    return Consent(
        profile=found.profile,
        channel=found.channel,
        purpose=found.purpose,
        state=found.state,
        at=instant(found.at),
        recorded_at=instant(found.recorded_at),
        source=found.source,
        address=found.address,
        evidence=NOTHING if found.evidence == "{}" else decode(found.evidence),
    )


def _row(entry: Consent, before: str) -> dict[str, Any]:
    row = {
        "profile": entry.profile,
        "channel": entry.channel,
        "purpose": entry.purpose,
        "state": entry.state,
        "at": micros(entry.at),
        "recorded_at": micros(entry.recorded_at),
        "source": entry.source,
        "address": entry.address,
        "place": normalised(entry.channel, entry.address) if entry.address else None,
        "evidence": encode(entry.evidence),
        "prev_hash": before,
    }
    return row | {"hash": _hash(row)}


def _hash(row: Mapping[str, Any]) -> str:
    return blake2b(encode([row[name] for name in HASHED]).encode(), digest_size=16).hexdigest()
