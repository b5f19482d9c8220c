"""A provider in a process of its own, which outlives whatever is killed, and writes down each request that it accepts.

    POST /webhook           the house's own JSON; a repeated Idempotency-Key is recognised, and sends nothing again
    POST /2010-04-01/…      Twilio's form; whatever comes is sent, however often it comes
    GET  /2010-04-01/…      what was sent to a number, as Twilio lists it
    POST /behave            from a test: how to answer from now on, per channel

Its log has a line for each request: the instant, what was done with it, the channel, the message, the recipient. A line is
in the file before the answer leaves; the verdicts of the fault tests are read from here, and from nowhere else.

    sent     taken, and sent to the person
    again    recognised: sent before
    refused  known not to be sent
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import orjson

LARGE = 10_000_000
HTML = b"<html><body>Welcome</body></html>"


@dataclass(frozen=True)
class Request:
    """One message as it arrived."""

    channel: str
    message: str
    recipient: str
    body: str = ""


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
    "large": b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % LARGE + b"x" * LARGE,
}


class Provider:
    """Answers requests, and keeps the log."""

    def __init__(self, log: int, latency: float) -> None:
        self._log = log
        self._texts: dict[str, list[dict[str, str]]] = defaultdict(list)
        self._latency = latency
        self._known: set[str] = set()
        self._behaviours: dict[str, Behaviour] = {}
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
                elif not await self._answer(target, headers, body, writer):
                    break
        writer.close()

    async def _answer(self, path: str, headers: dict[str, str], body: bytes, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether the connection goes on."""
        if path == "/behave":
            self._behaviours = {channel: Behaviour(**told) for channel, told in orjson.loads(body).items()}
            writer.write(_reply(b"{}"))
            return True
        request = _read(path, headers, body)
        self._count += 1
        behaviour = self._behaviours.get(request.channel, Behaviour())
        if (self._count % 100) >= behaviour.share * 100:
            behaviour = Behaviour()
        await asyncio.sleep(self._latency + behaviour.after)
        return await self._behave(behaviour.kind, request, writer)

    async def _behave(self, kind: str, request: Request, writer: asyncio.StreamWriter) -> bool:
        if kind in REFUSALS:
            self._note("refused", request)
            writer.write(REFUSALS[kind])
            return True
        taken = self._take(request)
        if kind == "accept":
            writer.write(_reply(taken))
            return True
        if kind == "drip":
            await _drip(writer)
        elif kind == "silence":
            await asyncio.sleep(60)
        elif kind != "reset":
            writer.write(PUZZLES[kind])
            await writer.drain()
            return kind not in ("garbage", "large")
        else:
            writer.transport.abort()
        return False

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
        return Request("email", unquote(headers["idempotency-key"]), message["to"][0])
    form = parse_qs(body.decode())
    callback = parse_qs(urlsplit(form["StatusCallback"][0]).query)
    return Request("sms", callback["kairos_message"][0], form["To"][0], form["Body"][0])


def _reply(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)


async def _drip(writer: asyncio.StreamWriter) -> None:
    """An answer that never ends, a byte at a time."""
    for byte in b"HTTP/1.1 200 OK\r\nx-slow: " + b"a" * 60:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(1)


async def serve(log: str, latency: float) -> None:
    """Listen on a free port of loopback, and print it."""
    provider = Provider(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), latency)
    server = await asyncio.start_server(provider.talk, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], float(sys.argv[2])))
