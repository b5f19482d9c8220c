"""Vonage: texts, two ways to be let in, and webhooks that carry a signed token."""

from __future__ import annotations

import json
import time
from hashlib import sha256
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from channels.base import Call, Inbound, Misconfigured, Unsupported
from channels.contract import NOWHERE, HttpContract, ReceiptsContract
from channels.testing import FakeProvider, outgoing, reply
from channels.vonage import Vonage

SECRET, SIGNATURE = "feathers-of-a-pigeon", "a-signature-secret-of-some-length"
KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
TAKEN = reply(202, {}, b'{"message_uuid": "uuid-1"}')
AT = "2026-03-02T09:00:00.000Z"


def make(url: str = NOWHERE, **changes: Any) -> Vonage:
    given = {
        "from": "Kairos",
        "api_key": "abcd1234",
        "api_secret": SECRET,
        "signature_secret": SIGNATURE,
        "base_url": url,
        "timeout": 5.0,
    }
    return Vonage("sms", {name: value for name, value in (given | changes).items() if value is not None})


def webhook(said: Any, received: float | None = None, **claims: Any) -> Inbound:
    body, received = json.dumps(said).encode(), received or time.time()
    signed = {"iat": int(received), "payload_hash": sha256(body).hexdigest(), "api_key": "abcd1234"} | claims
    token = jwt.encode(signed, SIGNATURE, algorithm="HS256")
    return Inbound("https://example.com/r", {"authorization": f"Bearer {token}"}, body, received)


def status(**changes: Any) -> dict[str, Any]:
    return {
        "message_uuid": "uuid-1",
        "client_ref": "m-1",
        "to": "6281234567890",
        "timestamp": AT,
        "status": "delivered",
    } | changes


def error(code: int) -> dict[str, Any]:
    return {"type": f"https://developer.vonage.com/api-errors/messages#{code}", "title": "to +6281234567890"}


class TestContract(HttpContract, ReceiptsContract):
    channel = "sms"
    secrets = (SECRET, SIGNATURE)
    good = TAKEN
    signature = "authorization"

    def make(self, url: str, timeout: float) -> Vonage:
        return make(url, timeout=timeout)

    def shape(self, request: Call) -> Any:
        sent = json.loads(request.body)
        return super().shape(request), sorted(sent), sent["to"], sent["from"]

    def genuine(self, received: float) -> Inbound:
        return webhook(status(), received)

    def unarmed(self) -> Vonage:
        return make(signature_secret=None)


def test_a_text_goes_out_under_our_name_for_it() -> None:
    """To digits only, as Vonage has numbers."""
    assert json.loads(make().build(outgoing("sms")).body) == {
        "message_type": "text",
        "channel": "sms",
        "to": "6281234567890",
        "from": "Kairos",
        "text": "Halo, Ada",
        "client_ref": "m-1",
    }
    assert "client_ref" not in json.loads(make().build(outgoing("sms", id="m" * 101)).body)
    with pytest.raises(Unsupported, match="1001 characters"):
        make().build(outgoing("sms", fields={"body": "x" * 1001}))


def test_an_application_shows_a_token_signed_with_its_key() -> None:
    """The same for many calls; an account shows its key and secret."""
    with FakeProvider(TAKEN) as provider:
        adapter = make(provider.url, api_key=None, api_secret=None, application_id="app-1", private_key=PEM)
        adapter.deliver([outgoing("sms"), outgoing("sms")])
        make(provider.url).deliver([outgoing("sms")])
    *tokens, basic = [request.headers["authorization"] for request in provider.requests]
    claims = jwt.decode(tokens[0].removeprefix("Bearer "), KEY.public_key(), algorithms=["RS256"])
    assert claims["application_id"] == "app-1"
    assert claims["exp"] > time.time() + 800
    assert len(set(tokens)) == 1
    assert basic.startswith("Basic ")


@pytest.mark.parametrize(
    "changes",
    [
        {"api_key": None},
        {"api_key": None, "api_secret": None},
        {"application_id": "a", "private_key": PEM},
        {"application_id": "a"},
        {"api_key": None, "api_secret": None, "application_id": "a", "private_key": "none"},
    ],
)
def test_there_is_one_way_to_be_let_in(changes: dict[str, Any]) -> None:
    """Whole, and not two."""
    with pytest.raises(Misconfigured) as fault:
        make(**changes)
    assert SECRET not in str(fault.value)


@pytest.mark.parametrize(
    ("http", "code", "kind", "dead"),
    [
        (429, 1000, "retry", False),
        (402, 1070, "retry", False),
        (401, 0, "retry", False),
        (422, 1060, "retry", False),
        (422, 1050, "rejected", True),
        (422, 1240, "rejected", False),
        (422, 1120, "rejected", False),
        (500, 1050, "unknown", False),
    ],
)
def test_vonages_codes_say_what_became_of_it(http: int, code: int, kind: str, dead: bool) -> None:
    """Its words, which may hold the number, are not repeated."""
    with FakeProvider(reply(http, {}, json.dumps(error(code)).encode())) as provider:
        [outcome] = make(provider.url).deliver([outgoing("sms")])
    assert (outcome.kind, bool(outcome.dead)) == (kind, dead)
    assert "+62" not in outcome.detail


@pytest.mark.parametrize(
    ("changes", "kind", "permanent"),
    [
        ({"status": "submitted"}, "accepted", False),
        ({"status": "read"}, "opened", False),
        ({"status": "undeliverable", "error": error(1180)}, "failed", False),
        ({"status": "undeliverable", "error": error(1181)}, "bounced", True),
        ({"status": "rejected", "error": error(1050)}, "bounced", True),
        ({"status": "rejected", "error": error(1240)}, "failed", False),
    ],
)
def test_statuses_become_receipts(changes: dict[str, Any], kind: str, permanent: bool) -> None:
    """Of our message, and the number in our form."""
    [receipt] = make().parse(webhook(status(**changes)))
    assert (receipt.kind, receipt.permanent) == (kind, permanent)
    assert (receipt.message, receipt.provider_id, receipt.address) == ("m-1", "uuid-1", "+6281234567890")


def test_a_reply_is_what_the_person_wrote() -> None:
    """With what they wrote."""
    said = {"message_uuid": "in-1", "from": "6281234567890", "to": "1", "timestamp": AT, "text": "STOP"}
    [receipt] = make().parse(webhook(said))
    assert (receipt.kind, receipt.text, receipt.address, receipt.key) == ("replied", "STOP", "+6281234567890", "in-1")


@pytest.mark.parametrize("said", [status(status="queued"), status(timestamp="soon"), status(message_uuid=None)])
def test_what_tells_nothing_is_left_out(said: dict[str, Any]) -> None:
    """A text on its way, or one of nobody knows when."""
    assert make().parse(webhook(said)) == []


def test_a_token_is_for_its_body_and_its_time() -> None:
    """Of another algorithm, body or hour it is none."""
    assert make().verify(webhook(status()))
    assert not make().verify(webhook(status(), payload_hash="0" * 64))
    assert not make().verify(webhook(status(), iat=int(time.time()) - 3600))
    unsigned = jwt.encode({"iat": int(time.time())}, None, algorithm="none")
    assert not make().verify(
        Inbound("https://example.com/r", {"authorization": f"Bearer {unsigned}"}, b"{}", time.time())
    )
