"""E-mail by Postmark: up to 500 messages a call, an answer for each, and its webhooks.

    ErrorCode 0                                     accepted
    406                                             rejected   the address is inactive, for this message stream
    10, 100, 400-402, 405, 412, 413, 429            retry      our account's trouble, or Postmark's maintenance
    422 with 400, 401, 405, 412, 413                retry      the same, for the whole call
    other codes                                     rejected
    timeouts, 5xx                                   unknown    the whole call: Postmark knows no idempotency key

Webhooks carry no signature: they are known by a name and a password in their address (`webhook_user`, `webhook_password`).
Our message's id travels as metadata, and comes back with every event.

Limits and codes: postmarkapp.com/developer (500 messages and 50 MB a call, 10 MB a message).
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import formataddr
from typing import Any

import orjson
from pydantic import Field

from channels.base import Call, Capabilities, Inbound, Unsupported
from channels.http_adapter import HttpAdapter
from channels.mime import parts_of, recipient_of, subject_of, unsubscribe_headers
from channels.settings import BaseUrl, Name, RemoteSettings, Secret, Sender
from channels.transport import Answer, in_parallel, judged, too_late
from channels.values import moment_of, objects, text_at, text_or_none
from orchestrator.model import Delivery, Outgoing, Receipt, ReceiptKind

BULK = 500
LARGEST_CALL = 50_000_000  # bytes
LARGEST = 10_000_000  # bytes of a message
BY_HAND = "ManualSuppression"  # why a person is unsubscribed, who did it
_NOT_NOW = frozenset({10, 100, 400, 401, 402, 405, 412, 413, 429})
_OUR_TROUBLE = frozenset({400, 401, 405, 412, 413})
_METADATA = "kairos_message"
_LONGEST_METADATA = 80
_KINDS: Mapping[str, tuple[ReceiptKind, str]] = {
    "Delivery": ("delivered", "DeliveredAt"),
    "Bounce": ("bounced", "BouncedAt"),
    "SpamComplaint": ("complained", "BouncedAt"),
    "Open": ("opened", "ReceivedAt"),
    "Click": ("clicked", "ReceivedAt"),
    "SubscriptionChange": ("unsubscribed", "ChangedAt"),
}


class PostmarkSettings(RemoteSettings):
    """A server's token; `stream` is the message stream, such as `outbound` or `broadcast`."""

    token: Secret
    sender: Sender = Field(alias="from")
    stream: Name = "outbound"
    webhook_user: Name | None = None
    webhook_password: Secret | None = None
    base_url: BaseUrl = "https://api.postmarkapp.com"


@dataclass(frozen=True, slots=True)
class _Part:
    """One message's part in a call: the message, and its JSON."""

    message: Outgoing
    body: bytes


class Postmark(HttpAdapter[PostmarkSettings]):
    """E-mail by Postmark."""

    name = "postmark"
    channels = ("email",)
    carries = frozenset({"subject", "preheader", "html", "text"})
    capabilities = Capabilities(bulk=BULK, receipts=True)
    model = PostmarkSettings

    def request(self, message: Outgoing) -> Call:
        """A call with this one message."""
        return self._call([self._body(message)])

    def deliver(self, batch: Sequence[Outgoing]) -> list[Delivery]:
        """As few calls as the limits allow, in parallel."""
        parts: list[_Part] = []

        def keep(call: Call, message: Outgoing) -> Delivery:
            parts.append(_Part(message, call.body[1:-1]))
            return _BUILT

        built = [self.attempt(message, keep) for message in batch]
        answered = in_parallel(self._post, list(_parcels(parts)), _late)
        posted = (outcome for outcomes in answered for outcome in outcomes)
        return [next(posted) if outcome is _BUILT else outcome for outcome in built]

    def hand_over(self, request: Call, message: Outgoing) -> Delivery:
        """One message on its own."""
        return self._post([_Part(message, request.body[1:-1])])[0]

    def accepted(self, answer: Answer) -> Delivery:
        """Of a call with one message."""
        [found] = _answers(answer)
        return _said(found)

    def verify(self, webhook: Inbound) -> bool:
        """By the name and the password that we gave Postmark."""
        user, password = self.settings.webhook_user, self.settings.webhook_password
        if not user or not password:
            return False
        expected = f"Basic {b64encode(f'{user}:{password.get_secret_value()}'.encode()).decode()}"
        return hmac.compare_digest(expected.encode(), webhook.headers.get("authorization", "").encode())

    def parse(self, webhook: Inbound) -> list[Receipt]:
        """The one event of a webhook."""
        try:
            event = orjson.loads(webhook.body)
        except ValueError:
            return []
        receipt = _receipt(event) if isinstance(event, dict) else None
        return [receipt] if receipt else []

    def _body(self, message: Outgoing) -> bytes:
        text, html = parts_of(message)
        fields = {
            "From": formataddr((self.settings.sender.name, self.settings.sender.address)),
            "To": recipient_of(message),
            "Subject": subject_of(message),
            "TextBody": text,
            "HtmlBody": html,
            "MessageStream": self.settings.stream,
            "Headers": [{"Name": name, "Value": value} for name, value in unsubscribe_headers(message).items()],
            "Metadata": {_METADATA: message.id} if len(message.id) <= _LONGEST_METADATA else {},
        }
        body = orjson.dumps({name: value for name, value in fields.items() if value})
        if len(body) > LARGEST:
            raise Unsupported("the message is larger than the 10 MB that Postmark takes")
        return body

    def _call(self, bodies: Iterable[bytes]) -> Call:
        return Call(
            "POST",
            f"{self.settings.base_url}/email/batch",
            {"content-type": "application/json", "accept": "application/json"},
            b"[" + b",".join(bodies) + b"]",
            {"x-postmark-server-token": self.settings.token.get_secret_value()},
        )

    def _post(self, parts: Sequence[_Part]) -> list[Delivery]:
        """One call. What is refused as a whole was not sent: calls for each tell whom that concerns."""
        found: list[Delivery] = []

        def each(answer: Answer) -> Delivery:
            found.extend([_said(said) for said, _ in zip(_answers(answer), parts, strict=True)])
            return _BUILT

        outcome = self.exchange(self._call(part.body for part in parts), _refused, accepted=each)
        if outcome.kind == "rejected" and len(parts) > 1:
            return in_parallel(lambda part: self._post([part])[0], parts, too_late)
        return found if outcome is _BUILT else [outcome] * len(parts)


_BUILT = Delivery("unknown", detail="its answer stands elsewhere")


def _parcels(parts: Sequence[_Part]) -> Iterator[list[_Part]]:
    """Calls within Postmark's limits, in order."""
    parcel: list[_Part] = []
    size = 0
    for part in parts:
        size += len(part.body) + 1
        if parcel and (len(parcel) == BULK or size > LARGEST_CALL - 2):
            yield parcel
            parcel, size = [], len(part.body) + 1
        parcel.append(part)
    if parcel:
        yield parcel


def _late(parcel: Sequence[_Part]) -> list[Delivery]:
    return [too_late() for _ in parcel]


def _answers(answer: Answer) -> list[dict[str, Any]]:
    """What Postmark says of each message.

    Raises:
        ValueError: it does not say it in its own form.
    """
    found = orjson.loads(answer.body)
    if not isinstance(found, list) or len(objects(found)) != len(found):
        raise ValueError("not a list of answers")
    return found


def _refused(answer: Answer) -> Delivery:
    """What it means that a whole call is refused; what Postmark says of us concerns every message."""
    try:
        code = answer.json().get("ErrorCode")
    except ValueError:
        code = None
    return Delivery("retry", detail=f"Postmark {code}") if code in _OUR_TROUBLE else judged(answer)


def _said(said: Mapping[str, Any]) -> Delivery:
    """What Postmark's answer for one message means.

    Raises:
        ValueError: it is none.
    """
    code = said.get("ErrorCode")
    if not isinstance(code, int):
        raise ValueError("no ErrorCode")
    if code == 0:
        return Delivery("accepted", provider_id=text_at(said, "MessageID"))
    detail = f"Postmark {code}"
    if code in _NOT_NOW:
        return Delivery("retry", detail=detail)
    # 406 is of one stream, and may be the person's own wish: what bounced or complained is reported by webhook
    return Delivery("rejected", detail=detail)


def _receipt(event: Mapping[str, Any]) -> Receipt | None:
    kind, when = _KINDS.get(str(event.get("RecordType")), (None, ""))
    at, provider_id = moment_of(event.get(when)), text_or_none(event.get("MessageID"))
    if kind is None or at is None or (kind == "unsubscribed" and event.get("SuppressionReason") != BY_HAND):
        return None
    metadata = event.get("Metadata")
    message = text_or_none(metadata.get(_METADATA)) if isinstance(metadata, dict) else None
    address = text_or_none(event.get("Recipient") or event.get("Email"))
    if not (message or provider_id or address):
        return None
    return Receipt(
        kind,
        at,
        key=f"{provider_id}:{event.get('RecordType')}:{event.get(when)}:{event.get('ID') or ''}",
        message=message,
        provider_id=provider_id,
        channel="email",
        address=address,
        permanent=kind == "bounced" and event.get("Inactive") is True,
        raw=dict(event),
    )
