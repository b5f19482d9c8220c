"""Connections to providers: opened when needed, kept for the next call, and never trusted blindly.

    take ──► exchange ──► give_back      kept, if the answer ended where it should
                 └──────► closed         else

What fails while one is taken has sent nothing; what fails in an exchange may have. An idle connection on which there is anything
to read has been closed by its provider, or is out of step: it is noticed before a request is lost in it.
"""

from __future__ import annotations

import select
import socket
import ssl
from threading import Lock
from time import monotonic
from typing import Any

from channels.deadline import Deadline
from channels.http1 import Origin, Reading
from channels.turns import aside, wait_for

CONNECT = 3.0  # seconds for each of a provider's addresses
KEPT = 64  # idle connections to each provider
IDLE = 120.0  # seconds; what lies between forgets silent connections after some minutes, without a word to either end
_PIECE = 1 << 14  # bytes, as many as a record of TLS can hold: what has been decrypted is taken whole


class Unconnected(Exception):
    """No connection could be opened: nothing has been sent."""


class Connection:
    """A connection to a provider, on which no wait is longer than the deadline of the call that makes it."""

    __slots__ = ("_file", "_idle_since", "_readable", "_socket", "is_reusable", "origin")

    def __init__(self, origin: Origin, opened: socket.socket) -> None:
        opened.setblocking(False)
        self.origin = origin
        self.is_reusable = False
        self._idle_since = 0.0
        self._socket = opened
        self._file = opened.fileno()
        self._readable = select.poll()
        self._readable.register(opened, select.POLLIN)

    def exchange(self, head: bytes, body: bytes, reading: Reading, deadline: Deadline) -> None:
        """Send the request, once, and read the answer to it.

        Raises:
            OSError, ValueError: no answer came, or none that could be understood; TimeoutError if it was late.
        """
        self.is_reusable = False
        together = len(body) <= _PIECE  # what is larger is not copied once more
        has_left = all(self._send(piece, deadline) for piece in ((head + body,) if together else (head, body)))
        try:
            while not reading.is_over:
                reading.feed(self._receive(deadline))
        except (OSError, ValueError) as fault:
            reading.break_off(fault)
        self.is_reusable = has_left and reading.keeps

    def rest(self) -> None:
        """Wait for the next call from now on."""
        self._idle_since = monotonic()

    @property
    def is_fresh(self) -> bool:
        """Whether the provider is still there, as far as can be known without sending anything."""
        return monotonic() - self._idle_since < IDLE and not self._readable.poll(0)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _send(self, piece: bytes, deadline: Deadline) -> bool:
        """Whether all of it has left: a provider may answer before it has heard the whole, and hang up."""
        rest = memoryview(piece)
        while rest:
            try:
                rest = rest[self._socket.send(rest) :]
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError) as blocked:
                self._wait(blocked, deadline)
            except (BrokenPipeError, ConnectionResetError):
                return False
        return True

    def _receive(self, deadline: Deadline) -> bytes:
        while True:
            if not wait_for(self._file, select.POLLIN, deadline.left()):
                raise TimeoutError("no answer in time")
            try:
                return self._socket.recv(_PIECE)
            except (BlockingIOError, ssl.SSLWantReadError):
                continue  # part of a record, or nothing of ours

    def _wait(self, blocked: OSError, deadline: Deadline) -> None:
        event = select.POLLIN if isinstance(blocked, ssl.SSLWantReadError) else select.POLLOUT
        if not wait_for(self._file, event, deadline.left()):
            raise TimeoutError("the request was not taken in time")


class Connections:
    """Those of one process that wait for the next call. All threads share them."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._idle: dict[Origin, list[Connection]] = {}
        self._lock = Lock()

    def take(self, origin: Origin, deadline: Deadline) -> Connection:
        """One that is ready: kept if there is any, else new.

        Raises:
            Unconnected: none can be had, for a reason in plain words.
        """
        while kept := self._pop(origin):
            if kept.is_fresh:
                return kept
            kept.close()
        return Connection(origin, aside(lambda: opened(origin, self._tls, deadline)))

    def give_back(self, connection: Connection) -> None:
        """Keep it, if it can be used again and there are not too many."""
        if not (connection.is_reusable and self._push(connection)):
            connection.close()

    def close(self) -> None:
        """Hang up on all that are idle."""
        with self._lock:
            idle, self._idle = self._idle, {}
        for connection in (each for kept in idle.values() for each in kept):
            connection.close()

    def _push(self, connection: Connection) -> bool:
        connection.rest()
        with self._lock:
            idle = self._idle.setdefault(connection.origin, [])
            if has_room := len(idle) < KEPT:
                idle.append(connection)
        return has_room

    def _pop(self, origin: Origin) -> Connection | None:
        with self._lock:
            idle = self._idle.get(origin)
            return idle.pop() if idle else None


def opened(origin: Origin, tls: ssl.SSLContext, deadline: Deadline) -> socket.socket:
    """A new connection, over TLS to whoever can prove the name if the origin asks for it.

    Raises:
        Unconnected: none can be had.
    """
    plain = _connected(origin, deadline)
    if not origin.secure:
        return plain
    try:
        plain.settimeout(min(CONNECT, deadline.left()))
        return tls.wrap_socket(plain, server_hostname=origin.host.rstrip("."))
    except TimeoutError:
        raise Unconnected("no answer in time") from None
    except OSError:
        raise Unconnected("no secure connection to the provider") from None
    finally:
        plain.close()  # wrapped or not, this one is no longer needed


def _connected(origin: Origin, deadline: Deadline) -> socket.socket:
    late = False
    for family, kind, protocol, _, address in _addresses(origin):
        try:
            return _called(socket.socket(family, kind, protocol), address, deadline)
        except OSError as fault:
            late = isinstance(fault, TimeoutError)
    raise Unconnected(f"the provider cannot be reached{' in time' if late else ''}")


def _called(attempt: socket.socket, address: tuple[Any, ...], deadline: Deadline) -> socket.socket:
    try:
        attempt.settimeout(min(CONNECT, deadline.left()))
        attempt.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        attempt.connect(address)
    except BaseException:
        attempt.close()
        raise
    return attempt


def _addresses(origin: Origin) -> list[Any]:
    try:
        return socket.getaddrinfo(origin.host, origin.port, 0, socket.SOCK_STREAM)
    except socket.gaierror:
        raise Unconnected("the provider's name is not known") from None
