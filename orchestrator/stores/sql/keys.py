"""API keys, each as a digest."""

from __future__ import annotations

from datetime import datetime

from orchestrator.ports import ApiKey
from orchestrator.stores.codec import decode, encode
from orchestrator.stores.instants import instant, maybe_instant, maybe_micros, micros
from orchestrator.stores.sql.session import Found, Session


def add(session: Session, key: ApiKey) -> None:
    """Keep a new key."""
    row = {
        "id": key.id,
        "name": key.name,
        "scopes": encode(sorted(key.scopes)),
        "digest": key.digest,
        "created_at": micros(key.created_at),
        "revoked_at": maybe_micros(key.revoked_at),
    }
    session.insert("api_keys", [row])


def one(session: Session, id: str) -> ApiKey | None:
    """The key with this id, revoked or not."""
    return next(map(_key, session.rows("SELECT * FROM api_keys WHERE id = :id", id=id)), None)


def listed(session: Session) -> list[ApiKey]:
    """All keys, the oldest first."""
    return list(map(_key, session.rows("SELECT * FROM api_keys ORDER BY created_at, id")))


def revoke(session: Session, id: str, now: datetime) -> bool:
    """Honour a key no more."""
    statement = "UPDATE api_keys SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL RETURNING id"
    return bool(session.rows(statement, id=id, now=micros(now)))


def _key(found: Found) -> ApiKey:
    return ApiKey(
        id=found.id,
        name=found.name,
        scopes=frozenset(decode(found.scopes)),
        digest=found.digest,
        created_at=instant(found.created_at),
        revoked_at=maybe_instant(found.revoked_at),
    )
