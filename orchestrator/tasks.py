"""Celery shell: short tasks around the engine. A task carries moments or ids, and is a hint: the records are the truth.

A lost task is found again by the scheduler's sweeps; a repeated one changes nothing. There is no ETA: what is due later
stands in the records.
"""

from __future__ import annotations

import logging
import warnings
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from celery import signals
from celery.platforms import SecurityWarning
from kombu.entity import Queue

from orchestrator import audience, wire
from orchestrator.app import App, new_id
from orchestrator.broker import BATCH, CAMPAIGNS, celery, hint, queues
from orchestrator.model import Draft
from orchestrator.settings import Settings

log = logging.getLogger("kairos")


@lru_cache(maxsize=1)
def app() -> App:
    """This process's app; forked workers make their own."""
    return App(Settings.read())


@signals.worker_process_init.connect
def _forget_parent(**_: Any) -> None:
    app.cache_clear()


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
    app().feedback.receive([])


@celery.task(name="kairos.fan_out")
def fan_out(key: str) -> None:
    """Raise the moments of one scheduled run, page by page: each page is committed before the next is read."""
    for ids in audience.pages(app().records, app().engine, key, size=BATCH):
        hint("kairos.decide", ids, queue=CAMPAIGNS)


def work(concurrency: int, channels: Iterable[str], lanes: Sequence[str], *, log_level: str = "WARNING") -> None:
    """Run a worker until it is told to stop."""
    warnings.filterwarnings("ignore", category=SecurityWarning)  # it is about pickle, and we take JSON only
    celery.conf.task_queues = [Queue(name) for name in queues(channels, lanes)]
    celery.worker_main(
        [
            "--quiet",
            "worker",
            "--pool=prefork",
            f"--concurrency={concurrency}",
            f"--loglevel={log_level}",
            "--without-mingle",
            "--without-gossip",
        ]
    )
