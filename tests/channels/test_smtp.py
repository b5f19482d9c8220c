"""A mail server: one connection for a batch, and what each of its answers means at each step."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from channels import smtp, transport
from channels.base import Misconfigured
from channels.contract import AdapterContract
from channels.mime import Letter
from channels.smtp import Smtp
from channels.testing import outgoing
from orchestrator.model import Delivery, Outgoing
from tests.channels.tls import certificates


class Desk:
    """What happens at the mail server: keeps what it took, and does as it is told at each step."""

    def __init__(self, **steps: Callable[..., Any]) -> None:
        self.steps = steps
        self.taken: list[Any] = []
        self.connections = 0

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, name: str, responses: list[str]) -> list[str]:  # noqa: N802
        self.connections += 1
        session.host_name = name
        return responses

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        answer = self.steps.get("mail", lambda *_: None)(server, address)
        if answer:
            return str(answer)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        answer = self.steps.get("rcpt", lambda *_: None)(server, address)
        if answer:
            return str(answer)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.steps.get("data", lambda *_: "250 taken")(server, envelope)
        if asyncio.iscoroutine(answer):
            answer = await answer
        if answer.startswith("250"):
            self.taken.append(envelope)
        return str(answer)


class Mailroom(Controller):
    """aiosmtpd on a port that the system chooses."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mailroom(desk: Desk, **options: Any) -> Iterator[int]:
    controller = Mailroom(desk, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def make(port: int, **settings: Any) -> Smtp:
    given = {"host": "127.0.0.1", "port": port, "tls": "none", "from": "Kairos <hello@example.com>", "timeout": 5.0}
    return Smtp("email", given | settings)


def deliver(desk: Desk, *batch: Outgoing) -> list[Delivery]:
    with mailroom(desk) as port:
        return make(port).deliver(list(batch))


def break_off(server: Any, _: Any) -> str:
    server.transport.abort()
    return "250 taken"


class TestContract(AdapterContract):
    channel = "email"
    secrets = ("feathers",)

    def make(self, url: str, timeout: float) -> Smtp:
        return make(urlsplit(url).port or 0, username="kairos", password="feathers", timeout=timeout)

    def shape(self, request: Letter) -> Any:
        headers = BytesHeaderParser().parsebytes(request.content)
        return request.recipient, sorted(set(headers.keys()) - {"Content-Transfer-Encoding"}), headers["To"]


def test_a_batch_goes_over_one_connection_and_arrives_as_it_was_written() -> None:
    """Lines that begin with a dot included."""
    desk = Desk()
    batch = [outgoing("email", id=f"m-{n}", fields={"text": ".\n..\nHalo"}) for n in range(3)]
    outcomes = deliver(desk, *batch)

    assert [outcome.kind for outcome in outcomes] == ["accepted"] * 3
    assert desk.connections == 1
    assert [envelope.content for envelope in desk.taken] == [make(25).build(message).content for message in batch]
    assert [outcome.provider_id for outcome in outcomes] == [make(25).build(message).id for message in batch]
    assert desk.taken[0].rcpt_tos == ["ada@example.com"]
    assert desk.taken[0].mail_from == "hello@example.com"


@pytest.mark.parametrize(("connections", "opened"), [(1, 1), (3, 3), (32, 5)])
def test_a_large_batch_goes_over_several_connections(connections: int, opened: int) -> None:
    """As many as are permitted, and as are worth it; each answer is its own letter's."""
    desk = Desk(rcpt=lambda _, address: "550 5.1.1 unknown" if address.startswith("gone") else None)
    batch = [outgoing("email", id=f"m-{n}", addresses=("gone@x.com" if n % 3 else "ada@x.com",)) for n in range(40)]
    with mailroom(desk) as port:
        outcomes = make(port, connections=connections).deliver(batch)
    assert desk.connections == opened
    assert [outcome.kind for outcome in outcomes] == ["rejected" if n % 3 else "accepted" for n in range(40)]
    assert len(desk.taken) == 14


def test_what_breaks_one_connection_leaves_the_others() -> None:
    """The letter is unknown; what is left goes over what is open."""
    broken: list[str] = []

    def once(server: Any, envelope: Any) -> Any:
        if not broken:
            broken.append(envelope.rcpt_tos[0])
            return break_off(server, envelope)
        return "250 taken"

    desk = Desk(data=once)
    with mailroom(desk) as port:
        outcomes = make(port).deliver([outgoing("email", id=f"m-{n}") for n in range(32)])
    kinds = [outcome.kind for outcome in outcomes]
    assert (kinds.count("unknown"), kinds.count("accepted")) == (1, 31)
    assert desk.connections == 5


@pytest.mark.parametrize(
    ("answer", "kind", "dead"),
    [
        ("550 5.1.1 ada@example.com unknown", "rejected", ("ada@example.com",)),
        ("550 5.7.1 not from you", "rejected", ()),
        ("550 no", "rejected", ()),
        ("450 4.2.0 come back later", "retry", ()),
        ("421 4.3.2 closing", "retry", ()),
    ],
)
@pytest.mark.parametrize("step", ["rcpt", "data"])
def test_a_refusal_means_the_same_at_every_step(step: str, answer: str, kind: str, dead: tuple[str, ...]) -> None:
    """And is this message's alone; the server's words are not repeated."""

    def refuse(server: Any, about: Any) -> str | None:
        first = "ada@example.com" in (about if isinstance(about, str) else about.rcpt_tos)
        return answer if first else None if step == "rcpt" else "250 taken"

    first, second = deliver(Desk(**{step: refuse}), outgoing("email"), outgoing("email", addresses=("b@example.com",)))

    assert (first.kind, first.dead) == (kind, dead)
    assert first.detail.startswith(f"SMTP {answer[:3]}")
    assert "ada@" not in first.detail
    assert second.kind == "accepted"


def test_what_is_refused_to_our_sender_is_no_recipient_s_fault() -> None:
    """It is tried again, once the sender may send."""
    [outcome] = deliver(Desk(mail=lambda *_: "550 5.7.1 not your domain"), outgoing("email"))
    assert (outcome.kind, outcome.dead, outcome.detail) == ("retry", (), "SMTP 550 to our sender")


def test_a_connection_lost_before_the_content_has_sent_nothing() -> None:
    """The next message has a new one."""
    first, second = deliver(
        Desk(rcpt=lambda server, address: break_off(server, None) if address.startswith("ada") else None),
        outgoing("email"),
        outgoing("email", addresses=("b@example.com",)),
    )
    assert (first.kind, second.kind) == ("retry", "accepted")


def test_a_connection_lost_after_the_content_leaves_it_unknown() -> None:
    """The server may have taken it; it is not offered again."""
    desk = Desk(data=break_off)
    [outcome] = deliver(desk, outgoing("email"))
    assert outcome.kind == "unknown"
    assert desk.connections == 1


def test_a_server_that_never_answers_the_content_is_not_waited_for() -> None:
    """The deadline is for the whole of the exchange."""

    async def ponder(server: Any, envelope: Any) -> str:
        await asyncio.sleep(1.2)
        return "250 taken"

    with mailroom(Desk(data=ponder)) as port:
        [outcome] = make(port, timeout=0.4).deliver([outgoing("email")])
    assert outcome.kind == "unknown"


def test_a_server_that_is_not_there_is_asked_once_for_a_batch() -> None:
    """Every message may be tried again."""
    outcomes = make(9).deliver([outgoing("email", id=str(n)) for n in range(3)])
    assert [outcome.kind for outcome in outcomes] == ["retry"] * 3


def test_a_refused_password_holds_the_mail_back_and_is_not_shown() -> None:
    """It is our fault and not the message's."""
    refused = {"authenticator": lambda *_: AuthResult(success=False, handled=False), "auth_require_tls": False}
    with mailroom(Desk(), **refused) as port:
        adapter = make(port, username="kairos", password="feathers")
        [outcome] = adapter.deliver([outgoing("email")])

    assert (outcome.kind, outcome.detail) == ("retry", "the mail server lets nobody in (SMTP 535)")
    assert "feathers" not in repr(adapter.settings)


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_mail_is_encrypted_before_the_password_is_told(
    tls: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a command, or from the first byte; a certificate that nobody vouches for ends it."""
    server_side, client_side = certificates(tmp_path)
    desk = Desk()
    options: dict[str, Any] = {"authenticator": lambda *_: AuthResult(success=True)}
    if tls == "tls":
        options |= {"ssl_context": server_side, "auth_require_tls": False}
    else:
        options |= {"tls_context": server_side, "require_starttls": True}
    with mailroom_over(client_side if tls == "tls" else None, desk, **options) as port:
        adapter = make(port, tls=tls, username="kairos", password="feathers")
        assert adapter.deliver([outgoing("email")])[0].kind == "retry"
        monkeypatch.setattr(smtp, "tls_context", lambda: client_side)
        assert adapter.deliver([outgoing("email")])[0].kind == "accepted"
    assert len(desk.taken) == 1


def test_a_password_is_never_sent_in_the_clear_to_another_machine() -> None:
    """Nor is half of a login accepted."""
    with pytest.raises(Misconfigured, match="in the clear"):
        make(25, host="mail.example.com", username="kairos", password="feathers")
    with pytest.raises(Misconfigured, match="go together"):
        make(25, username="kairos")


def test_a_batch_that_takes_too_long_ends_with_the_rest_untried(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are known not to be sent."""
    monkeypatch.setattr(smtp, "BATCH", 0.0)
    assert [outcome.kind for outcome in deliver(Desk(), outgoing("email"))] == ["retry"]
    assert transport.too_late().retry_after == 0.0


@contextmanager
def mailroom_over(client_side: ssl.SSLContext | None, desk: Desk, **options: Any) -> Iterator[int]:
    """aiosmtpd tries its own door once it is open, and over TLS it wants to trust itself."""

    class Encrypted(Mailroom):
        def _trigger_server(self) -> None:
            assert self.server is not None
            self.port = self.server.sockets[0].getsockname()[1]
            self.ssl_context = client_side
            Controller._trigger_server(self)

    controller = Encrypted(desk, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()
