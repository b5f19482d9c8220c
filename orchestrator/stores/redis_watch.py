"""What workers have counted, and who works, in Redis.

    kairos:{watch}:counted   hash: what is counted and its labels as JSON, to a number that all processes add to
    kairos:{watch}:workers   hash: a worker process, to what it says of itself every few seconds

It is for those who look on: where it is lost, counting begins anew, as Prometheus expects of counters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from orchestrator.stores.redis_touches import warnings

TIMEOUT = 1.0  # seconds
COUNTED = "kairos:{watch}:counted"
WORKERS = "kairos:{watch}:workers"
FACTS = ("redis_version", "used_memory", "maxmemory", "connected_clients", "uptime_in_seconds", "aof_enabled")
Field = tuple[str, ...]


class RedisWatch:
    """Counts and signs of life. Every method raises what Redis raises."""

    def __init__(self, url: str) -> None:
        self._client = Redis.from_url(
            url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, retry=Retry(NoBackoff(), 0)
        )

    def report(self, worker: str, said: Mapping[str, Any], counts: Mapping[Field, float]) -> None:
        """Add to what all have counted, and say that a worker process lives; in one round trip."""
        with self._client.pipeline(transaction=True) as pipeline:
            for field, count in counts.items():
                pipeline.hincrbyfloat(COUNTED, orjson.dumps(field).decode(), count)
            pipeline.hset(WORKERS, worker, orjson.dumps(said).decode())
            pipeline.execute()

    def forget(self, worker: str) -> None:
        """A worker process has ended."""
        self._client.hdel(WORKERS, worker)

    def counted(self) -> dict[Field, float]:
        """What all have counted."""
        found: Any = self._client.hgetall(COUNTED)
        return {tuple(orjson.loads(field)): float(count) for field, count in found.items()}

    def workers(self) -> dict[str, dict[str, Any]]:
        """What each worker process last said of itself."""
        found: Any = self._client.hgetall(WORKERS)
        return {name.decode(): orjson.loads(said) for name, said in found.items()}

    def lengths(self, queues: Sequence[str]) -> dict[str, int]:
        """How many tasks are in each queue of the broker, of those that have any."""
        with self._client.pipeline(transaction=False) as pipeline:
            for queue in queues:
                pipeline.llen(queue)
            return {queue: length for queue, length in zip(queues, pipeline.execute(), strict=True) if length}

    def facts(self) -> dict[str, Any]:
        """What the server says of itself, in few numbers, and what puts it at risk."""
        told: Any = self._client.info()
        return {**{name: told.get(name) for name in FACTS}, "risks": warnings(self._client)}

    def close(self) -> None:
        """Give back the connections."""
        self._client.close()
