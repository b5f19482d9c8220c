"""A provider on this machine that speaks HTTP/2 over TLS."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Thread
from typing import Self

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded

Headers = Mapping[str, str]


@dataclass
class Reply:
    """What is answered; None for `status`: nothing, ever."""

    status: int | None
    headers: Headers
    body: bytes = b""


class Http2Provider:
    """Answers each request as `reply` says, once as many as `together` have come in; keeps what it was sent."""

    def __init__(self, server_side: ssl.SSLContext, reply: Callable[[Headers, bytes], Reply]) -> None:
        server_side.set_alpn_protocols(["h2"])
        self.reply = reply
        self.together = 1
        self.connections = 0
        self.requests: list[tuple[Headers, bytes]] = []
        self._tls = server_side
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._closing = Event()
        self._thread = Thread(target=self._listen, daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"https://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _listen(self) -> None:
        with suppress(OSError):
            while not self._closing.is_set():
                plain, _ = self._listener.accept()
                Thread(target=self._converse, args=(plain,), daemon=True).start()

    def _converse(self, plain: socket.socket) -> None:
        try:
            sock = self._tls.wrap_socket(plain, server_side=True)
        except OSError:
            plain.close()
            return
        self.connections += 1
        connection = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        connection.initiate_connection()
        asked: dict[int, tuple[dict[str, str], bytearray]] = {}
        ended: list[int] = []
        with sock, suppress(OSError):
            sock.sendall(connection.data_to_send())
            while data := sock.recv(65_536):
                for event in connection.receive_data(data):
                    if isinstance(event, RequestReceived) and event.stream_id:
                        asked[event.stream_id] = (dict(event.headers or ()), bytearray())
                    elif isinstance(event, DataReceived) and event.stream_id:
                        asked[event.stream_id][1].extend(event.data or b"")
                        connection.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id)
                    elif isinstance(event, StreamEnded) and event.stream_id:
                        ended.append(event.stream_id)
                if len(ended) >= self.together:
                    for stream in ended:
                        self._answer(connection, stream, *asked.pop(stream))
                    ended.clear()
                sock.sendall(connection.data_to_send())

    def _answer(self, connection: H2Connection, stream: int, headers: Headers, body: bytearray) -> None:
        self.requests.append((headers, bytes(body)))
        reply = self.reply(headers, bytes(body))
        if reply.status is not None:
            connection.send_headers(stream, [(":status", str(reply.status)), *reply.headers.items()])
            connection.send_data(stream, reply.body, end_stream=True)
