"""The composition root: the only place that knows all parts, and puts them together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from uuid import uuid4

from channels import registry
from channels.base import Adapter
from orchestrator import wire
from orchestrator.blueprint import Problem, Provider
from orchestrator.campaigns import Campaigns
from orchestrator.claims import Claims, rebuilt
from orchestrator.consents import Consents
from orchestrator.courier import Courier
from orchestrator.decision.consent import undeclared
from orchestrator.dispatch import Dispatcher
from orchestrator.engine import Clock, Engine
from orchestrator.feedback import Feedback
from orchestrator.material import Material, prepare
from orchestrator.model import Consent, Moment, Outgoing
from orchestrator.notices import Notices
from orchestrator.ports import Desk, Keeper, Rates, Record, Records, Rights, Touches
from orchestrator.replay import Replay, VirtualClock
from orchestrator.replies import Replies
from orchestrator.settings import NotRunning, Settings
from orchestrator.stores import files
from orchestrator.stores.files import Unreadable as Unreadable
from orchestrator.stores.memory import MemoryDesk, MemoryHealth, MemoryRecords, MemoryTouches
from orchestrator.strangers import Strangers


class Closes(Protocol):
    """A part that holds connections."""

    def close(self) -> None: ...


if TYPE_CHECKING:
    from orchestrator.arrivals import Arrivals
    from orchestrator.stores.redis_watch import RedisWatch

T = TypeVar("T", bound=Closes)


class Unloadable(ValueError):
    """The workspace has errors that make it impossible to load; `problems` has them all."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("The workspace cannot be loaded:\n" + "\n".join(map(str, problems)))


def wall_clock() -> datetime:
    """The world's time, in UTC."""
    return datetime.now(UTC)


class App:
    """One workspace with its stores and providers. Parts are made when first needed, and closed together."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock = wall_clock,
        is_stopping: Callable[[], bool] = lambda: False,
        observe: Callable[[Records], Records] = lambda records: records,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.is_stopping = is_stopping
        self._observe = observe
        self._open = ExitStack()

    @cached_property
    def material(self) -> Material:
        """The workspace's files, made ready.

        Raises:
            Unloadable: they have errors.
            Unreadable: there are none, or one cannot be read.
        """
        found = files.read_workspace(self.settings.workspace)
        if not found:
            raise Unreadable(f"{self.settings.workspace} is empty: name the folder that has kairos.yaml in it")
        material, problems = prepare(found, env=os.environ, secret=self.settings.secret)
        if material is None:
            raise Unloadable([problem for problem in problems if problem.severity == "error"])
        return material

    @cached_property
    def records(self) -> Records:
        """The truth, in SQL."""
        from orchestrator.stores.sql.records import SqlRecords  # replay and check start without a database

        self.settings.prepare()
        return self._observe(self._closing(SqlRecords.open(self.settings.database)))

    @cached_property
    def claims(self) -> Claims:
        """Claims on the hot state, in Redis."""
        from orchestrator.stores.redis_touches import RedisTouches, connect_touches, slots_at

        touches: Touches = RedisTouches(
            connect_touches(self.settings.touches),
            rebuild=partial(rebuilt, self.records),
            horizon=self.material.horizon,
            slots=slots_at(self.settings.touches),
            enter=self.records.enter,
        )
        return Claims(self._closing(touches), self.clock)

    @cached_property
    def dispatcher(self) -> Dispatcher:
        """The providers' accounts."""
        from orchestrator.stores.redis_health import RedisHealth  # only where messages are sent
        from orchestrator.stores.redis_health import connect as connect_soon

        workspace = self.material.workspace
        health = RedisHealth(connect_soon(self.settings.redis))
        return self._closing(Dispatcher(workspace.providers, self._adapter, health, self.is_urgent))

    def is_urgent(self, message: Outgoing) -> bool:
        """Whether somebody waits for a message, rather than that it is sent for our sake."""
        purpose = self.material.workspace.purposes.get(message.purpose)
        return purpose is not None and not purpose.promotional

    def _adapter(self, name: str, channel: str, settings: Mapping[str, Any]) -> Adapter:
        """An adapter by name; an outbox without a folder of its own writes below the state folder."""
        if name == "outbox":
            folder = settings.get("directory") or self.settings.state / "outbox"
            settings = {**settings, "directory": str(self.settings.workspace / folder)}
        return registry.adapter(name, channel, settings)

    @cached_property
    def engine(self) -> Engine:
        """Decides."""
        return Engine(self.material, self.records, self.claims, self.clock)

    @cached_property
    def courier(self) -> Courier:
        """Hands over."""
        return Courier(self.material, self.records, self.claims, self.dispatcher, self.clock, self.is_stopping)

    def load(self) -> None:
        """Make ready what decides, hands over and learns, instead of when it is first needed."""
        for part in ("engine", "courier", "feedback"):
            getattr(self, part)

    @cached_property
    def feedback(self) -> Feedback:
        """Learns."""
        return Feedback(self.records, self.claims, self.clock, self.replies)

    @cached_property
    def replies(self) -> Replies:
        """Takes in what people write back."""
        return Replies(self.material.workspace, self.records, self.notices, self.clock, self.strangers)

    @cached_property
    def strangers(self) -> Strangers:
        """Takes in what is written from addresses that are nobody's."""
        return Strangers(self.material.workspace, self.records, self.clock, self.settings.secrets)

    @cached_property
    def consents(self) -> Consents:
        """The way into the ledger."""
        return Consents(self.records, self.desk, self.notices, self.clock)

    @cached_property
    def notices(self) -> Notices:
        """Reports what the house itself has something to say on."""
        return Notices(self.records, self.accept, self.settings.secret)

    @cached_property
    def campaigns(self) -> Campaigns:
        """Stops and ends campaigns."""
        try:
            workspace = self.material.workspace
        except (Unloadable, Unreadable):  # what goes wrong must be stopped all the same
            workspace = None
        return Campaigns(workspace, self.records, self._give_back, self.clock)

    def _give_back(self, records: Iterable[Record]) -> None:
        """Take touches out of the hot state, where that can be reached; the records have them no more."""
        with suppress(NotRunning, Unloadable, Unreadable):
            self.claims.give_back(records)

    @cached_property
    def desk(self) -> Desk:
        """What is kept for those who call, in SQL."""
        from orchestrator.stores.sql.desk import SqlDesk

        self.settings.prepare()
        return self._closing(SqlDesk.open(self.settings.database))

    @cached_property
    def rights(self) -> Rights:
        """What a person may ask of us, in SQL."""
        from orchestrator.stores.sql.desk import SqlRights

        self.settings.prepare()
        return self._closing(SqlRights.open(self.settings.database))

    @cached_property
    def watch(self) -> RedisWatch:
        """What workers have counted, in Redis."""
        return self._closing(open_watch(self.settings))

    @cached_property
    def keeper(self) -> Keeper:
        """What has been kept long enough, in SQL."""
        from orchestrator.stores.sql.desk import SqlKeeper

        self.settings.prepare()
        return self._closing(SqlKeeper.open(self.settings.database))

    def rates(self, per_second: float, burst: int) -> Rates:
        """A pace for callers: kept in Redis, or where none is known by this process alone."""
        from orchestrator.stores.rates import LocalRates, RedisRates

        try:
            return self._closing(RedisRates(self.settings.redis, per_second, burst))
        except NotRunning:
            return LocalRates(per_second, burst)

    def away(self) -> tuple[str, ...]:
        """The stores that do not answer: any of `database` and `redis`."""
        from orchestrator.stores.outages import OUTAGES, ping  # SQLAlchemy is slow to import, as above

        asked: Mapping[str, Callable[[], object]] = {
            "database": lambda: self.desk.backlog(1),
            "redis": lambda: ping(self.settings.redis),
        }
        absent: tuple[type[Exception], ...] = (*OUTAGES, NotRunning)
        found = []
        for name, ask in asked.items():
            try:
                ask()
            except absent:
                found.append(name)
        return tuple(found)

    def moment(self, name: str, *, profile: str, data: Mapping[str, Any], id: str | None = None) -> Moment:
        """A moment that happens now."""
        line = {"name": name, "profile": profile, "data": dict(data), **({"id": id} if id else {})}
        return wire.moment(line, now=self.clock(), new_id=new_id)

    def consent(self, line: Mapping[str, Any]) -> Consent:
        """An entry of the consent ledger that is recorded now.

        Raises:
            Malformed: a field is missing or wrong, or names what the workspace does not have.
        """
        now, material = self.clock(), self.material
        entry = wire.consent(line, at=wire.when(line, now), recorded_at=now)
        named = {"purpose": entry.purpose, "channel": entry.channel}
        if told := undeclared(material.workspace, material.channels, **named):
            raise wire.Malformed(" ".join(told.values()))
        return entry

    def accept(self, moments: Sequence[Moment]) -> frozenset[str]:
        """Commit moments and hint the workers at them; returns the ids of the new ones.

        This needs no hot state, which may not be running.
        """
        new = self.records.accept(moments, now=self.clock(), lease=timedelta(0))
        if new:
            self.decide_later(sorted(new))
        return new

    def decide_later(self, ids: Sequence[str]) -> None:
        """Hint the workers at accepted moments. Where no broker is known or reachable, a sweep finds them later."""
        from orchestrator.broker import hint_later  # Celery is slow to import, and only needed here

        hint_later("kairos.decide", list(ids))

    def go_on_later(self, run: str) -> None:
        """Hint the workers at a run that is open on record; see `decide_later`."""
        from orchestrator.broker import CAMPAIGNS, hint_later

        hint_later("kairos.fan_out", run, queue=CAMPAIGNS)

    def _closing(self, part: T) -> T:
        self._open.callback(part.close)
        return part

    def close(self) -> None:
        """Give back connections."""
        self._open.close()

    def __enter__(self) -> App:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_watch(settings: Settings) -> RedisWatch:
    """What workers have counted; no connection is made before it is asked."""
    from orchestrator.stores.redis_watch import RedisWatch  # only where somebody looks on

    return RedisWatch(settings.redis)


def open_arrivals(settings: Settings, most: int) -> Arrivals:
    """The door for moments that services queue, letting in so many at a time."""
    from orchestrator.arrivals import Arrivals  # Celery is slow to import, and only workers open the door
    from orchestrator.broker import DECISIONS, MOMENTS, UNACKED
    from orchestrator.stores.redis_touches import connect

    return Arrivals(connect(settings.redis), MOMENTS, DECISIONS, unacked=UNACKED, most=most)


def new_id() -> str:
    """An id for what comes without one."""
    return uuid4().hex


def replay(material: Material, report: Any) -> Replay:
    """A replay of this material on in-memory stores and a virtual clock; every provider accepts everything."""
    clock, records = VirtualClock(), MemoryRecords()
    claims = Claims(MemoryTouches(rebuild=partial(rebuilt, records), horizon=material.horizon), clock)
    workspace, raised = material.workspace, list[Moment]()
    notices = Notices(records, raised.extend, material.secret)
    replies = Replies(workspace, records, notices, clock, Strangers(workspace, records, clock, [material.secret]))
    every = {channel: (Provider("null"),) for channel in material.channels}
    return Replay(
        material=material,
        records=records,
        clock=clock,
        engine=Engine(material, records, claims, clock),
        courier=Courier(material, records, claims, Dispatcher(every, registry.adapter, MemoryHealth()), clock),
        feedback=Feedback(records, claims, clock, replies),
        replies=replies,
        consents=Consents(records, MemoryDesk(), notices, clock),
        raised=raised,
        report=report,
    )
