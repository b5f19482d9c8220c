"""Short links: where each of them leads, and from which message."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.model import Draft
from orchestrator.ports import Link
from orchestrator.stores.sql.session import Session

OF = """
    SELECT l.id, l.message, l.url FROM messages AS m JOIN links AS l ON l.message = m.id WHERE m.profile = :profile
    ORDER BY l.message, l.id
"""


def keep(session: Session, drafts: Sequence[Draft]) -> None:
    """Keep the links of messages; an id stands for one address for good."""
    rows = [{"id": id, "message": draft.id, "url": url} for draft in drafts for id, url in draft.links.items()]
    session.insert("links", sorted(rows, key=lambda row: row["id"]), "ON CONFLICT (id) DO NOTHING")


def of(session: Session, profile: str) -> list[Link]:
    """The links in a person's messages."""
    return [Link(*row) for row in session.rows(OF, profile=profile)]


def one(session: Session, id: str) -> Link | None:
    """The link with this id."""
    found = session.rows("SELECT id, message, url FROM links WHERE id = :id", id=id)
    return next((Link(*row) for row in found), None)
