"""Postmark: many mails a call, an answer for each, and its events."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from typing import Any

import pytest

from channels import postmark
from channels.base import Call, Inbound
from channels.contract import NOWHERE, HttpContract, ReceiptsContract
from channels.deadline import Deadline, held_until
from channels.postmark import Postmark
from channels.testing import FakeProvider, outgoing, reply

TOKEN, PASSWORD = "feathers-of-a-pigeon", "coo-coo"
BASIC = f"Basic {b64encode(f'postmark:{PASSWORD}'.encode()).decode()}"
AT = "2026-03-02T09:00:00.1234567Z"


def make(url: str = NOWHERE, **changes: Any) -> Postmark:
    given = {
        "token": TOKEN,
        "from": "Kairos <hello@example.com>",
        "webhook_user": "postmark",
        "webhook_password": PASSWORD,
        "base_url": url,
        "timeout": 5.0,
    }
    return Postmark("email", {name: value for name, value in (given | changes).items() if value is not None})


def answers(*codes: int) -> Any:
    """Answer with these codes, one for each message; without any, with yes to all."""

    def answer(exchange: Any) -> None:
        asked = json.loads(exchange.server.provider.requests[-1].body)
        said = [
            {"ErrorCode": code, "MessageID": f"id-{message['To']}", "Message": f"about {message['To']}"}
            for code, message in zip(codes or [0] * len(asked), asked, strict=True)
        ]
        reply(200, {}, json.dumps(said).encode())(exchange)

    return answer


def mails(number: int, **changes: Any) -> list[Any]:
    return [outgoing("email", id=f"m{n}", addresses=(f"u{n}@example.com",), **changes) for n in range(number)]


def webhook(event: Any, received: float | None = None) -> Inbound:
    return Inbound(
        "https://example.com/r", {"authorization": BASIC}, json.dumps(event).encode(), received or time.time()
    )


def event(kind: str = "Delivery", **changes: Any) -> dict[str, Any]:
    return {"RecordType": kind, "MessageID": "id-1", "Metadata": {"kairos_message": "m-1"}} | changes


class TestContract(HttpContract, ReceiptsContract):
    channel = "email"
    secrets = (TOKEN, PASSWORD)
    good = staticmethod(answers())
    signature = "authorization"
    expires = False
    binds_body = False

    def make(self, url: str, timeout: float) -> Postmark:
        return make(url, timeout=timeout)

    def shape(self, request: Call) -> Any:
        [message] = json.loads(request.body)
        return super().shape(request), sorted(message), message["To"], message.get("Headers")

    def genuine(self, received: float) -> Inbound:
        return webhook(event(DeliveredAt=AT, Recipient="ada@example.com"), received)

    def unarmed(self) -> Postmark:
        return make(webhook_user=None)


def test_a_mail_says_which_message_and_stream_it_is() -> None:
    """And how to get out of it."""
    call = make(stream="broadcast").build(outgoing("email"))
    [message] = json.loads(call.body)
    assert (message["From"], message["To"]) == ("Kairos <hello@example.com>", "ada@example.com")
    assert (message["MessageStream"], message["Metadata"]) == ("broadcast", {"kairos_message": "m-1"})
    assert call.secret == {"x-postmark-server-token": TOKEN}


def test_many_mails_share_a_call_and_each_has_its_answer() -> None:
    """In order, though one of them cannot be built."""
    batch = mails(5)
    batch[3] = outgoing("email", id="bad", addresses=())
    with FakeProvider(answers(0, 406, 300, 429)) as provider:
        outcomes = make(provider.url).deliver(batch)
    assert [outcome.kind for outcome in outcomes] == ["accepted", "rejected", "rejected", "rejected", "retry"]
    assert {outcome.dead for outcome in outcomes} == {()}
    assert outcomes[0].provider_id == "id-u0@example.com"
    assert "@" not in "".join(outcome.detail for outcome in outcomes)
    assert len(provider.requests) == 1


def test_calls_keep_to_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of number and of size."""
    monkeypatch.setattr(postmark, "BULK", 3)
    with FakeProvider(answers()) as provider:
        assert {outcome.kind for outcome in make(provider.url).deliver(mails(7))} == {"accepted"}
        assert sorted(len(json.loads(request.body)) for request in provider.requests) == [1, 3, 3]
        provider.requests.clear()
        monkeypatch.setattr(postmark, "LARGEST_CALL", 2 * len(make().build(mails(1)[0]).body))
        make(provider.url).deliver(mails(4))
        assert sorted(len(json.loads(request.body)) for request in provider.requests) == [2, 2]


def test_what_is_refused_for_our_sake_is_tried_again() -> None:
    """The whole call, once: a sender that is not confirmed is no recipient's fault."""
    with FakeProvider(reply(422, {}, b'{"ErrorCode": 400}')) as provider:
        assert {outcome.kind for outcome in make(provider.url).deliver(mails(3))} == {"retry"}
        assert len(provider.requests) == 1


def test_what_is_refused_as_a_whole_is_told_apart_in_time() -> None:
    """What cannot begin before its batch is over is left."""
    slow = reply(422, {}, b'{"ErrorCode": 402}')

    def dawdling(exchange: Any) -> None:
        time.sleep(0.1)
        slow(exchange)

    with FakeProvider(dawdling) as provider, held_until(Deadline(0.25)):
        outcomes = make(provider.url).deliver(mails(200))
        assert {outcome.kind for outcome in outcomes} == {"rejected", "retry"}
        assert len(provider.requests) < 200


def test_what_is_refused_as_a_whole_is_told_apart_one_by_one() -> None:
    """Nothing of it was sent, so that the others go out."""

    def picky(exchange: Any) -> None:
        asked = exchange.server.provider.requests[-1].body
        (reply(422, {}, b'{"ErrorCode": 402}') if b"u1@" in asked else answers())(exchange)

    with FakeProvider(picky) as provider:
        outcomes = make(provider.url).deliver(mails(3))
    assert [outcome.kind for outcome in outcomes] == ["accepted", "rejected", "accepted"]


def test_a_call_whose_answer_is_lost_leaves_all_of_it_unknown() -> None:
    """As does one that answers for others than were asked about."""
    for behaviour in (reply(500), reply(200, {}, b'[{"ErrorCode": 0, "MessageID": "x"}]'), reply(200, {}, b"[{}, {}]")):
        with FakeProvider(behaviour) as provider:
            assert [one.kind for one in make(provider.url).deliver(mails(2))] == ["unknown", "unknown"]
            assert len(provider.requests) == 1


@pytest.mark.parametrize(
    ("given", "kind", "permanent"),
    [
        (event("Bounce", BouncedAt=AT, Email="ada@example.com", Inactive=True, ID=7), "bounced", True),
        (event("Bounce", BouncedAt=AT, Email="ada@example.com", Inactive=False), "bounced", False),
        (event("SpamComplaint", BouncedAt=AT, Email="ada@example.com"), "complained", False),
        (event("Open", ReceivedAt=AT, Recipient="ada@example.com"), "opened", False),
        (event("Click", ReceivedAt=AT, Recipient="ada@example.com"), "clicked", False),
        (
            event(
                "SubscriptionChange", ChangedAt=AT, Recipient="ada@example.com", SuppressionReason="ManualSuppression"
            ),
            "unsubscribed",
            False,
        ),
    ],
)
def test_events_become_receipts(given: dict[str, Any], kind: str, permanent: bool) -> None:
    """About our message and the person."""
    [receipt] = make().parse(webhook(given))
    assert (receipt.kind, receipt.permanent) == (kind, permanent)
    assert (receipt.message, receipt.provider_id, receipt.address) == ("m-1", "id-1", "ada@example.com")


@pytest.mark.parametrize(
    "given",
    [
        event("SubscriptionChange", ChangedAt=AT, SuppressionReason="HardBounce"),
        event("Inbound"),
        event(DeliveredAt="soon"),
        {"RecordType": "Delivery", "DeliveredAt": AT},
    ],
)
def test_other_events_are_left_out(given: dict[str, Any]) -> None:
    """A bounce is told once, as a bounce."""
    assert make().parse(webhook(given)) == []
