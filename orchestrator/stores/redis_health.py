"""What all workers know together of the providers' accounts, in Redis.

    kairos:{accounts}:vitals:<account>   how it has fared, as JSON, changed by compare-and-set
    kairos:{accounts}:pace:<limit>       `due`: when the next message is due if all came evenly (GCRA);
                                         `free`: from when on turns are free for those that wait; both in microseconds

It is asked for once before a batch and told once after it, if there is anything to tell. Nobody waits for it longer than
a quarter of a second: while it is away, each process goes by what it knew last, and by what it sees itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import orjson
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from orchestrator.ports import PATIENCE, SKEW, Demand, Grant, Slot, Vitals
from orchestrator.stores.instants import maybe_instant, maybe_micros, micros
from orchestrator.stores.memory.health import UNKNOWN, MemoryHealth

TIMEOUT = 0.25  # seconds that Redis may take: messages wait for it
ASIDE = 5.0  # seconds for which a Redis that failed is not asked again
KEPT = 3_600_000  # milliseconds for which nothing is forgotten
PREFIX = "kairos:{accounts}:"
MICROSECOND = timedelta(microseconds=1)
T = TypeVar("T")

CHANGE = """
local lost = {}
for i = 1, #KEYS do
    local stands = redis.call('GET', KEYS[i]) or ARGV[2]
    if stands == ARGV[2 * i + 1] then
        redis.call('SET', KEYS[i], ARGV[2 * i + 2], 'PX', ARGV[1])
        lost[i] = ''
    else
        lost[i] = stands
    end
end
return lost
"""
RESERVE = """
local now, patience, count, urgent = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == '1'
local skew = tonumber(ARGV[5])
if now == 0 then
    local time = redis.call('TIME')
    now = tonumber(time[1]) * 1000000 + tonumber(time[2])
end
local due, free, interval, ahead, granted = {}, {}, {}, {}, count
for i = 1, #KEYS do
    local held = redis.call('HMGET', KEYS[i], 'due', 'free')
    interval[i], ahead[i] = tonumber(ARGV[2 * i + 4]), tonumber(ARGV[2 * i + 5])
    due[i], free[i] = math.max(tonumber(held[1] or now), now), math.max(tonumber(held[2] or now), now)
    due[i] = math.min(due[i], now + ahead[i] + interval[i] + skew)
    granted = math.min(granted, math.max(0, math.floor((now + ahead[i] + patience - due[i]) / interval[i]) + 1))
end
local pause, turn, apart = 0, 0, 0
for i = 1, #KEYS do
    due[i] = due[i] + granted * interval[i]
    if granted > 0 then
        pause = math.max(pause, due[i] - interval[i] - ahead[i] - now)
    end
    if granted < count then
        turn, apart = math.max(turn, due[i] - ahead[i]), math.max(apart, interval[i])
        if not urgent then
            turn = math.max(turn, free[i])
        end
    end
end
for i = 1, #KEYS do
    if granted < count and not urgent then
        free[i] = turn + (count - granted) * apart
    end
    redis.call('HSET', KEYS[i], 'due', string.format('%.0f', due[i]), 'free', string.format('%.0f', free[i]))
    redis.call('PEXPIRE', KEYS[i], math.ceil((math.max(due[i], free[i]) - now) / 1000) + 1000)
end
return {granted, pause, math.max(0, turn - now), apart}
"""


def connect(url: str) -> Redis:
    """A client that gives up soon, and asks nothing twice."""
    return Redis.from_url(url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, retry=Retry(NoBackoff(), 0))


class RedisHealth:
    """`Health` in Redis, and in this process alone while Redis is away.

    Paces go by the clock of Redis, so that hosts whose clocks differ share them evenly; by what callers say, where it
    is said to have none.
    """

    def __init__(self, client: Redis, tick: Callable[[], float] = time.monotonic, *, has_clock: bool = True) -> None:
        self._client = client
        self._has_clock = has_clock
        self._alone = MemoryHealth()
        self._tick = tick
        self._aside_until = 0.0

    def vitals(self, accounts: Sequence[str]) -> dict[str, Vitals]:
        """How each account has fared, in one round trip."""
        if not accounts:
            return {}
        return self._asked(lambda: self._read(accounts), lambda: self._alone.vitals(accounts))

    def change(self, changes: Mapping[str, tuple[Vitals, Vitals]]) -> dict[str, Vitals]:
        """Compare-and-set, in one round trip."""
        if not changes:
            return {}
        return self._asked(lambda: self._swap(changes), lambda: self._alone.change(changes))

    def reserve(self, demands: Sequence[Demand], *, now: datetime) -> list[Grant]:
        """Count what may go, in one round trip."""
        if not demands:
            return []
        return self._asked(lambda: self._paced(demands, now), lambda: self._alone.reserve(demands, now=now))

    def _asked(self, together: Callable[[], T], alone: Callable[[], T]) -> T:
        if self._tick() < self._aside_until:
            return alone()
        try:
            return together()
        except RedisError:
            self._aside_until = self._tick() + ASIDE
            return alone()

    def _read(self, accounts: Sequence[str]) -> dict[str, Vitals]:
        values: Any = self._client.mget([_vitals_key(account) for account in accounts])
        found = {
            account: _unpacked(value) if value else UNKNOWN for account, value in zip(accounts, values, strict=True)
        }
        self._alone.know(found)
        return found

    def _swap(self, changes: Mapping[str, tuple[Vitals, Vitals]]) -> dict[str, Vitals]:
        values = [_packed(one) for change in changes.values() for one in change]
        keys = [_vitals_key(account) for account in changes]
        answers: Any = self._client.eval(CHANGE, len(keys), *keys, KEPT, _packed(UNKNOWN), *values)
        lost = {account: _unpacked(stands) for account, stands in zip(changes, answers, strict=True) if stands}
        self._alone.know({account: after for account, (_, after) in changes.items()} | lost)
        return lost

    def _paced(self, demands: Sequence[Demand], now: datetime) -> list[Grant]:
        pipeline = self._client.pipeline(transaction=False)
        for demand in demands:
            keys = [f"{PREFIX}pace:{limit.key}" for limit in demand.limits]
            paces = [span // MICROSECOND for limit in demand.limits for span in (limit.interval, limit.ahead)]
            beside = [PATIENCE // MICROSECOND, demand.count, int(demand.urgent), SKEW // MICROSECOND]
            values = [0 if self._has_clock else micros(now), *beside, *paces]
            pipeline.eval(RESERVE, len(keys), *keys, *values)
        return [Grant(count, *(MICROSECOND * span for span in spans)) for count, *spans in pipeline.execute()]

    def close(self) -> None:
        """Give back the connections."""
        self._client.close()


def _vitals_key(account: str) -> str:
    return f"{PREFIX}vitals:{account}"


def _packed(vitals: Vitals) -> bytes:
    slots = [(slot.at, slot.calls, slot.faults, slot.slow) for slot in vitals.slots]
    instants = [maybe_micros(at) for at in (vitals.moved, vitals.opened, vitals.trial, vitals.rests)]
    return orjson.dumps((slots, vitals.streak, vitals.lowered, vitals.trips, instants))


def _unpacked(value: bytes) -> Vitals:
    slots, streak, lowered, trips, instants = orjson.loads(value)
    moved, opened, trial, rests = map(maybe_instant, instants)
    return Vitals(tuple(Slot(*slot) for slot in slots), streak, lowered, moved, trips, opened, trial, rests)
