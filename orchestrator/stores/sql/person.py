"""What is on record of one person beside profile, ledger and messages."""

from __future__ import annotations

from orchestrator.model import Moment
from orchestrator.ports import Reply
from orchestrator.stores.instants import instant
from orchestrator.stores.sql.inbox import moment
from orchestrator.stores.sql.session import Session

MOMENTS = "SELECT id, name, profile, at, data FROM moments WHERE profile = :id ORDER BY at, id"
REPLIES = "SELECT channel, at, text FROM replies WHERE profile = :id ORDER BY at, channel"


def moments(session: Session, id: str) -> list[Moment]:
    """What happened to a person, oldest first."""
    return list(map(moment, session.rows(MOMENTS, id=id)))


def replies(session: Session, id: str) -> list[Reply]:
    """What a person wrote, oldest first."""
    return [Reply(channel, instant(at), text) for channel, at, text in session.rows(REPLIES, id=id)]
