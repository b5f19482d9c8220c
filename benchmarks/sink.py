"""A provider on loopback that takes everything, and counts: a process of its own, so that it costs us as little as may be.

POST …/mail/send           202, as many messages as personalizations
POST …/Messages.json       201 with a sid, one message
POST …                     200, one message
GET  /count                {"calls": …, "messages": …, "doors": {message id: Unix time}}    (and starts anew)
"""

from __future__ import annotations

import asyncio
import multiprocessing
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from urllib.parse import unquote
from urllib.request import urlopen

import orjson

CREATED = b'{"sid":"SM00000000000000000000000000000000","status":"queued"}'
ROOM = 1 << 16  # bytes that a connection's buffer begins with
TAG = re.compile(rb"(?:kairos_message%3D|x-message: )([0-9A-Za-z-]+)")


class Sink(asyncio.BufferedProtocol):
    """Just enough HTTP/1.1, kept alive, in a buffer that only grows."""

    calls = 0
    messages = 0
    doors: dict[str, float] = {}  # noqa: RUF012 - one process has one sink

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.buffer, self.filled = bytearray(ROOM), 0
        self.awaited = 0  # bytes of the request that is being received, once its head is there

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next bytes go."""
        if self.filled == len(self.buffer):
            self.buffer.extend(bytes(len(self.buffer)))
        return memoryview(self.buffer)[self.filled :]

    def buffer_updated(self, nbytes: int) -> None:
        """Answer every request that is complete."""
        self.filled += nbytes
        while self.filled >= self.awaited and (end := self.buffer.find(b"\r\n\r\n", 0, self.filled)) >= 0:
            head = bytes(self.buffer[:end])
            found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            self.awaited = end + 4 + (int(found[1]) if found else 0)
            if self.filled < self.awaited:
                return
            self.transport.write(self.answer(head, end + 4))
            rest = self.filled - self.awaited
            self.buffer[:rest] = self.buffer[self.awaited : self.filled]
            self.filled, self.awaited = rest, 0

    def answer(self, head: bytes, start: int) -> bytes:
        """Count one call, whose body begins at this place."""
        line = head[: head.find(b"\r\n")]
        if line.startswith(b"GET /count"):
            told = orjson.dumps({"calls": Sink.calls, "messages": Sink.messages, "doors": Sink.doors})
            Sink.calls, Sink.messages, Sink.doors = 0, 0, {}
            return _response(b"200 OK", told)
        Sink.calls += 1
        if b"/mail/send" in line:
            Sink.messages += self.buffer.count(b'"kairos_message"', start, self.awaited) or 1
            return _response(b"202 Accepted", b"")
        Sink.messages += 1
        if tag := TAG.search(head) or TAG.search(self.buffer, start, self.awaited):
            Sink.doors[unquote(tag[1].decode())] = time.time()
        return _response(b"201 Created", CREATED) if b"/Messages" in line else _response(b"200 OK", b"{}")


def _response(status: bytes, body: bytes) -> bytes:
    kind = b"content-type: application/json\r\n" if body else b""
    return b"HTTP/1.1 %s\r\n%scontent-length: %d\r\n\r\n%s" % (status, kind, len(body), body)


def _serve(ready: Connection) -> None:
    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
        ready.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


@contextmanager
def sink() -> Iterator[str]:
    """A running sink; its address."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


def counted(address: str) -> dict[str, object]:
    """What the sink has counted since it was last asked."""
    with urlopen(f"{address}/count", timeout=10) as answer:
        found: dict[str, object] = orjson.loads(answer.read())
    return found
