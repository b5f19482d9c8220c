"""Push to browsers: encrypted for each, signed by us, and only to push services that are known."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from channels.base import Call, Misconfigured, Unsupported
from channels.contract import NOWHERE, HttpContract
from channels.testing import FakeProvider, outgoing, reply
from channels.webpush import WebPush, _decoded, _encoded, _point, encrypted

CURVE = ec.SECP256R1()
OURS = ec.generate_private_key(CURVE)
VAPID = _encoded(OURS.private_numbers().private_value.to_bytes(32))
BROWSER = ec.generate_private_key(CURVE)
SECRET = b"0123456789abcdef"
TAKEN = reply(201, {"location": "https://push.example/m/1"})


def make(**changes: Any) -> WebPush:
    given = {"private_key": VAPID, "contact": "mailto:ops@example.com", "hosts": ["127.0.0.1"], "timeout": 5.0}
    return WebPush("push", given | changes)


def subscription(url: str = NOWHERE, path: str = "/send/1", **keys: str) -> str:
    held = {"p256dh": _encoded(_point(BROWSER.public_key())), "auth": _encoded(SECRET)} | keys
    return json.dumps({"endpoint": url + path, "expirationTime": None, "keys": held})


def push(*browsers: str, **fields: Any) -> Any:
    return outgoing("push", addresses=browsers or (subscription(),), fields=fields)


def read(body: bytes) -> bytes:
    """What the browser reads (RFC 8188 and 8291)."""
    salt, length = body[:16], body[20]
    theirs, sealed = body[21 : 21 + length], body[21 + length :]
    shared = BROWSER.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, theirs))
    info = b"WebPush: info\0" + _point(BROWSER.public_key()) + theirs
    material = HKDF(hashes.SHA256(), 32, SECRET, info).derive(shared)
    key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(material)
    nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(material)
    return AESGCM(key).decrypt(nonce, sealed, None).removesuffix(b"\x02")


class TestContract(HttpContract):
    channel = "push"
    secrets = (VAPID,)
    good = TAKEN
    url = NOWHERE

    @pytest.fixture
    def provider(self) -> Iterator[FakeProvider]:
        """The push service that the subscription names."""
        with FakeProvider(self.serve(TAKEN)) as provider:
            self.url = provider.url
            yield provider

    def make(self, url: str, timeout: float) -> WebPush:
        self.url = url
        return make(timeout=timeout)

    def message(self, **changes: Any) -> Any:
        return outgoing("push", **({"addresses": (subscription(self.url),)} | changes))

    def shape(self, request: Sequence[Call]) -> Any:
        return [super(TestContract, self).shape(call) for call in request]


def test_the_example_of_the_standard() -> None:
    """RFC 8291, appendix A."""
    key = ec.derive_private_key(int.from_bytes(_decoded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")), CURVE)
    public = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    sealed = encrypted(
        b"When I grow up, I want to be a watermelon",
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, _decoded(public)),
        _decoded("BTBZMqHH6r4Tts7J_aSIgg"),
        key,
        _decoded("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert _encoded(sealed) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
        "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_a_browser_can_read_what_it_is_sent_and_check_by_whom() -> None:
    """Nobody else can; each sending is encrypted anew."""
    with FakeProvider(TAKEN) as provider:
        message = push(subscription(provider.url), image="https://example.com/a.png")
        outcomes = make().deliver([message, message])
    first, second = provider.requests
    shown = json.loads(read(first.body))

    assert {outcome.provider_id for outcome in outcomes} == {"https://push.example/m/1"}
    assert (shown["title"], shown["body"], shown["link"]) == ("Halo", "Ada", "https://example.com/a")
    assert read(first.body) == read(second.body)
    assert first.body != second.body
    assert b"Halo" not in first.body
    assert first.headers["content-encoding"] == "aes128gcm"
    assert first.headers["ttl"] == str(28 * 86_400)
    token, key = first.headers["authorization"].removeprefix("vapid t=").split(", k=")
    claims = jwt.decode(token, OURS.public_key(), algorithms=["ES256"], audience=provider.url)
    assert claims["sub"] == "mailto:ops@example.com"
    assert time.time() < claims["exp"] <= time.time() + 24 * 3600
    assert key == _encoded(_point(OURS.public_key()))


@pytest.mark.parametrize("hours", [0, 1, 11.99, 12, 23.99])
def test_a_signature_lasts_for_a_while_and_never_for_a_whole_day(hours: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """At no hour of the day, for a service whose clock is behind ours; RFC 8292 takes 24 hours at most."""
    now = 1772409600 + hours * 3600  # from midnight, UTC
    monkeypatch.setattr("channels.webpush.time.time", lambda: now)
    [call] = make().build(push())
    token = make().authorised(call).secret["authorization"].removeprefix("vapid t=").partition(",")[0]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert 10 * 3600 < claims["exp"] - now <= 23 * 3600


def test_an_older_message_about_the_same_thing_is_replaced() -> None:
    """While it waits, and on the screen."""
    [call] = make().build(push(collapse="order-7", ttl="2h"))
    assert call.headers["ttl"] == "7200"
    assert len(call.headers["topic"]) == 22
    assert json.loads(call.body)["tag"] == "order-7"


def test_what_a_browser_would_not_take_is_refused() -> None:
    """Counted in bytes."""
    with pytest.raises(Unsupported, match="3993"):
        make().build(push(body="ก" * 1400))


@pytest.mark.parametrize(
    "address",
    [
        "token-1",
        "[]",
        subscription("https://evil.example"),
        subscription("https://127.0.0.1.evil.example"),
        subscription("https://evil.example@127.0.0.1"),
        subscription("https://[::1"),
        subscription("ftp://127.0.0.1"),
        subscription(NOWHERE, "/a\n"),
        subscription(p256dh="AAAA"),
        subscription(auth="\u2713"),
    ],
)
def test_only_subscriptions_at_known_services_are_called(address: str) -> None:
    """Whoever sends us an address does not choose whom we call; other devices are left alone."""
    with pytest.raises(Unsupported, match="subscription of a browser"):
        make().build(push(address))
    assert len(make().build(push(address, subscription()))) == 1


def test_the_services_of_the_browsers_there_are_are_known() -> None:
    """And their hosts below; plain HTTP is for this machine only."""
    adapter = WebPush("push", {"private_key": VAPID, "contact": "https://example.com/contact"})
    known = ("https://fcm.googleapis.com", "https://web.push.apple.com", "https://db5p.notify.windows.com")
    assert len(adapter.build(push(*map(subscription, known)))) == 3
    with pytest.raises(Unsupported):
        adapter.build(push(subscription("http://fcm.googleapis.com")))


@pytest.mark.parametrize(
    ("http", "kind", "dead"),
    [
        (404, "rejected", True),
        (410, "rejected", True),
        (401, "retry", False),
        (403, "retry", False),
        (413, "rejected", False),
        (429, "retry", False),
        (500, "unknown", False),
        (200, "unknown", False),
    ],
)
def test_a_services_answer_says_what_became_of_it(http: int, kind: str, dead: bool) -> None:
    """By its status."""
    with FakeProvider(reply(http)) as provider:
        address = subscription(provider.url)
        [outcome] = make().deliver([push(address)])
    assert (outcome.kind, outcome.dead) == (kind, (address,) if dead else ())


def test_a_key_that_one_service_does_not_take_is_our_trouble_and_not_the_others() -> None:
    """It is tried again, and costs nobody a browser; the account goes on for those who know the key."""
    with FakeProvider(reply(403, {}, b"the VAPID credentials do not correspond")) as provider:
        [outcome] = make().deliver([push(subscription(provider.url))])
    assert (outcome.kind, outcome.is_fault, outcome.dead) == ("retry", False, ())


@pytest.mark.parametrize(
    "changes", [{"private_key": "none?"}, {"private_key": "AAAA"}, {"contact": "ops@example.com"}, {"hosts": 7}]
)
def test_settings_that_are_wrong_are_told_at_once(changes: dict[str, Any]) -> None:
    """Without being repeated."""
    with pytest.raises(Misconfigured) as fault:
        make(**changes)
    assert next(iter(changes)) in str(fault.value)
    assert str(next(iter(changes.values()))) not in str(fault.value)
