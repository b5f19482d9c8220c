"""The trail of what was done: only ever appended to, each deed chained to the one before, the end kept apart.

People stand in it by pseudonyms, so that somebody can be forgotten and the chain stays whole: who is behind a pseudonym is kept
beside it, and goes with the person. It is a salted hash, by which what was done to somebody is found who asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orchestrator.ports import Break, Deed
from orchestrator.stores.codec import decode, encode
from orchestrator.stores.disguise import disguised
from orchestrator.stores.instants import instant, micros
from orchestrator.stores.seal import first_break, sealed
from orchestrator.stores.sql import hashes, upkeep
from orchestrator.stores.sql.session import Session

HASHED = ("at", "actor", "action", "people", "subjects", "details", "prev_hash")
END = "trail.end"
SALTED = "trail.salt"
# takes the end of the chain, known here or not, so that nothing else is appended meanwhile
HOLD_END = """
    INSERT INTO notes (key, value) VALUES (:key, '') ON CONFLICT (key) DO UPDATE SET value = notes.value RETURNING value
"""
LISTED = """
    SELECT seq, at, actor, action, people, subjects, details FROM trail
    WHERE seq < :before AND (:wanted = '' OR people LIKE :wanted) ORDER BY seq DESC LIMIT :limit
"""
BEHIND = "SELECT pseudonym, profile FROM pseudonyms WHERE pseudonym IN :ids"
WHOLE = f"SELECT {', '.join(HASHED)}, hash FROM trail ORDER BY seq"
BEYOND = 2**62


def append(session: Session, deed: Deed) -> None:
    """Put a deed behind all others."""
    ((end,),) = session.rows(HOLD_END, key=END)
    row: dict[str, Any] = {
        "at": micros(deed.at),
        "actor": deed.actor,
        "action": deed.action,
        "people": encode(_disguise(session, deed.people)),
        "subjects": encode(deed.subjects),
        "details": encode(deed.details),
        "prev_hash": end,
    }
    whole = sealed(row, HASHED)
    session.insert("trail", [whole])
    upkeep.remember(session, END, whole["hash"])


def _disguise(session: Session, people: Sequence[str]) -> list[str]:
    """A pseudonym for each, and on record who is behind it."""
    if not people:
        return []
    salt = hashes.made_salt(session, SALTED)
    rows = [{"pseudonym": _pseudonym(salt, id), "profile": id} for id in people]
    session.insert("pseudonyms", sorted(rows, key=lambda row: row["pseudonym"]), "ON CONFLICT (pseudonym) DO NOTHING")
    return [row["pseudonym"] for row in rows]


def _pseudonym(salt: bytes, person: str) -> str:
    return f"~{disguised(salt, ('person', person))[:32]}"


def listed(session: Session, person: str | None, before: int | None, limit: int) -> list[tuple[int, Deed]]:
    """The last deeds before a number, or to one person, the last first."""
    salt = bytes.fromhex(upkeep.recall(session, SALTED) or "")
    wanted = f'%"{_pseudonym(salt, person)}"%' if person is not None else ""
    found = session.rows(LISTED, wanted=wanted, before=BEYOND if before is None else before, limit=limit)
    behind = _behind(session, [id for row in found for id in decode(row.people)])
    return [
        (
            seq,
            Deed(instant(at), actor, action, _named(decode(people), behind), tuple(decode(subjects)), decode(details)),
        )
        for seq, at, actor, action, people, subjects, details in found
    ]


def _behind(session: Session, pseudonyms: Sequence[str]) -> dict[str, str]:
    return dict(session.rows(BEHIND, ids=tuple(sorted(set(pseudonyms))))) if pseudonyms else {}


def _named(pseudonyms: Sequence[str], behind: dict[str, str]) -> tuple[str, ...]:
    return tuple(behind.get(one, one) for one in pseudonyms)


def verify(session: Session) -> tuple[int, Break | None]:
    """How many deeds there are, and where the chain is broken first."""
    rows = [row._asdict() for row in session.rows(WHOLE)]
    return len(rows), first_break(rows, upkeep.recall(session, END), HASHED)
