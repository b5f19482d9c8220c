"""The door for moments that services queue."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import orjson
import pytest
from celery import Celery
from redis import Redis
from redis.exceptions import ResponseError

from orchestrator.arrivals import REFUSED, Arrivals
from orchestrator.broker import UNACKED, broker_url
from orchestrator.broker import celery as ours
from tests.waiting import until

MOST = 3


@pytest.fixture
def service(redis_url: str) -> Iterator[Celery]:
    """A service that knows nothing of us but a task's name."""
    with Celery("a-service", broker=broker_url(redis_url), set_as_current=False) as service:
        yield service


@pytest.fixture
def arrivals(redis_client: Redis) -> Arrivals:
    """A worker's, not yet started."""
    return Arrivals(redis_client, "moments", "decisions", unacked=UNACKED, most=MOST)


def send(service: Celery, *ids: str, priority: int = 0) -> None:
    """Queue a task for each."""
    for id_ in ids:
        service.send_task("kairos.moments", args=[[]], task_id=id_, queue="moments", priority=priority)


def inside(redis: Redis) -> list[str]:
    """The ids of the tasks that workers would take, in their order."""
    return [orjson.loads(task)["headers"]["id"] for task in reversed(redis.lrange("decisions", 0, -1))]


def acknowledge(redis: Redis) -> None:
    """Be a worker that takes a task, and is done with it."""
    (task,) = redis.lrange("decisions", -1, -1)
    redis.rpop("decisions")
    tag = orjson.loads(task)["properties"]["delivery_tag"]
    redis.hdel(UNACKED[0], tag)
    redis.zrem(UNACKED[1], tag)


def test_what_a_dying_worker_had_popped_comes_back(redis_client: Redis, service: Celery, arrivals: Arrivals) -> None:
    """By Celery's own restoring, although the worker never said that it had it."""
    send(service, "t1", "t2")
    arrivals.let_in()
    assert (inside(redis_client), redis_client.llen("moments")) == (["t1", "t2"], 0)
    redis_client.rpop("decisions")
    options = {**ours.conf.broker_transport_options, "visibility_timeout": -1}
    with service.connection(transport_options=options) as connection:
        connection.default_channel.qos.restore_visible()
    assert redis_client.llen("moments") == 2
    arrivals.let_in()
    assert set(inside(redis_client)) == {"t1", "t2"}


def test_what_workers_have_no_time_for_waits_outside(redis_client: Redis, service: Celery, arrivals: Arrivals) -> None:
    """In its order, and comes in as soon as something is done."""
    send(service, "t1", "t2", "t3", "t4", "t5")
    assert arrivals.let_in() == 0
    assert inside(redis_client) == ["t1", "t2", "t3"]
    acknowledge(redis_client)
    arrivals.let_in()
    assert inside(redis_client) == ["t2", "t3", "t4"]


def test_priorities_of_celery_hold(redis_client: Redis, service: Celery, arrivals: Arrivals) -> None:
    """What a service calls urgent comes in first."""
    send(service, "last", priority=9)
    send(service, "second", priority=3)
    send(service, "first")
    arrivals.let_in()
    assert inside(redis_client) == ["first", "second", "last"]


def test_what_is_no_task_is_put_aside(
    redis_client: Redis, service: Celery, arrivals: Arrivals, caplog: pytest.LogCaptureFixture
) -> None:
    """It keeps nobody waiting, it is told, and it is not lost."""
    odd = [b"\xff\xfe", b"[]", b'{"properties": 1}', b'{"properties": {"delivery_info": {}}}']
    redis_client.lpush("moments", *odd)
    send(service, "t1")
    arrivals.let_in()
    assert inside(redis_client) == ["t1"]
    assert sorted(redis_client.lrange(REFUSED, 0, -1)) == sorted(odd)
    assert "4 in the queue moments were no tasks; they are kept in kairos:refused" in caplog.text


def test_a_redis_without_room_loses_nothing(redis_client: Redis, service: Celery, arrivals: Arrivals) -> None:
    """It may refuse a script's commands half-way."""
    send(service, "t1")
    redis_client.config_set("maxmemory", 1)
    try:
        with pytest.raises(ResponseError):
            arrivals.let_in()
    finally:
        redis_client.config_set("maxmemory", 0)
    assert redis_client.llen("moments") == 1
    arrivals.let_in()
    assert inside(redis_client) == ["t1"]


def test_it_is_open_until_it_is_closed(redis_client: Redis, service: Celery, arrivals: Arrivals) -> None:
    """What comes is let in at once, without anybody asking."""
    arrivals.start()
    send(service, "t1")
    until(lambda: inside(redis_client) == ["t1"])
    arrivals.stop()
    until(lambda: all(thread.name != "arrivals" for thread in threading.enumerate()))
