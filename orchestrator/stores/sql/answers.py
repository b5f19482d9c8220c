"""Answers under idempotency keys: who comes first does the work, who comes again is told what was answered."""

from __future__ import annotations

from datetime import datetime, timedelta

from orchestrator.ports import KEPT, Answer
from orchestrator.stores.instants import micros
from orchestrator.stores.sql.session import Session

PURGED = 100  # answers that a new request clears away at most, so that none of them waits for long
PURGE = """
    WITH old AS MATERIALIZED (
        SELECT caller, key FROM answers WHERE at < :before ORDER BY at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    DELETE FROM answers WHERE (caller, key) IN (SELECT caller, key FROM old)
"""
BEGIN = """
    INSERT INTO answers (caller, key, fingerprint, status, body, at, until)
    VALUES (:caller, :key, :fingerprint, NULL, '', :now, :until)
    ON CONFLICT (caller, key) DO UPDATE SET at = excluded.at, until = excluded.until
    WHERE answers.status IS NULL AND answers.until <= :now AND answers.fingerprint = excluded.fingerprint
    RETURNING key
"""
STANDING = "SELECT fingerprint, status, body FROM answers WHERE caller = :caller AND key = :key"


def begin(session: Session, caller: str, key: str, fingerprint: str, now: datetime, lease: timedelta) -> Answer | None:
    """Take a request on, or tell what stands."""
    session.run(PURGE, before=micros(now - KEPT), limit=PURGED)
    begun = session.rows(
        BEGIN, caller=caller, key=key, fingerprint=fingerprint, now=micros(now), until=micros(now + lease)
    )
    if begun:
        return None
    standing = session.rows(STANDING, caller=caller, key=key)
    return next((Answer(*found) for found in standing), Answer(fingerprint))


def keep(session: Session, caller: str, key: str, answer: Answer) -> None:
    """Keep what was answered."""
    session.run(
        "UPDATE answers SET status = :status, body = :body WHERE caller = :caller AND key = :key",
        caller=caller,
        key=key,
        status=answer.status,
        body=answer.body,
    )


def abandon(session: Session, caller: str, key: str) -> None:
    """Forget a request that had no effect."""
    session.run("DELETE FROM answers WHERE caller = :caller AND key = :key AND status IS NULL", caller=caller, key=key)
