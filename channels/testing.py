"""For tests of adapters, ours and yours: messages to send, and a provider on this machine to send them to."""

from __future__ import annotations

import itertools
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, Self

from orchestrator.model import Content, Outgoing, Segments

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

SAMPLES: dict[str, tuple[tuple[str, ...], Content]] = {
    "email": (
        ("ada@example.com",),
        Content(
            "email",
            {"subject": "Selamat pagi ☀", "html": "<p>Halo, <b>Ada</b></p>", "text": "Halo, Ada", "preheader": ""},
        ),
    ),
    "sms": (("+6281234567890",), Content("sms", {"body": "Halo, Ada"}, sms=Segments("GSM-7", 9, 1))),
    "whatsapp": (("+6281234567890",), Content("whatsapp", {"body": "Halo, Ada"})),
    "push": (("token-1",), Content("push", {"title": "Halo", "body": "Ada", "link": "https://example.com/a"})),
}


def outgoing(channel: str, *, fields: dict[str, Any] | None = None, **changes: Any) -> Outgoing:
    """A small, valid message on the channel; `fields` replace those of its content, `changes` those of its own."""
    addresses, content = SAMPLES[channel]
    message = Outgoing(
        id="m-1",
        campaign="day3-playlist",
        profile="u1",
        purpose="marketing",
        channel=channel,
        market="ID",
        locale="id",
        addresses=addresses,
        content=replace(content, fields={**content.fields, **(fields or {})}),
        at=AT,
    )
    return replace(message, **changes)


@dataclass(frozen=True, slots=True)
class Received:
    """A request as the provider got it, whole."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class FakeProvider:
    """A provider on this machine that does as it is told, and remembers what it was sent.

        with FakeProvider(reply(202)) as provider:
            adapter = SendGrid("email", {..., "base_url": provider.url})

    `requests` is every request that arrived whole, in order of arrival, whatever became of it. `behaviour` may be
    changed at any time; it is given the open exchange, and `reply`, `reset`, `drip`, `silence` and `chatter` make the usual ones.
    """

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.requests: list[Received] = []
        self.closing = Event()
        self._server = _Server(("127.0.0.1", 0), _Exchange)
        self._server.provider = self
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    provider: FakeProvider

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is what many tests are about."""


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one write for an answer
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.provider.requests.append(Received(self.command, self.path, headers, body))
        self.server.provider.behaviour(self)

    def do_PUT(self) -> None:
        self.do_POST()

    def do_GET(self) -> None:
        self.do_POST()

    def do_HEAD(self) -> None:
        self.do_POST()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: tests have enough to say."""


Behaviour = Callable[[_Exchange], None]


def reply(status: int, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Behaviour:
    """Answer with these."""

    def answer(exchange: _Exchange) -> None:
        exchange.send_response(status)
        for name, value in {"content-length": str(len(body)), **(headers or {})}.items():
            exchange.send_header(name, value)
        exchange.end_headers()
        exchange.wfile.write(body)

    return answer


def reset(exchange: _Exchange) -> None:
    """Break the connection off as soon as the request is in."""
    exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    exchange.connection.close()
    exchange.close_connection = True


def drip(exchange: _Exchange) -> None:
    """Answer for ever, a byte at a time, so that no single read is ever late."""
    exchange.close_connection = True
    for byte in itertools.chain(b"HTTP/1.1 202 Accepted\r\nx-slow: ", itertools.repeat(ord("a"))):
        exchange.connection.send(bytes([byte]))
        if exchange.server.provider.closing.wait(0.02):
            return


def silence(exchange: _Exchange) -> None:
    """Never answer."""
    exchange.close_connection = True
    exchange.server.provider.closing.wait()


def chatter(exchange: _Exchange) -> None:
    """Say something that is no HTTP."""
    exchange.close_connection = True
    exchange.wfile.write(b"\x00\xff good morning\n\n")
