"""Everything at a glance: what waits and for how long, who works, how providers and stores fare, and what is wrong.

Gathered from the records and from Redis when somebody asks. What cannot be reached is told as away, and the rest all
the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from orchestrator import civil
from orchestrator.app import App, Unloadable, Unreadable
from orchestrator.broker import LANES, MOMENTS, queues
from orchestrator.decision.health import free_at, lowered
from orchestrator.material import Material
from orchestrator.model import CHANNELS
from orchestrator.ports import Backlog, Queue, Stuck, Vitals
from orchestrator.settings import NotRunning
from orchestrator.stores.outages import OUTAGES
from orchestrator.stores.redis_watch import RedisWatch
from orchestrator.watch import canary
from orchestrator.watch.canary import Canary

ROLE = "scheduler"
SHOWN = timedelta(days=7)  # for which messages that wait for a person are shown
MOST = 100_000  # messages or moments counted
ALIVE = timedelta(seconds=20)  # since a worker process last said so
AWAY: tuple[type[Exception], ...] = (*OUTAGES, NotRunning)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Account:
    """A provider's account: whether its breaker is open (and until when), and what is taken from its share."""

    name: str
    is_open: bool
    free_at: datetime | None
    lowered: float
    calls: int
    faults: int
    slow: int = 0


@dataclass(frozen=True, slots=True)
class Status:
    """How the house stands at one instant. What is None could not be asked."""

    at: datetime
    patience: timedelta  # within which a canary must come back
    away: Mapping[str, str] = field(default_factory=dict)  # by store, how its absence shows
    backlog: Backlog | None = None
    queues: tuple[Queue, ...] = ()
    stuck: tuple[Stuck, ...] = ()
    canaries: Mapping[str, Canary] = field(default_factory=dict)
    leader: tuple[str, datetime] | None = None
    workers: tuple[str, ...] = ()
    others: tuple[str, ...] = ()  # of these, those that work with another workspace than the one that is here
    broken: str = ""  # why the workspace that is here cannot be loaded
    hints: Mapping[str, int] = field(default_factory=dict)
    accounts: tuple[Account, ...] = ()
    database: Mapping[str, Any] = field(default_factory=dict)
    redis: Mapping[str, Any] = field(default_factory=dict)
    counted: Mapping[tuple[str, ...], float] = field(default_factory=dict)

    @property
    def silent(self) -> tuple[str, ...]:
        """The lanes through which no canary came lately."""
        return tuple(
            lane for lane in LANES if lane not in self.canaries or self.age(self.canaries[lane].back) > self.patience
        )

    @property
    def leads(self) -> bool:
        """Whether a scheduler leads."""
        return self.leader is not None and self.leader[1] > self.at

    def age(self, since: datetime) -> timedelta:
        """How long ago it was."""
        return max(timedelta(0), self.at - since)


def look(app: App) -> Status:
    """How the house stands now."""
    away: dict[str, str] = {}
    broken = _broken(app)
    of_records = _asked("database", away, lambda: _of_records(app)) or {}
    of_redis = _asked("redis", away, lambda: _of_redis(app.watch, app, None if broken else app.material)) or {}
    accounts = () if broken else _asked("redis", {}, lambda: _accounts(app)) or ()
    return Status(
        at=app.clock(),
        patience=timedelta(seconds=app.settings.canary),
        away=away,
        broken=broken,
        accounts=accounts,
        **of_records,
        **of_redis,
    )


def _asked(store: str, away: dict[str, str], ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except AWAY as error:
        away[store] = " ".join(str(getattr(error, "orig", None) or error).split())
        return None


def _broken(app: App) -> str:
    try:
        _ = app.material
    except Unloadable as error:
        return f"{error.problems[0]}"
    except Unreadable as error:
        return str(error)
    return ""


def _of_records(app: App) -> dict[str, Any]:
    return {
        "stuck": tuple(app.records.stuck(since=app.clock() - SHOWN, limit=MOST)),
        "backlog": app.desk.backlog(MOST),
        "queues": tuple(app.records.queues(MOST)),
        "canaries": canary.last(app.records, LANES),
        "leader": app.records.leader(ROLE),
        "database": app.desk.about(),
    }


def _of_redis(watch: RedisWatch, app: App, material: Material | None) -> dict[str, Any]:
    now = app.clock()
    alive = {name: said for name, said in watch.workers().items() if now - civil.parse_instant(said["at"]) < ALIVE}
    others = [name for name, said in alive.items() if material and said.get("workspace") != material.version]
    return {
        "workers": tuple(sorted(alive)),
        "others": tuple(sorted(others)),
        "hints": watch.lengths([MOMENTS, *queues(material.channels if material else CHANNELS)]),
        "redis": watch.facts(),
        "counted": watch.counted(),
    }


def _accounts(app: App) -> tuple[Account, ...]:
    now = app.clock()
    return tuple(_account(name, vitals, now) for name, vitals in sorted(app.dispatcher.vitals().items()))


def _account(name: str, vitals: Vitals, now: datetime) -> Account:
    free = free_at(vitals, now)
    return Account(
        name=name,
        is_open=vitals.trips > 0,
        free_at=free if free > now else None,
        lowered=round(lowered(vitals, now), 3),
        calls=sum(slot.calls for slot in vitals.slots),
        faults=sum(slot.faults for slot in vitals.slots),
        slow=sum(slot.slow for slot in vitals.slots),
    )


def told(status: Status) -> dict[str, Any]:
    """A status as JSON has it."""
    backlog = status.backlog
    return {
        "at": civil.rfc3339(status.at),
        "away": list(status.away),
        "why": dict(status.away),
        "moments": backlog and {"waiting": backlog.waiting, "since": civil.rfc3339(backlog.oldest)},
        "messages": [
            {**asdict(one), "since": civil.rfc3339(one.since), "due": civil.rfc3339(one.due)} for one in status.queues
        ],
        "stuck": [{**asdict(one), "last": civil.rfc3339(one.last)} for one in status.stuck],
        "queues": dict(status.hints),
        "lanes": {lane: _lane(status, lane) for lane in LANES},
        "scheduler": status.leader
        and {"holder": status.leader[0], "until": civil.rfc3339(status.leader[1]), "leads": status.leads},
        "workers": status.workers,
        "others": status.others,
        "broken": status.broken or None,
        "accounts": [{**asdict(one), "free_at": civil.rfc3339(one.free_at)} for one in status.accounts],
        "database": dict(status.database),
        "redis": dict(status.redis),
    }


def _lane(status: Status, lane: str) -> dict[str, Any]:
    """A lane's last canary, and whether it came lately."""
    last = status.canaries.get(lane)
    found = {"back": civil.rfc3339(last.back), "worker": last.worker} if last else {"back": None, "worker": None}
    return {"served": lane not in status.silent, **found}
