"""The consent ledger, which is only ever appended to, and the suppression list.

Each person's entries are a chain: an entry's hash covers what it says and the hash of the one before it, so that an
entry that was changed or taken out afterwards shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from orchestrator.model import Consent, Suppression
from orchestrator.stores.addresses import Place, best, normalised, place
from orchestrator.stores.instants import micros
from orchestrator.stores.sql import profiles
from orchestrator.stores.sql.codec import encode
from orchestrator.stores.sql.session import Session

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
# takes the end of each person's chain, known here or not, so that nothing else is appended meanwhile
HOLD_ENDS = """
    INSERT INTO chains (profile, hash) SELECT id, '' FROM :people(id text) AS new WHERE true ORDER BY id
    ON CONFLICT (profile) DO UPDATE SET profile = excluded.profile RETURNING profile, hash
"""
MOVE_ENDS = """
    UPDATE chains SET hash = new.hash FROM :ends(profile text, hash text) AS new WHERE chains.profile = new.profile
"""
CONCERNED = """
    SELECT id FROM profiles WHERE id IN (
        SELECT id FROM :people(id text) AS named
        UNION
        SELECT a.profile FROM :places(channel text, address text) AS p
        JOIN addresses AS a ON a.channel = p.channel AND a.address = p.address
    )
    ORDER BY id FOR UPDATE
"""


def append(session: Session, events: Sequence[Consent]) -> None:
    """Append entries; what they do not say of their address is what is known now."""
    events = _addressed(session, events)
    withdrawn = [place(e.channel, e.address) for e in events if e.state == "withdrawn" and e.address]
    hold_off(session, [event.profile for event in events], withdrawn)
    people = [{"id": id} for id in sorted({event.profile for event in events})]
    ends: dict[str, str] = dict(session.rows(HOLD_ENDS, people=people))
    rows = []
    for event in events:
        rows.append(_row(event, ends[event.profile]))
        ends[event.profile] = rows[-1]["hash"]
    session.insert("consents", rows)
    session.run(MOVE_ENDS, ends=[{"profile": id, "hash": hash} for id, hash in sorted(ends.items())])


def hold_off(session: Session, people: Iterable[str], places: Iterable[Place] = ()) -> None:
    """Wait for hand-overs in claim of these people, or at these places, and keep new ones waiting until we are done."""
    at = [{"channel": channel, "address": address} for channel, address in sorted(set(places))]
    session.rows(CONCERNED, people=[{"id": id} for id in sorted(set(people))], places=at)


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
    """Whether a person's entries are all there, and as they were written."""
    before = ""
    for found in session.rows("SELECT * FROM consents WHERE profile = :id ORDER BY seq", id=person):
        if found.prev_hash != before or found.hash != _hash(found._asdict()):
            return False
        before = found.hash
    ends = session.rows("SELECT hash FROM chains WHERE profile = :id", id=person)
    return before == (ends[0].hash if ends else "")


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
