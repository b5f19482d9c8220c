"""Push to Apple's devices by APNs: one call for each device over HTTP/2, let in by a token that is signed with your key.

An address is a device token in hexadecimal. On the device a message replaces one of the same id, so that a repeated hand-over
is not seen twice; or, with the field `collapse`, an older message about the same thing. `ttl` is how long Apple keeps it.

    200 with an apns-id                                  accepted
    410 Unregistered, ExpiredToken                       rejected, and the device is gone
    403 about our token or key; 429 about our token      retry
    429 TooManyRequests                                  retry, of this device only
    other 4xx                                            rejected
    500, 503, timeouts                                   unknown

A 410 is about this very call, so the device is gone now, whenever Apple learnt of it. BadDeviceToken is no such word: a
token of Apple's sandbox gets it from the other host, and a wrong setting must not cost anybody their device.

Source: developer.apple.com/documentation/usernotifications (4,096 bytes; a collapse id of 64 bytes; our token is good for 20 to 60
minutes).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Annotated, Any
from uuid import NAMESPACE_URL, uuid5

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import Field, field_validator

from channels.base import Call
from channels.push import GONE, PushAdapter, assert_fits, digest, seconds, shown
from channels.settings import BaseUrl, Name, RemoteSettings, Secret
from channels.transport import Answer, judged
from channels.values import code_of
from orchestrator.model import Delivery, Outgoing

LARGEST = 4096  # bytes of payload
LONGEST_COLLAPSE = 64  # bytes
TOKEN_LASTS = 2400  # seconds
_DEVICE = re.compile(r"[0-9a-fA-F]{32,200}")
_GONE = frozenset({"Unregistered", "ExpiredToken"})


class ApnsSettings(RemoteSettings):
    """Your key for APNs (`private_key` in PEM, its `key_id`), your team, and the app's bundle id (`topic`)."""

    team_id: Annotated[str, Field(pattern=r"^[A-Z0-9]{10}$")]
    key_id: Annotated[str, Field(pattern=r"^[A-Z0-9]{10}$")]
    private_key: Secret
    topic: Name
    base_url: BaseUrl = "https://api.push.apple.com"

    @field_validator("private_key")
    @classmethod
    def _is_a_key(cls, key: Secret) -> Secret:
        try:
            found = load_pem_private_key(key.get_secret_value().encode(), password=None)
        except Exception:
            found = None
        if not isinstance(found, EllipticCurvePrivateKey):
            raise ValueError("is not a key as Apple gives it (.p8)")
        return key


class Apns(PushAdapter[ApnsSettings]):
    """Push notifications to iPhones, iPads, Macs and watches."""

    name = "apns"
    model = ApnsSettings
    device = "device's token as Apple gives it"

    def is_device(self, address: str) -> bool:
        """Whether it is a token of Apple's."""
        return bool(_DEVICE.fullmatch(address))

    def calls(self, message: Outgoing, devices: Sequence[str]) -> Iterable[Call]:
        """One call for each device; our token is added on the way out."""
        fields = shown(message)
        payload = _payload(message, fields)
        assert_fits(payload, LARGEST)
        headers = {"apns-topic": self.settings.topic, "apns-push-type": "alert", **_handling(message, fields)}
        return [self._call(device, message, headers, payload) for device in devices]

    def authorised(self, call: Call) -> Call:
        """With our token, which is renewed before it runs out, and no sooner than Apple likes."""
        settings = self.settings
        now = int(time.time()) // TOKEN_LASTS * TOKEN_LASTS
        token = _token(settings.team_id, settings.key_id, settings.private_key.get_secret_value(), now)
        return replace(call, secret={"authorization": f"bearer {token}"})

    def accepted(self, answer: Answer) -> Delivery:
        """With Apple's word for it; an empty page of somebody else has none."""
        return Delivery("accepted", provider_id=answer.headers["apns-id"])

    def denied(self, answer: Answer) -> Delivery:
        """By the reason that Apple gives."""
        reason = _reason(answer)
        if answer.status == 410 and reason in _GONE:
            return GONE
        outcome = judged(answer)
        detail = f"HTTP {answer.status}, APNs {code_of(reason)}" if reason else outcome.detail
        if answer.status == 403:
            return Delivery("retry", detail=detail)
        wait = 0.0 if reason == "TooManyRequests" else outcome.retry_after
        return Delivery(outcome.kind, detail=detail, retry_after=wait)

    def _call(self, device: str, message: Outgoing, headers: Mapping[str, str], payload: bytes) -> Call:
        id = str(uuid5(NAMESPACE_URL, f"kairos:{message.id}:{device}"))
        return Call("POST", f"{self.settings.base_url}/3/device/{device}", {**headers, "apns-id": id}, payload)


@lru_cache(maxsize=16)
def _token(team: str, key_id: str, key: str, now: int) -> str:
    return jwt.encode({"iss": team, "iat": now}, key, algorithm="ES256", headers={"kid": key_id})


def _payload(message: Outgoing, fields: Mapping[str, str]) -> bytes:
    """What the device gets; beside what is shown, no name and no address."""
    alert = {name: fields[name] for name in ("title", "body") if name in fields}
    aps = {"alert": alert, "sound": "default"} | ({"mutable-content": 1} if "image" in fields else {})
    data = {name: fields[name] for name in ("link", "image") if name in fields}
    return orjson.dumps({"aps": aps, "kairos_message": digest(message.id), **data})


def _handling(message: Outgoing, fields: Mapping[str, str]) -> dict[str, str]:
    """What the notification replaces on the device, and how long it is kept for one that is off."""
    tag = fields.get("collapse") or digest(message.id)
    short = tag if tag.isascii() and tag.isprintable() and len(tag) <= LONGEST_COLLAPSE else digest(tag)
    kept = {"apns-expiration": str(int(message.at.timestamp()) + seconds(fields["ttl"]))} if "ttl" in fields else {}
    return {"apns-priority": "10", "apns-collapse-id": short, **kept}


def _reason(answer: Answer) -> str:
    try:
        found: Any = answer.json().get("reason")
    except ValueError:
        return ""
    return str(found or "")
