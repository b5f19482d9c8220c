"""SMS by Vonage's Messages API, and its webhooks, which carry a signed token.

Calls are authorised by an application's private key (a token for each quarter of an hour) or by the account's key and secret. Our
message's id travels as `client_ref`, and comes back with every status.

    202 with a message_uuid               accepted
    429; 1000                             retry      over the account's rate
    401, 402, 403; 1060, 1070, 1080       retry      our account's trouble
    1050                                  rejected   and the number is dead: barred
    1240                                  rejected   the person has sent STOP to this sender, until START
    other 4xx                             rejected
    5xx, timeouts                         unknown    there is no idempotency key

Codes: developer.vonage.com/en/api-errors/messages. A text has 1,000 characters at most.
"""

from __future__ import annotations

import re
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b, sha256
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import Field, field_validator, model_validator

from channels.base import Call, Capabilities, Inbound
from channels.http_adapter import HttpAdapter
from channels.numbers import body_of, number_of
from channels.settings import BaseUrl, Name, RemoteSettings, Secret
from channels.transport import Answer, judged
from channels.values import moment_of, text_at, text_or_none
from channels.webhooks import is_fresh
from orchestrator.model import Delivery, Outgoing, Receipt, ReceiptKind

LONGEST = 1000  # characters of a text
LONGEST_REFERENCE = 100
TOKEN_LASTS = 900  # seconds
_CODE = re.compile(r"#([0-9]{3,5})$")
_NOT_NOW = frozenset({"1000", "1060", "1070", "1080"})
_GONE = frozenset({"1050"})
_STOPPED = "1240"
_UNREACHABLE = frozenset({"1050", "1181", "1182"})  # of a status: absent for good, or barred
_KINDS: Mapping[str, ReceiptKind] = {
    "submitted": "accepted",
    "delivered": "delivered",
    "read": "opened",
    "rejected": "failed",
    "undeliverable": "failed",
}


class VonageSettings(RemoteSettings):
    """An application with its private key, or the account's key and secret; `signature_secret` proves webhooks."""

    sender: Name = Field(alias="from")
    application_id: Name | None = None
    private_key: Secret | None = None
    api_key: Name | None = None
    api_secret: Secret | None = None
    signature_secret: Secret | None = None
    base_url: BaseUrl = "https://api.nexmo.com"

    @field_validator("private_key")
    @classmethod
    def _is_a_key(cls, key: Secret | None) -> Secret | None:
        try:
            if key:
                load_pem_private_key(key.get_secret_value().encode(), password=None)
        except Exception:
            raise ValueError("is not a private key in PEM") from None
        return key

    @model_validator(mode="after")
    def _is_authorised(self) -> VonageSettings:
        application = (self.application_id, self.private_key)
        account = (self.api_key, self.api_secret)
        if sorted([all(application), all(account)]) != [False, True] or all((any(application), any(account))):
            raise ValueError("need either `application_id` and `private_key`, or `api_key` and `api_secret`")
        return self


class Vonage(HttpAdapter[VonageSettings]):
    """Texts by Vonage."""

    name = "vonage"
    channels = ("sms",)
    carries = frozenset({"body"})
    capabilities = Capabilities(receipts=True)
    model = VonageSettings

    def request(self, message: Outgoing) -> Call:
        """The text, without what authorises it: a token carries the time."""
        fields = {
            "message_type": "text",
            "channel": "sms",
            "to": number_of(message).removeprefix("+"),
            "from": self.settings.sender,
            "text": body_of(message, LONGEST),
            "client_ref": message.id,
        }
        if len(message.id) > LONGEST_REFERENCE:
            del fields["client_ref"]
        headers = {"content-type": "application/json", "accept": "application/json"}
        return Call("POST", f"{self.settings.base_url}/v1/messages", headers, orjson.dumps(fields))

    def hand_over(self, request: Call, message: Outgoing) -> Delivery:
        """Authorise and send."""
        return super().hand_over(replace(request, secret=self._secret()), message)

    def accepted(self, answer: Answer) -> Delivery:
        """With Vonage's own name for it."""
        return Delivery("accepted", provider_id=text_at(answer.json(), "message_uuid"))

    def refused(self, answer: Answer, message: Outgoing) -> Delivery:
        """By Vonage's own code, where there is one."""
        if answer.status >= 500:
            return judged(answer)
        code = _code(_said(answer.body).get("type"))
        detail = f"HTTP {answer.status}" + (f", Vonage {code}" if code else "")
        if answer.status in (401, 402, 403, 429) or code in _NOT_NOW:
            return Delivery("retry", detail=detail, retry_after=answer.retry_after())
        outcome = judged(answer)
        if code == _STOPPED:
            detail += ": the person has sent STOP to this sender; it is blocked until START"
        dead = message.addresses[:1] if outcome.kind == "rejected" and code in _GONE else ()
        return Delivery(outcome.kind, detail=detail, retry_after=outcome.retry_after, dead=dead)

    def verify(self, webhook: Inbound) -> bool:
        """By the token that Vonage signs with our secret: of now, and of this very body."""
        scheme, _, token = webhook.headers.get("authorization", "").partition(" ")
        secret = self.settings.signature_secret
        if secret is None or scheme.lower() != "bearer":
            return False
        claims = _claims(token, secret.get_secret_value())
        is_now = is_fresh(str(claims.get("iat")), webhook.received)
        return is_now and claims.get("payload_hash") == sha256(webhook.body).hexdigest()

    def parse(self, webhook: Inbound) -> list[Receipt]:
        """A reply of the person, or a change of a text's status."""
        said = _said(webhook.body)
        found = _status(said) if "status" in said else _reply(said)
        return [found] if found else []

    def _secret(self) -> dict[str, str]:
        settings = self.settings
        if settings.application_id and settings.private_key:
            now = int(time.time()) // TOKEN_LASTS * TOKEN_LASTS
            token = _token(settings.application_id, settings.private_key.get_secret_value(), now)
            return {"authorization": f"Bearer {token}"}
        secret = settings.api_secret.get_secret_value() if settings.api_secret else ""
        return {"authorization": f"Basic {b64encode(f'{settings.api_key}:{secret}'.encode()).decode()}"}


@lru_cache(maxsize=16)
def _token(application: str, key: str, now: int) -> str:
    """A token for the time around this instant: signing one takes longer than making the call."""
    claims = {
        "application_id": application,
        "iat": now,
        "exp": now + 2 * TOKEN_LASTS,
        "jti": blake2b(f"{application}:{now}".encode(), digest_size=16).hexdigest(),
    }
    return jwt.encode(claims, key, algorithm="RS256")


def _claims(token: str, secret: str) -> dict[str, Any]:
    try:
        return jwt.decode(token, secret, algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False})
    except (jwt.PyJWTError, ValueError):
        return {}


def _said(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _code(kind: object) -> str:
    """The number at the end of an error's `type`, which is an address of the documentation."""
    match = _CODE.search(str(kind))
    return match[1] if match else ""


def _status(said: Mapping[str, Any]) -> Receipt | None:
    kind, at = _KINDS.get(str(said.get("status"))), moment_of(said.get("timestamp"))
    message, provider_id = text_or_none(said.get("client_ref")), text_or_none(said.get("message_uuid"))
    if kind is None or at is None or provider_id is None:
        return None
    error = said.get("error")
    code = _code(error.get("type")) if isinstance(error, dict) else ""
    gone = kind == "failed" and code in _UNREACHABLE
    return Receipt(
        "bounced" if gone else kind,
        at,
        key=f"{provider_id}:{said['status']}",
        message=message,
        provider_id=provider_id,
        channel="sms",
        address=_number(said.get("to")),
        permanent=gone,
        raw=dict(said),
    )


def _reply(said: Mapping[str, Any]) -> Receipt | None:
    at, id, address = (
        moment_of(said.get("timestamp")),
        text_or_none(said.get("message_uuid")),
        _number(said.get("from")),
    )
    if at is None or id is None or address is None:
        return None
    text = text_or_none(said.get("text")) or ""
    return Receipt("replied", at, key=id, channel="sms", address=address, text=text, raw=dict(said))


def _number(text: object) -> str | None:
    digits = str(text)
    return f"+{digits}" if digits.isascii() and digits.isdigit() else None
