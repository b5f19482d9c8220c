"""Celery shell: short tasks around the engine. A task carries moments or ids, and is a hint: the records are the truth.

    lane    queue             task
    urgent  urgent.<channel>  kairos.deliver   messages that need no consent: what a person waits for
            moments           kairos.moments   services, with the moments themselves
                              kairos.decide    whoever accepted moments already, with their ids
                              kairos.release   the scheduler, when held messages fall due
                              kairos.sweep     the scheduler: what was accepted or recorded, and forgotten
    bulk    campaigns         kairos.fan_out   the scheduler: one run of a scheduled campaign
                              kairos.decide    a page of such a run
            bulk.<channel>    kairos.deliver   everything else, a queue for each channel, so that none waits for another

A worker serves both lanes, the urgent one first, or one of them: then what is urgent does not even wait for a page to end.
A lost task is found again by the scheduler's sweeps; a repeated one changes nothing. There is no ETA: what is due later
stands in the records.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from celery import Celery, signals
from kombu.entity import Queue
from kombu.exceptions import OperationalError

from orchestrator import audience, wire
from orchestrator.app import App, new_id
from orchestrator.model import Draft
from orchestrator.settings import Settings

log = logging.getLogger("kairos")

BATCH = 500  # moments, messages or people per task
MOMENTS = "moments"
CAMPAIGNS = "campaigns"
LANES = ("urgent", "bulk")
TIMEOUT = 5  # seconds a broker's socket may block


def broker_url(redis: str) -> str:
    """A Redis URL as Celery writes it (a Unix socket has a scheme of its own there)."""
    if redis.startswith("unix://"):
        path, _, query = redis.removeprefix("unix://").partition("?")
        return f"redis+socket://{path}?virtual_host={query.removeprefix('db=') or 0}"
    return redis


def queues(channels: Iterable[str], lanes: Sequence[str] = LANES) -> list[str]:
    """The queues of these lanes, in the order in which a worker empties them."""
    names = sorted(channels)
    in_lane = {
        "urgent": [*(f"urgent.{name}" for name in names), MOMENTS],
        "bulk": [*(f"bulk.{name}" for name in names), CAMPAIGNS],
    }
    return [queue for lane in LANES if lane in lanes for queue in in_lane[lane]]


celery = Celery("kairos")
celery.conf.update(
    accept_content=["json"],
    task_serializer="json",
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_default_queue=MOMENTS,
    task_time_limit=240,
    task_soft_time_limit=180,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_soft_shutdown_timeout=20,
    worker_enable_soft_shutdown_on_idle=True,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 600,
        "queue_order_strategy": "priority",
        "socket_timeout": TIMEOUT,
        "socket_connect_timeout": TIMEOUT,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "health_check_interval": 30,
        "max_retries": 1,
    },
)


@celery.on_configure.connect
def _configure(sender: Celery, **_: Any) -> None:
    sender.conf.broker_url = broker_url(Settings.read().redis)


@lru_cache(maxsize=1)
def app() -> App:
    """This process's app; forked workers make their own."""
    return App(Settings.read())


@signals.worker_process_init.connect
def _forget_parent(**_: Any) -> None:
    app.cache_clear()


def hint(task: str, *args: Any, queue: str = MOMENTS) -> bool:
    """Send a task; whether the broker took it. Nothing is lost where it did not: the sweeps find what is on record."""
    try:
        celery.send_task(task, args=args, queue=queue, ignore_result=True, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("the broker did not take %s (%s); a sweep will find what it was about", task, type(error).__name__)
        return False
    return True


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


@celery.task(name="kairos.moments")
def moments(batch: list[dict[str, Any]]) -> None:
    """Take moments in, commit them, and decide. What is malformed is logged, and stops nothing else."""
    now, good = app().clock(), []
    for number, line in enumerate(batch if isinstance(batch, list) else [batch]):
        try:
            good.append(wire.moment(wire.mapping(line, "A moment"), now=now, new_id=new_id))
        except wire.Malformed as error:
            log.error("moment %d of a list of %d was refused: %s", number + 1, len(batch), error)
    for start in range(0, len(good), BATCH):
        hand_on(app().engine.process(good[start : start + BATCH]))


@celery.task(name="kairos.decide")
def decide(ids: list[str]) -> None:
    """Decide moments that were accepted already."""
    hand_on(app().engine.sweep(ids=ids, limit=len(ids)))


@celery.task(name="kairos.deliver")
def deliver(ids: list[str]) -> None:
    """Hand messages over."""
    app().courier.deliver(ids)


@celery.task(name="kairos.release")
def release() -> None:
    """Compose held messages that have fallen due again, until none is left."""
    while drafts := app().engine.release(limit=BATCH):
        hand_on(drafts)


@celery.task(name="kairos.sweep")
def sweep() -> None:
    """Take up what was accepted and never decided, and settle hand-overs whose worker is gone."""
    while drafts := app().engine.sweep(limit=BATCH):
        hand_on(drafts)
    while app().courier.recover(limit=BATCH):
        pass


@celery.task(name="kairos.fan_out")
def fan_out(key: str) -> None:
    """Raise the moments of one scheduled run, page by page: each page is committed before the next is read."""
    for ids in audience.pages(app().records, app().engine, key, size=BATCH):
        hint("kairos.decide", ids, queue=CAMPAIGNS)


def work(concurrency: int, channels: Iterable[str], lanes: Sequence[str], *, log_level: str = "WARNING") -> None:
    """Run a worker until it is told to stop."""
    celery.conf.task_queues = [Queue(name) for name in queues(channels, lanes)]
    celery.worker_main(
        [
            "worker",
            "--pool=prefork",
            f"--concurrency={concurrency}",
            f"--loglevel={log_level}",
            "--without-mingle",
            "--without-gossip",
        ]
    )
