"""Faults of workers: killed at random, suspended for longer than their lease, replaced in mid-campaign."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from contextlib import closing, suppress

from orchestrator.courier import LEASE
from orchestrator.dispatch import ABREAST
from tests.faults.house import START, House, Process, batches, children, kill_any
from tests.faults.outcome import Outcome
from tests.faults.plan import Plan, Verdict, part
from tests.faults.scale import Scale
from tests.waiting import until

PROCESSES = 2  # of each worker
SEND = 50  # moments per task
EXIT = 30.0  # seconds that a worker may take to stop


def begin(house: House, moments: int, workers: int) -> tuple[Plan, list[Process]]:
    """Let people be known, workers and a scheduler be up, and all moments be on their way."""
    plan = Plan.of(moments, people=moments // 3)
    house.know(plan.people)
    up = [house.worker() for _ in range(workers)]
    house.scheduler()
    until(lambda: all(map(children, up)), START)
    for lines in batches(plan.lines, SEND):
        house.send(lines)
    return plan, up


def killed(scale: Scale, *, postgres: bool) -> Outcome:
    """Kill -9 of a worker, its parent process or one of its children, again and again in the midst of hand-overs."""
    moments = scale.of(900, 12_000) if postgres else scale.of(2400, 50_000)
    kills = scale.of(4, 20) if postgres else scale.of(8, 40)
    chance = random.Random(moments)
    with House(scale.folder / f"killed-{'postgres' if postgres else 'sqlite'}", postgres=postgres) as house:
        plan, workers = begin(house, moments, 2)
        for number in range(kills):
            until(lambda number=number: house.handled() >= moments * 1.5 * part(number, kills), 300)
            kill_any(chance.choice(workers), chance)
            workers = [worker if worker.poll() is None else house.worker() for worker in workers]
        took = house.settle(moments, 600)
        most = kills * PROCESSES * ABREAST
        what = f"kill -9 of workers, {kills} times, on {'PostgreSQL' if postgres else 'SQLite'}"
        return Outcome("F1", what, Verdict.on(plan, house), took, unknown_at_most=most, owed_twice_at_most=most)


def suspended(scale: Scale) -> Outcome:
    """SIGSTOP of a worker until its lease is over and others have taken its messages, then SIGCONT."""
    moments = scale.of(600, 3000)
    with House(scale.folder / "suspended", latency=0.2) as house:
        plan, (first, _) = begin(house, moments, 2)
        until(lambda: house.handled() > moments / 6, 120)
        pids = [first.pid, *children(first)]
        _suspend(house, pids)
        started = time.monotonic()
        house.settle(moments, 120)
        recovery = time.monotonic() - started
        time.sleep(max(0.0, LEASE.total_seconds() + 2 - recovery))
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        time.sleep(5)  # what it would send now is what this is about
        most = PROCESSES * ABREAST
        return Outcome(
            "F4",
            f"a worker is suspended for {max(recovery, LEASE.total_seconds() + 2):.0f} s, beyond its lease",
            Verdict.on(plan, house),
            recovery,
            unknown_at_most=most,
            owed_twice_at_most=most,
        )


def _suspend(house: House, pids: list[int]) -> None:
    """Suspend processes while none of them is writing: within a transaction they would hold up all others of SQLite."""
    while True:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        path = house.app.settings.database.removeprefix("sqlite:///")
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(path, 0.2)) as file:
            file.execute("BEGIN IMMEDIATE")
            return
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        time.sleep(0.05)


def replaced(scale: Scale) -> Outcome:
    """SIGTERM of all workers in mid-campaign, and new ones in their place: what a deployment does."""
    moments, times = scale.of(1500, 15_000), scale.of(2, 5)
    broken, slowest = [], 0.0
    with House(scale.folder / "replaced", latency=0.1) as house:
        plan, workers = begin(house, moments, 2)
        for number in range(times):
            until(lambda number=number: house.handled() >= moments * 1.5 * part(number, times), 300)
            started = time.monotonic()
            for worker in workers:
                worker.terminate()
            old, workers = workers, [house.worker() for _ in workers]
            codes = [worker.wait(120) for worker in old]
            slowest = max(slowest, time.monotonic() - started)
            broken += [f"a worker ended with {code}" for code in codes if code]
        took = house.settle(moments, 300)
        if slowest > EXIT:
            broken.append(f"a worker took {slowest:.0f} s to stop; allowed: {EXIT:.0f} s")
        note = f"the slowest stopped within {slowest:.1f} s"
        what = f"SIGTERM of all workers in mid-campaign, {times} times"
        return Outcome("F12", what, Verdict.on(plan, house), took, broken=tuple(broken), notes=(note,))
