"""SendGrid: one call for many people, each with what was previewed; and its events, once."""

import base64
import json
import time
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from channels import sendgrid
from channels.base import Call, Inbound, Misconfigured
from channels.contract import NOWHERE, HttpContract, ReceiptsContract
from channels.sendgrid import SendGrid
from channels.testing import FakeProvider, outgoing, reply
from orchestrator.model import Outgoing

KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC = base64.b64encode(KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
TAKEN = reply(202, {"x-message-id": "sg-1"})


def make(url: str, **settings: Any) -> SendGrid:
    given = {"key": "SG.feathers", "from": "Kairos <hello@example.com>", "base_url": url, "timeout": 5.0}
    return SendGrid("email", given | {"webhook_key": PUBLIC} | settings)


def people(count: int, **changes: Any) -> list[Outgoing]:
    fields = {"subject": "Hi", "html": "<p>{}</p>", "text": "{}"}
    return [
        outgoing(
            "email",
            id=f"m-{n}",
            addresses=(f"p{n}@example.com",),
            fields={name: text.format(n) for name, text in fields.items()},
            **changes,
        )
        for n in range(count)
    ]


def calls(provider: FakeProvider) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in provider.requests]


def event(**changes: Any) -> dict[str, Any]:
    base = {"email": "ada@example.com", "timestamp": 1772442000, "event": "delivered", "sg_event_id": "e-1"}
    return base | {"sg_message_id": "sg-1.filter1", "kairos_message": "m-1"} | changes


def webhook(*events: Any, received: float | None = None) -> Inbound:
    at = time.time() if received is None else received
    body = json.dumps(events).encode()
    signed = KEY.sign(str(int(at)).encode() + body, ec.ECDSA(hashes.SHA256()))
    headers = {
        "x-twilio-email-event-webhook-signature": base64.b64encode(signed).decode(),
        "x-twilio-email-event-webhook-timestamp": str(int(at)),
    }
    return Inbound("https://example.com/v1/receipts/sendgrid", headers, body, at)


class TestContract(HttpContract, ReceiptsContract):
    channel = "email"
    secrets = ("SG.feathers",)
    good = TAKEN
    signature = "x-twilio-email-event-webhook-signature"

    def make(self, url: str, timeout: float) -> SendGrid:
        return make(url, timeout=timeout)

    def shape(self, request: Call) -> Any:
        mail = json.loads(request.body)
        return super().shape(request), sorted(mail), [part["to"] for part in mail["personalizations"]]

    def genuine(self, received: float) -> Inbound:
        return webhook(event(), received=received)

    def unarmed(self) -> SendGrid:
        return make(NOWHERE, webhook_key=None)


def test_a_mail_has_its_content_its_id_and_no_foreign_way_out() -> None:
    """What the SDK builds, with our id to recognise events by."""
    mail = json.loads(make(NOWHERE).build(outgoing("email")).body)

    assert mail["from"] == {"email": "hello@example.com", "name": "Kairos"}
    assert [part["type"] for part in mail["content"]] == ["text/plain", "text/html"]
    assert mail["personalizations"] == [
        {"to": [{"email": "ada@example.com"}], "custom_args": {"kairos_message": "m-1"}}
    ]
    assert mail["tracking_settings"] == {"subscription_tracking": {"enable": False}}


def test_a_way_out_travels_in_the_headers_of_its_own_person() -> None:
    """Singly and in bulk, once each."""
    with FakeProvider(TAKEN) as provider:
        batch = [
            replace(message, content=replace(message.content, unsubscribe=f"https://example.com/u/{message.id}"))
            for message in people(2)
        ]
        make(provider.url).deliver(batch)

    [call] = calls(provider)
    assert "headers" not in call
    assert [part["headers"] for part in call["personalizations"]] == [
        {"List-Unsubscribe": f"<https://example.com/u/m-{n}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        for n in range(2)
    ]


def test_many_people_share_a_call_each_with_their_own_words() -> None:
    """The tags of the shared content are replaced by what was rendered for each."""
    with FakeProvider(TAKEN) as provider:
        outcomes = make(provider.url).deliver(people(3))

    assert [(outcome.kind, outcome.provider_id) for outcome in outcomes] == [("accepted", "sg-1")] * 3
    [call] = calls(provider)
    tags = {part["type"]: part["value"] for part in call["content"]}
    for n, part in enumerate(call["personalizations"]):
        assert part["substitutions"][tags["text/plain"]] == f"{n}"
        assert part["substitutions"][tags["text/html"]] == f"<p>{n}</p>"
        assert part["substitutions"][call["subject"]] == "Hi"
        assert part["custom_args"] == {"kairos_message": f"m-{n}"}


def test_a_person_is_in_a_call_once_and_the_order_of_outcomes_stands() -> None:
    """Two messages to one address go out in two calls; other messages keep their places."""
    with FakeProvider(TAKEN) as provider:
        batch = [*people(3), outgoing("email", id="again", addresses=("P1@example.com",))]
        outcomes = make(provider.url).deliver([*batch, outgoing("email", addresses=("nobody",))])

    assert [outcome.kind for outcome in outcomes] == ["accepted"] * 4 + ["rejected"]
    for call in calls(provider):
        emails = [part["to"][0]["email"].lower() for part in call["personalizations"]]
        assert max(Counter(emails).values()) == 1


@pytest.mark.parametrize("text", ["x" * 10_001, "see -kairos_html- there"])
def test_what_does_not_fit_into_a_share_goes_alone_and_whole(text: str) -> None:
    """Larger than a share may be, or mistakable for a tag."""
    with FakeProvider(TAKEN) as provider:
        make(provider.url).deliver([*people(2), outgoing("email", id="big", fields={"html": text})])

    [alone] = [call for call in calls(provider) if len(call["personalizations"]) == 1]
    assert [part["value"] for part in alone["content"]] == ["Halo, Ada", text]
    assert "substitutions" not in alone["personalizations"][0]


def test_calls_stay_within_people_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand people, or the largest body, whichever comes first."""
    monkeypatch.setattr(sendgrid, "BULK", 4)
    with FakeProvider(TAKEN) as provider:
        make(provider.url).deliver(people(10))
    assert sorted(len(call["personalizations"]) for call in calls(provider)) == [2, 4, 4]

    monkeypatch.setattr(sendgrid, "LARGEST_PARCEL", 900)
    with FakeProvider(TAKEN) as provider:
        outcomes = make(provider.url).deliver(people(6))
    assert {outcome.kind for outcome in outcomes} == {"accepted"}
    assert max(len(request.body) for request in provider.requests) < 1300
    assert len(provider.requests) > 1


def test_a_refusal_that_names_people_is_theirs_alone() -> None:
    """SendGrid takes all or nothing: the others were not sent, and are tried again."""
    faults = {"errors": [{"field": "personalizations.1.to.0.email", "message": "p1@example.com is bad"}]}
    with FakeProvider(reply(400, {}, json.dumps(faults).encode())) as provider:
        outcomes = make(provider.url).deliver(people(3))

    assert [outcome.kind for outcome in outcomes] == ["retry", "rejected", "retry"]
    assert "p1@" not in repr(outcomes)


def test_a_lost_answer_leaves_the_whole_call_unknown() -> None:
    """Nobody of it is written to again without being asked."""
    with FakeProvider(reply(500)) as provider:
        outcomes = make(provider.url).deliver(people(3))

    assert [outcome.kind for outcome in outcomes] == ["unknown"] * 3
    assert len(provider.requests) == 1


@pytest.mark.parametrize(
    ("changes", "kind", "permanent"),
    [
        ({"event": "processed"}, "accepted", False),
        ({"event": "open", "sg_machine_open": True}, "opened", False),
        ({"event": "click", "url": "https://example.com"}, "clicked", False),
        ({"event": "bounce", "type": "bounce"}, "bounced", True),
        ({"event": "bounce", "type": "blocked"}, "bounced", False),
        ({"event": "dropped", "reason": "Bounced Address"}, "bounced", True),
        ({"event": "dropped", "reason": "Invalid"}, "bounced", True),
        ({"event": "dropped", "reason": "Invalid SMTPAPI header"}, "failed", False),
        ({"event": "dropped", "reason": "Spam Content"}, "failed", False),
        ({"event": "dropped"}, "failed", False),
        ({"event": "spamreport"}, "complained", False),
        ({"event": "unsubscribe"}, "unsubscribed", False),
        ({"event": "group_unsubscribe"}, "unsubscribed", False),
    ],
)
def test_an_event_becomes_a_receipt_and_is_kept_as_it_came(changes: dict[str, Any], kind: str, permanent: bool) -> None:
    """In our words, with the message it is about."""
    [receipt] = make(NOWHERE).parse(webhook(event(**changes)))

    assert (receipt.kind, receipt.permanent, receipt.message) == (kind, permanent, "m-1")
    assert receipt.at.isoformat() == "2026-03-02T09:00:00+00:00"
    assert receipt.raw == event(**changes)


@pytest.mark.parametrize(
    ("reason", "kind"), [("Unsubscribed Address", "unsubscribed"), ("Spam Reporting Address", "complained")]
)
def test_what_is_dropped_for_the_persons_own_wish_says_that_wish(reason: str, kind: str) -> None:
    """The message has failed, and the person is not written to again; both are known when they come once more."""
    hook = webhook(event(event="dropped", reason=reason))
    failed, wish = make(NOWHERE).parse(hook)
    assert (failed.kind, wish.kind) == ("failed", kind)
    assert (wish.message, wish.address, wish.at) == (failed.message, failed.address, failed.at)
    assert not failed.permanent
    assert failed.key != wish.key
    assert [failed, wish] == make(NOWHERE).parse(hook)


def test_events_that_say_nothing_new_or_nothing_at_all_are_left_out() -> None:
    """Deferred, unknown ones, and those without a time."""
    odd = [event(event="deferred"), event(event="sneeze"), event(timestamp="x"), event(timestamp=1e99), "text"]

    assert make(NOWHERE).parse(webhook(*odd)) == []


def test_an_event_delivered_again_has_the_same_key() -> None:
    """Though SendGrid gives it another id."""
    first, again, other = make(NOWHERE).parse(webhook(event(), event(sg_event_id="e-2"), event(event="open")))

    assert first.key == again.key != other.key


def test_without_our_id_an_event_is_known_by_sendgrids() -> None:
    """As the answer to the call told it."""
    [receipt] = make(NOWHERE).parse(webhook(event(kairos_message="")))

    assert (receipt.message, receipt.provider_id) == (None, "sg-1")


def test_a_key_that_is_none_is_noticed_at_once() -> None:
    """When the adapter is made, not at the first event."""
    with pytest.raises(Misconfigured, match="`webhook_key` is not a public key"):
        make(NOWHERE, webhook_key="nonsense")
