"""The door for moments that services queue: each task is copied before any worker takes it, so that none goes down with one.

    services ──► moments ──► arrivals ──► decisions ──► worker
                                │                          │ once its moments are committed
                                └────► unacknowledged ◄────┘

Celery's own consumer takes a task from Redis, and says that it has it, in two steps. Of a worker that is killed in
between, or is stopped while its reply waits in the socket, the task is nowhere any more. Here one script copies the task
to where Celery keeps what is not acknowledged, and only then moves it to the queue that workers empty; whatever happens
after that, Celery's restoring brings it back.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from os import getpid
from socket import gethostname
from threading import Event, Thread

from redis import Redis
from redis.exceptions import RedisError

from orchestrator.watch import events
from orchestrator.watch.events import tell

# as Celery writes them behind a queue's name, the first ones first
PRIORITIES = ("", "\x06\x163", "\x06\x166", "\x06\x169")
REFUSED = "kairos:refused"
REFUSED_KEPT = 1000
WAIT = 1  # second for which Redis lets us wait; a task with a priority of its own wakes nobody, and is found after that
CROWDED = 0.005  # seconds after which it is looked again whether workers have finished any
PAUSE = 1.0  # seconds until a Redis that failed is tried again
FORGOTTEN = 3600  # seconds after which what a worker had let in is forgotten: it is gone
# Nothing is removed before its copy is written: a Redis without room, which may stop a script half-way, loses nothing
LET_IN = """
local mine, unacked, index, inside, refused = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local now, room, kept, forgotten = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]

for _, tag in ipairs(redis.call('SMEMBERS', mine)) do
  if redis.call('HEXISTS', unacked, tag) == 0 then redis.call('SREM', mine, tag) end
end
room = room - redis.call('SCARD', mine)

local function address(task)
  local read, envelope = pcall(cjson.decode, task)
  local properties = read and type(envelope) == 'table' and envelope.properties
  local info = type(properties) == 'table' and properties.delivery_info
  if type(info) == 'table' and type(properties.delivery_tag) == 'string' then
    return properties.delivery_tag, cjson.encode(info.exchange or ''), cjson.encode(info.routing_key or '')
  end
end

local odd = 0
for door = 6, #KEYS do
  local task = redis.call('LINDEX', KEYS[door], -1)
  while task and room > 0 do
    local tag, exchange, key = address(task)
    if tag then
      redis.call('HSET', unacked, tag, '[' .. task .. ',' .. exchange .. ',' .. key .. ']')
      redis.call('ZADD', index, now, tag)
      redis.call('SADD', mine, tag)
      redis.call('EXPIRE', mine, forgotten)
      redis.call('LPUSH', inside, task)
      room = room - 1
    else
      redis.call('LPUSH', refused, task)
      redis.call('LTRIM', refused, 0, kept - 1)
      odd = odd + 1
    end
    redis.call('RPOP', KEYS[door])
    task = redis.call('LINDEX', KEYS[door], -1)
  end
end
return {room, odd}
"""


class Arrivals:
    """Lets tasks in from one queue to another, so many at a time that they wait outside rather than inside."""

    def __init__(
        self,
        redis: Redis,
        door: str,
        inside: str,
        *,
        unacked: tuple[str, str],
        most: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Arrivals of one worker.

        Args:
            door: the queue of services.
            inside: the queue that workers empty.
            unacked: Celery's keys of what is not acknowledged, and of its index by time.
            most: tasks that this worker lets in before the first of them is acknowledged.
            clock: Celery's, in seconds since the epoch.
        """
        self._redis, self._door, self._most, self._clock = redis, door, most, clock
        mine = f"kairos:arrivals:{gethostname()}:{getpid()}"  # what this worker let in, and nobody has acknowledged
        self._keys = [mine, *unacked, inside, REFUSED, *(door + priority for priority in PRIORITIES)]
        self._stopping = Event()
        self._thread = Thread(target=self._watch, name="arrivals", daemon=True)

    def start(self) -> None:
        """Let in what comes, from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Leave outside what has not come in by the next look."""
        self._stopping.set()

    def let_in(self, wait: int = 0) -> int:
        """Let in what there is room for, once there is any or so many seconds are over; returns for how much more there is room.

        What is no task of Celery's is put aside, where it can be looked at, and told.
        """
        values = (self._clock(), self._most, REFUSED_KEPT, FORGOTTEN)
        with self._redis.pipeline(transaction=False) as both:
            if wait:  # from the end of the queue to its end: this moves nothing, and lasts until there is something
                both.blmove(self._door, self._door, wait, "RIGHT", "RIGHT")
            both.eval(LET_IN, len(self._keys), *self._keys, *values)
            room, odd = both.execute()[-1]
        if odd:
            tell(events.TASK_REFUSED, tasks=odd, queue=self._door, aside=REFUSED)
        return int(room)

    def _watch(self) -> None:
        room = 0
        while not self._stopping.is_set():
            try:
                room = self.let_in(WAIT if room > 0 else 0)
                if room <= 0:
                    self._stopping.wait(CROWDED)
            except RedisError as error:
                tell(events.MOMENTS_WAIT, error=type(error).__name__)
                self._stopping.wait(PAUSE)
