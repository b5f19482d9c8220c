"""Calls over HTTP/2, for providers that ask for it: many at a time on one connection, each with a deadline of its own.

What it promises is what `channels.transport` promises: an Answer, or Unanswered with whether the request had begun to leave.
A provider that speaks HTTP/1.1 only is talked to in that.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpcore2
from httpcore2 import ConnectError, ConnectionPool, ConnectTimeout, PoolTimeout, TimeoutException

from channels.base import Call
from channels.connections import CONNECT
from channels.deadline import Deadline
from channels.http1 import AGENT
from channels.once import OncePerProcess
from channels.transport import LARGEST_ANSWER, Answer, Unanswered
from channels.turns import aside

CONNECTIONS = 64  # over all; with HTTP/2 one carries as many calls as its provider allows
_FAULTS: tuple[tuple[type[Exception], str], ...] = (
    (ConnectTimeout, "the provider cannot be reached in time"),
    (ConnectError, "the provider cannot be reached"),
    (PoolTimeout, "no connection became free in time"),
    (TimeoutException, "no answer in time"),
    (TimeoutError, "no answer in time"),
)
_MAPPED = (httpcore2.NetworkError, httpcore2.ProtocolError, TimeoutException, httpcore2.UnsupportedProtocol)


@dataclass(slots=True)
class _Progress:
    """How far the call of this thread has come."""

    deadline: Deadline
    sent: bool = False


_progress: ContextVar[_Progress] = ContextVar("progress_h2")


class _Stream(httpcore2.NetworkStream):
    """A connection on which every read and write ends with the deadline of the call that makes it."""

    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what there is."""
        with _in_time() as left:
            return self._inner.read(max_bytes, left)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Note that the request begins to leave, and let it."""
        with _in_time() as left:
            _progress.get().sent = True
            self._inner.write(buffer, left)

    def close(self) -> None:
        """Hang up."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """Encrypt, before anything leaves."""
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """What the pool asks of the connection."""
        return self._inner.get_extra_info(info)


@contextmanager
def _in_time() -> Iterator[float]:
    try:
        yield _progress.get().deadline.left()
    except TimeoutError as late:
        raise httpcore2.ReadTimeout(str(late)) from None


class _Network(httpcore2.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        return _Stream(super().connect_tcp(host, port, timeout, local_address, socket_options))


class Http2Client:
    """A pool of connections with one TLS context; follows no redirect and repeats nothing."""

    def __init__(self) -> None:
        self._pool = ConnectionPool(
            tls_context_h2(),
            max_connections=CONNECTIONS,
            keepalive_expiry=300.0,
            http2=True,
            network_backend=_Network(),
        )

    def send(self, call: Call, *, timeout: float) -> Answer:
        """Make the call, which takes no longer than `timeout` seconds from connecting to the last byte.

        Raises:
            Unanswered: nothing that could be understood as an answer came in that time.
        """
        return aside(lambda: self._send(call, timeout))

    def _send(self, call: Call, timeout: float) -> Answer:
        progress = _Progress(Deadline(timeout))
        token = _progress.set(progress)
        try:
            return self._ask(call, timeout)
        except (*_MAPPED, OSError, ValueError, RuntimeError) as fault:
            raise Unanswered(_plainly(fault, progress.sent), sent=progress.sent) from None
        finally:
            _progress.reset(token)

    def _ask(self, call: Call, timeout: float) -> Answer:
        connect = min(CONNECT, timeout)
        extensions = {"timeout": {"connect": connect, "pool": connect, "read": timeout, "write": timeout}}
        headers = [*AGENT.items(), *call.headers.items(), *call.secret.items()]
        with self._pool.stream(
            call.method, call.url, headers=headers, content=call.body, extensions=extensions
        ) as response:
            found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            return Answer(response.status, found, _body(response))

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


def _body(response: httpcore2.Response) -> bytes:
    """As much as is wanted. A body that breaks off counts as none: the status has been heard, and it stands."""
    body = b""
    try:
        for chunk in response.iter_stream():
            body += chunk
            if len(body) > LARGEST_ANSWER:
                break
    except _MAPPED:
        return b""
    return body[:LARGEST_ANSWER]


def _plainly(fault: Exception, sent: bool) -> str:
    otherwise = "the connection broke off" if sent else "the call cannot be made"
    return next((text for kind, text in _FAULTS if isinstance(fault, kind)), otherwise)


@cache
def tls_context_h2() -> ssl.SSLContext:
    """A context of its own: the pool tells the provider on it that HTTP/2 is spoken here."""
    return ssl.create_default_context()


client_h2 = OncePerProcess(Http2Client)
"""The one client of this process."""
