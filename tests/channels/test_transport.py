"""Calls: a deadline for all of it, one connection for many, and an honest word about what was sent."""

import os
import socket
import threading
import time
from email.utils import formatdate
from pathlib import Path

import pytest

from channels import transport
from channels.base import Call
from channels.deadline import Deadline
from channels.once import OncePerProcess
from channels.testing import FakeProvider, drip, reply, silence
from channels.transport import FUSE, Answer, Client, Unanswered, client, in_parallel, judged, too_late
from channels.turns import aside
from orchestrator.model import Delivery
from tests.channels.tls import certificates

LOST = Delivery("unknown")


def post(url: str, **changes: object) -> Call:
    return Call("POST", url, {"x-a": "1"}, b"{}", {"authorization": "Bearer feathers"})


def test_an_answer_is_its_status_its_headers_and_its_body() -> None:
    """Secret headers go out, and into no repr."""
    with FakeProvider(reply(201, {"X-Id": "7"}, b"{}")) as provider:
        call = post(f"{provider.url}/a")
        answer = client().send(call, timeout=1)

    assert (answer.status, answer.headers["x-id"], answer.body) == (201, "7", b"{}")
    assert provider.requests[0].headers["authorization"] == "Bearer feathers"
    assert "feathers" not in repr(call)


def test_calls_share_a_connection() -> None:
    """Opening one takes longer than most calls."""
    peers = set()

    def answer(exchange: object) -> None:
        peers.add(exchange.client_address)  # type: ignore[attr-defined]
        reply(200)(exchange)  # type: ignore[arg-type]

    with FakeProvider(answer) as provider:
        for _ in range(5):
            client().send(post(provider.url), timeout=1)
    assert len(peers) == 1


def test_calls_are_encrypted_to_who_can_prove_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the same deadlines; to anybody else nothing is sent."""
    server_side, client_side = certificates(tmp_path)
    provider = FakeProvider(reply(201, {}, b"{}"))
    provider._server.socket = server_side.wrap_socket(provider._server.socket, server_side=True)
    with provider:
        url = provider.url.replace("http:", "https:")
        with pytest.raises(Unanswered, match="no secure connection") as fault:
            client().send(post(url), timeout=2)
        assert not fault.value.sent
        monkeypatch.setattr(transport, "tls_context", lambda: client_side)
        own = Client()
        assert [own.send(post(url), timeout=2).status for _ in range(2)] == [201, 201]
        provider.behaviour = silence
        with pytest.raises(Unanswered, match="no answer in time"):
            own.send(post(url), timeout=0.2)
        own.close()
    assert len(provider.requests) == 3


def test_no_more_than_a_mebibyte_is_read() -> None:
    """The rest is left with whoever sends it."""
    with FakeProvider(reply(200, {}, b"x" * 5_000_000)) as provider:
        assert len(client().send(post(provider.url), timeout=2).body) == transport.LARGEST_ANSWER


@pytest.mark.parametrize("behaviour", [silence, drip])
def test_a_call_takes_no_longer_than_it_may(behaviour: object) -> None:
    """However little a provider sends at a time."""
    with FakeProvider(behaviour) as provider:  # type: ignore[arg-type]
        began = time.monotonic()
        with pytest.raises(Unanswered, match="no answer in time") as silent:
            client().send(post(provider.url), timeout=0.2)
    assert silent.value.sent
    assert 0.15 < time.monotonic() - began < 0.6


def test_a_body_that_drips_counts_as_none_and_the_status_stands() -> None:
    """It has been heard."""

    def answer(exchange: object) -> None:
        exchange.wfile.write(b"HTTP/1.1 429 Slow\r\nretry-after: 5\r\ncontent-length: 9\r\n\r\n")  # type: ignore[attr-defined]
        exchange.wfile.flush()  # type: ignore[attr-defined]
        drip(exchange)  # type: ignore[arg-type]

    with FakeProvider(answer) as provider:
        slow = client().send(post(provider.url), timeout=0.2)
    assert (judged(slow).kind, judged(slow).retry_after) == ("retry", 5.0)


def test_a_peer_that_does_not_read_is_not_waited_for() -> None:
    """A large request that stays in the pipe is late, too."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        call = Call("POST", f"http://127.0.0.1:{deaf.getsockname()[1]}/", {}, b"x" * 20_000_000)
        began = time.monotonic()
        with pytest.raises(Unanswered) as late:
            client().send(call, timeout=0.3)
    assert late.value.sent
    assert time.monotonic() - began < 1.0


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1:9", "cannot be reached"),
        ("http://exa mple", "cannot be made"),
        ("https://127.0.0.1:9", "cannot be reached"),
    ],
)
def test_what_could_not_be_called_was_not_sent(url: str, why: str) -> None:
    """Said in plain words, without the address."""
    with pytest.raises(Unanswered, match=why) as fault:
        client().send(post(url), timeout=0.5)
    assert not fault.value.sent
    assert fault.value.delivery.kind == "retry"
    assert url not in str(fault.value)


def test_a_name_that_nobody_knows_was_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message may go elsewhere."""

    def unknown(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Unanswered, match="name is not known") as fault:
        client().send(post("http://mail.example"), timeout=0.5)
    assert fault.value.delivery.kind == "retry"


def test_a_header_that_would_break_out_is_not_sent() -> None:
    """A call is refused before anything leaves."""
    with FakeProvider(reply(200)) as provider, pytest.raises(Unanswered) as refused:
        client().send(Call("POST", provider.url, {"x-a": "1\r\nx-b: 2"}), timeout=1)
    assert not refused.value.sent
    assert provider.requests == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7", 7.0), (" 0 ", 0.0), ("99999999", 86_400.0), ("-5", None), ("soon", None), ("", None), ("1e9", None)],
)
def test_a_wait_is_read_in_seconds(text: str, seconds: float | None) -> None:
    """At most a day; what is no number is no wish."""
    assert Answer(429, {"retry-after": text}, b"").retry_after() == seconds


def test_a_wait_is_read_as_an_instant() -> None:
    """One that is past is now."""
    assert Answer(429, {"retry-after": formatdate(time.time() - 60, usegmt=True)}, b"").retry_after() == 0.0
    late = Answer(429, {"retry-after": formatdate(time.time() + 30, usegmt=True)}, b"").retry_after()
    assert late is not None
    assert 20 < late <= 30


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (400, {}, "rejected"),
        (401, {}, "retry"),
        (403, {}, "rejected"),
        (408, {}, "unknown"),
        (413, {}, "rejected"),
        (429, {}, "retry"),
        (500, {}, "unknown"),
        (503, {}, "unknown"),
        (503, {"retry-after": "1"}, "retry"),
        (500, {"retry-after": "1"}, "unknown"),
        (302, {}, "unknown"),
        (304, {}, "unknown"),
    ],
)
def test_a_status_means_one_thing(status: int, headers: dict[str, str], kind: str) -> None:
    """What is not surely refused or surely not sent is unknown."""
    assert judged(Answer(status, headers, b"")).kind == kind


def test_things_are_done_in_parallel_and_returned_in_order() -> None:
    """Each waits for all the others, so that one after the other would never end."""
    meeting = threading.Barrier(8, timeout=5)

    def meet(item: int) -> int:
        aside(meeting.wait)
        return item * item

    assert in_parallel(meet, range(8), lambda _: -1) == [n * n for n in range(8)]


def test_what_does_not_begin_in_time_is_left() -> None:
    """A batch ends while its lease still holds."""
    assert in_parallel(lambda _: "done", range(3), lambda _: "late", within=0.0) == ["late"] * 3
    assert in_parallel(lambda _: "done", range(1), lambda _: "late") == ["done"]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # the child leaves at once
def test_a_child_process_has_a_client_of_its_own() -> None:
    """Two processes on one connection would read each other's answers."""
    mine = client()
    child = os.fork()
    if child == 0:
        os._exit(0 if client() is not mine else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert client() is mine


def test_a_deadline_that_has_passed_waits_for_nothing() -> None:
    """Until it begins again."""
    deadline = Deadline(0.0)
    assert deadline.passed
    with pytest.raises(TimeoutError):
        deadline.left()
    deadline.restart(5)
    assert 4 < deadline.left() <= 5


def test_a_client_that_was_closed_opens_anew() -> None:
    """Closing gives back what is idle, no more."""
    own = Client()
    with FakeProvider(reply(200)) as provider:
        own.send(post(provider.url), timeout=1)
        own.close()
        assert own.send(post(provider.url), timeout=1).good
        own.close()


def test_all_threads_of_a_process_share_what_is_made_once() -> None:
    """Though they ask for it at the same moment."""

    def make() -> object:
        time.sleep(0.01)
        return object()

    shared = OncePerProcess(make)
    assert len(set(in_parallel(lambda _: aside(shared), range(8), lambda _: shared()))) == 1


def test_a_batch_that_nobody_answers_ends_before_all_of_it_was_tried() -> None:
    """The rest is known not to have been sent; an answer in between begins the count anew."""
    dead = in_parallel(lambda _: LOST, range(200), too_late, is_fault=lambda outcome: outcome.is_fault)
    assert dead.count(LOST) == FUSE
    assert {outcome.kind for outcome in dead} == {"unknown", "retry"}
    mixed = in_parallel(
        lambda n: LOST if n % 5 else Delivery("accepted"),
        range(200),
        too_late,
        is_fault=lambda outcome: outcome.is_fault,
    )
    assert mixed.count(LOST) == 160
