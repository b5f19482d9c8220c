"""One withdrawal among ten thousand messages that are on their way: not one more is begun for that person."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import orjson
import pytest

from channels import registry
from channels.testing import FakeProvider, reply
from orchestrator import wire
from orchestrator.app import wall_clock
from orchestrator.blueprint import Provider
from orchestrator.claims import Claims, rebuilt
from orchestrator.courier import Courier
from orchestrator.dispatch import Dispatcher
from orchestrator.engine import Engine
from orchestrator.model import Consent, Moment
from orchestrator.stores.memory import MemoryHealth, MemoryTouches
from orchestrator.stores.sql import SqlRecords
from tests.engine.conftest import HORIZON
from tests.support import NEWS, material, person, workspace
from tests.waiting import until

PEOPLE, EACH = 20, 500
LEAVES = "person-7"
ENOUGH = 2000  # messages that have arrived when the person leaves
ABREAST = 2


@pytest.mark.slow
def test_no_attempt_begins_after_the_withdrawal_is_on_record(sql_records: SqlRecords) -> None:
    """As the attempts and the provider's own log have it; what was left of the person's messages is dropped."""
    made = material(workspace(NEWS))
    claims = Claims(MemoryTouches(partial(rebuilt, sql_records), HORIZON), wall_clock)
    _queue(Engine(made, sql_records, claims, wall_clock), sql_records)
    left = threading.Event()
    with FakeProvider(reply(204)) as provider, ThreadPoolExecutor(ABREAST) as workers:
        accounts = {"email": (Provider("webhook", settings={"url": provider.url, "secret": "s" * 32}),)}
        couriers = [
            Courier(made, sql_records, claims, Dispatcher(accounts, registry.adapter, MemoryHealth()), wall_clock)
            for _ in range(ABREAST)
        ]
        running = [workers.submit(_deliver_all, courier, sql_records, left) for courier in couriers]
        until(lambda: len(provider.requests) >= ENOUGH, 60)
        now = wall_clock()
        sql_records.record_consents([Consent(LEAVES, "email", "marketing", "withdrawn", now, now, "form")])
        withdrawn = wall_clock()
        left.set()
        for worker in running:
            worker.result()
        log = [orjson.loads(request.body)["id"] for request in provider.requests]

    theirs = {record.id: record.state for record in sql_records.messages(profile=LEAVES, limit=EACH)}
    begun = {id_ for id_ in theirs for attempt in sql_records.attempts(id_) if attempt.begun_at <= withdrawn}
    late = {id_ for id_ in theirs for attempt in sql_records.attempts(id_) if attempt.begun_at > withdrawn}
    assert late == set()
    assert theirs.keys() & set(log) == begun == {id_ for id_, state in theirs.items() if state == "sent"}
    assert 0 < len(begun) < EACH
    assert all(state == "dropped" for id_, state in theirs.items() if id_ not in begun)
    assert len(log) == len(set(log)) == PEOPLE * EACH - (EACH - len(begun))


def _queue(engine: Engine, records: SqlRecords) -> None:
    """Ten thousand messages, ready to go."""
    now = wall_clock()
    people = [f"person-{number}" for number in range(PEOPLE)]
    records.update_profiles([wire.profile(person(id_)["profile"], at=now) for id_ in people])
    for number in range(EACH):
        engine.process([Moment(f"{id_}:{number}", "ping", id_, now) for id_ in people])


def _deliver_all(courier: Courier, records: SqlRecords, left: threading.Event) -> None:
    """Hand over until nothing is ready any more, the withdrawal included."""
    while (waiting := records.deliverable(now=wall_clock(), limit=200)) or not left.is_set():
        courier.deliver([id_ for _, id_ in waiting])
