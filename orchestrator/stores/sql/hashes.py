"""The addresses of people who are forgotten: as salted hashes, by which they are recognised should they come back."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime

from orchestrator.stores.addresses import Place
from orchestrator.stores.disguise import SALT, disguised
from orchestrator.stores.instants import micros
from orchestrator.stores.lifecycle import FORGOTTEN
from orchestrator.stores.sql import upkeep
from orchestrator.stores.sql.session import Session

SALTED = "forgotten.salt"
MAKE_SALT = "INSERT INTO notes (key, value) VALUES (:key, :value) ON CONFLICT (key) DO NOTHING"


def keep(session: Session, places: Iterable[Place], now: datetime) -> None:
    """Remember these places, and not what they are."""
    salt = made_salt(session, SALTED)
    rows = [{"hash": hash, "at": micros(now)} for hash in sorted(disguised(salt, place) for place in places)]
    session.insert("forgotten", rows, "ON CONFLICT (hash) DO NOTHING")


def made_salt(session: Session, key: str) -> bytes:
    """A salt of this installation's own, by the name it is kept under; made when it is first needed."""
    session.run(MAKE_SALT, key=key, value=os.urandom(SALT).hex())
    return bytes.fromhex(upkeep.recall(session, key) or "")


def recognise(session: Session, places: Iterable[Place]) -> None:
    """Suppress those of these places that belonged to somebody who is forgotten."""
    salt = upkeep.recall(session, SALTED)
    if salt is None:
        return
    hashes = {disguised(bytes.fromhex(salt), place): place for place in places}
    found = session.rows("SELECT hash, at FROM forgotten WHERE hash IN :hashes", hashes=tuple(sorted(hashes)))
    rows = [
        {"channel": hashes[hash][0], "address": hashes[hash][1], "reason": FORGOTTEN, "at": at} for hash, at in found
    ]
    session.insert("suppressions", rows, "ON CONFLICT (channel, address) DO NOTHING")
