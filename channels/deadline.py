"""A total deadline for a conversation over a socket.

A socket's own timeout starts afresh with every byte, so that a peer who sends one byte a second is never late. Here each
read and write gets only what is left of the whole.
"""

from __future__ import annotations

import io
import socket
from time import monotonic


class Deadline:
    """An instant on the monotonic clock, `seconds` from now, after which nothing is waited for."""

    __slots__ = ("_at",)

    def __init__(self, seconds: float) -> None:
        self._at = monotonic() + seconds

    def restart(self, seconds: float) -> None:
        """Begin again, for the next exchange on the same connection."""
        self._at = monotonic() + seconds

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
