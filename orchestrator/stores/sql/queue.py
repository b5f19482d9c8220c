"""How far the deciding is behind: accepted moments that nobody has decided; and what the database says of itself."""

from __future__ import annotations

from orchestrator.ports import Backlog
from orchestrator.stores.instants import maybe_instant
from orchestrator.stores.sql.session import Session

WAITING = """
    SELECT count(*), min(accepted_at) FROM (SELECT accepted_at FROM moments WHERE wake IS NOT NULL LIMIT :limit) AS waiting
"""


ABOUT = {
    "sqlite": "SELECT sqlite_version(), page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT current_setting('server_version'), pg_database_size(current_database())",
}


def about(session: Session) -> dict[str, str | int]:
    """What the database says of itself."""
    ((version, size),) = session.rows(ABOUT[session.dialect])
    ((revision,),) = session.rows("SELECT version_num FROM alembic_version")
    return {"kind": session.dialect, "version": version, "revision": revision, "bytes": size}


def backlog(session: Session, limit: int) -> Backlog:
    """How many wait, and since when; counted no further than the limit."""
    ((waiting, oldest),) = session.rows(WAITING, limit=limit)
    return Backlog(waiting, maybe_instant(oldest))
