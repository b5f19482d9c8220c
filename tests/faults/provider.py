"""A provider in a process of its own, which outlives whatever is killed, and writes down each request that it accepts.

    POST /webhook           the house's own JSON; a repeated Idempotency-Key is recognised, and sends nothing again
    POST /2010-04-01/…      Twilio's form; whatever comes is sent, however often it comes
    GET  /2010-04-01/…      what was sent to a number, as Twilio lists it
    POST /behave            from a test: how to answer from now on, per channel (`kinds.py` has the ways)
    (a second port)         closes every connection in the middle of its TLS handshake

Its log has a line for each request: the instant, what was done with it, the channel, the message, the recipient. A line is
in the file before the answer leaves; the verdicts of the fault tests are read from here, and from nowhere else.

    sent       taken, and sent to the person
    again      recognised: sent before
    refused    known not to be sent
    swallowed  the whole of a far too large answer was read
    left       whoever waited for a slow answer hung up
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import orjson

from tests.faults.kinds import NAMES

LARGE = 32_000_000  # more than sockets' buffers hold
HTML = b"<html><body>Welcome</body></html>"
SAME = b'{"id": "same", "sid": "same", "status": "queued"}'
JSON, MISTYPED = b"application/json", b"image/png"
PATIENCE = 60  # seconds in which a slow answer comes to an end
ENDLESS = b"HTTP/1.1 200 OK\r\nx-slow: " + b"a" * PATIENCE
NUMBER = re.compile(r"Hello (\d+)")
EACH = "each"  # the first request of each message is answered in a way of its own, by its number


@dataclass(frozen=True)
class Request:
    """One message as it arrived."""

    channel: str
    message: str
    recipient: str
    body: str

    @property
    def number(self) -> int:
        """The number that its text has, or 0."""
        found = NUMBER.search(self.body)
        return int(found[1]) if found else 0


@dataclass(frozen=True)
class Caller:
    """The connection on which a request came."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


@dataclass(frozen=True)
class Behaviour:
    """How requests of a channel are answered: how a share of them is, after how many seconds; the others are taken."""

    kind: str = "accept"
    after: float = 0.0
    share: float = 1.0


REFUSALS = {
    "busy": b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n",
    "away": b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n",
}
PUZZLES = {
    "error": b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n",
    "gateway": b"HTTP/1.1 504 Gateway Timeout\r\ncontent-length: 0\r\n\r\n",
    "overload": b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n",
    "redirect": b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
    "garbage": b"\x00\xff good morning\n\n",
    "empty": b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
    "html": b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: %d\r\n\r\n%s" % (len(HTML), HTML),
}


class Provider:
    """Answers requests, and keeps the log."""

    def __init__(self, log: int, latency: float) -> None:
        self._log = log
        self._texts: dict[str, list[dict[str, str]]] = defaultdict(list)
        self._latency = latency
        self._known: set[str] = set()
        self._behaviours: dict[str, Behaviour] = {}
        self._met: set[str] = set()
        self._count = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection, in turn."""
        with suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                method, target = head[0].split()[:2]
                if method == "GET":
                    writer.write(_reply(self._listed(target)))
                elif not await self._answer(target, headers, body, Caller(reader, writer)):
                    break
        writer.close()

    async def _answer(self, path: str, headers: dict[str, str], body: bytes, caller: Caller) -> bool:
        """Answer one request; whether the connection goes on."""
        if path == "/behave":
            self._behaviours = {channel: Behaviour(**told) for channel, told in orjson.loads(body).items()}
            caller.writer.write(_reply(b"{}"))
            return True
        request = _read(path, headers, body)
        behaviour = self._behaviour(request)
        await asyncio.sleep(self._latency + behaviour.after)
        return await self._behave(behaviour.kind, request, caller)

    def _behaviour(self, request: Request) -> Behaviour:
        """How to answer a request: all of a channel's alike, a share of them, or each message's first in its own way."""
        self._count += 1
        told = self._behaviours.get(request.channel, Behaviour())
        if told.kind == EACH:
            is_first = request.message not in self._met
            self._met.add(request.message)
            return Behaviour(NAMES[request.number % len(NAMES)]) if is_first else Behaviour()
        return told if (self._count % 100) < told.share * 100 else Behaviour()

    async def _behave(self, kind: str, request: Request, caller: Caller) -> bool:
        """Answer in a way; whether the connection goes on."""
        writer = caller.writer
        if kind in REFUSALS:
            self._note("refused", request)
            writer.write(REFUSALS[kind])
            return True
        taken = self._take(request)
        if kind in ("accept", "mistyped", "same"):
            writer.write(_reply(SAME if kind == "same" else taken, MISTYPED if kind == "mistyped" else JSON))
            return True
        if kind in PUZZLES:
            writer.write(PUZZLES[kind])
            await writer.drain()
            return kind != "garbage"
        if kind == "reset":
            writer.transport.abort()
        elif kind == "large":
            await self._flood(request, writer)
        else:
            await _drag(caller, ENDLESS if kind == "drip" else b"")
            self._note("left", request)
        return False

    async def _flood(self, request: Request, writer: asyncio.StreamWriter) -> None:
        """JSON without end; whoever reads all of it is noted."""
        writer.write(_reply(b'{"filler": "%s"}' % (b"x" * LARGE)))
        await writer.drain()
        self._note("swallowed", request)

    def _take(self, request: Request) -> bytes:
        """Send a message, unless it is recognised as sent; returns the answer's body."""
        if request.channel == "email" and request.message in self._known:
            self._note("again", request)
        else:
            self._known.add(request.message)
            self._note("sent", request)
            self._keep(request)
        name = f"p-{request.message}"
        return orjson.dumps({"id": name} if request.channel == "email" else {"sid": name, "status": "queued"})

    def _keep(self, request: Request) -> None:
        text = {"sid": f"p-{request.message}", "body": request.body, "status": "sent", "direction": "outbound-api"}
        self._texts[request.recipient].append({**text, "date_created": formatdate(usegmt=True)})

    def _listed(self, target: str) -> bytes:
        number = parse_qs(urlsplit(target).query).get("To", [""])[0]
        return orjson.dumps({"messages": self._texts[number][::-1]})

    def _note(self, what: str, request: Request) -> None:
        line = f"{time.time():.6f} {what} {request.channel} {request.message} {request.recipient}\n"
        os.write(self._log, line.encode())


def _read(path: str, headers: dict[str, str], body: bytes) -> Request:
    if path == "/webhook":
        message: dict[str, Any] = orjson.loads(body)
        return Request("email", unquote(headers["idempotency-key"]), message["to"][0], body.decode())
    form = parse_qs(body.decode())
    callback = parse_qs(urlsplit(form["StatusCallback"][0]).query)
    return Request("sms", callback["kairos_message"][0], form["To"][0], form["Body"][0])


def _reply(body: bytes, kind: bytes = JSON) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n%s" % (kind, len(body), body)


async def _drag(caller: Caller, drops: bytes) -> None:
    """Say a byte a second, or nothing, until the other side has had enough."""
    left = asyncio.create_task(caller.reader.read())
    for second in range(PATIENCE):
        caller.writer.write(drops[second : second + 1])
        done, _ = await asyncio.wait({left}, timeout=1)
        if done:
            break
    left.cancel()


async def _slam(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close in the middle of the TLS handshake."""
    await reader.read(1)
    writer.close()


async def serve(log: str, latency: float) -> None:
    """Listen on two free ports of loopback, and print them."""
    provider = Provider(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), latency)
    server = await asyncio.start_server(provider.talk, "127.0.0.1", 0, backlog=512)
    slammed = await asyncio.start_server(_slam, "127.0.0.1", 0)
    print(*(each.sockets[0].getsockname()[1] for each in (server, slammed)), flush=True)
    async with server, slammed:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], float(sys.argv[2])))
