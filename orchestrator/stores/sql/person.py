"""What is on record of one person beside profile, ledger, messages and replies."""

from __future__ import annotations

from orchestrator.model import Moment
from orchestrator.stores.sql.inbox import moment
from orchestrator.stores.sql.session import Session

MOMENTS = "SELECT id, name, profile, at, data FROM moments WHERE profile = :id ORDER BY at, id"


def moments(session: Session, id: str) -> list[Moment]:
    """What happened to a person, oldest first."""
    return list(map(moment, session.rows(MOMENTS, id=id)))
