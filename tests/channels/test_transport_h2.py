"""Calls over HTTP/2: on one connection, within their time, and honest about what has left."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from channels import transport_h2
from channels.base import Call
from channels.testing import FakeProvider, drip, reply, reset, silence
from channels.transport import LARGEST_ANSWER, Unanswered, in_parallel
from channels.transport_h2 import Http2Client, client_h2
from tests.channels.h2server import Http2Provider, Reply
from tests.channels.tls import certificates


def post(url: str) -> Call:
    return Call("POST", f"{url}/a", {"x-a": "1"}, b'{"n": 1}', {"authorization": "Bearer feathers"})


@pytest.fixture
def spoken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Http2Client, Http2Provider]]:
    """A client, and a provider that speaks HTTP/2 only."""
    server_side, client_side = certificates(tmp_path)
    monkeypatch.setattr(transport_h2, "tls_context_h2", lambda: client_side)
    client = Http2Client()
    with Http2Provider(server_side, lambda headers, body: Reply(201, {"X-Id".lower(): "7"}, b"{}")) as provider:
        yield client, provider
        client.close()


def test_many_calls_share_one_connection_at_the_same_time(spoken: tuple[Http2Client, Http2Provider]) -> None:
    """The provider answers none before all have come in."""
    client, provider = spoken
    assert client.send(post(provider.url), timeout=5).headers["x-id"] == "7"
    provider.together = 8
    answers = in_parallel(lambda _: client.send(post(provider.url), timeout=5), range(8), lambda _: None)
    assert {answer.status for answer in answers if answer} == {201}
    headers, body = provider.requests[0]
    assert (provider.connections, len(provider.requests)) == (1, 9)
    assert (headers[":path"], headers["authorization"], body) == ("/a", "Bearer feathers", b'{"n": 1}')


def test_an_answer_that_does_not_come_is_late_and_may_have_been_sent(
    spoken: tuple[Http2Client, Http2Provider],
) -> None:
    """Another call opens another connection."""
    client, provider = spoken
    provider.reply = lambda headers, body: Reply(None, {})
    began = time.monotonic()
    with pytest.raises(Unanswered, match="no answer in time") as late:
        client.send(post(provider.url), timeout=0.3)
    assert late.value.sent
    assert time.monotonic() - began < 1.0
    provider.reply = lambda headers, body: Reply(200, {})
    assert client.send(post(provider.url), timeout=5).status == 200


def test_to_a_stranger_nothing_is_sent(tmp_path: Path) -> None:
    """Nor to somebody who speaks no TLS, nor to nobody."""
    server_side, _ = certificates(tmp_path)
    with Http2Provider(server_side, lambda headers, body: Reply(200, {})) as provider:
        for url in (provider.url, "https://127.0.0.1:9", "http://127.0.0.1:9", "http://exa mple"):
            with pytest.raises(Unanswered) as refused:
                client_h2().send(post(url), timeout=2)
            assert not refused.value.sent
    assert provider.requests == []


def test_who_speaks_http_1_is_understood() -> None:
    """With the same bounds on time and size."""
    with FakeProvider(reply(200, {}, b"x" * 5_000_000)) as provider:
        assert len(client_h2().send(post(provider.url), timeout=2).body) == LARGEST_ANSWER
        for behaviour in (drip, silence, reset):
            provider.behaviour = behaviour
            began = time.monotonic()
            with pytest.raises(Unanswered) as fault:
                client_h2().send(post(provider.url), timeout=0.3)
            assert fault.value.sent
            assert time.monotonic() - began < 1.0
