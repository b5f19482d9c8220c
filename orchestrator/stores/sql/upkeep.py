"""What keeps the house running: paused campaigns, leaders, and notes."""

from __future__ import annotations

from datetime import datetime, timedelta

from orchestrator.stores.instants import micros
from orchestrator.stores.lifecycle import LONGEST_LEASE
from orchestrator.stores.sql.session import Session

LEAD = """
    INSERT INTO leaders (role, holder, until) VALUES (:role, :holder, :until)
    ON CONFLICT (role) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE leaders.holder = excluded.holder OR leaders.until <= :now OR leaders.until > :beyond
    RETURNING holder
"""
REMEMBER = """
    INSERT INTO notes (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value
"""


def pause(session: Session, campaign: str, paused: bool) -> None:
    """Stop a campaign, or let it go on."""
    if paused:
        session.run("INSERT INTO pauses (campaign) VALUES (:name) ON CONFLICT (campaign) DO NOTHING", name=campaign)
    else:
        session.run("DELETE FROM pauses WHERE campaign = :name", name=campaign)


def paused(session: Session) -> frozenset[str]:
    """The campaigns that are stopped."""
    return frozenset(campaign for (campaign,) in session.rows("SELECT campaign FROM pauses"))


def lead(session: Session, role: str, holder: str, now: datetime, lease: timedelta) -> bool:
    """Become or stay the leader in a role."""
    instants = {"now": micros(now), "until": micros(now + lease), "beyond": micros(now + LONGEST_LEASE)}
    return bool(session.rows(LEAD, role=role, holder=holder, **instants))


def remember(session: Session, key: str, value: str) -> None:
    """Keep a value."""
    session.run(REMEMBER, key=key, value=value)


def recall(session: Session, key: str) -> str | None:
    """The value kept under a key."""
    return next((value for (value,) in session.rows("SELECT value FROM notes WHERE key = :key", key=key)), None)
