"""People who asked to be forgotten: they are erased, and their addresses recognised should they ever come back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from orchestrator.stores.addresses import Place
from orchestrator.stores.sql import consents, hashes
from orchestrator.stores.sql.session import Session

PLACES = """
    SELECT channel, address FROM addresses WHERE profile = :id
    UNION SELECT channel, place FROM consents WHERE profile = :id AND place IS NOT NULL
"""
SHARED = """
    SELECT DISTINCT a.channel, a.address FROM :places(channel text, address text) AS p
    JOIN addresses AS a ON a.channel = p.channel AND a.address = p.address WHERE a.profile <> :id
"""
# in the order in which others hold them, before the person
HOLD = (
    "SELECT id FROM moments WHERE profile = :id ORDER BY id FOR UPDATE",
    "SELECT id FROM messages WHERE profile = :id ORDER BY id FOR UPDATE",
)
ERASE = (
    "DELETE FROM attempts WHERE message IN (SELECT id FROM messages WHERE profile = :id) RETURNING 1",
    "DELETE FROM receipts WHERE message IN (SELECT id FROM messages WHERE profile = :id) RETURNING 1",
    "DELETE FROM links WHERE message IN (SELECT id FROM messages WHERE profile = :id) RETURNING 1",
    "DELETE FROM bodies WHERE message IN (SELECT seq FROM messages WHERE profile = :id) RETURNING 1",
    "DELETE FROM messages WHERE profile = :id RETURNING 1",
    "DELETE FROM moments WHERE profile = :id RETURNING 1",
    "DELETE FROM replies WHERE profile = :id RETURNING 1",
    "DELETE FROM confirmations WHERE profile = :id RETURNING 1",
    "DELETE FROM consents WHERE profile = :id RETURNING 1",
    "DELETE FROM chains WHERE profile = :id RETURNING 1",
    "DELETE FROM addresses WHERE profile = :id RETURNING 1",
    "DELETE FROM profiles WHERE id = :id RETURNING 1",
)
UNSUPPRESS = """
    DELETE FROM suppressions WHERE EXISTS (
        SELECT 1 FROM :places(channel text, address text) AS p
        WHERE p.channel = suppressions.channel AND p.address = suppressions.address
    )
"""


def forget(session: Session, id: str, now: datetime) -> bool:
    """Erase a person; False if nothing is on record. Addresses that others have, too, are theirs, and stay."""
    for held in HOLD:
        session.rows(held, id=id)
    places = {(channel, address) for channel, address in session.rows(PLACES, id=id)}
    consents.hold_off(session, [id], places)
    own = places - {(channel, address) for channel, address in session.rows(SHARED, id=id, places=_rows(places))}
    hashes.keep(session, own, now)
    erased = [bool(session.rows(statement, id=id)) for statement in ERASE]
    session.run("DELETE FROM pseudonyms WHERE profile = :id", id=id)
    session.run(UNSUPPRESS, places=_rows(own))
    return any(erased)


def _rows(places: Iterable[Place]) -> list[dict[str, str]]:
    return [{"channel": channel, "address": address} for channel, address in sorted(places)]
