"""Push to browsers by the Web Push protocol: encrypted for each browser, and signed with your VAPID key.

An address is a subscription as the browser gives it, as JSON: its endpoint and its keys. An endpoint is whatever somebody
sends us, so that only the push services in `hosts` are called, those of the browsers there are.

    201                           accepted
    404, 410                      rejected, and the subscription is gone
    401                           retry      our signature
    403                           retry      this service's word about our key, or it was made for another; others go on
    413, other 4xx                rejected
    429; 503 with Retry-After     retry
    5xx, timeouts                 unknown

`ttl` is how long the service keeps it for a browser that is off (four weeks, unless said); a message replaces one of the same
`collapse` that waits there.

Sources: RFC 8030 (the protocol), RFC 8188 and 8291 (encryption; 4,096 bytes, which leaves 3,993 for the content), RFC 8292 (VAPID).
"""

from __future__ import annotations

import os
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import blake2b
from typing import Annotated, Any
from urllib.parse import urlsplit

import jwt
import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pydantic import Field, field_validator

from channels.base import Call, Unsupported
from channels.push import GONE, LONGEST_TTL, PushAdapter, assert_fits, digest, seconds, shown
from channels.settings import RemoteSettings, Secret, is_loopback
from channels.transport import Answer, judged
from orchestrator.model import Delivery, Outgoing

LARGEST = 3993  # bytes of content
RECORD = 4096
SIGNED_FOR = 12 * 3600  # seconds that one signature is used for
EXPIRES = 23 * 3600  # seconds after these begin; 24 hours are the most that services take, by their own clocks
BROWSERS = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "push.apple.com",
    "notify.windows.com",
)
_CURVE = ec.SECP256R1()


class WebPushSettings(RemoteSettings):
    """Your VAPID key (`private_key`, the 32 bytes in base64url), and where you can be reached (`contact`)."""

    private_key: Secret
    contact: Annotated[str, Field(pattern=r"^(mailto:[^\s@]+@[^\s@]+|https://\S+)$")]
    hosts: tuple[str, ...] = BROWSERS

    @field_validator("private_key")
    @classmethod
    def _is_a_key(cls, key: Secret) -> Secret:
        try:
            _private(key.get_secret_value())
        except ValueError:
            raise ValueError("is not a VAPID key: 32 bytes in base64url") from None
        return key


class WebPush(PushAdapter[WebPushSettings]):
    """Push notifications to browsers."""

    name = "webpush"
    model = WebPushSettings
    device = "subscription of a browser at one of the `hosts`"

    def is_device(self, address: str) -> bool:
        """Whether it is a subscription as a browser gives it, at a push service that is known."""
        found = _subscription(address)
        return found is not None and self._is_known(found.endpoint)

    def calls(self, message: Outgoing, devices: Sequence[str]) -> Iterable[Call]:
        """One call for each browser, with the content as it is: encryption needs chance, and a signature the time."""
        fields = shown(message)
        content = {name: fields[name] for name in ("title", "body", "image", "link") if name in fields}
        payload = orjson.dumps({**content, "tag": fields.get("collapse") or digest(message.id)})
        assert_fits(payload, LARGEST)
        headers = {"ttl": str(seconds(fields["ttl"]) if "ttl" in fields else LONGEST_TTL), "urgency": "normal"}
        if "collapse" in fields:
            headers["topic"] = _encoded(blake2b(fields["collapse"].encode(), digest_size=16).digest())
        found = filter(None, map(_subscription, devices))
        return [Call("POST", browser.endpoint, headers, payload) for browser in found]

    def hand_over(self, request: tuple[Call, ...], message: Outgoing) -> Delivery:
        """Encrypt for each browser, then send."""
        return super().hand_over(tuple(map(_sealed, request, self.devices(message))), message)

    def authorised(self, call: Call) -> Call:
        """With our signature for the service that is called."""
        parts = urlsplit(call.url)
        key = self.settings.private_key.get_secret_value()
        now = int(time.time()) // SIGNED_FOR * SIGNED_FOR
        token = _token(key, f"{parts.scheme}://{parts.netloc}", self.settings.contact, now + EXPIRES)
        public = _encoded(_point(_private(key).public_key()))
        return replace(call, secret={"authorization": f"vapid t={token}, k={public}"})

    def accepted(self, answer: Answer) -> Delivery:
        """201 is the word of a push service; where it will tell of the message is the name it gives it."""
        if answer.status != 201:
            raise ValueError("not a push service's answer")
        return Delivery("accepted", provider_id=answer.headers.get("location"))

    def denied(self, answer: Answer) -> Delivery:
        """A subscription that is gone is told by the status alone; 403 is about our key, and no browser's fault."""
        if answer.status in (404, 410) and _is_plain(answer):
            return GONE
        outcome = judged(answer)
        if answer.status == 403:  # one service's, or of browsers that know an older key: says nothing of the others
            return replace(outcome, kind="retry", retry_after=answer.retry_after() or 0.0)
        return outcome

    def _is_known(self, endpoint: str) -> bool:
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
        is_plain = parts.username is None and endpoint.isascii() and endpoint.isprintable()
        return is_safe and is_plain and any(host == one or host.endswith(f".{one}") for one in self.settings.hosts)


def _is_plain(answer: Answer) -> bool:
    """Whether it may be the service that speaks: a page for people is somebody else's 404."""
    return not answer.headers.get("content-type", "").startswith("text/html")


@dataclass(frozen=True, slots=True)
class _Browser:
    """Where a browser is reached, and the key and secret that it is written to with."""

    endpoint: str
    public: ec.EllipticCurvePublicKey
    secret: bytes = field(repr=False)


@lru_cache(maxsize=1024)  # asked for a few times on a message's way
def _subscription(text: str) -> _Browser | None:
    """What a subscription says, if the address is one."""
    try:
        found = orjson.loads(text)
        endpoint, keys = str(found["endpoint"]), found["keys"]
        urlsplit(endpoint)
        public = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, _decoded(keys["p256dh"]))
        return _Browser(endpoint, public, _decoded(keys["auth"]))
    except (ValueError, LookupError, TypeError):
        return None


def _sealed(call: Call, address: str) -> Call:
    """The call with its content encrypted for the browser at this address, under keys of this moment."""
    browser = _subscription(address)
    if browser is None:
        raise Unsupported("not a subscription")
    body = encrypted(call.body, browser.public, browser.secret, ec.generate_private_key(_CURVE), os.urandom(16))
    headers = {"content-encoding": "aes128gcm", "content-type": "application/octet-stream"}
    return replace(call, headers={**call.headers, **headers}, body=body)


def encrypted(
    content: bytes, public: ec.EllipticCurvePublicKey, secret: bytes, key: ec.EllipticCurvePrivateKey, salt: bytes
) -> bytes:
    """Content as only the browser with this public key and secret can read it (RFC 8291 §3).

    Args:
        key: ours, for this message alone.
        salt: 16 bytes of chance.
    """
    mine = _point(key.public_key())
    shared = key.exchange(ec.ECDH(), public)
    material = _derived(shared, secret, b"WebPush: info\0" + _point(public) + mine, 32)
    content_key = _derived(material, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(material, salt, b"Content-Encoding: nonce\0", 12)
    sealed = AESGCM(content_key).encrypt(nonce, content + b"\x02", None)
    return salt + RECORD.to_bytes(4) + bytes([len(mine)]) + mine + sealed


def _derived(material: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(material)


def _private(text: str) -> ec.EllipticCurvePrivateKey:
    held = _decoded(text)
    if len(held) != 32:
        raise ValueError("not 32 bytes")
    return ec.derive_private_key(int.from_bytes(held), _CURVE)


@lru_cache(maxsize=64)
def _token(key: str, audience: str, contact: str, expires: int) -> str:
    pem = _private(key).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return jwt.encode({"aud": audience, "exp": expires, "sub": contact}, pem, algorithm="ES256")


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: Any) -> bytes:
    """What base64url says.

    Raises:
        ValueError: it says nothing.
    """
    padded = str(text) + "=" * (-len(str(text)) % 4)
    try:
        return urlsafe_b64decode(padded)
    except NotBase64:
        raise ValueError("not base64url") from None
