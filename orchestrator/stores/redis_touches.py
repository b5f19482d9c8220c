"""The hot state in Redis: for each person one packed value, changed by compare-and-set.

    kairos:{0}:touches           the era: a random token, and the run of the server that it was made in
    kairos:{0}:touches:<person>  the token of the era in which it was written, then the touches as JSON

A value counts only in its own era. An era ends when its key is gone (Redis came back empty, or was flushed) or was made
by another run of the server (Redis came back with a log that may lack the last writes). Then nobody's touches are known,
and each person's are rebuilt from the records when they are next asked for. So that a claim made in the era before cannot
be recorded after that rebuild, the records are told of each new era first, and refuse what was claimed in another.

All keys of a slot carry the same hash tag, so that Redis Cluster keeps them together: each slot has an era of its own, and
a node that fails over begins new ones for its slots alone.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha1
from typing import Any
from zlib import crc32

import orjson
from redis import Redis, RedisCluster
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import NoScriptError, RedisClusterException, RedisError, ResponseError
from redis.retry import Retry

from orchestrator.model import Snapshot, Touch
from orchestrator.ports import Away, Change
from orchestrator.stores.instants import instant, micros

Rebuild = Callable[[Sequence[str], datetime], Mapping[str, tuple[Touch, ...]]]
Enter = Callable[[str], bool]

TOKEN = 8  # bytes
CHUNK = 100  # keys per script call: while a script runs (some milliseconds), Redis does nothing else
TIMEOUT = 5.0  # seconds that Redis may take to answer
RETRIES = 2
CLUSTERED = "redis+cluster://"  # begins the URL of a Redis Cluster
SLOTS = 32  # in a cluster: enough to spread over its nodes, few enough for a batch to ask each
Touching = Redis | RedisCluster

_ERA = """
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local mark = redis.call('GET', KEYS[1])
local whole = mark and string.sub(mark, 9) == run
"""
SNAPSHOT = (
    _ERA
    + """
if not whole then
    mark = ARGV[1] .. run
    redis.call('SET', KEYS[1], mark)
end
return {string.sub(mark, 1, 8), unpack(redis.call('MGET', unpack(KEYS, 2)))}
"""
)
SWAP = (
    _ERA
    + """
local token = whole and string.sub(mark, 1, 8) or ''
local found, made = redis.call('MGET', unpack(KEYS, 2)), {}
for i = 2, #KEYS do
    local before, after, stands = ARGV[2 * i - 2], ARGV[2 * i - 1], found[i - 1]
    if not stands or string.sub(stands, 1, 8) ~= token then
        stands = token
    end
    if stands == after then
        made[i - 1] = 1
    elseif whole and stands == before then
        redis.call('SET', KEYS[i], after, 'PX', ARGV[1])
        made[i - 1] = 1
    else
        made[i - 1] = 0
    end
end
return made
"""
)
LEAVE = "if string.sub(redis.call('GET', KEYS[1]) or '', 1, 8) == ARGV[1] then redis.call('DEL', KEYS[1]) end"


def connect(url: str) -> Redis:
    """A client that never waits for ever: five seconds for an answer, two more tries while Redis is away.

    A command whose answer was lost is run once more, so only send what may be repeated.
    """
    return Redis.from_url(url, health_check_interval=30, **_patience())


def connect_touches(url: str) -> Touching:
    """As `connect`; `redis+cluster://host:port`, and any node of it, is a Redis Cluster.

    Raises:
        Away: no node of the cluster answers.
    """
    if not url.startswith(CLUSTERED):
        return connect(url)
    with answering():
        return RedisCluster.from_url(f"redis://{url.removeprefix(CLUSTERED)}", **_patience())


def slots_at(url: str) -> int:
    """In how many slots people are kept there: all workers must count them alike."""
    return SLOTS if url.startswith(CLUSTERED) else 1


def _patience() -> dict[str, Any]:
    return {
        "socket_timeout": TIMEOUT,
        "socket_connect_timeout": TIMEOUT,
        "retry": Retry(ExponentialWithJitterBackoff(base=0.05, cap=1.0), RETRIES),
        "decode_responses": False,
    }


@contextmanager
def answering() -> Iterator[None]:
    """Tell in the port's own word that Redis does not answer, or will not do what it is told."""
    try:
        yield
    except NoScriptError:  # one that knows what to do about it asked
        raise
    except (RedisError, RedisClusterException) as error:
        raise Away(f"Redis does not answer ({type(error).__name__})") from error


def warnings(client: Redis) -> list[str]:
    """What is set up so that Redis may lose what it was told, or hang up on us; in words for whoever runs it."""
    found: Any = client.info()
    return risks({str(name): value for name, value in found.items()}, _configured(client))


def risks(info: Mapping[str, Any], configured: Mapping[str, str]) -> list[str]:
    """What is wrong with these settings, and what to set. A setting that is not known is not complained of."""
    policy = info.get("maxmemory_policy", "noeviction")
    told = {
        f"maxmemory-policy is {policy}: queued tasks may be thrown away without a word; set it to noeviction": (
            policy != "noeviction"
        ),
        "appendonly is off: queued tasks are lost when Redis ends; set appendonly to yes": not info.get("aof_enabled"),
        "appendfsync is no: up to half a minute may be lost when the machine ends; set appendfsync to everysec": (
            configured.get("appendfsync") == "no"
        ),
        f"timeout is {configured.get('timeout')}: idle connections are cut while workers wait on them; set timeout to 0": (
            configured.get("timeout", "0") != "0"
        ),
        "tcp-keepalive is off: connections to a client that is gone stay for ever; set tcp-keepalive to 300": (
            configured.get("tcp-keepalive") == "0"
        ),
        "maxmemory is reached to nine tenths: soon nothing can be queued; raise maxmemory": _is_nearly_full(info),
    }
    return [sentence for sentence, is_so in told.items() if is_so]


def _configured(client: Redis) -> dict[str, str]:
    """Settings by name; none where the server lets nobody ask, as hosted ones do."""
    try:
        found: Any = client.config_get("appendfsync", "timeout", "tcp-keepalive")
    except ResponseError:
        return {}
    return {_text(name): _text(value) for name, value in found.items()}


def _text(said: bytes | str) -> str:
    return said.decode() if isinstance(said, bytes) else said


def _is_nearly_full(info: Mapping[str, Any]) -> bool:
    limit = int(info.get("maxmemory", 0))
    return limit > 0 and int(info.get("used_memory", 0)) > 0.9 * limit


class RedisTouches:
    """`Touches` in Redis.

    `rebuild` gives what is on record of some people since an instant; `horizon` is how long a touch can matter. `enter`
    tells the records of a new era; where it answers False, the era is over for them, and another one is begun.
    """

    def __init__(
        self, client: Touching, rebuild: Rebuild, horizon: timedelta, slots: int = 1, enter: Enter = lambda era: True
    ) -> None:
        self._client = client
        self._rebuild = rebuild
        self._horizon = horizon
        self._slots = slots
        self._enter = enter
        self._shas = {script: sha1(script.encode()).hexdigest() for script in (SNAPSHOT, SWAP)}

    def snapshot(self, profiles: Sequence[str], *, now: datetime) -> dict[str, Snapshot]:
        """What stands for each person, in one round trip; people not held here are rebuilt from the records."""
        found = self._read(profiles)
        absent = [id for id, snapshot in found.items() if len(snapshot.version) == TOKEN]
        over = [era for era in sorted({found[id].era for id in absent}) if not self._enter(era)]
        if over:
            self._leave(over)
            return self.snapshot(profiles, now=now)
        rebuilt = self._rebuild(absent, now - self._horizon) if absent else {}
        for id in absent:
            found[id] = Snapshot(tuple(rebuilt.get(id, ())), found[id].version, found[id].era)
        return found

    def _read(self, profiles: Sequence[str]) -> dict[str, Snapshot]:
        chunks = list(self._chunks(dict.fromkeys(profiles)))
        replies = self._run(SNAPSHOT, [(self._keys(slot, ids), [os.urandom(TOKEN)]) for slot, ids in chunks])
        found = {}
        for (slot, ids), (token, *values) in zip(chunks, replies, strict=True):
            era = f"{slot}:{token.hex()}"
            for id, value in zip(ids, values, strict=True):
                counts = value is not None and value[:TOKEN] == token
                found[id] = Snapshot(_unpacked(value), value, era) if counts else Snapshot((), token, era)
        return found

    def swap(self, changes: Sequence[Change], *, now: datetime) -> list[bool]:
        """Compare-and-set each person's touches, in one round trip."""
        by_id = {change.profile: change for change in changes}
        chunks = list(self._chunks(by_id))
        replies = self._run(SWAP, [(self._keys(slot, ids), self._values(ids, by_id, now)) for slot, ids in chunks])
        made = {
            id: bool(ok) for (_, ids), oks in zip(chunks, replies, strict=True) for id, ok in zip(ids, oks, strict=True)
        }
        return [made[change.profile] for change in changes]

    def forget(self, profile: str) -> None:
        """Hold nothing of this person any more."""
        for slot, ids in self._chunks([profile]):
            with answering():
                self._client.delete(*self._keys(slot, ids)[1:])

    def _values(self, ids: Iterable[str], changes: Mapping[str, Change], now: datetime) -> list[bytes | int]:
        since = now - self._horizon
        values: list[bytes | int] = [max(1, self._horizon // timedelta(milliseconds=1))]
        for id in ids:
            change = changes[id]
            kept = [touch for touch in change.touches if touch.at > since]
            values += [change.version, change.version[:TOKEN] + _packed(kept)]
        return values

    def _chunks(self, ids: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
        by_slot: dict[int, list[str]] = defaultdict(list)
        for id in ids:
            by_slot[crc32(id.encode()) % self._slots].append(id)
        for slot, mine in by_slot.items():
            for start in range(0, len(mine), CHUNK):
                yield slot, mine[start : start + CHUNK]

    def _keys(self, slot: int, ids: Iterable[str]) -> list[str]:
        era = f"kairos:{{{slot}}}:touches"
        return [era, *(f"{era}:{id}" for id in ids)]

    def _run(self, script: str, calls: Sequence[tuple[list[str], list[Any]]]) -> list[Any]:
        """Run a script for each of these keys and values. It may run twice, and must bear it."""
        try:
            with answering():
                return self._evaluated(self._shas[script], calls)
        except NoScriptError:
            with answering():
                self._client.script_load(script)
            return self._run(script, calls)

    def _evaluated(self, sha: str, calls: Sequence[tuple[list[str], list[Any]]]) -> list[Any]:
        if isinstance(self._client, RedisCluster):  # its pipelines carry no scripts
            return [self._client.evalsha(sha, len(keys), *keys, *values) for keys, values in calls]
        pipeline = self._client.pipeline(transaction=False)
        for keys, values in calls:
            pipeline.evalsha(sha, len(keys), *keys, *values)
        return list(pipeline.execute())

    def _leave(self, eras: Iterable[str]) -> None:
        for era in eras:
            slot, _, token = era.partition(":")
            with answering():
                self._client.eval(LEAVE, 1, *self._keys(int(slot), ()), bytes.fromhex(token))

    def close(self) -> None:
        """Give back the connections."""
        self._client.close()


def _packed(touches: Iterable[Touch]) -> bytes:
    return orjson.dumps([(t.id, micros(t.at), t.channel, t.purpose, t.campaign) for t in touches])


def _unpacked(value: bytes) -> tuple[Touch, ...]:
    rows = orjson.loads(value[TOKEN:])
    return tuple(Touch(id, instant(at), channel, purpose, campaign) for id, at, channel, purpose, campaign in rows)
