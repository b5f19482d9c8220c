"""APScheduler shell: the pulse of an installation. It decides nothing; it looks what is due, and hints.

    every second    held messages that fall due; scheduled runs that are due; messages to be handed over (again)
    every 5 s       what has been kept long enough, a few pages at a time
    every 5 s       moments that were recorded and forgotten, hand-overs whose worker is gone
    every 10 s      canaries, which prove that somebody serves each lane

Several may run: one leads, by a lease in the records, and another takes over when it is gone. Runs that were missed
are caught up for an hour, each once; older ones are logged and left out, and so are those that fall due while their
campaign is stopped.
"""

from __future__ import annotations

import logging
import os
import socket
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler

from channels.deadline import Deadline
from orchestrator import audience, civil, retention
from orchestrator.app import App
from orchestrator.broker import BATCH, CAMPAIGNS, DECISIONS, LANES, any_waits, hint
from orchestrator.decision.schedule import runs
from orchestrator.stores.outages import OUTAGES
from orchestrator.watch import events
from orchestrator.watch.canary import EVERY, queue_of
from orchestrator.watch.events import tell

ROLE = "scheduler"
LEASE = timedelta(seconds=15)
TIDYING = 0.3  # seconds at a time: the other beats wait meanwhile
CATCH_UP = timedelta(hours=1)
REACHED = "scheduler.reached"
LONGEST_WAIT = 10.0  # seconds; between beats there are at most five
DUE = 5000  # messages handed on at a beat: what waits for its turn comes back by the second


class Pulse:
    """What the leading scheduler does at each beat."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"  # hosts and processes may be namesakes
        self._misses = False  # whether the last beat found a store away

    def outlasting(self, beat: Callable[[], None]) -> Callable[[], None]:
        """A beat that leaves it to the next one where a store is away: which is told once, and once when it is back."""

        def run() -> None:
            try:
                beat()
            except OUTAGES as error:
                if not self._misses:
                    tell(events.STORES_AWAY, part=ROLE, error=type(error).__name__)
                self._misses = True
            else:
                if self._misses:
                    tell(events.STORES_BACK, part=ROLE)
                self._misses = False

        return run

    def leads(self) -> bool:
        """Whether this scheduler is the one that leads, now and for the lease."""
        return self._app.records.lead(ROLE, self._holder, now=self._app.clock(), lease=LEASE)

    def beat(self) -> None:
        """Hint at held messages that fall due, and start scheduled runs."""
        if not self.leads():
            return
        now = self._app.clock()
        due = self._app.records.next_due()
        if due is not None and due <= now and not any_waits(DECISIONS):
            hint("kairos.release")
        self._start_runs(now)

    def sweep(self) -> None:
        """Hint at what was recorded and forgotten. A queue that still has work is left alone: it is in there."""
        if not self.leads():
            return
        if not any_waits(DECISIONS):
            hint("kairos.sweep")
        if not any_waits(CAMPAIGNS):
            for key in audience.open_runs(self._app.records):
                hint("kairos.fan_out", key, queue=CAMPAIGNS)

    def hand_on(self) -> None:
        """Hint at messages that are due again, or were recorded and forgotten; as `sweep`, where a queue is empty.

        What somebody waits for goes by its own lane, however much else is due.
        """
        if not self.leads():
            return
        records, now, purposes = self._app.records, self._app.clock(), self._app.material.workspace.purposes
        owed = [name for name, purpose in purposes.items() if not purpose.promotional]
        urgent = records.deliverable(now=now, limit=DUE, purposes=owed)
        rest = dict.fromkeys(records.deliverable(now=now, limit=DUE))
        waiting: dict[str, list[str]] = defaultdict(list)
        for channel, message in urgent:
            rest.pop((channel, message), None)
            waiting[f"urgent.{channel}"].append(message)
        for channel, message in rest:
            waiting[f"bulk.{channel}"].append(message)
        for queue, ids in waiting.items():
            if not any_waits(queue):
                for start in range(0, len(ids), BATCH):
                    hint("kairos.deliver", ids[start : start + BATCH], queue=queue)

    def send_canaries(self) -> None:
        """Send one through every lane; where one is still on its way, none."""
        for lane in LANES if self.leads() else ():
            if not any_waits(queue_of(lane)):
                hint("kairos.canary", lane, civil.rfc3339(self._app.clock()), queue=queue_of(lane))

    def tidy(self) -> None:
        """Remove what has been kept long enough, for a moment at a time."""
        turn = Deadline(TIDYING)
        while self.leads() and not turn.passed and retention.go_on(self._app):
            pass

    def _start_runs(self, now: datetime) -> None:
        records, workspace = self._app.records, self._app.material.workspace
        reached = records.recall(REACHED)
        last = civil.parse_instant(reached) if reached else now
        if not any(campaign.moment.every for campaign in workspace.campaigns.values()):
            records.remember(REACHED, civil.rfc3339(now) or "")
            return
        if now - last > CATCH_UP:
            tell(events.RUNS_MISSED, since=civil.rfc3339(last), until=civil.rfc3339(now - CATCH_UP))
            last = now - CATCH_UP
        stops = records.stops()
        due = [run for run in runs(workspace, records.zones(), last, now) if not audience.stop(stops, run)]
        for run in due:  # on record before we say that we have been here: a crash in between repeats a step
            audience.open_run(records, run)
        records.remember(REACHED, civil.rfc3339(now) or "")
        for run in due:
            tell(events.RUN_STARTED, run=run.key, campaign=run.campaign)
            hint("kairos.fan_out", run.key, queue=CAMPAIGNS)


class _Beats(BlockingScheduler):  # type: ignore[misc]  # it has no types
    """Beats that go on where the clock is set back: by themselves they would wait until it is as late as it was."""

    def __init__(self, now: Callable[[], datetime], **options: Any) -> None:
        super().__init__(**options)
        self._now = now

    def _process_jobs(self) -> float | None:
        wait: float | None = super()._process_jobs()
        if wait is not None and wait > LONGEST_WAIT:
            for job in self.get_jobs():
                job.modify(next_run_time=self._now())
        return wait


def schedule(app: App) -> None:
    """Beat until told to stop."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a beat that falls into the one before is no news
    pulse = Pulse(app)
    beats = _Beats(app.clock, timezone="UTC", executors={"default": ThreadPoolExecutor(1)})
    options = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
    for beat, seconds in (
        (pulse.beat, 1),
        (pulse.hand_on, 1),
        (pulse.sweep, 5),
        (pulse.send_canaries, EVERY),
        (pulse.tidy, 5),
    ):
        beats.add_job(pulse.outlasting(beat), "interval", seconds=seconds, **options)
    beats.start()
