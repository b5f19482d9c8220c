"""How fast callers may go on: the same law in this process and in Redis."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.ports import Rates
from orchestrator.stores.rates import LocalRates, RedisRates


@pytest.fixture(params=["local", "redis"])
def rates(request: pytest.FixtureRequest) -> Callable[[float, int], Rates]:
    """Makes a pace of each kind."""
    if request.param == "local":
        return LocalRates
    request.getfixturevalue("redis_client")
    url = request.getfixturevalue("redis_url")
    return lambda per_second, burst: RedisRates(url, per_second, burst)


def test_a_burst_goes_at_once_and_then_one_at_a_time(rates: Callable[[float, int], Rates]) -> None:
    """Each caller has a pace of its own."""
    pace = rates(0.01, 5)
    assert [pace.take("a") for _ in range(5)] == [0.0] * 5
    assert 99 < pace.take("a") <= 100
    assert pace.take("b") == 0.0
    pace.close()


def test_a_redis_that_is_away_is_stood_in_for(tmp_path: Path) -> None:
    """By this process alone, without making callers wait."""
    pace = RedisRates(f"unix://{tmp_path}/none.sock", 0.01, 2)
    assert [pace.take("a") > 0 for _ in range(3)] == [False, False, True]
    pace.close()


@given(st.lists(st.floats(0, 3), max_size=60), st.integers(1, 5))
def test_no_stretch_of_time_sees_more_than_its_share(pauses: list[float], burst: int) -> None:
    """At most `burst` more than the rate allows; and whoever waits as told may go on."""
    now = 0.0
    pace = LocalRates(1.0, burst, clock=lambda: now)
    taken: list[float] = []
    for pause in pauses:
        now += pause
        wait = pace.take("a")
        if wait == 0.0:
            taken.append(now)
        else:
            now += wait
            assert pace.take("a") == 0.0
            taken.append(now)
    for first, start in enumerate(taken):
        for last in range(first, len(taken)):
            assert last - first + 1 <= burst + (taken[last] - start) + 1e-3
