"""Calls to providers over HTTP: one pool of connections per process, a deadline for the whole call, no hidden second try.

    Call ──► Client.send ──► Answer       the provider said something (read up to 1 MiB of it)
                    └──────► Unanswered   it did not; `sent` tells whether our request had begun to leave

What it means for the message (`judged`):

    no connection, name unknown, TLS refused, before anything left     retry     known not to be sent
    429; 503 with Retry-After; 401 (our key, not the message)          retry
    other 4xx                                                          rejected
    2xx that cannot be understood                                      unknown
    3xx, 408, 5xx, broken off, silent or slow past the deadline        unknown   it may have been sent
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, TypeVar, cast

import orjson

from channels.base import Call
from channels.connections import Connection, Connections, Unconnected
from channels.deadline import Deadline, of_batch
from channels.http1 import Reading, written
from channels.once import OncePerProcess
from channels.turns import in_turns
from orchestrator.model import Delivery

LARGEST_ANSWER = 1 << 20
ABREAST = 32  # calls of one batch at a time
_LONGEST_WAIT = 86_400.0
BATCH = 25.0  # seconds that a batch may take to begin its calls
FUSE = 32  # calls of a batch that get no answer, one after the other, after which no other is begun
TOO_LATE = Delivery("retry", detail="the batch ended before its turn", retry_after=0.0)
"""The outcome of a message whose turn did not come: nothing was asked of the provider."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider answered. Header names are in lower case; a body that broke off or never ended is cut short."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def good(self) -> bool:
        """Whether the status is one of success."""
        return 200 <= self.status < 300

    def json(self) -> dict[str, Any]:
        """The body as an object.

        Raises:
            ValueError: it is not one.
        """
        found = orjson.loads(self.body)
        if not isinstance(found, dict):
            raise ValueError("not an object")
        return found

    def retry_after(self) -> float | None:
        """Seconds the provider asks us to wait, whether it names a span or an instant; at most a day."""
        text = self.headers.get("retry-after", "").strip()
        if text.isascii() and text.isdigit():
            return min(float(text), _LONGEST_WAIT)
        with suppress(ValueError, OverflowError):
            return min(max(parsedate_to_datetime(text).timestamp() - time.time(), 0.0), _LONGEST_WAIT)
        return None


class Unanswered(Exception):
    """No answer came. `sent`: whether the request had begun to leave, so that it may have arrived."""

    def __init__(self, detail: str, *, sent: bool) -> None:
        super().__init__(detail)
        self.sent = sent

    @property
    def delivery(self) -> Delivery:
        """What it means for the message."""
        return Delivery("unknown" if self.sent else "retry", detail=str(self))


class Client:
    """Kept connections with one TLS context; follows no redirect, asks no proxy and repeats nothing."""

    def __init__(self) -> None:
        self._connections = Connections(tls_context())

    def send(self, call: Call, *, timeout: float) -> Answer:
        """Make the call, which takes no longer than `timeout` seconds from connecting to the last byte.

        Raises:
            Unanswered: nothing that could be understood as an answer came in that time.
        """
        deadline, reading = Deadline(timeout), Reading(LARGEST_ANSWER, has_body=call.method != "HEAD")
        connection, head = self._ready(call, deadline)
        try:
            connection.exchange(head, call.body, reading, deadline)
        except (OSError, ValueError) as fault:
            late = isinstance(fault, TimeoutError)
            raise Unanswered("no answer in time" if late else "the connection broke off", sent=True) from None
        finally:
            self._connections.give_back(connection)
        return Answer(reading.status, reading.headers, reading.body)

    def _ready(self, call: Call, deadline: Deadline) -> tuple[Connection, bytes]:
        """All that can be done before anything leaves."""
        try:
            origin, head = written(call)
            return self._connections.take(origin, deadline), head
        except Unconnected as fault:
            raise Unanswered(str(fault), sent=False) from None
        except (OSError, ValueError):
            raise Unanswered("the call cannot be made", sent=False) from None

    def close(self) -> None:
        """Close the connections that wait for the next call."""
        self._connections.close()


@cache
def tls_context() -> ssl.SSLContext:
    """The one context of this process: making one reads all certificates, and takes longer than many calls."""
    return ssl.create_default_context()


client = OncePerProcess(Client)
"""The one client of this process."""


def judged(answer: Answer) -> Delivery:
    """What an answer that is not a success means for the message."""
    detail, wait = f"HTTP {answer.status}", answer.retry_after()
    if answer.status in (401, 429) or (answer.status == 503 and wait is not None):
        return Delivery("retry", detail=detail, retry_after=wait)
    if 400 <= answer.status < 500 and answer.status != 408:
        return Delivery("rejected", detail=detail)
    return Delivery("unknown", detail=detail)


Item = TypeVar("Item")
Result = TypeVar("Result")


class _Batch:
    """How a batch fares: it is over when its time is, or when nothing but silence has come back from many calls."""

    def __init__(self, within: float, is_fault: Callable[[Any], bool]) -> None:
        self._deadline = of_batch(within)
        self._is_fault = is_fault
        self._faults = 0  # in a row

    @property
    def is_over(self) -> bool:
        return self._deadline.passed or self._faults >= FUSE

    def heed(self, result: Result) -> Result:
        self._faults = self._faults + 1 if self._is_fault(result) else 0
        return result


def in_parallel(
    task: Callable[[Item], Result],
    items: Sequence[Item],
    late: Callable[[Item], Result],
    *,
    within: float = BATCH,
    is_fault: Callable[[Result], bool] = lambda result: False,
) -> list[Result]:
    """Do the task for each item, many at a time, and return the results in order.

    They take turns, which hides the provider's latency. What has not begun `within` seconds, or after FUSE faults in a row,
    is not begun any more: `late` answers for it, so that a batch ends while its worker still holds the lease on it.
    """
    batch = _Batch(within, is_fault)

    results = [cast("Result", None)] * len(items)
    places = iter(range(len(items)))  # whoever is free takes the next

    def work() -> None:
        for place in places:
            item = items[place]
            results[place] = late(item) if batch.is_over else batch.heed(task(item))

    in_turns(work, min(ABREAST, len(items)))
    return results


def too_late(_: object = None) -> Delivery:
    """`TOO_LATE`, whatever it was whose turn did not come."""
    return TOO_LATE
