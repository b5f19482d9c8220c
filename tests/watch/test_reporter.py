"""Counts of all workers add up in Redis, and survive that it was away."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from orchestrator.stores.redis_watch import RedisWatch
from orchestrator.watch import metrics
from orchestrator.watch.reporter import Reporter, this_process
from orchestrator.watch.tally import Tally


def test_processes_add_up(redis_client: Redis, redis_url: str) -> None:
    """Each adds what it has counted since, says that it lives, and is gone when it ends."""
    one, two, watch = Tally(), Tally(), RedisWatch(redis_url)
    for tally in (one, two, one):
        tally.add(metrics.HANDOVERS, {("twilio", "sent"): 2})
        tally.observe(metrics.DELAY, ("sms",), [(0.25, 2)])
        Reporter(watch, tally, ["bulk"], "w1").report()
    counted = watch.counted()
    assert counted["kairos_handovers", "twilio", "sent"] == 6
    assert counted["kairos_moment_to_handover_seconds_sum", "sms"] == 1.5
    said = watch.workers()[this_process()]
    assert (said["lanes"], said["workspace"]) == (["bulk"], "w1")
    Reporter(watch, one, ["bulk"], "w1").stop()
    assert RedisWatch(redis_url).workers() == {}


def test_what_redis_did_not_take_goes_with_the_next_report(redis_client: Redis, redis_url: str, tmp_path: Path) -> None:
    """A worker that counts while Redis is away counts on."""
    tally = Tally()
    tally.add(metrics.EXPIRED, {(): 3})
    with pytest.raises(RedisError):
        Reporter(RedisWatch(f"unix://{tmp_path}/none.sock"), tally, [], "w1").report()
    watch = RedisWatch(redis_url)
    Reporter(watch, tally, [], "w1").report()
    assert watch.counted() == {("kairos_leases_expired",): 3}
    watch.close()
