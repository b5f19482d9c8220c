"""Profiles, and which address belongs to whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from orchestrator.addresses import reachable
from orchestrator.model import Known, Profile
from orchestrator.ports import ProfileUpdate
from orchestrator.stores.addresses import normalised, places
from orchestrator.stores.codec import decode, encode
from orchestrator.stores.instants import instant, micros
from orchestrator.stores.lifecycle import is_paused_anew, merged
from orchestrator.stores.sql import hashes
from orchestrator.stores.sql.session import Found, Given, Session

Zone = tuple[str | None, str | None]  # market, time zone

# in the order in which `profile` takes them
OF = """
    SELECT id, market, locale, timezone, addresses, attributes, preferences, revision FROM profiles
    WHERE id IN :ids ORDER BY id
"""
HELD = f"{OF} FOR SHARE"  # the same people, held for whoever hands something over to them
APPEAR = """
    INSERT INTO profiles (id, market, locale, timezone, addresses, attributes, preferences, revision)
    SELECT id, '', '', '', '{}', '{}', '{}', 0 FROM :people(id text) AS new WHERE true ORDER BY id
    ON CONFLICT (id) DO NOTHING
"""
REPLACE = """
    ON CONFLICT (id) DO UPDATE SET market = excluded.market, locale = excluded.locale, timezone = excluded.timezone,
    addresses = excluded.addresses, attributes = excluded.attributes, preferences = excluded.preferences,
    revision = profiles.revision + 1
"""
IN_ZONE = """
    SELECT * FROM (
        SELECT id FROM profiles WHERE market = :market{0} AND timezone = :timezone{0} AND id > :after
        ORDER BY id LIMIT :limit
    ) AS zone{0}
"""

# from each pair straight to the next: the scheduler asks every second, of however many people
ZONES = """
    WITH RECURSIVE place(market, timezone) AS (
        SELECT * FROM (SELECT market, timezone FROM profiles ORDER BY market, timezone LIMIT 1) AS first
        UNION ALL
        SELECT p.market, p.timezone FROM place JOIN profiles AS p ON p.id = COALESCE(
            (SELECT id FROM profiles WHERE market = place.market AND timezone > place.timezone
             ORDER BY timezone, id LIMIT 1),
            (SELECT id FROM profiles WHERE market > place.market ORDER BY market, timezone, id LIMIT 1)
        )
    )
    SELECT market, timezone FROM place
"""


def read_addresses(updates: Sequence[ProfileUpdate]) -> None:
    """Read them beforehand, and have that remembered: it takes longer than writing them, and others may wait to write."""
    for update in updates:
        for channel, held in update.addresses.items():
            reachable(channel, held)
            for address in held:
                normalised(channel, address)


def update(session: Session, updates: Sequence[ProfileUpdate]) -> list[str]:
    """Merge updates into what stands, in order; returns those whose pause is another one now.

    New people first appear with nothing known of them, so that everybody has a row to lock, and two who make the same
    person at once merge their knowledge instead of losing one's.
    """
    ids = sorted({one.id for one in updates})
    session.run(APPEAR, people=[{"id": id} for id in ids])
    standing = {found.id: profile(found) for found in session.rows(f"{OF} FOR UPDATE", ids=tuple(ids))}
    changed = dict(standing)
    for one in updates:
        changed[one.id] = merged(changed[one.id], one)
    session.insert("profiles", [_row(changed[id]) for id in ids], REPLACE)
    _readdress(session, [changed[id] for id in dict.fromkeys(one.id for one in updates if one.addresses)])
    return [id for id in ids if is_paused_anew(standing[id], changed[id])]


def _readdress(session: Session, people: Sequence[Profile]) -> None:
    if people:
        session.run("DELETE FROM addresses WHERE profile IN :ids", ids=tuple(person.id for person in people))
        held = [(at, person.id) for person in people for at in sorted(places(person))]
        session.insert("addresses", [{"channel": c, "address": a, "profile": id} for (c, a), id in held])
        hashes.recognise(session, [at for at, _ in held])


def of(session: Session, ids: Sequence[str]) -> dict[str, Profile]:
    """The profiles of those who are known."""
    return by_id(session.rows(OF, ids=tuple(ids)))


def by_id(people: Iterable[Found], *, attributes: bool = True) -> dict[str, Profile]:
    """The profiles in rows of `OF`."""
    return {found.id: profile(found, attributes=attributes) for found in people}


def holding(ids: Collection[str]) -> tuple[str, Given]:
    """The statement that tells how often what is known of people has changed, and holds them as who writes to them does."""
    return "SELECT id, revision FROM profiles WHERE id IN :ids ORDER BY id FOR SHARE", {"ids": tuple(sorted(ids))}


def at(session: Session, channel: str, address: str) -> list[str]:
    """The ids of those who have this address."""
    statement = "SELECT profile FROM addresses WHERE channel = :channel AND address = :address ORDER BY profile"
    return [id for (id,) in session.rows(statement, channel=channel, address=normalised(channel, address))]


def audience(session: Session, after: str, limit: int, zones: Sequence[Zone] | None) -> list[str]:
    """Ids in order, from behind `after`: an index range for each zone, however small a part of all people it is."""
    values: dict[str, Any] = {"after": after, "limit": limit}
    if zones is None:
        statement = "SELECT id FROM profiles WHERE id > :after ORDER BY id LIMIT :limit"
        return [id for (id,) in session.rows(statement, **values)]
    distinct = set(zones)
    for n, (market, timezone) in enumerate(distinct):
        values |= {f"market{n}": market or "", f"timezone{n}": timezone or ""}
    union = " UNION ALL ".join(IN_ZONE.format(n) for n in range(len(distinct)))
    return [id for (id,) in session.rows(f"{union} ORDER BY id LIMIT :limit", **values)] if distinct else []


def zones(session: Session) -> list[Zone]:
    """The pairs of market and time zone that occur."""
    return [(market or None, timezone or None) for market, timezone in session.rows(ZONES)]


def profile(found: Found, *, attributes: bool = True) -> Profile:
    """The person in a row of `OF`, with or without the attributes."""
    id, market, locale, timezone, addresses, learnt, preferences, revision = found
    held = decode(addresses)
    known = decode(learnt).items() if attributes else ()
    return Profile(
        id,
        market or None,
        locale or None,
        timezone or None,
        {channel: tuple(written) for channel, (written, _) in held.items()},
        {name: Known(value, instant(at)) for name, (value, at) in known},
        {} if preferences == "{}" else decode(preferences),
        {channel: tuple(usable) for channel, (_, usable) in held.items()} or None,
        revision,
    )


def _row(person: Profile) -> dict[str, Any]:
    return {
        "id": person.id,
        "market": person.market or "",
        "locale": person.locale or "",
        "timezone": person.timezone or "",
        "addresses": encode({name: (held, _reachable(person, name)) for name, held in person.addresses.items()}),
        "attributes": encode({name: (known.value, micros(known.at)) for name, known in person.attributes.items()}),
        "preferences": encode(person.preferences),
        "revision": person.revision + 1,
    }


def _reachable(person: Profile, channel: str) -> tuple[str, ...]:
    return (person.reachable or {}).get(channel, ())
