"""People who withdraw while thousands of messages to them are on their way."""

from __future__ import annotations

import time

from orchestrator import wire
from orchestrator.stores.instants import instant
from tests.faults.house import START, House, batches, children
from tests.faults.outcome import Outcome
from tests.faults.plan import ATTEMPTS, Plan, Verdict, query
from tests.faults.scale import Scale
from tests.support import consent
from tests.waiting import until

LATE = 5.0  # seconds after the commit, in which a call that was begun before it may still arrive
WHO = 100  # people per transaction
SEND = 50  # moments per task


def withdrawn(scale: Scale, *, postgres: bool) -> Outcome:
    """Everybody withdraws in mid-campaign; what had not begun by then must never begin."""
    people = scale.of(700, 5000)
    with House(scale.folder / f"withdrawn-{'postgres' if postgres else 'sqlite'}", postgres=postgres) as house:
        plan = Plan.of(people, people, only="ping")
        house.know(plan.people)
        worker = house.worker()
        house.scheduler()
        until(lambda: children(worker), START)
        for lines in batches(plan.lines, SEND):
            house.send(lines)
        until(lambda: house.handled() > people / 10, 120)
        committed = _withdraw(house, plan.people)
        took = house.settle(people, 120)
        verdict = Verdict.on(plan, house, refusals=frozenset({"consent.withdrawn"}))
        begun, arrived = _begun_late(house, committed), _arrived_late(house, plan, committed)
        broken = [f"{begun} hand-overs were begun after the withdrawal was committed"] if begun else []
        if arrived:
            broken.append(f"{arrived} messages arrived more than {LATE:.0f} s after it")
        what = f"{people} people withdraw, {2 * people} messages queued, on {'PostgreSQL' if postgres else 'SQLite'}"
        note = f"{sum(house.ledger.sent.values())} were out before it"
        return Outcome("F13", what, verdict, took, broken=tuple(broken), notes=(note,))


def _withdraw(house: House, people: list[str]) -> dict[str, float]:
    """Everybody withdraws; returns the Unix time by which each one's withdrawal was committed."""
    committed = {}
    for start in range(0, len(people), WHO):
        group, now = people[start : start + WHO], house.app.clock()
        lines = [
            consent("2026-01-01T00:00:00Z", "withdrawn", channel, id_)["consent"]
            for id_ in group
            for channel in ("email", "sms")
        ]
        house.app.records.record_consents([wire.consent(line, at=now, recorded_at=now) for line in lines])
        committed.update(dict.fromkeys(group, time.time()))
    return committed


def _begun_late(house: House, committed: dict[str, float]) -> int:
    rows = query(house, f"SELECT m.profile, a.begun_at FROM {ATTEMPTS} AS a JOIN messages AS m ON m.id = a.message")
    return sum(instant(begun).timestamp() > committed[person] for person, begun in rows)


def _arrived_late(house: House, plan: Plan, committed: dict[str, float]) -> int:
    return sum(line.at > committed[plan.messages[line.message].profile] + LATE for line in house.ledger.lines)
