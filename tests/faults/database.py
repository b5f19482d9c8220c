"""Faults of the database: PostgreSQL is killed and stays away, SQLite is locked by somebody else."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from tests.faults.broker import begin
from tests.faults.house import ACCEPTED, Answer, House, batches
from tests.faults.outcome import Outcome
from tests.faults.plan import LAST, Plan, Verdict, query
from tests.faults.scale import Scale
from tests.waiting import until

TOGETHER = 3  # moments in a request: all of them are taken, or none
CALLERS = 8
AWAY = 503
HALVES = {
    "messages without what they say": "SELECT count(*) FROM messages WHERE seq NOT IN (SELECT message FROM bodies)",
    "contents of no message": "SELECT count(*) FROM bodies WHERE message NOT IN (SELECT seq FROM messages)",
    "attempts of no message": "SELECT count(*) FROM attempts WHERE message NOT IN (SELECT id FROM messages)",
    "messages sent without an attempt": "SELECT count(*) FROM messages WHERE state = 'sent' AND begun_at IS NULL",
}


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was made, and its answer."""

    lines: list[dict[str, Any]]
    answer: Answer


def killed(scale: Scale) -> Outcome:
    """Kill -9 of PostgreSQL, which comes back later, as it was."""
    seconds = scale.of(12, 30)
    with House(scale.folder / "postgres-killed", postgres=True) as house:

        @contextmanager
        def away() -> Iterator[None]:
            assert house.database is not None
            house.database.process.kill()
            house.database.process.wait()
            yield
            house.start_postgres(house.database.port)

        what = f"kill -9 of PostgreSQL, back after {seconds} s"
        return _without(house, away, seconds, scale.of(600, 6000), what)


def locked(scale: Scale) -> Outcome:
    """Somebody else writes to SQLite, and does not come to an end."""
    seconds = scale.of(15, 30)
    with House(scale.folder / "sqlite-locked") as house:

        @contextmanager
        def away() -> Iterator[None]:
            path = house.app.settings.database.removeprefix("sqlite:///")
            with closing(sqlite3.connect(path, 30, isolation_level=None)) as file:
                file.execute("BEGIN IMMEDIATE")
                yield

        return _without(house, away, seconds, scale.of(600, 6000), f"SQLite is locked by somebody else for {seconds} s")


def _without(house: House, away: Callable[[], Any], seconds: int, moments: int, what: str) -> Outcome:
    """Let moments come in while the database is away; no answer may say that one was taken."""
    plan = begin(house, moments)
    more = Plan.of(TOGETHER * CALLERS * seconds, people=300, prefix="more-")
    house.know(more.people)
    until(lambda: house.handled() >= moments * 1.5 * LAST, 300)
    with away():
        calls = report(house, more.lines, seconds)
    halves = _taken_in_part(house, calls)
    for lines in batches(more.lines, 100):
        house.commit(lines)
    took = house.settle(len(plan.lines) + len(more.lines), 300)
    broken = _wrong_answers(calls) + halves + half_written(house)
    slowest = max((call.answer.seconds for call in calls), default=0.0)
    note = f"{len(calls)} requests were refused meanwhile, the slowest after {slowest:.1f} s"
    return Outcome("F5", what, Verdict.on(plan + more, house), took, broken=tuple(broken), notes=(note,))


def report(house: House, lines: list[dict[str, Any]], seconds: float) -> list[Call]:
    """Let several callers report, each a request after the other, for a time; what does not fit in is left out."""
    end = time.monotonic() + seconds
    shares = [list(batches(lines, TOGETHER))[caller::CALLERS] for caller in range(CALLERS)]

    def call(share: list[list[dict[str, Any]]]) -> list[Call]:
        made = []
        for group in share:
            if time.monotonic() > end:
                break
            made.append(Call(group, house.report(group)))
            time.sleep(0.5)
        return made

    with ThreadPoolExecutor(CALLERS) as threads:
        found = [made for share in threads.map(call, shares) for made in share]
    time.sleep(max(0.0, end - time.monotonic()))
    return found


def _wrong_answers(calls: list[Call]) -> list[str]:
    wrong = sorted({call.answer.status for call in calls if call.answer.status != AWAY})
    return [f"the API answered {status} while the database was away" for status in wrong]


def _taken_in_part(house: House, calls: list[Call]) -> list[str]:
    """Whether anything of what was refused is on record nevertheless."""
    known = {id_ for (id_,) in query(house, "SELECT id FROM moments")}
    parts = sum(any(line["id"] in known for line in call.lines) for call in calls if call.answer.status != ACCEPTED)
    return [f"of {parts} refused requests there are moments on record"] if parts else []


def half_written(house: House) -> list[str]:
    """What is on record only in part."""
    counts = {what: query(house, statement)[0][0] for what, statement in HALVES.items()}
    return [f"{count} {what}" for what, count in counts.items() if count]
