"""The consent ledger, which is only ever appended to, and the suppression list.

Each person's entries are a chain, and its end is kept apart: what was changed or taken out afterwards shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter

from orchestrator.model import Consent, Suppression
from orchestrator.ports import Chain
from orchestrator.stores import chain
from orchestrator.stores.addresses import Place, best, normalised, place
from orchestrator.stores.codec import storable
from orchestrator.stores.instants import instant, micros
from orchestrator.stores.lifecycle import FORGOTTEN
from orchestrator.stores.sql import profiles
from orchestrator.stores.sql.session import Found, Session

# takes the end of each person's chain, known here or not, so that nothing else is appended meanwhile
HOLD_ENDS = """
    INSERT INTO chains (profile, hash) SELECT id, '' FROM :people(id text) AS new WHERE true ORDER BY id
    ON CONFLICT (profile) DO UPDATE SET profile = excluded.profile RETURNING profile, hash
"""
MOVE_ENDS = """
    UPDATE chains SET hash = new.hash FROM :ends(profile text, hash text) AS new WHERE chains.profile = new.profile
"""
# in the order of their ids, so that two who hold the same people wait for each other and do not lock up
CONCERNED = """
    WITH concerned AS MATERIALIZED (
        SELECT id FROM profiles WHERE id IN (
            SELECT id FROM :people(id text) AS named
            UNION
            SELECT a.profile FROM :places(channel text, address text) AS p
            JOIN addresses AS a ON a.channel = p.channel AND a.address = p.address
        )
        ORDER BY id FOR UPDATE
    )
    UPDATE profiles SET revision = revision + 1 WHERE id IN (SELECT id FROM concerned)
"""
# those whose entries are gone, but for the chain's end, and those whose end is gone, too
WITH_ENTRIES = """
    SELECT profile AS id FROM (SELECT profile FROM chains WHERE profile > :after ORDER BY profile LIMIT :limit) AS ended
    UNION
    SELECT profile FROM (
        SELECT DISTINCT profile FROM consents WHERE profile > :after ORDER BY profile LIMIT :limit
    ) AS entered
    ORDER BY id LIMIT :limit
"""
CHAINS = """
    SELECT p.id AS person, ends.hash AS end_hash, c.* FROM :people(id text) AS p
    LEFT JOIN chains AS ends ON ends.profile = p.id
    LEFT JOIN consents AS c ON c.profile = p.id
    ORDER BY p.id, c.seq
"""

SUPPRESSED = "SELECT reason, at FROM suppressions WHERE channel = :channel AND address = :address"
LIFT = """
    DELETE FROM suppressions WHERE channel = :channel AND address = :address AND reason <> :forgotten
    RETURNING reason, at
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
        rows.append(chain.linked(event, ends[event.profile]))
        ends[event.profile] = rows[-1]["hash"]
    session.insert("consents", rows)
    session.run(MOVE_ENDS, ends=[{"profile": id, "hash": hash} for id, hash in sorted(ends.items())])


def hold_off(session: Session, people: Iterable[str], places: Iterable[Place] = ()) -> None:
    """Wait for hand-overs in claim of these people, or at these places, and keep new ones waiting until we are done.

    Whoever decided by what was known of them before sees by their revision that it does not hold any more.
    """
    at = [{"channel": channel, "address": address} for channel, address in sorted(set(places))]
    session.run(CONCERNED, people=[{"id": id} for id in sorted(set(people))], places=at)


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


def suppression(session: Session, channel: str, address: str) -> Suppression | None:
    """The entry of an address on the list."""
    return _entry(SUPPRESSED, session, channel, address)


def lift(session: Session, channel: str, address: str) -> Suppression | None:
    """Take an address off the list, unless somebody had it who is forgotten; returns what stood there."""
    return _entry(LIFT, session, channel, address, forgotten=FORGOTTEN)


def _entry(statement: str, session: Session, channel: str, address: str, **more: str) -> Suppression | None:
    key = storable(normalised(channel, address))
    found = session.rows(statement, channel=storable(channel), address=key, **more)
    return next((Suppression(channel, key, reason, instant(at)) for reason, at in found), None)


def verify(session: Session, after: str, limit: int, person: str | None) -> list[Chain]:
    """The chains of the next people, or of one; each is read in one look, so that nothing is appended meanwhile."""
    ids = [person] if person is not None else [id for (id,) in session.rows(WITH_ENTRIES, after=after, limit=limit)]
    found = session.rows(CHAINS, people=[{"id": id} for id in ids])
    return [_verified(id, list(rows)) for id, rows in groupby(found, attrgetter("person"))]


def _verified(person: str, found: Sequence[Found]) -> Chain:
    rows = [row._asdict() for row in found if row.seq is not None]
    return chain.verified(person, rows, found[0].end_hash)
