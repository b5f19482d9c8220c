"""What this process knows of the providers' accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from orchestrator.ports import PATIENCE, SKEW, Demand, Grant, Limit, Vitals

NONE = timedelta(0)
UNKNOWN = Vitals()


@dataclass(slots=True)
class _Pace:
    """When the next message is due by a limit, and from when on turns are free for those that wait."""

    due: datetime
    free: datetime


class MemoryHealth:
    """Vitals and paces of this process alone."""

    def __init__(self) -> None:
        self._vitals: dict[str, Vitals] = {}
        self._paces: dict[str, _Pace] = {}
        self._lock = Lock()

    def vitals(self, accounts: Sequence[str]) -> dict[str, Vitals]:
        """How each account has fared."""
        with self._lock:
            return {account: self._vitals.get(account, UNKNOWN) for account in accounts}

    def know(self, vitals: Mapping[str, Vitals]) -> None:
        """Take over what others know of accounts."""
        with self._lock:
            self._vitals |= vitals

    def change(self, changes: Mapping[str, tuple[Vitals, Vitals]]) -> dict[str, Vitals]:
        """Compare-and-set."""
        with self._lock:
            standing = {account: self._vitals.get(account, UNKNOWN) for account in changes}
            lost = {
                account: standing[account] for account, (before, _) in changes.items() if standing[account] != before
            }
            self._vitals |= {account: after for account, (_, after) in changes.items() if account not in lost}
            return lost

    def reserve(self, demands: Sequence[Demand], *, now: datetime) -> list[Grant]:
        """Count what may go, and give the others their turn."""
        with self._lock:
            return [self._reserve(demand, now) for demand in demands]

    def _reserve(self, demand: Demand, now: datetime) -> Grant:
        paces = [(limit, self._pace(limit, now)) for limit in demand.limits]
        count = min([demand.count, *(_free(limit, pace, now) for limit, pace in paces)])
        for limit, pace in paces:
            pace.due += count * limit.interval
        pause = (
            max([NONE, *(pace.due - limit.interval - limit.ahead - now for limit, pace in paces)]) if count else NONE
        )
        return self._queued(demand, count, pause, paces, now)

    def _queued(
        self, demand: Demand, count: int, pause: timedelta, paces: Sequence[tuple[Limit, _Pace]], now: datetime
    ) -> Grant:
        waiting = demand.count - count
        if not waiting:
            return Grant(count, pause, NONE, NONE)
        apart = max(limit.interval for limit, _ in paces)
        turns = [pace.due - limit.ahead for limit, pace in paces]
        if demand.urgent:
            return Grant(count, pause, max(turns) - now, apart)
        turn = max([*turns, *(pace.free for _, pace in paces)])
        for _, pace in paces:
            pace.free = turn + waiting * apart
        return Grant(count, pause, turn - now, apart)

    def _pace(self, limit: Limit, now: datetime) -> _Pace:
        pace = self._paces.setdefault(limit.key, _Pace(now, now))
        latest = now + limit.ahead + limit.interval + SKEW
        pace.due, pace.free = min(max(pace.due, now), latest), max(pace.free, now)
        return pace

    def close(self) -> None:
        """Nothing to give back."""


def _free(limit: Limit, pace: _Pace, now: datetime) -> int:
    return max(0, (now + limit.ahead + PATIENCE - pace.due) // limit.interval + 1)
