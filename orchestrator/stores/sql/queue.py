"""How far the deciding is behind: accepted moments that nobody has decided."""

from __future__ import annotations

from orchestrator.ports import Backlog
from orchestrator.stores.instants import maybe_instant
from orchestrator.stores.sql.session import Session

WAITING = """
    SELECT count(*), min(accepted_at) FROM (SELECT accepted_at FROM moments WHERE wake IS NOT NULL LIMIT :limit) AS waiting
"""


def backlog(session: Session, limit: int) -> Backlog:
    """How many wait, and since when; counted no further than the limit."""
    ((waiting, oldest),) = session.rows(WAITING, limit=limit)
    return Backlog(waiting, maybe_instant(oldest))
