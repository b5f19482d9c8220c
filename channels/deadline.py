"""A total deadline for a conversation over a socket, and one for beginning the calls of a batch.

A socket's own timeout starts afresh with every byte, so that a peer who sends one byte a second is never late. Here each
read and write gets only what is left of the whole.

Whoever has a batch handed over holds its messages for a time only (`held_until`): a call that has not begun by then must
not begin any more, even if the process was suspended in between, as somebody else may have the messages by now.
"""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic


class Deadline:
    """An instant on the monotonic clock, `seconds` from now, after which nothing is waited for."""

    __slots__ = ("_at",)

    def __init__(self, seconds: float) -> None:
        self._at = monotonic() + seconds

    def restart(self, seconds: float) -> None:
        """Begin again, for the next exchange on the same connection."""
        self._at = monotonic() + seconds

    def or_earlier(self, other: Deadline | None) -> Deadline:
        """Whichever comes first."""
        return other if other is not None and other._at < self._at else self

    @property
    def passed(self) -> bool:
        """Whether no time is left."""
        return monotonic() >= self._at

    def left(self) -> float:
        """Seconds that remain, more than none.

        Raises:
            TimeoutError: none do.
        """
        remaining = self._at - monotonic()
        if remaining <= 0:
            raise TimeoutError("the deadline has passed")
        return remaining


_held: ContextVar[Deadline | None] = ContextVar("held", default=None)


@contextmanager
def held_until(deadline: Deadline) -> Iterator[None]:
    """Whatever batch is delivered within, its calls begin before the deadline or not at all."""
    token = _held.set(deadline)
    try:
        yield
    finally:
        _held.reset(token)


def of_batch(within: float) -> Deadline:
    """The deadline for beginning a batch's calls: so many seconds from now, or sooner where its messages are not held as long."""
    return Deadline(within).or_earlier(_held.get())


class _Bounded(io.RawIOBase):
    """A socket's reading end on which every read ends with the deadline."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: Deadline) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int | None:
        self._sock.settimeout(self._deadline.left())
        return self._raw.readinto(buffer)  # type: ignore[arg-type]  # as wide as RawIOBase's own

    def close(self) -> None:
        self._raw.close()
        super().close()


def bounded(sock: socket.socket, deadline: Deadline) -> io.BufferedReader:
    """A buffered reader of the socket that raises TimeoutError once the deadline has passed."""
    return io.BufferedReader(_Bounded(sock.makefile("rb", buffering=0), sock, deadline))
