"""Celery shell: short tasks around the engine. A task carries moments or ids, and is a hint: the records are the truth.

A lost task is found again by the scheduler's sweeps; a repeated one changes nothing. There is no ETA: what is due later
stands in the records.
"""

from __future__ import annotations

import os
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import lru_cache, partial, wraps
from itertools import takewhile
from multiprocessing import Event
from typing import Any, ParamSpec

from celery import Task, signals
from celery.exceptions import Reject
from celery.platforms import SecurityWarning
from kombu.entity import Queue

from channels.deadline import Deadline
from orchestrator import audience, civil, heap, wire
from orchestrator.app import App, new_id, open_arrivals, open_watch
from orchestrator.arrivals import Arrivals
from orchestrator.broker import BATCH, CAMPAIGNS, DECISIONS, any_waits, celery, hint, queues
from orchestrator.courier import TURN
from orchestrator.engine import Accepted
from orchestrator.express import Express
from orchestrator.hold import LEASE
from orchestrator.model import Draft, Moment
from orchestrator.ports import Overtaken, Records, Superseded
from orchestrator.settings import Settings
from orchestrator.stores.outages import OUTAGES
from orchestrator.watch import events
from orchestrator.watch.canary import Canary, came_back
from orchestrator.watch.events import tell
from orchestrator.watch.observed import Tracer, observed, tracer
from orchestrator.watch.reporter import Reporter, this_process
from orchestrator.watch.tally import Tally

YIELDING = 10  # of 19: how far bulk workers stand back for others on their machine
LET_IN = 8  # tasks with moments that wait inside, and so many more for each process
PAUSE = 2.0  # seconds after which what could not be committed is tried again
BREAKS: tuple[type[Exception], ...] = (*OUTAGES, Superseded, Overtaken)
P = ParamSpec("P")

_tally = Tally()
_lanes: list[str] = []
_reporters: list[Reporter] = []
_tracers: list[Tracer] = []
_arrivals: list[Arrivals] = []
_stopping = Event()  # shared with the processes that are forked from here


def _observed(records: Records) -> Records:
    if found := tracer():
        _tracers.append(found)
    return observed(records, _tally, found)


@lru_cache(maxsize=1)
def app() -> App:
    """This process's app; forked workers make their own."""
    return App(Settings.read(), is_stopping=_stopping.is_set, observe=_observed)


@signals.worker_process_init.connect
def _settle_in(**_: Any) -> None:
    """Load at once what every task needs, and keep it."""
    app.cache_clear()
    with suppress(*BREAKS):  # a store that is away does not keep a worker from starting
        app().load()
    heap.settle_in()
    _reporters.append(Reporter(open_watch(Settings.read()), _tally, _lanes, app().material.version))
    _reporters[-1].start()


@signals.worker_process_shutdown.connect
def _end(**_: Any) -> None:
    while _reporters:
        _reporters.pop().stop()
    while _tracers:
        _tracers.pop().close()


@signals.worker_ready.connect
def _open(sender: Any, **_: Any) -> None:
    """Let moments in, where they are decided. A worker is ready again whenever its broker is back; the door is open still."""
    if DECISIONS in sender.app.amqp.queues and not _arrivals:
        _arrivals.append(open_arrivals(Settings.read(), LET_IN * (1 + sender.controller.concurrency)))
        _arrivals[0].start()


@signals.worker_shutting_down.connect
def _stop(**_: Any) -> None:
    """What runs ends at the next page or slice: the rest is on record, and others take it up."""
    _stopping.set()
    for arrivals in _arrivals:
        arrivals.stop()


class _Turn:
    """A task's time: what it has not done by then stands on record, and is another task's."""

    def __init__(self) -> None:
        self._end = Deadline(TURN)

    @property
    def lasts(self) -> bool:
        """Whether the task may begin another page."""
        return not (self._end.passed or _stopping.is_set())


def outlasting(task: Callable[P, None]) -> Callable[P, None]:
    """A task that ends where a store is away: what it had begun is on record, and is taken up when the store is back."""

    @wraps(task)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            task(*args, **kwargs)
        except BREAKS as error:
            tell(events.BROKEN_OFF, task=task.__name__, error=type(error).__name__)

    return run


def hand_on(drafts: Sequence[Draft]) -> None:
    """Hint at the messages that are ready to be handed over, each channel's in its own queue."""
    purposes = app().material.workspace.purposes
    lanes: dict[str, list[str]] = defaultdict(list)
    for draft in drafts:
        if draft.outcome == "send":
            lane = "bulk" if purposes[draft.purpose or ""].promotional else "urgent"
            lanes[f"{lane}.{draft.channel}"].append(draft.id)
    for queue, ids in lanes.items():
        for start in range(0, len(ids), BATCH):
            hint("kairos.deliver", ids[start : start + BATCH], queue=queue)


@celery.task(name="kairos.moments", bind=True)
def moments(self: Task, batch: list[dict[str, Any]]) -> None:
    """Take moments in, commit them, and decide. What is malformed is logged, though not its data, and stops nothing else.

    Until they are committed, the task stands for them: while the records are away it goes back to its queue.
    """
    good = _read(batch, self.request.id or new_id())
    for start in range(0, len(good), BATCH):
        page = good[start : start + BATCH]
        try:
            accepted = app().engine.accept(page)
        except OUTAGES as error:
            tell(events.MOMENTS_WAIT, error=type(error).__name__)
            time.sleep(PAUSE)
            raise Reject(type(error).__name__, requeue=True) from error
        _decide_new(accepted)


def _read(batch: Any, task: str) -> list[Moment]:
    """The moments of a task. One without an id gets one by its place in the task: however often that is delivered, the same."""
    now, good = app().clock(), []
    lines = batch if isinstance(batch, list) else [batch]
    for number, line in enumerate(lines):
        try:
            good.append(
                wire.moment(wire.mapping(line, "A moment"), now=now, new_id=partial("{}.{}".format, task, number))
            )
        except wire.Malformed as error:
            tell(events.MOMENT_REFUSED, number=number + 1, count=len(lines), expected=error.expected)
    return good


@outlasting
def _decide_new(accepted: Accepted) -> None:
    decide = partial(app().engine.decide_new, accepted.new, accepted.until, outlook=accepted.outlook)
    _send(decide, app().courier.express(app().is_urgent))


@celery.task(name="kairos.decide")
@outlasting
def decide(ids: list[str]) -> None:
    """Decide moments that were accepted already."""
    _send(partial(app().engine.sweep, ids=ids, limit=len(ids)), app().courier.express(app().is_urgent))


def _send(decide: Callable[..., list[Draft]], express: Express) -> None:
    """Everything by the queues that does not leave from here. What was begun leaves, even where a store was away for the rest."""
    drafts: list[Draft] = []
    try:
        drafts = decide(departure=express)
        hand_on([draft for draft in drafts if not express.takes(draft)])
    finally:
        left = set(express.depart())
    hand_on([draft for draft in drafts if draft.id in left])


@celery.task(name="kairos.deliver")
@outlasting
def deliver(ids: list[str]) -> None:
    """Hand messages over."""
    app().courier.deliver(ids)


@celery.task(name="kairos.release")
@outlasting
def release() -> None:
    """Compose held messages that have fallen due again."""
    turn = _Turn()
    while turn.lasts and (drafts := app().engine.release(limit=BATCH)):
        hand_on(drafts)


@celery.task(name="kairos.sweep")
@outlasting
def sweep() -> None:
    """Take up what was accepted and never decided, and settle hand-overs whose worker is gone."""
    turn = _Turn()
    app().engine.give_up(limit=BATCH)
    while turn.lasts and app().courier.recover(limit=BATCH):
        pass
    while turn.lasts and (drafts := app().engine.sweep(limit=BATCH)):
        hand_on(drafts)
    while turn.lasts and app().feedback.receive([]):
        pass


@celery.task(name="kairos.canary")
@outlasting
def canary(lane: str, sent: str) -> None:
    """Come back: the lane is served."""
    now = app().clock()
    came_back(app().records, Canary(lane, civil.parse_instant(sent), now, this_process()))


@celery.task(name="kairos.fan_out")
@outlasting
def fan_out(key: str) -> None:
    """Go on with one scheduled run, page by page: raised, decided, and handed over from here.

    Whoever takes it up hints at it once more: the next worker that is free goes on with it, too. A task gives way to
    whatever its worker does before campaigns.
    """
    turn, is_told, campaigns = _Turn(), False, app().material.workspace.campaigns
    pages = audience.pages(app().records, app().clock, key, campaigns=campaigns, size=BATCH, lease=LEASE)
    try:
        for page in pages:
            if not (is_told or page.is_last):
                is_told = hint("kairos.fan_out", key, queue=CAMPAIGNS)
            _send(partial(app().engine.decide_new, page.moments, page.until), app().courier.express())
            if not turn.lasts or any_waits(*_before_campaigns()):
                return
    except audience.Strange:
        tell(events.RUN_LEFT, run=key)


def _before_campaigns() -> list[str]:
    return list(takewhile(CAMPAIGNS.__ne__, (queue.name for queue in celery.conf.task_queues)))


@signals.setup_logging.connect
def _leave_the_log(**_: Any) -> None:
    """The log is ours: Celery, which would quote what tasks are given, sets none up."""


def work(concurrency: int, channels: Iterable[str], lanes: Sequence[str]) -> None:
    """Run a worker until it is told to stop."""
    warnings.filterwarnings("ignore", category=SecurityWarning)  # it is about pickle, and we take JSON only
    _lanes[:] = lanes
    if "urgent" not in lanes:
        os.nice(YIELDING)  # on a machine that does both, what is urgent gets a core at once
    celery.conf.task_queues = [Queue(name) for name in queues(channels, lanes)]
    celery.worker_main(
        [
            "--quiet",
            "worker",
            "--pool=prefork",
            f"--concurrency={concurrency}",
            "--without-mingle",
            "--without-gossip",
        ]
    )
