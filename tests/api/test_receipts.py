"""Webhooks: only what carries its provider's signature is believed, whichever provider it is."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from twilio.request_validator import RequestValidator

from channels.webhook import signature
from orchestrator.ports import Away
from tests.api.conftest import MORE, NOW, PLACES, Build, Place
from tests.support import HI, KAIROS, NEWS, workspace

BASE = "https://kairos.example.com"
KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC = base64.b64encode(KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
ACCOUNT = 'account_sid: "AC0", auth_token: "twilio-secret"'
PROVIDERS = f"""
providers:
  email:
    - {{adapter: sendgrid, key: "SG.x", from: "hello@example.com", webhook_key: "{PUBLIC}"}}
    - {{adapter: webhook, url: "http://127.0.0.1:9/out", secret: "webhook-secret"}}
  sms: [{{adapter: twilio, {ACCOUNT}, from: "+12025550100"}}]
  whatsapp: [{{adapter: twilio, {ACCOUNT}, from: "whatsapp:+12025550100"}}]
  push: [{{adapter: outbox}}]
"""
META = """
providers:
  whatsapp: [{adapter: meta, phone_number_id: "1", token: "meta-secret", verify_token: "are-you-there"}]
"""
STAMP = int(NOW.timestamp())


@dataclass(frozen=True)
class Hook:
    """A webhook as its provider would send it: about one message, signed at one time."""

    adapter: str
    body: bytes
    headers: Mapping[str, str]
    query: str = ""

    def post(self, place: Place, **changes: object) -> int:
        """Deliver it; the status of the answer."""
        hook = replace(self, **changes)  # type: ignore[arg-type]
        path = f"/v1/receipts/{hook.adapter}{hook.query}"
        return place.client.post(path, content=hook.body, headers=dict(hook.headers)).status_code


def sendgrid(message: str, stamp: int = STAMP) -> Hook:
    """SendGrid's: ECDSA over time and body."""
    event = {"email": "a@example.com", "timestamp": STAMP, "event": "delivered", "sg_event_id": "e1"}
    body = json.dumps([{**event, "sg_message_id": "s1", "kairos_message": message}]).encode()
    signed = base64.b64encode(KEY.sign(str(stamp).encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
    name = "x-twilio-email-event-webhook"
    return Hook("sendgrid", body, {f"{name}-signature": signed, f"{name}-timestamp": str(stamp)})


def generic(message: str, stamp: int = STAMP) -> Hook:
    """Our own: HMAC over time and body."""
    body = json.dumps({"kind": "delivered", "at": "2026-03-02T09:00:00Z", "key": "w1", "message": message}).encode()
    return Hook("webhook", body, {"kairos-signature": signature(b"webhook-secret", body, stamp)})


def twilio(message: str, to: str = "+12025550123", base: str = BASE) -> Hook:
    """Twilio's: HMAC over the public address and the form."""
    fields = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": to}
    query = f"?{urlencode({'kairos_message': message})}"
    signed = RequestValidator("twilio-secret").compute_signature(f"{base}/v1/receipts/twilio{query}", fields)
    headers = {"x-twilio-signature": signed, "content-type": "application/x-www-form-urlencoded"}
    return Hook("twilio", urlencode(fields).encode(), headers, query)


HOOKS: Mapping[str, Callable[[str], Hook]] = {
    "sendgrid": sendgrid,
    "webhook": generic,
    "twilio sms": twilio,
    "twilio whatsapp": lambda message: twilio(message, "whatsapp:+12025550123"),
}


@pytest.fixture
def place(build: Build, redis_client: object) -> Place:
    """A message to somebody, and a provider on every channel."""
    kairos = KAIROS + MORE.partition("providers:")[0] + PROVIDERS
    made = build(workspace(NEWS, kairos=kairos, markets=PLACES, templates=HI))
    made.know()
    made.write()
    return made


def state(place: Place) -> tuple[str, int]:
    """What became of the message, and how many reports of it were kept."""
    id_ = place.token().partition(".")[0]
    record = place.app.records.message(id_)
    assert record is not None
    return record.state, len(place.app.records.receipts(id_))


@pytest.mark.parametrize("kind", HOOKS)
def test_what_is_signed_is_kept_and_applied_once(place: Place, kind: str) -> None:
    """However often it is delivered."""
    hook = HOOKS[kind](place.token().partition(".")[0])
    assert [hook.post(place) for _ in range(3)] == [204, 204, 204]
    assert state(place) == ("delivered", 1)


def test_many_reports_in_one_body_are_taken(place: Place) -> None:
    """Meta sends up to 3 MB at once, and again for days where it is refused."""
    message = place.token().partition(".")[0]
    body = generic(message).body + b" " * 3_000_000
    assert Hook("webhook", body, {"kairos-signature": signature(b"webhook-secret", body, STAMP)}).post(place) == 204
    assert state(place) == ("delivered", 1)


def test_what_was_acknowledged_is_applied_even_if_whoever_did_so_is_gone(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is on record before the answer; a sweep applies it a minute later."""

    def gone(*_: object) -> None:
        raise Away("the database is away")

    hook = generic(place.token().partition(".")[0])
    with monkeypatch.context() as patch:
        patch.setattr(place.app.feedback, "learn", gone)
        assert hook.post(place) == 204
    assert state(place) == ("ready", 1)
    place.clock.forward(seconds=61)
    place.app.feedback.receive([])
    assert state(place) == ("delivered", 1)


@pytest.mark.parametrize("kind", HOOKS)
def test_what_is_not_signed_so_is_refused(place: Place, kind: str) -> None:
    """No signature, a wrong, a cut or an empty one, another body, another way in: 403, and nothing happens."""
    hook = HOOKS[kind](place.token().partition(".")[0])
    (name,) = (header for header in hook.headers if header.endswith("signature"))
    signed = hook.headers[name]
    forged = [signed[:-8], signed[:-1] + ("0" if signed[-1] != "0" else "1"), "", signed.swapcase(), "x" * 10_000]
    refused = [hook.post(place, headers={**hook.headers, name: other}) for other in forged]
    refused.append(hook.post(place, headers={key: value for key, value in hook.headers.items() if key != name}))
    refused.append(hook.post(place, body=hook.body.replace(b"1", b"2")))
    refused.append(hook.post(place, body=hook.body + b"&a=b"))
    refused.append(hook.post(place, adapter="sendgrid" if hook.adapter != "sendgrid" else "webhook"))
    assert set(refused) == {403}
    assert state(place) == ("ready", 0)


@pytest.mark.parametrize("make", [sendgrid, generic])
def test_what_was_signed_long_ago_is_refused(place: Place, make: Callable[[str, int], Hook]) -> None:
    """More than ten minutes: it may be somebody else's copy."""
    message = place.token().partition(".")[0]
    assert make(message, STAMP - 601).post(place) == 403
    assert make(message, STAMP - 590).post(place) == 204


@pytest.mark.parametrize(
    "base", ["http://kairos.example.com", "https://testserver", "https://kairos.example.com.evil.example"]
)
def test_the_address_that_was_signed_is_the_public_one(place: Place, base: str) -> None:
    """As it stands in kairos.yaml, whatever a proxy made of it."""
    assert twilio(place.token().partition(".")[0], base=base).post(place) == 403


def test_an_adapter_that_nobody_has_set_up_has_no_webhooks(place: Place) -> None:
    """404; and one without reports believes nothing."""
    assert place.client.post("/v1/receipts/fcm", content=b"{}").status_code == 404
    assert place.client.post("/v1/receipts/outbox", content=b"{}").status_code == 403


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_a_stop_is_heard_by_whom_it_came_from(place: Place, channel: str) -> None:
    """A reply names no message: the number says who wrote. However often it is told, it is heard once."""
    number = "+12025550123" if channel == "sms" else "whatsapp:+12025550123"
    fields = {"MessageSid": "SM9", "SmsStatus": "received", "From": number, "Body": "Stop"}
    signed = RequestValidator("twilio-secret").compute_signature(f"{BASE}/v1/receipts/twilio", fields)
    body = urlencode(fields).encode()
    assert Hook("twilio", body, {"x-twilio-signature": signed + "x"}).post(place) == 403
    assert place.ledger() == []
    assert Hook("twilio", body, {"x-twilio-signature": signed}).post(place) == 204
    heard = place.ledger()
    assert {(entry.channel, entry.state) for entry in heard} == {(channel, "withdrawn")}
    assert Hook("twilio", body, {"x-twilio-signature": signed}).post(place) == 204
    assert place.ledger() == heard


def test_meta_is_told_that_the_address_is_ours(build: Build, redis_client: object) -> None:
    """If it knows the verify token; nobody else is told anything, nor is what they ask repeated to them."""
    kairos = KAIROS + MORE.partition("providers:")[0] + META
    place = build(workspace(NEWS, kairos=kairos, markets=PLACES, templates=HI))
    asked = {"hub.mode": "subscribe", "hub.verify_token": "are-you-there", "hub.challenge": "<b>42</b>"}
    answer = place.client.get("/v1/receipts/meta", params=asked)
    assert (answer.status_code, answer.text) == (200, "<b>42</b>")
    assert answer.headers["content-type"].startswith("text/plain")
    for wrong in ({"hub.verify_token": "are-you-here"}, {"hub.verify_token": ""}, {"hub.mode": "unsubscribe"}):
        refused = place.client.get("/v1/receipts/meta", params=asked | wrong)
        assert (refused.status_code, "42" in refused.text) == (403, False)
    assert place.client.get("/v1/receipts/meta").status_code == 403
    assert place.client.get("/v1/receipts/twilio", params=asked).status_code == 404
