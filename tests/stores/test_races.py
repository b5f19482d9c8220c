"""Many at once: what two workers try in the same instant, one of them gets."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier, Event
from typing import TypeVar

import pytest
from redis import Redis

from orchestrator.model import Finding, Suppression, Touch
from orchestrator.ports import Change, ProfileUpdate, Records, Touches
from orchestrator.stores.memory import MemoryTouches
from orchestrator.stores.redis_touches import RedisTouches, connect
from orchestrator.stores.sql import SqlRecords, consents, fence
from orchestrator.stores.sql.session import Session
from tests.conftest import HORIZON
from tests.stores.builders import AT_ONCE, DAY, LEASE, NOW, allow, consent, draft, moment, person, recorded, withdrawn

T = TypeVar("T")
RACERS = 2


def race(run: Callable[[int], T], racers: int = RACERS) -> list[T]:
    """Let some threads do something at the same instant; returns what each one got."""
    start = Barrier(racers)

    def go(racer: int) -> T:
        start.wait()
        return run(racer)

    with ThreadPoolExecutor(racers) as pool:
        return list(pool.map(go, range(racers)))


def claim_last_slots(stores: Sequence[Touches], people: Sequence[str]) -> None:
    """Each racer claims the last slot of each person, in an order of its own; exactly one gets it."""
    snapshots = [store.snapshot(people, now=NOW) for store in stores]

    def run(racer: int) -> dict[str, bool]:
        order = random.Random(racer).sample(people, len(people))
        touch = Touch(f"racer {racer}", NOW, "email", "marketing", "day3-playlist")
        changes = [Change(one, snapshots[racer][one].version, (touch,)) for one in order]
        return dict(zip(order, stores[racer].swap(changes, now=NOW), strict=True))

    won = race(run, len(stores))
    for one in people:
        assert sum(racer[one] for racer in won) == 1
    standing = stores[0].snapshot(people, now=NOW)
    assert all(won[int(standing[one].touches[0].id[-1])][one] for one in people)


def test_of_racers_for_the_last_slot_one_wins_in_memory() -> None:
    """Some thousand times."""
    store = MemoryTouches(horizon=HORIZON)
    claim_last_slots([store, store, store], [f"u{n}" for n in range(3000)])


@pytest.mark.parametrize("people", [pytest.param(3000), pytest.param(10_000, marks=pytest.mark.slow)])
def test_of_racers_for_the_last_slot_one_wins_in_redis(redis_client: Redis, redis_url: str, people: int) -> None:
    """Each with a connection of its own."""
    stores = [RedisTouches(connect(redis_url), lambda people, since: {}, HORIZON) for _ in range(3)]
    for start in range(0, people, 500):
        claim_last_slots(stores, [f"u{n}" for n in range(start, start + 500)])
    for store in stores:
        store.close()


def test_each_moment_is_new_to_one(records: Records) -> None:
    """However many accept it at once."""
    moments = [moment(f"m{n}") for n in range(100)]
    new = race(lambda racer: records.accept(moments[:: 1 if racer else -1], now=NOW, lease=AT_ONCE))
    assert sorted(id for ids in new for id in ids) == sorted(one.id for one in moments)


def test_each_page_is_one_takers(records: Records) -> None:
    """Each place is reached once, and none is left out."""
    records.remember("run", "0")

    def run(racer: int) -> list[str]:
        mine: list[str] = []
        while (seen := records.recall("run")) != "50":
            page, then = [moment(f"m{seen}")], str(int(seen or 0) + 1)
            mine += records.accept_page(page, name="run", seen=seen or "", then=then, now=NOW, lease=LEASE) or ()
        return mine

    assert sorted(id for mine in race(run) for id in mine) == sorted(f"m{place}" for place in range(50))


def test_each_moment_is_taken_by_one(records: Records) -> None:
    """None is left, and none taken twice."""
    records.accept([moment(f"m{n}") for n in range(100)], now=NOW, lease=AT_ONCE)
    taken = race(lambda racer: [records.take_moments(now=NOW, lease=LEASE, limit=20) for _ in range(5)])
    taken.append([records.take_moments(now=NOW, lease=LEASE, limit=100)])
    ids = [one.id for racer in taken for batch in racer for one in batch]
    assert sorted(ids) == sorted(f"m{n}" for n in range(100))


def test_each_message_is_handed_over_by_one(records: Records) -> None:
    """With one attempt on record."""
    ids = [f"d{n}" for n in range(100)]
    recorded(records, *(draft(id) for id in ids))
    got = race(lambda racer: records.claim(ids[:: 1 if racer else -1], now=NOW, lease=LEASE, recheck=allow))
    assert sorted(message.id for racer in got for message in racer) == sorted(ids)
    assert all(len(records.attempts(id)) == 1 for id in ids)


def test_one_of_many_leads(records: Records) -> None:
    """The others know that they do not."""
    assert sum(race(lambda racer: records.lead("scheduler", str(racer), now=NOW, lease=LEASE), racers=4)) == 1


def test_no_knowledge_is_lost_when_two_learn_of_a_new_person(records: Records) -> None:
    """What each one learnt is merged."""
    people = [f"u{n}" for n in range(50)]

    def learn(racer: int) -> None:
        for id in people[:: 1 if racer else -1]:
            records.update_profiles([ProfileUpdate(id, NOW, attributes={f"by{racer}": racer})])

    race(learn)
    found = records.profiles(people)
    assert {tuple(sorted(profile.attributes)) for profile in found.values()} == {("by0", "by1")}
    assert len(found) == 50


def test_batches_in_opposite_order_do_not_lock_up(records: Records) -> None:
    """Of profiles, consents and decisions about the same people."""
    people = [f"u{n}" for n in range(100)]

    def run(racer: int) -> None:
        order = people[:: 1 if racer else -1]
        for _ in range(3):
            records.update_profiles([person(id, email=[f"{id}@example.com"]) for id in order])
            records.record_consents([consent(id) for id in order])
            records.record([draft(id, "hold", profile=id, send_at=NOW) for id in order], settled=[], now=NOW)
            records.suppress([Suppression("email", f"{id}@example.com", "bounced", NOW) for id in order])

    race(run)
    assert len(records.audience(limit=1000)) == 100


def test_the_ledger_is_one_chain_whoever_writes(sql_records: SqlRecords) -> None:
    """Of people who are not known otherwise, too."""
    sql_records.update_profiles([person("known")])

    def write(racer: int) -> None:
        for _ in range(10):
            sql_records.record_consents([consent("known"), consent("unknown")])

    race(write)
    chains = sql_records.verify_consents()
    assert [(chain.profile, len(chain.hashes), chain.broken) for chain in chains] == [
        ("known", 20, None),
        ("unknown", 20, None),
    ]


def waits(run: Callable[[], object], until: Callable[[], None]) -> None:
    """Assert that `run` does not end before `until` has been done."""
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run)
        with pytest.raises(TimeoutError):
            running.result(0.1)
        until()
        running.result(5)


def withdraw(records: SqlRecords) -> None:
    """The person withdraws."""
    records.record_consents([consent("u1", "withdrawn", at=NOW)])


def withdraw_elsewhere(records: SqlRecords) -> None:
    """Somebody else at the same address withdraws."""
    records.record_consents([consent("u2", "withdrawn", at=NOW, address="A@example.com")])


def suppress(records: SqlRecords) -> None:
    """The address bounces."""
    records.suppress([Suppression("email", "A@example.com", "bounced", NOW)])


@pytest.mark.parametrize("stop", [withdraw, withdraw_elsewhere, suppress])
def test_a_stop_waits_for_a_hand_over_in_claim(sql_records: SqlRecords, stop: Callable[[SqlRecords], None]) -> None:
    """So that no attempt is recorded after its commit."""
    sql_records.update_profiles([person("u1", email=["a@example.com"])])
    recorded(sql_records, draft("d1"))
    looking, go_on = Event(), Event()

    def look(messages: object, facts: object) -> list[Finding | None]:
        looking.set()
        go_on.wait(5)
        return [None]

    with ThreadPoolExecutor(1) as pool:
        claim = pool.submit(sql_records.claim, ["d1"], now=NOW, lease=LEASE, recheck=look)
        assert looking.wait(5)
        waits(lambda: stop(sql_records), until=go_on.set)
        assert [message.id for message in claim.result(5)] == ["d1"]


def test_a_claim_waits_for_a_withdrawal_that_is_being_written(sql_records: SqlRecords) -> None:
    """And sees it."""
    sql_records.update_profiles([person("u1", email=["a@example.com"])])
    recorded(sql_records, draft("d1"))
    got: list[object] = []
    with sql_records._engine.connect() as connection, connection.begin() as transaction:
        consents.append(consents.Session(connection), [consent("u1", "withdrawn", at=NOW)])
        waits(
            lambda: got.extend(sql_records.claim(["d1"], now=NOW, lease=LEASE, recheck=withdrawn)),
            until=transaction.commit,
        )
    assert got == []


def test_a_new_era_waits_for_what_is_being_recorded(sql_records: SqlRecords) -> None:
    """So that the rebuild behind it sees all that was claimed before."""
    sql_records.enter("0:aa")
    with sql_records._engine.connect() as connection, connection.begin() as transaction:
        fence.hold(Session(connection), ["0:aa"])
        waits(lambda: sql_records.enter("0:bb"), until=transaction.commit)
    assert sql_records.touches(["u1"], since=NOW - DAY) == {"u1": ()}


def test_a_new_database_is_opened_while_another_program_makes_its_tables(tmp_path: Path) -> None:
    """As when all of an installation's programs start at once."""
    path, opened = tmp_path / "kairos.db", list[SqlRecords]()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waits(lambda: opened.append(SqlRecords.open(f"sqlite:///{path}")), until=lambda: other.execute("COMMIT"))
    opened[0].close()
