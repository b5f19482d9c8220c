"""The broker: Celery on Redis, set up so that nothing hangs and nothing that is lost matters; queues, and hints.

    lane    queue             task
    urgent  urgent.<channel>  kairos.deliver   messages that need no consent: what a person waits for
            decisions         kairos.moments   services, with the moments themselves (they come by the queue `moments`: `arrivals.py`)
                              kairos.decide    whoever accepted moments already, with their ids
                              kairos.release   the scheduler, when held messages fall due
                              kairos.sweep     the scheduler: what was accepted or recorded, and forgotten
    both    canary.<lane>     kairos.canary    the scheduler, every ten seconds: whether anybody serves the lane
    bulk    campaigns         kairos.fan_out   the scheduler: one run of a scheduled campaign; and whoever takes one up, for others
            bulk.<channel>    kairos.deliver   everything else, a queue for each channel, so that none waits for another

Whoever decides also hands over, without another task, what need not wait for its provider (`express.py`): in the urgent lane
what is urgent, in the bulk lane everything. The rest goes by `kairos.deliver`.

A worker serves both lanes, the urgent one first, or one of them: then what is urgent does not even wait for a page to end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from threading import BoundedSemaphore
from typing import Any

from celery import Celery
from celery.app.amqp import AMQP
from kombu.connection import Connection
from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import RedisError, ResponseError

from channels.deadline import Deadline
from orchestrator.settings import Settings
from orchestrator.watch import events
from orchestrator.watch.canary import queue_of
from orchestrator.watch.events import tell

BATCH = 500  # moments, messages or people per task; where there is one writer, what is urgent waits for that many
MOMENTS = "moments"
DECISIONS = "decisions"
CAMPAIGNS = "campaigns"
UNACKED = ("kairos.unacked", "kairos.unacked_index")  # what workers have, and since when
LANES = ("urgent", "bulk")
TIMEOUT = 5  # seconds a broker's socket may block
RECONNECT = 3  # seconds, at most, between two tries to reach it again
ASIDE = 5.0  # seconds for which a broker that failed is given no hint
PENDING = 1000  # hints that may wait to be sent


def broker_url(redis: str) -> str:
    """A Redis URL as Celery writes it (a Unix socket has a scheme of its own there)."""
    if redis.startswith("unix://"):
        path, _, query = redis.removeprefix("unix://").partition("?")
        return f"redis+socket://{path}?virtual_host={query.removeprefix('db=') or 0}"
    return redis


def queues(channels: Iterable[str], lanes: Sequence[str] = LANES) -> list[str]:
    """The queues of these lanes, in the order in which a worker empties them."""
    names = sorted(channels)
    in_lane = {
        "urgent": [queue_of("urgent"), *(f"urgent.{name}" for name in names), DECISIONS],
        "bulk": [queue_of("bulk"), *(f"bulk.{name}" for name in names), CAMPAIGNS],
    }
    return [queue for lane in LANES if lane in lanes for queue in in_lane[lane]]


class _Connection(Connection):
    """A connection that is back soon after the broker is, however long that was away, or had no room to write."""

    @property
    def connection_errors(self) -> tuple[type[Exception], ...]:
        """A worker begins anew after these, where others end it."""
        return (*self.get_transport_cls().connection_errors, ResponseError)

    def ensure_connection(self, *args: Any, **kwargs: Any) -> Any:
        return super().ensure_connection(*args, **{"interval_max": RECONNECT, **kwargs})


class _Amqp(AMQP):  # type: ignore[misc]  # it has no types
    Connection = _Connection


celery = Celery("kairos", amqp=_Amqp)
celery.conf.update(
    accept_content=["json"],
    task_serializer="json",
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_default_queue=DECISIONS,
    task_time_limit=720,  # longer than outcomes are held while the database is away; a softer end would forget them
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_soft_shutdown_timeout=20,
    worker_enable_soft_shutdown_on_idle=True,
    # a task goes on without the broker: its messages are with a provider, and a repeated hint does no harm
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        # what a killed worker had taken comes back after this; what another has in hand still is repeated, and does no harm.
        # The keys are ours, as whoever shares them restores by the shortest time of all
        "visibility_timeout": 40,
        "unacked_key": UNACKED[0],
        "unacked_index_key": UNACKED[1],
        "unacked_mutex_key": "kairos.unacked_mutex",
        "queue_order_strategy": "priority",
        "socket_timeout": TIMEOUT,
        "socket_connect_timeout": TIMEOUT,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "health_check_interval": 30,
        "max_retries": 1,
    },
)


@celery.on_configure.connect
def _configure(sender: Celery, **_: Any) -> None:
    sender.conf.broker_url = broker_url(Settings.read().redis)


_aside = Deadline(0)
_later = ThreadPoolExecutor(1, thread_name_prefix="hints")
_room = BoundedSemaphore(PENDING)


@lru_cache(maxsize=1)
def _redis() -> Redis:
    return Redis.from_url(Settings.read().redis, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT)


def any_waits(*queues: str) -> bool:
    """Whether any of these queues has a task that nobody has taken yet.

    Raises:
        redis.exceptions.RedisError: the broker does not answer.
    """
    return bool(_redis().exists(*queues))


def hint(task: str, *args: Any, queue: str = DECISIONS) -> bool:
    """Send a task; whether the broker took it. Nothing is lost where it did not: the sweeps find what is on record."""
    if not _aside.passed:
        return False
    try:
        celery.send_task(task, args=args, queue=queue, ignore_result=True, retry=False)
    except (OperationalError, RedisError, OSError) as error:
        _aside.restart(ASIDE)
        tell(events.HINT_REFUSED, task=task, error=type(error).__name__)
        return False
    return True


def hint_later(task: str, *args: Any, queue: str = DECISIONS) -> None:
    """Send a task, without waiting for the broker; where it is so slow that hints pile up, they are left to the sweeps."""
    if _room.acquire(blocking=False):
        _later.submit(hint, task, *args, queue=queue).add_done_callback(lambda _: _room.release())
