"""Faults of time: clocks jump, two schedulers beat at once, none beats for a while."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from orchestrator import civil
from orchestrator.decision.message_ids import message_id
from orchestrator.decision.schedule import moment_of, runs
from orchestrator.dispatch import ABREAST
from orchestrator.scheduler import CATCH_UP, REACHED
from tests.faults.broker import begin
from tests.faults.house import START, House, Process, children, kill_whole
from tests.faults.outcome import Outcome
from tests.faults.plan import Expected, Plan, Verdict
from tests.faults.scale import Scale
from tests.faults.workers import PROCESSES
from tests.waiting import until

HOUR = 3600.0
JUMPS = (HOUR, -HOUR)
EVERY = timedelta(minutes=5)
AWAY = (600.0, 3 * HOUR)  # seconds without a scheduler
RUNS = 2 + CATCH_UP // EVERY  # or one more, as the clock is put between two
TICK = """\
campaign: tick
purpose: transactional
moment: {every: "*/5 * * * *", clock: utc}
channel: [sms]
tactic: {template: tick}
"""


def jumped(scale: Scale) -> Outcome:
    """All clocks jump an hour ahead, then two hours back; each time a worker dies whose leases were given before."""
    moments = scale.of(900, 9000)
    with House(scale.folder / "jumped", tampered=True) as house:
        plan = begin(house, moments)
        house.worker()
        for number, ahead in enumerate(JUMPS, 1):
            until(lambda number=number: house.handled() >= moments * number / (len(JUMPS) + 1), 300)
            kill_whole(house.workers[number - 1])
            house.clock.set(ahead)
            house.worker()
        took = house.settle(moments, 300)
        most = len(JUMPS) * PROCESSES * ABREAST
        what = "all clocks jump an hour ahead, then two hours back, and a worker dies at each"
        return Outcome("F8", what, Verdict.on(plan, house), took, unknown_at_most=most, owed_twice_at_most=most)


def missed(scale: Scale) -> Outcome:
    """Two schedulers at once; both die, and come back after ten minutes, and after three hours."""
    people = [f"p{number}" for number in range(scale.of(60, 1000))]
    with House(scale.folder / "missed", tampered=True, campaigns={"tick": TICK}) as house:
        house.know(people)
        worker = house.worker()
        until(lambda: children(worker), START)
        _set_between_runs(house, 0)
        plan, schedulers = Plan([]), _both(house)
        for away in AWAY:
            last = _beaten(house)
            for scheduler in schedulers:
                kill_whole(scheduler)
            _set_between_runs(house, away)
            back = house.clock()
            schedulers = _both(house)
            plan += Plan([], _messages(house, people, max(last, back - CATCH_UP), back))
        began = time.monotonic()
        until(lambda: plan.messages.keys() <= house.ledger.sent.keys(), 300)
        took = time.monotonic() - began
        until(lambda: house.app.records.progress()[1] == 0, 60)
        count = len(plan.messages) // len(people)
        since = _messages(house, people, back, house.clock() + EVERY)
        surplus = house.ledger.sent.keys() - plan.messages.keys() - since.keys()
        broken = [f"{len(surplus)} messages of runs that were not to be caught up"] if surplus else []
        if count < RUNS:
            broken.append(f"{count} runs were caught up; there were {RUNS} to be")
        what = "two schedulers at once; then none for 10 minutes, and none for 3 hours, of which one is caught up"
        note = f"{count} runs for {len(people)} people, each once"
        return Outcome("F11", what, Verdict.on(plan, house), took, within=120.0, broken=tuple(broken), notes=(note,))


def _both(house: House) -> list[Process]:
    return [house.scheduler(), house.scheduler()]


def _set_between_runs(house: House, seconds: float) -> None:
    """Put the clock ahead by so much or a little more, to the middle between two runs."""
    to = house.clock() + timedelta(seconds=seconds)
    waits = (EVERY / 2 - (to - datetime.min.replace(tzinfo=UTC)) % EVERY) % EVERY
    house.clock.set(house.clock.ahead + seconds + waits.total_seconds())


def _beaten(house: House) -> datetime:
    """Wait for a beat; returns its instant."""
    now = house.clock()
    until(lambda: (kept := house.app.records.recall(REACHED)) and civil.parse_instant(kept) >= now, 60)
    return civil.parse_instant(house.app.records.recall(REACHED) or "")


def _messages(house: House, people: list[str], after: datetime, until_: datetime) -> dict[str, Expected]:
    """What the runs in (after, until] raise."""
    due = runs(house.app.material.workspace, house.app.records.zones(), after, until_)
    return {
        message_id(moment_of(run, person), run.campaign): Expected("transactional", "sms", person)
        for run in due
        for person in people
    }
