"""Push to Apple's devices: what is shown and kept, our token, and Apple's reasons."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from channels import transport_h2
from channels.apns import Apns
from channels.base import Call, Misconfigured, Unsupported
from channels.contract import NOWHERE, HttpContract
from channels.testing import FakeProvider, outgoing, reply
from tests.channels.h2server import Headers, Http2Provider, Reply
from tests.channels.tls import certificates

KEY = ec.generate_private_key(ec.SECP256R1())
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
ONE, TWO = "a1" * 32, "b2" * 32
TAKEN = reply(200, {"apns-id": "id-1"})


def make(url: str = NOWHERE, **changes: Any) -> Apns:
    given = {
        "team_id": "TEAM567890",
        "key_id": "KEY4567890",
        "private_key": PEM,
        "topic": "com.example.app",
        "base_url": url,
        "timeout": 5.0,
    }
    return Apns("push", given | changes)


def push(*devices: str, **fields: Any) -> Any:
    return outgoing("push", addresses=devices or (ONE,), fields=fields)


class TestContract(HttpContract):
    channel = "push"
    secrets = (PEM[60:100],)
    good = TAKEN

    def make(self, url: str, timeout: float) -> Apns:
        return make(url, timeout=timeout)

    def message(self, **changes: Any) -> Any:
        return outgoing("push", **({"addresses": (ONE,)} | changes))

    def shape(self, request: Sequence[Call]) -> Any:
        return [super(TestContract, self).shape(call) for call in request]


def test_a_push_is_shown_opens_its_link_and_replaces_itself() -> None:
    """The data hold no name and no address; a repeated message takes the place of the first."""
    [call] = make().build(push(image="https://example.com/a.png"))
    payload = json.loads(call.body)

    assert call.url == f"{NOWHERE}/3/device/{ONE}"
    assert payload["aps"]["alert"] == {"title": "Halo", "body": "Ada"}
    assert payload["aps"]["mutable-content"] == 1
    assert (payload["link"], payload["image"]) == ("https://example.com/a", "https://example.com/a.png")
    assert call.headers["apns-collapse-id"] == payload["kairos_message"]
    assert (call.headers["apns-topic"], call.headers["apns-push-type"]) == ("com.example.app", "alert")


def test_a_push_about_the_same_thing_replaces_the_older_and_is_kept_for_a_while() -> None:
    """Within Apple's 64 bytes; the instant derives from the message."""
    [call] = make().build(push(collapse="order-7", ttl="2h"))
    assert call.headers["apns-collapse-id"] == "order-7"
    assert call.headers["apns-expiration"] == str(1772442000 + 7200)
    for long in ("x" * 65, "pesanan–7"):
        [call] = make().build(push(collapse=long))
        assert len(call.headers["apns-collapse-id"]) == 32


def test_apple_knows_a_message_by_one_name_for_each_device() -> None:
    """The same at every attempt."""
    names = [call.headers["apns-id"] for call in make().build(push(ONE, TWO))]
    assert len(set(names)) == 2
    assert names == [call.headers["apns-id"] for call in make().build(push(ONE, TWO))]


def test_what_a_device_would_not_take_is_refused() -> None:
    """Counted in bytes."""
    with pytest.raises(Unsupported, match="4096"):
        make().build(push(body="ก" * 1400))
    with pytest.raises(Unsupported, match="neither title nor body"):
        make().build(push(title="", body=""))


def test_devices_of_others_are_left_alone() -> None:
    """A message for none but them is refused, with what was expected."""
    assert len(make().build(push("fcm:token", ONE))) == 1
    with pytest.raises(Unsupported, match="token as Apple gives it"):
        make().build(push("fcm:token", "../../x"))


@pytest.mark.parametrize(
    ("http", "reason", "kind", "wait", "dead"),
    [
        (410, "Unregistered", "rejected", None, True),
        (410, "ExpiredToken", "rejected", None, True),
        (400, "BadDeviceToken", "rejected", None, False),
        (400, "DeviceTokenNotForTopic", "rejected", None, False),
        (403, "ExpiredProviderToken", "retry", None, False),
        (429, "TooManyProviderTokenUpdates", "retry", None, False),
        (429, "TooManyRequests", "retry", 0.0, False),
        (413, "PayloadTooLarge", "rejected", None, False),
        (500, "InternalServerError", "unknown", None, False),
        (503, "Shutdown", "unknown", None, False),
    ],
)
def test_apples_reasons_say_what_became_of_it(
    http: int, reason: str, kind: str, wait: float | None, dead: bool
) -> None:
    """A wrong setting costs nobody their device."""
    body = json.dumps({"reason": reason, "timestamp": 1772442000000}).encode()
    with FakeProvider(reply(http, {"apns-id": "x"}, body)) as provider:
        [outcome] = make(provider.url).deliver([push()])
    assert (outcome.kind, outcome.retry_after, outcome.dead) == (kind, wait, (ONE,) if dead else ())


def test_a_person_with_several_devices_is_reached_by_any(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over HTTP/2, on one connection, under a token that Apple can check; the device that is gone is told."""
    server_side, client_side = certificates(tmp_path)
    monkeypatch.setattr(transport_h2, "tls_context_h2", lambda: client_side)
    client = transport_h2.Http2Client()
    monkeypatch.setattr(Apns, "client", lambda self: client)

    def answer(headers: Headers, body: bytes) -> Reply:
        gone = headers[":path"].endswith(TWO)
        return Reply(410, {}, b'{"reason": "Unregistered"}') if gone else Reply(200, {"apns-id": "id-1"})

    with Http2Provider(server_side, answer) as provider:
        outcomes = make(provider.url).deliver([push(TWO, ONE), push(ONE)])
        client.close()
    assert [(outcome.kind, outcome.dead) for outcome in outcomes] == [("accepted", (TWO,)), ("accepted", ())]
    tokens = {headers["authorization"].removeprefix("bearer ") for headers, _ in provider.requests}
    assert len(tokens) == 1
    [token] = tokens
    assert jwt.decode(token, KEY.public_key(), algorithms=["ES256"])["iss"] == "TEAM567890"
    assert jwt.get_unverified_header(token)["kid"] == "KEY4567890"


@pytest.mark.parametrize("key", ["", "none", PEM.replace("M", "N")])
def test_a_key_that_is_none_is_told_at_once(key: str) -> None:
    """Without being repeated."""
    with pytest.raises(Misconfigured) as fault:
        make(private_key=key)
    assert "private_key" in str(fault.value)
