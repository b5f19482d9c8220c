"""Mixed load for a long time: memory stays what it is, and nothing heaps up in the broker."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import linear_regression
from threading import Event, Thread
from typing import Any

from redis import Redis

from orchestrator.broker import celery
from tests.faults.house import START, House, children, spread
from tests.faults.outcome import Outcome
from tests.faults.plan import Plan, Verdict
from tests.faults.scale import Scale
from tests.waiting import until

RATE = 20  # moments a second
EVERY = 2.0  # seconds between two looks
MEGABYTE = 1 << 20
WARM = 1 / 3  # of the time, in which memory may still grow
GROWTH = 0.05  # of what a part holds, by which it may grow in the time after
NOISE = 4.0  # megabytes that a part may grow by, however short the time
HELD = 16  # tasks that may be in the workers' hands at any time
TROUBLES = {"sms": {"kind": "busy", "share": 0.02}, "email": {"kind": "error", "share": 0.02}}


@dataclass
class Watch:
    """What was seen of an installation: seconds and megabytes of each part, and the tasks not acknowledged."""

    memory: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    unacked: list[int] = field(default_factory=list)

    def growth(self, part: str) -> float:
        """Megabytes by which a part grew after it had warmed up, by a straight line through all that was seen."""
        seen = self.memory[part][int(len(self.memory[part]) * WARM) :]
        times, sizes = zip(*seen, strict=True)
        return linear_regression(times, sizes).slope * (times[-1] - times[0])

    def faults(self) -> list[str]:
        """What was more than it must be."""
        found = [
            f"{part} grew by {grown:.0f} MB"
            for part, seen in self.memory.items()
            if (grown := self.growth(part)) > max(NOISE, GROWTH * seen[-1][1])
        ]
        late = self.unacked[len(self.unacked) // 2 :]
        return [*found, *([f"{max(late)} tasks were not acknowledged at once"] if max(late) > HELD else [])]


def soaked(scale: Scale) -> Outcome:
    """Moments evenly for half an hour, with providers that are busy or break off now and then."""
    seconds = scale.of(60, 1800)
    moments = seconds * RATE
    with House(scale.folder / "soaked") as house:
        plan = Plan.of(moments, people=moments // 3)
        house.know(plan.people)
        parts = {"worker": house.worker(), "scheduler": house.scheduler(), "API": house.serve()}
        until(lambda: children(parts["worker"]), START)
        house.behave(**TROUBLES)

        def sizes() -> dict[str, float]:
            below = children(parts["worker"])
            pids = {name: part.pid for name, part in parts.items()}
            return {
                name: megabytes(pid) for name, pid in (pids | {f"process {n}": p for n, p in enumerate(below)}).items()
            }

        with Redis.from_url(house.redis.url) as redis:
            taken = list[int]()
            watch = watched(sizes, lambda: _unacked(redis), lambda: taken.append(report(house, plan.lines, seconds)))
        house.behave()
        plan = plan.first(taken[0])
        took = house.settle(len(plan.lines), 300)
        grown = ", ".join(
            f"{part} {watch.growth(part):+.1f} MB of {watch.memory[part][-1][1]:.0f}" for part in watch.memory
        )
        note = f"after the first third: {grown}; at most {max(watch.unacked)} tasks not acknowledged"
        what = f"up to {RATE} moments a second for {seconds // 60} minutes, providers busy or broken off now and then"
        return Outcome(
            "F14", what, Verdict.on(plan, house), took, within=180.0, broken=tuple(watch.faults()), notes=(note,)
        )


def report(house: House, lines: list[dict[str, Any]], seconds: float) -> int:
    """Report moments over HTTP, evenly; returns for how many the time was long enough."""
    end = time.monotonic() + seconds
    for number, line in enumerate(spread(lines, seconds)):
        if time.monotonic() > end:
            return number
        house.commit([line])
    return len(lines)


def watched(sizes: Callable[[], dict[str, float]], unacked: Callable[[], int], do: Callable[[], None]) -> Watch:
    """Look at memory and at the broker every few seconds while something is done."""
    watch, over, began = Watch(), Event(), time.monotonic()

    def look() -> None:
        while not over.wait(EVERY):
            for part, size in sizes().items():
                watch.memory[part].append((time.monotonic() - began, size))
            watch.unacked.append(unacked())

    looking = Thread(target=look)
    looking.start()
    try:
        do()
    finally:
        over.set()
        looking.join()
    return watch


def _unacked(redis: Redis) -> int:
    return int(redis.hlen(celery.conf.broker_transport_options["unacked_key"]))  # type: ignore[arg-type]


def megabytes(pid: int) -> float:
    """What a process holds in memory."""
    with suppress(FileNotFoundError):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * 4096 / MEGABYTE
    return 0.0
