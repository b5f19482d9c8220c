"""What people write back, and what somebody made of what could not be read for certain."""

from __future__ import annotations

from datetime import datetime

from orchestrator.ports import Reply, Verdict
from orchestrator.stores.codec import storable
from orchestrator.stores.instants import instant, maybe_instant, maybe_micros, micros
from orchestrator.stores.sql import consents
from orchestrator.stores.sql.session import Found, Session

REFUSALS = "SELECT * FROM replies WHERE reading = 'refusal' {0} ORDER BY at, id LIMIT :limit"
WAITING, ALL = REFUSALS.format("AND verdict IS NULL"), REFUSALS.format("")
SETTLE = """
    UPDATE replies SET verdict = :verdict, settled_by = :by, settled_at = :now
    WHERE id = :id AND reading = 'refusal' AND verdict IS NULL RETURNING id
"""


def add(session: Session, reply: Reply) -> None:
    """Keep a reply, unless it is here; whoever decides on the person looks anew."""
    consents.hold_off(session, [reply.profile])
    session.insert("replies", [_row(reply)], "ON CONFLICT (profile, channel, at) DO NOTHING")


def one(session: Session, id: str) -> Reply | None:
    """The reply with this id."""
    return next(map(_reply, session.rows("SELECT * FROM replies WHERE id = :id", id=id)), None)


def refusals(session: Session, waiting: bool, limit: int) -> list[Reply]:
    """What sounded like a refusal, oldest first."""
    return list(map(_reply, session.rows(WAITING if waiting else ALL, limit=limit)))


def of(session: Session, profile: str) -> list[Reply]:
    """All that a person wrote, oldest first."""
    return list(map(_reply, session.rows("SELECT * FROM replies WHERE profile = :id ORDER BY at, channel", id=profile)))


def settle(session: Session, id: str, verdict: Verdict, by: str, now: datetime) -> bool:
    """Settle one that waits."""
    return bool(session.rows(SETTLE, id=id, verdict=verdict, by=by, now=micros(now)))


def _row(reply: Reply) -> dict[str, object]:
    return {
        "profile": reply.profile,
        "channel": reply.channel,
        "at": micros(reply.at),
        "text": storable(reply.text),
        "id": reply.id,
        "reading": reply.reading,
        "address": reply.address,
        "verdict": reply.verdict,
        "settled_at": maybe_micros(reply.settled_at),
        "settled_by": reply.settled_by,
    }


def _reply(found: Found) -> Reply:
    return Reply(
        profile=found.profile,
        channel=found.channel,
        at=instant(found.at),
        text=found.text,
        reading=found.reading,
        address=found.address,
        verdict=found.verdict,
        settled_at=maybe_instant(found.settled_at),
        settled_by=found.settled_by,
    )
