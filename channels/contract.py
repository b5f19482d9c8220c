"""The contract of an adapter as tests that you inherit; they need pytest.

    class TestPigeon(HttpContract):
        channel = "sms"
        secrets = ("feathers",)
        good = reply(201, body=b'{"id": "p-1"}')

        def make(self, url: str, timeout: float) -> Adapter:
            return Pigeon(self.channel, {"key": "feathers", "base_url": url, "timeout": timeout})

`AdapterContract` holds for every adapter, `HttpContract` for those that call a provider over HTTP, `ReceiptsContract` for those
that a provider reports to.
"""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from email.utils import formatdate
from typing import Any, ClassVar

import pytest

from channels.base import Adapter, Call, Inbound, Unsupported
from channels.testing import Behaviour, FakeProvider, Received, chatter, drip, outgoing, reply, reset, silence
from orchestrator.model import Delivery, Outgoing

HOSTILE = (
    "Hi\r\nBcc: eve@example.com",
    "Hi\n\nbody",
    "=?utf-8?q?Hi=0ABcc:_eve@example.com?=",
    "Hi\u2028Bcc: eve@example.com\x85To: eve@example.com",
    "Hi\x0b\x0c\x00",
)
NOWHERE = "http://127.0.0.1:9"  # the discard port: nobody listens
_JSON = {"content-type": "application/json"}
_MOVED = {"location": "/elsewhere"}
PATIENT, HASTY = 5.0, 0.3  # seconds for a call that is to be answered, and for one that is not
_MOST = 3.0  # seconds that any fault may take

FAULTS: dict[str, tuple[Behaviour, str]] = {
    "429 with a span to wait": (reply(429, {"retry-after": "7"}), "retry"),
    "429": (reply(429), "retry"),
    "503 with a span to wait": (reply(503, {"retry-after": "7"}), "retry"),
    "503": (reply(503), "unknown"),
    "500": (reply(500), "unknown"),
    "502": (reply(502, {"content-type": "text/html"}, b"<h1>Bad gateway</h1>"), "unknown"),
    "504": (reply(504), "unknown"),
    "400": (reply(400, _JSON, b"{}"), "rejected"),
    "404 of HTML": (reply(404, {"content-type": "text/html"}, b"<h1>Nothing here</h1>"), "rejected"),
    "redirect": (reply(302, _MOVED), "unknown"),
    "permanent redirect": (reply(308, _MOVED), "unknown"),
    "200 of garbage": (reply(200, _JSON, b'{"id": '), "unknown"),
    "200 of nothing": (reply(200), "unknown"),
    "200 of HTML": (reply(200, {"content-type": "text/html"}, b"<h1>Welcome to the hotel</h1>"), "unknown"),
    "200 of 10 MB": (reply(200, _JSON, b"[" + b"1," * 5_000_000), "unknown"),
    "200 of another kind": (reply(200, _JSON, b'["fine"]'), "unknown"),
    "no HTTP": (chatter, "unknown"),
    "broken off after the body": (reset, "unknown"),
    "silence": (silence, "unknown"),
    "one byte at a time": (drip, "unknown"),
}


SLOW = frozenset({"silence", "one byte at a time"})

Resign = Callable[[Inbound, Callable[[str], str]], Inbound]
FORGERIES: dict[str, Callable[[Inbound, Resign], Inbound]] = {
    "another body": lambda report, _: replace(report, body=report.body.replace(b"m-1", b"m-2")),
    "a longer body": lambda report, _: replace(report, body=report.body + b"&To=%2B1"),
    "no signature": lambda report, resign: resign(report, lambda _: ""),
    "a signature cut short": lambda report, resign: resign(report, lambda text: text[:-4]),
    "a signature of something else": lambda report, resign: resign(report, lambda text: text[::-1]),
    "a signature that is none": lambda report, resign: resign(report, lambda _: "\u2713 =?= %"),
}
OF_THE_BODY = frozenset({"another body", "a longer body"})


def told(deliveries: Sequence[Delivery], adapter: Adapter) -> str:
    """All that a person or a log may get to see of a hand-over."""
    return f"{deliveries!r} {adapter!r} {getattr(adapter, 'settings', '')!r}"


class AdapterContract(ABC):
    """What holds for every adapter. Fill in `channel`, `secrets` and `make`."""

    channel: ClassVar[str]
    secrets: ClassVar[tuple[str, ...]] = ()
    carries_everything: ClassVar[bool] = False

    @abstractmethod
    def make(self, url: str, timeout: float) -> Adapter:
        """The adapter with its provider at this address, giving it this many seconds for a call."""

    def message(self, **changes: Any) -> Outgoing:
        """A message that the adapter can carry."""
        return outgoing(self.channel, **changes)

    def shape(self, request: Any) -> Any:
        """What no content may change about a request: its target, headers and recipients. Say more of your own."""
        return (request.method, request.url, dict(request.headers)) if isinstance(request, Call) else None

    def nowhere(self) -> Adapter:
        """The adapter with nobody at the other end."""
        return self.make(NOWHERE, PATIENT)

    def test_it_is_an_adapter(self) -> None:
        """It has the contract's shape and serves its channel."""
        adapter = self.nowhere()
        assert isinstance(adapter, Adapter)
        assert {self.channel, "*"} & set(adapter.channels)

    def test_the_same_message_gives_the_same_request(self) -> None:
        """Also at another attempt, and in another adapter."""
        assert self.nowhere().build(self.message()) == self.nowhere().build(self.message(attempt=2, fence=3))

    def test_no_messages_are_no_outcomes(self) -> None:
        """And nothing is sent."""
        assert self.nowhere().deliver([]) == []

    def test_what_cannot_be_carried_is_refused_and_not_dropped(self) -> None:
        """Loudly when built, as a rejection with a reason when delivered; the others of the batch go their way."""
        if self.carries_everything:
            pytest.skip("carries whatever there is")
        adapter, strange = self.nowhere(), self.message(fields={"hologram": "x"})
        with pytest.raises(Unsupported, match="hologram"):
            adapter.build(strange)
        outcomes = adapter.deliver([self.message(id="a"), replace(strange, id="b"), self.message(id="c")])
        assert [outcome.kind == "rejected" for outcome in outcomes] == [False, True, False]
        assert "hologram" in outcomes[1].detail

    @pytest.mark.parametrize("text", HOSTILE)
    def test_what_a_person_writes_adds_no_header_and_no_recipient(self, text: str) -> None:
        """In whichever field, the request keeps its shape, or is refused."""
        adapter, tame = self.nowhere(), self.message()
        meant = self.shape(adapter.build(tame))
        for name in tame.content.fields:
            request = adapter.build(self.message(fields={name: text}))
            assert self.shape(request) == meant

    def test_nothing_shown_holds_a_secret_or_an_address(self) -> None:
        """Neither the adapter's repr, nor its settings', nor an outcome."""
        adapter, message = self.nowhere(), self.message()
        shown = told(adapter.deliver([message]), adapter)
        assert not [text for text in (*self.secrets, *message.addresses) if text in shown]
        assert not [text for text in self.secrets if text in repr(adapter.build(message))]

    def test_a_webhook_from_nobody_is_not_genuine(self) -> None:
        """Without a signature nothing is."""
        assert not self.nowhere().verify(Inbound("https://example.com/r", {}, b"{}", received=time.time()))

    def test_closing_twice_does_no_harm(self) -> None:
        """As a shutdown may."""
        adapter = self.nowhere()
        adapter.close()
        adapter.close()


class HttpContract(AdapterContract):
    """What holds for adapters that call a provider over HTTP. Fill in `good`: how the provider says yes."""

    good: ClassVar[Behaviour]

    def serve(self, behaviour: Behaviour) -> Behaviour:
        """The provider's behaviour towards messages, with what else it serves (tokens, say) around it."""
        return behaviour

    def about_messages(self, requests: Sequence[Received]) -> list[Received]:
        """The requests that carry messages."""
        return list(requests)

    @pytest.fixture
    def provider(self) -> Iterator[FakeProvider]:
        """The provider on this machine; it says yes until it is told otherwise."""
        with FakeProvider(self.serve(type(self).good)) as provider:
            yield provider

    def test_an_accepted_message_has_gone_out_once(self, provider: FakeProvider) -> None:
        """And the provider's word is passed on."""
        [outcome] = self.make(provider.url, PATIENT).deliver([self.message()])
        assert outcome.kind == "accepted"
        assert len(self.about_messages(provider.requests)) == 1

    def test_every_message_has_its_outcome_in_order(self, provider: FakeProvider) -> None:
        """Those that cannot be built included."""
        batch = [self.message(id="a"), self.message(id="b", addresses=()), self.message(id="c")]
        if self.carries_everything:
            batch[1] = self.message(id="b")
        outcomes = self.make(provider.url, PATIENT).deliver(batch)
        assert [outcome.kind for outcome in (outcomes[0], outcomes[2])] == ["accepted", "accepted"]
        assert outcomes[1].kind == ("accepted" if self.carries_everything else "rejected")

    @pytest.mark.parametrize("fault", FAULTS)
    def test_a_fault_is_classed_and_nothing_is_repeated(
        self, provider: FakeProvider, fault: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """In time, with one request, without following a redirect, and without a word of whom it concerned."""
        caplog.set_level(logging.DEBUG)
        behaviour, kind = FAULTS[fault]
        provider.behaviour = self.serve(behaviour)
        adapter, message = self.make(provider.url, HASTY if fault in SLOW else PATIENT), self.message()
        began = time.monotonic()
        [outcome] = adapter.deliver([message])

        assert outcome.kind == kind, outcome
        assert time.monotonic() - began < _MOST
        assert len(self.about_messages(provider.requests)) == 1
        shown = told([outcome], adapter) + caplog.text
        assert not [text for text in (*self.secrets, *message.addresses) if text in shown]

    def test_the_wait_that_a_provider_asks_for_is_passed_on(self, provider: FakeProvider) -> None:
        """Whether it names a span or an instant."""
        adapter = self.make(provider.url, PATIENT)
        provider.behaviour = self.serve(reply(429, {"retry-after": "7"}))
        assert adapter.deliver([self.message()])[0].retry_after == 7.0
        provider.behaviour = self.serve(reply(429, {"retry-after": formatdate(time.time() + 60, usegmt=True)}))
        assert 50.0 < (adapter.deliver([self.message()])[0].retry_after or 0.0) <= 60.0

    def test_a_provider_that_is_not_there_got_nothing(self) -> None:
        """So that the message may be tried again, or elsewhere."""
        assert [outcome.kind for outcome in self.nowhere().deliver([self.message()])] == ["retry"]

    def test_a_provider_that_breaks_off_the_encryption_got_nothing(self) -> None:
        """The request leaves only once the connection is safe."""
        with FakeProvider(reply(200)) as plain:
            outcomes = self.make(plain.url.replace("http:", "https:"), PATIENT).deliver([self.message()])
        assert [outcome.kind for outcome in outcomes] == ["retry"]

    def test_a_connection_that_breaks_does_not_spoil_the_next(self, provider: FakeProvider) -> None:
        """The pool lets go of it."""
        adapter = self.make(provider.url, PATIENT)
        for behaviour in (reset, FAULTS["200 of 10 MB"][0], type(self).good):
            provider.behaviour = self.serve(behaviour)
            outcome = adapter.deliver([self.message()])[0]
        assert outcome.kind == "accepted"


class ReceiptsContract(AdapterContract):
    """What holds for adapters that a provider reports to. Fill in `genuine` and `signature`; `expires` if reports do."""

    signature: ClassVar[str]  # the header that carries it
    expires: ClassVar[bool] = True
    binds_body: ClassVar[bool] = True  # or it only tells who speaks, not what is said

    @abstractmethod
    def genuine(self, received: float) -> Inbound:
        """A report of something about a message, signed at this Unix time and received there and then."""

    def resigned(self, report: Inbound, change: Callable[[str], str]) -> Inbound:
        """The report with another signature, where it is not in a header."""
        return replace(report, headers={**report.headers, self.signature: change(report.headers[self.signature])})

    def unarmed(self) -> Adapter | None:
        """The adapter without the secret by which reports are verified; None where there cannot be one."""
        return None

    def test_a_genuine_report_is_taken_and_understood(self) -> None:
        """Twice it is the same report."""
        adapter, report = self.nowhere(), self.genuine(time.time())
        assert adapter.verify(report)
        receipts = adapter.parse(report)
        assert receipts
        assert [receipt.key for receipt in receipts] == [receipt.key for receipt in adapter.parse(report)]
        assert all(receipt.message or receipt.provider_id or receipt.address for receipt in receipts)

    @pytest.mark.parametrize("change", FORGERIES)
    def test_a_report_that_was_tampered_with_is_refused(self, change: str) -> None:
        """Whatever was changed."""
        if change in OF_THE_BODY and not self.binds_body:
            pytest.skip("the provider signs nothing")
        assert not self.nowhere().verify(FORGERIES[change](self.genuine(time.time()), self.resigned))

    def test_an_old_report_is_refused(self) -> None:
        """Ten minutes are enough for the slowest network, and too little for a thief."""
        if not self.expires:
            pytest.skip("the provider signs no time; a report's key tells a repetition")
        report = self.genuine(time.time())
        assert not self.nowhere().verify(replace(report, received=report.received + 601))
        assert not self.nowhere().verify(replace(report, received=report.received - 601))

    def test_without_a_secret_nothing_is_genuine(self) -> None:
        """An adapter that cannot tell trusts nobody."""
        adapter = self.unarmed()
        assert adapter is None or not adapter.verify(self.genuine(time.time()))

    @pytest.mark.parametrize("body", [b"", b"\xff", b"[[]]", b"null", b"[1]", b"{}", b"a=b", b"[" * 2000])
    def test_what_is_not_understood_is_left_out(self, body: bytes) -> None:
        """A report's form may change; reading it never fails."""
        assert self.nowhere().parse(replace(self.genuine(time.time()), body=body)) == []
