"""What keeps the house running: paused campaigns, leaders, and notes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from orchestrator.ports import Stops
from orchestrator.stores.instants import instant, micros
from orchestrator.stores.lifecycle import LONGEST_LEASE
from orchestrator.stores.sql.session import Found, Session

LEAD = """
    INSERT INTO leaders (role, holder, until) VALUES (:role, :holder, :until)
    ON CONFLICT (role) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE leaders.holder = excluded.holder OR leaders.until <= :now OR leaders.until > :beyond
    RETURNING holder
"""
STOPS = """
    SELECT campaign, NULL AS run, NULL AS at FROM pauses UNION ALL SELECT campaign, run, at FROM cancellations
"""
REMEMBER = """
    INSERT INTO notes (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value
"""

MOVE = "UPDATE notes SET value = :then WHERE key = :key AND value = :seen RETURNING key"


def pause(session: Session, campaign: str, paused: bool) -> None:
    """Stop a campaign, or let it go on."""
    if paused:
        session.run("INSERT INTO pauses (campaign) VALUES (:name) ON CONFLICT (campaign) DO NOTHING", name=campaign)
    else:
        session.run("DELETE FROM pauses WHERE campaign = :name", name=campaign)


def cancel(session: Session, campaign: str, run: str, now: datetime) -> None:
    """End a campaign, or one of its runs."""
    session.insert("cancellations", [{"campaign": campaign, "run": run, "at": micros(now)}], "ON CONFLICT DO NOTHING")


def stops(session: Session) -> Stops:
    """What is paused, and what was cancelled."""
    return stopped(session.rows(STOPS))


def stopped(found: Sequence[Found]) -> Stops:
    """What is paused and what was cancelled, from the rows of `STOPS`."""
    return Stops(
        frozenset(campaign for campaign, run, _ in found if run is None),
        {(campaign, run): instant(at) for campaign, run, at in found if run is not None},
    )


def lead(session: Session, role: str, holder: str, now: datetime, lease: timedelta) -> bool:
    """Become or stay the leader in a role."""
    instants = {"now": micros(now), "until": micros(now + lease), "beyond": micros(now + LONGEST_LEASE)}
    return bool(session.rows(LEAD, role=role, holder=holder, **instants))


def leader(session: Session, role: str) -> tuple[str, datetime] | None:
    """Who became leader last, and until when."""
    found = session.rows("SELECT holder, until FROM leaders WHERE role = :role", role=role)
    return next(((holder, instant(until)) for holder, until in found), None)


def remember(session: Session, key: str, value: str | None) -> None:
    """Keep a value, or none."""
    if value is None:
        session.run("DELETE FROM notes WHERE key = :key", key=key)
    else:
        session.run(REMEMBER, key=key, value=value)


def move(session: Session, key: str, seen: str, then: str) -> bool:
    """Keep another value in place of the one that was seen; False if that is not kept any more."""
    return bool(session.rows(MOVE, key=key, seen=seen, then=then))


def recall(session: Session, key: str) -> str | None:
    """The value kept under a key."""
    return next((value for (value,) in session.rows("SELECT value FROM notes WHERE key = :key", key=key)), None)


def recall_all(session: Session, prefix: str) -> dict[str, str]:
    """The values kept under keys that begin so."""
    found = session.rows("SELECT key, value FROM notes WHERE substr(key, 1, length(:prefix)) = :prefix", prefix=prefix)
    return dict(map(tuple, found))
