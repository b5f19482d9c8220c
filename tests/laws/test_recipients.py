"""The laws of `recipients`, for as many stories as there is time for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from redis import Redis

from orchestrator.claims import rebuilt
from orchestrator.ports import Records, Touches
from orchestrator.stores.redis_touches import RedisTouches
from orchestrator.stores.sql import SqlRecords
from tests.engine.conftest import HORIZON
from tests.laws.recipients import Recipients

QUICK = settings(max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))


def test_no_story_breaks_a_law() -> None:
    """Grants, withdrawals, pauses, confirmations, moments, receipts, replies, crashes and clock moves."""
    run_state_machine_as_test(Recipients, settings=QUICK)


@pytest.mark.slow
def test_no_long_story_breaks_a_law() -> None:
    """As above, more and longer."""
    run_state_machine_as_test(Recipients, settings=settings(QUICK, max_examples=250, stateful_step_count=80))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["new_sqlite", "new_postgres"])
def test_no_story_on_real_stores_breaks_a_law(kind: str, redis_client: Redis, request: pytest.FixtureRequest) -> None:
    """SQL and Redis; each story begins with empty ones."""
    new: Callable[[], SqlRecords] = request.getfixturevalue(kind)

    def stores() -> tuple[Records, Touches]:
        redis_client.flushall()
        records = new()
        return records, RedisTouches(redis_client, partial(rebuilt, records), HORIZON, enter=records.enter)

    run_state_machine_as_test(lambda: Recipients(stores), settings=settings(QUICK, max_examples=25))
