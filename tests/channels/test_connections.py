"""Connections: kept while they are sound, left alone when they are not, and waited for no longer than a call may take."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from channels import connections, transport
from channels.base import Call
from channels.testing import Behaviour, FakeProvider, reply, reset, silence
from channels.transport import LARGEST_ANSWER, Client, Unanswered, in_parallel, too_late
from tests.channels.tls import certificates

OK = b"HTTP/1.1 200 OK\r\n"
_UNHEARD_OF = 99  # a family of addresses
WHOLE = OK + b"content-length: 2\r\n\r\n{}"


class Peers:
    """A provider's behaviour that remembers who called: a connection is a peer."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.seen: list[Any] = []

    def __call__(self, exchange: Any) -> None:
        self.seen.append(exchange.client_address)
        self.behaviour(exchange)

    @property
    def count(self) -> int:
        return len(set(self.seen))


def says(data: bytes, *, hangs_up: bool = False) -> Behaviour:
    """Answer with these very bytes."""

    def answer(exchange: Any) -> None:
        exchange.close_connection = hangs_up
        exchange.wfile.write(data)

    return answer


@pytest.fixture
def own() -> Iterator[Client]:
    """A client that nobody else uses."""
    client = Client()
    yield client
    client.close()


def post(provider: FakeProvider, body: bytes = b"{}") -> Call:
    return Call("POST", provider.url, {}, body)


@pytest.mark.parametrize(
    ("answer", "hangs_up", "is_kept"),
    [
        (WHOLE, False, True),
        (OK + b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", False, True),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE, False, True),
        (OK + b"connection: close\r\ncontent-length: 2\r\n\r\n{}", True, False),
        (OK + b"connection: close\r\ncontent-length: 2\r\n\r\n{}", False, False),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n{}", False, False),
        (OK + b"\r\n{}", True, False),
        (WHOLE + b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n[]", False, False),
        (WHOLE + b"x", False, False),
    ],
)
def test_a_connection_is_kept_if_the_answer_ended_where_it_should(
    own: Client, answer: bytes, hangs_up: bool, is_kept: bool
) -> None:
    """Else the next call has another, and reads nothing that was not meant for it."""
    peers = Peers(says(answer, hangs_up=hangs_up))
    with FakeProvider(peers) as provider:
        answers = [own.send(post(provider), timeout=2) for _ in range(2)]
    assert [(each.status, each.body) for each in answers] == [(200, b"{}")] * 2
    assert peers.count == (1 if is_kept else 2)


def after(answer: bytes, then: Callable[[socket.socket], None]) -> tuple[Behaviour, threading.Event]:
    """Answer, then do something to the connection; the event tells that it is done."""
    done = threading.Event()

    def behave(exchange: Any) -> None:
        if done.is_set():
            return says(answer)(exchange)
        exchange.wfile.write(answer)
        exchange.wfile.flush()
        then(exchange.connection)
        done.set()
        return None

    return behave, done


@pytest.mark.parametrize(
    "then",
    [lambda sock: sock.shutdown(socket.SHUT_RDWR), lambda sock: sock.sendall(b"HTTP/1.1 500 Late\r\n\r\n")],
    ids=["closed", "spoken on"],
)
def test_an_idle_connection_that_stirs_is_left_before_anything_is_lost_in_it(
    own: Client, then: Callable[[socket.socket], None]
) -> None:
    """Closed by the provider, or with something on it that nobody asked for."""
    behave, done = after(WHOLE, then)
    peers = Peers(behave)
    with FakeProvider(peers) as provider:
        own.send(post(provider), timeout=2)
        assert done.wait(5)
        assert own.send(post(provider), timeout=2).status == 200
    assert peers.count == len(provider.requests) == 2


def test_a_connection_that_was_idle_for_long_is_not_trusted(own: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies between may have forgotten it."""
    monkeypatch.setattr(connections, "IDLE", 0.0)
    peers = Peers(reply(200))
    with FakeProvider(peers) as provider:
        assert [own.send(post(provider), timeout=2).status for _ in range(2)] == [200, 200]
    assert peers.count == 2


def test_a_call_that_breaks_on_a_kept_connection_is_not_made_again(own: Client) -> None:
    """It had begun to leave, so that it may have arrived."""
    with FakeProvider(reply(200)) as provider:
        own.send(post(provider), timeout=2)
        provider.behaviour = reset
        with pytest.raises(Unanswered, match="broke off") as broken:
            own.send(post(provider), timeout=2)
    assert broken.value.sent
    assert len(provider.requests) == 2


def test_an_answer_before_the_whole_request_was_heard_is_heard(own: Client) -> None:
    """A provider may refuse what is too large for it, and hang up."""
    refusal = b"HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as server:

        def refuse() -> None:
            peer, _ = server.accept()
            with peer:
                peer.recv(1000)
                peer.sendall(refusal)

        thread = threading.Thread(target=refuse)
        thread.start()
        call = Call("POST", f"http://127.0.0.1:{server.getsockname()[1]}", {}, b"x" * 8_000_000)
        assert own.send(call, timeout=3).status == 413
        own.close()
        thread.join()


def test_headers_without_end_are_no_answer(own: Client) -> None:
    """Nor are they read for ever."""
    endless = says(OK + b"x-a: " + b"a" * 1_000_000, hangs_up=True)
    with FakeProvider(endless) as provider, pytest.raises(Unanswered) as refused:
        own.send(post(provider), timeout=2)
    assert refused.value.sent


def test_for_the_head_of_something_no_body_is_waited_for(own: Client) -> None:
    """Though its length is told."""
    with FakeProvider(says(OK + b"content-length: 500\r\n\r\n")) as provider:
        answer = own.send(Call("HEAD", provider.url), timeout=2)
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "500")


def test_of_a_providers_addresses_the_first_that_answers_is_taken(own: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether one refuses or this machine lacks its kind; the provider is told its name."""
    with FakeProvider(reply(200)) as provider:
        port = int(provider.url.rpartition(":")[2])
        stream = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        strange = (_UNHEARD_OF, *stream[1:], ("127.0.0.1", port))
        found = [strange, (*stream, ("127.0.0.1", 9)), (*stream, ("127.0.0.1", port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_: found)
        assert own.send(Call("POST", f"http://api.example:{port}/"), timeout=2).status == 200
    assert provider.requests[0].headers["host"] == f"api.example:{port}"


def test_no_proxy_is_asked(own: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment says: the provider is called."""
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with FakeProvider(reply(200)) as provider:
        assert own.send(post(provider), timeout=2).status == 200


def test_no_more_connections_are_kept_than_are_of_use(own: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes back beyond them is closed."""
    monkeypatch.setattr(connections, "KEPT", 2)
    meeting = threading.Barrier(6, timeout=5)

    def meet(exchange: Any) -> None:
        meeting.wait()
        reply(200)(exchange)

    peers = Peers(meet)
    with FakeProvider(peers) as provider:
        for _ in range(2):
            in_parallel(lambda _: own.send(post(provider), timeout=5), range(6), too_late)
    assert peers.count == 6 + 4


def test_calls_that_get_no_answer_hold_up_no_others(own: Client) -> None:
    """Nor does a connection that cannot be opened: each call has its own time."""
    with (
        FakeProvider(silence) as mute,
        FakeProvider(reply(200)) as well,
        socket.create_server(("127.0.0.1", 0)) as deaf,
    ):
        urls = [mute.url, well.url, f"https://127.0.0.1:{deaf.getsockname()[1]}"] * 8
        began = time.monotonic()

        def call(url: str) -> tuple[str, float]:
            try:
                return str(own.send(Call("POST", url), timeout=0.5).status), time.monotonic() - began
            except Unanswered as silent:
                return str(silent), time.monotonic() - began

        found = in_parallel(call, urls, lambda url: ("late", 0.0))
    assert [said for said, _ in found] == ["no answer in time", "200", "no answer in time"] * 8
    assert max(took for said, took in found if said == "200") < 0.4
    assert max(took for _, took in found) < 0.9


def test_who_never_finishes_the_handshake_got_nothing(own: Client) -> None:
    """Nor is waited for beyond the deadline."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        began = time.monotonic()
        with pytest.raises(Unanswered, match="no answer in time") as late:
            own.send(Call("POST", f"https://127.0.0.1:{mute.getsockname()[1]}/"), timeout=0.2)
    assert not late.value.sent
    assert time.monotonic() - began < 1.0


@pytest.fixture
def encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[FakeProvider, ssl.SSLContext]:
    """A provider that speaks TLS, and a context that trusts it."""
    server_side, client_side = certificates(tmp_path)
    provider = FakeProvider(reply(200))
    provider._server.socket = server_side.wrap_socket(provider._server.socket, server_side=True)
    return provider, client_side


def test_large_requests_and_answers_go_through_tls(
    encrypted: tuple[FakeProvider, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole, record by record, on one connection; and a peer who goes silent in the middle is not waited for."""
    provider, trusting = encrypted
    monkeypatch.setattr(transport, "tls_context", lambda: trusting)
    client, large = Client(), b"0123456789abcdef" * (LARGEST_ANSWER // 16)
    peers = provider.behaviour = Peers(reply(200, {}, large))
    with provider:
        call = Call("POST", provider.url.replace("http:", "https:"), {}, large * 3)
        assert [client.send(call, timeout=5).body == large for _ in range(2)] == [True, True]
        assert peers.count == 1
        assert provider.requests[-1].body == call.body
        provider.behaviour = silence
        with pytest.raises(Unanswered, match="no answer in time") as late:
            client.send(call, timeout=0.5)
        client.close()
    assert late.value.sent
