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
TAG = re.compile(rb"(?:kairos_message%3D|x-message: )([0-9A-Za-z-]+)")


class Sink(asyncio.Protocol):
    """Just enough HTTP/1.1, kept alive."""

    calls = 0
    messages = 0
    doors: dict[str, float] = {}  # noqa: RUF012 - one process has one sink

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end]
            found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            size = int(found[1]) if found else 0
            if len(self.buffer) < end + 4 + size:
                return
            body = self.buffer[end + 4 : end + 4 + size]
            self.buffer = self.buffer[end + 4 + size :]
            self.transport.write(self.answer(head, body))

    def answer(self, head: bytes, body: bytes) -> bytes:
        """Count one call."""
        line = head[: head.find(b"\r\n")]
        if line.startswith(b"GET /count"):
            told = orjson.dumps({"calls": Sink.calls, "messages": Sink.messages, "doors": Sink.doors})
            Sink.calls, Sink.messages, Sink.doors = 0, 0, {}
            return _response(b"200 OK", told)
        Sink.calls += 1
        if b"/mail/send" in line:
            Sink.messages += body.count(b'"kairos_message"') or 1
            return _response(b"202 Accepted", b"")
        Sink.messages += 1
        if tag := TAG.search(head) or TAG.search(body):
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
