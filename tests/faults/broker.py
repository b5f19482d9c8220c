"""Faults of Redis: gone and back empty, and so slow that it does not answer at all."""

from __future__ import annotations

import os
import signal
import time

from tests.faults.house import ACCEPTED, START, House, batches, children, spread
from tests.faults.outcome import Outcome
from tests.faults.plan import LAST, Plan, Verdict, part
from tests.faults.scale import Scale
from tests.waiting import until

COMMIT = 100  # moments per transaction
SLOWEST = 1.0  # seconds in which 99 of 100 requests are answered, whatever Redis does


def begin(house: House, moments: int, people: int | None = None) -> Plan:
    """Let people be known, everything be up, and all moments be committed."""
    plan = Plan.of(moments, people=people or moments // 3)
    house.know(plan.people)
    worker = house.worker()
    house.scheduler()
    house.serve()
    until(lambda: children(worker), START)
    for lines in batches(plan.lines, COMMIT):
        house.commit(lines)
    return plan


def emptied(scale: Scale) -> Outcome:
    """Kill -9 of a Redis that keeps nothing, with all its queues and touches, and a start from nothing."""
    moments, times = scale.of(1200, 15_000), scale.of(1, 4)
    with House(scale.folder / "emptied") as house:
        plan = begin(house, moments)
        for number in range(times):
            until(lambda number=number: house.handled() >= moments * part(number, times), 300)
            house.redis.process.kill()
            house.redis.process.wait()
            time.sleep(2)
            house.redis.stop()
            house.start_redis()
        took = house.settle(moments, 300)
        what = f"kill -9 of Redis, back empty after 2 s, {times} times"
        return Outcome("F2", what, Verdict.on(plan, house), took, within=30.0)


def frozen(scale: Scale) -> Outcome:
    """SIGSTOP of Redis, while moments go on coming in."""
    moments, seconds = scale.of(900, 6000), scale.of(12, 60)
    with House(scale.folder / "frozen") as house:
        plan = begin(house, moments)
        more = Plan.of(seconds * 10, people=300, prefix="more-")
        house.know(more.people)
        until(lambda: house.handled() >= moments * 1.5 * LAST, 300)
        os.kill(house.redis.pid, signal.SIGSTOP)
        try:
            answers = [answer for line in spread(more.lines, seconds) for answer in house.commit([line])]
        finally:
            os.kill(house.redis.pid, signal.SIGCONT)
        took = house.settle(moments + len(more.lines), 300)
        slow = sorted(answer.seconds for answer in answers)[int(len(answers) * 0.99)]
        broken = [f"the API answered {answer.status}" for answer in answers if answer.status != ACCEPTED]
        if slow > SLOWEST:
            broken.append(f"moments took {slow:.1f} s to be taken; allowed: {SLOWEST:.0f} s")
        note = f"99 of 100 moments were taken within {slow * 1000:.0f} ms all the while"
        what = f"Redis does not answer for {seconds} s"
        return Outcome("F3", what, Verdict.on(plan + more, house), took, broken=tuple(broken), notes=(note,))
