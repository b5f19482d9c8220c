"""How fast callers may go on: so many requests a second on average, and so many at once.

The generic cell rate algorithm keeps one instant for each caller: that at which all requests so far would be
due if they came evenly. A request may come at most `burst` requests ahead of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from orchestrator.ports import Rates

TIMEOUT = 0.25  # seconds that Redis may take: callers wait for it
ASIDE = 5.0  # seconds for which a Redis that failed is not asked again
SLACK = 1e-6  # seconds by which sums of fractions may be off
KNOWN = 100_000  # callers whose instants are kept in memory

TAKE = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local early = due - now - ARGV[2]
if early > tonumber(ARGV[3]) then
    return tostring(early)
end
redis.call('SET', KEYS[1], string.format('%.6f', due + ARGV[1]), 'PX', math.ceil((due - now + ARGV[1]) * 1000))
return '0'
"""


class LocalRates:
    """Counted in this process: `per_second` requests of each caller, `burst` at once."""

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = 1 / per_second
        self._ahead = (burst - 1) / per_second
        self._clock = clock
        self._due: dict[str, float] = {}
        self._lock = Lock()

    def take(self, caller: str) -> float:
        """Count one request of a caller."""
        with self._lock:
            now = self._clock()
            due = max(self._due.get(caller, now), now)
            early = due - now - self._ahead
            if early > SLACK:
                return early
            if len(self._due) >= KNOWN:
                self._due = {name: at for name, at in self._due.items() if at > now}
            self._due[caller] = due + self._interval
            return 0.0

    def close(self) -> None:
        """Nothing to give back."""


class RedisRates:
    """Counted in Redis, for all processes together; in this one alone while Redis is away."""

    def __init__(self, url: str, per_second: float, burst: int) -> None:
        self._client = Redis.from_url(
            url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, retry=Retry(NoBackoff(), 0)
        )
        self._script = self._client.register_script(TAKE)
        self._interval = 1 / per_second
        self._ahead = (burst - 1) / per_second
        self._alone: Rates = LocalRates(per_second, burst)
        self._aside_until = 0.0

    def take(self, caller: str) -> float:
        """Count one request of a caller."""
        if time.monotonic() < self._aside_until:
            return self._alone.take(caller)
        try:
            return float(self._script(keys=[f"kairos:rate:{caller}"], args=[self._interval, self._ahead, SLACK]))
        except RedisError:
            self._aside_until = time.monotonic() + ASIDE
            return self._alone.take(caller)

    def close(self) -> None:
        """Give back the connections."""
        self._client.close()
