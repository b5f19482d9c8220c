"""What all workers know of the providers, in memory and in Redis: one body of tests for both."""

from __future__ import annotations

import pytest

from orchestrator.ports import Health
from orchestrator.stores.memory import MemoryHealth
from orchestrator.stores.redis_health import RedisHealth


@pytest.fixture(params=["memory", "redis"])
def health(request: pytest.FixtureRequest) -> Health:
    """Nothing known yet, in each kind of store in turn."""
    if request.param == "memory":
        return MemoryHealth()
    return RedisHealth(request.getfixturevalue("redis_client"), has_clock=False)
