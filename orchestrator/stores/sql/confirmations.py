"""Consents that wait for the person's confirmation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from orchestrator.ports import Confirmation
from orchestrator.stores.instants import instant, maybe_instant, maybe_micros, micros
from orchestrator.stores.sql.session import Found, Session

TOGETHER = """
    SELECT * FROM confirmations WHERE profile = :profile AND channel = :channel AND asked_at = :at
    AND COALESCE(address, '') = :address ORDER BY id
"""
CONFIRM = "UPDATE confirmations SET confirmed_at = :now WHERE id = :id AND confirmed_at IS NULL RETURNING id"


def ask(session: Session, confirmations: Sequence[Confirmation]) -> None:
    """Keep what is asked."""
    rows = [
        {
            "id": one.id,
            "profile": one.profile,
            "channel": one.channel,
            "purpose": one.purpose,
            "address": one.address,
            "asked_at": micros(one.asked_at),
            "confirmed_at": maybe_micros(one.confirmed_at),
        }
        for one in confirmations
    ]
    session.insert("confirmations", rows)


def one(session: Session, id: str) -> Confirmation | None:
    """The confirmation with this id."""
    return next(map(_confirmation, session.rows("SELECT * FROM confirmations WHERE id = :id", id=id)), None)


def asked_with(session: Session, one: Confirmation) -> list[Confirmation]:
    """What was asked together with it."""
    found = session.rows(
        TOGETHER, profile=one.profile, channel=one.channel, address=one.address or "", at=micros(one.asked_at)
    )
    return list(map(_confirmation, found))


def confirm(session: Session, id: str, now: datetime) -> bool:
    """Use a confirmation up."""
    return bool(session.rows(CONFIRM, id=id, now=micros(now)))


def _confirmation(found: Found) -> Confirmation:
    return Confirmation(
        id=found.id,
        profile=found.profile,
        channel=found.channel,
        purpose=found.purpose,
        address=found.address,
        asked_at=instant(found.asked_at),
        confirmed_at=maybe_instant(found.confirmed_at),
    )
