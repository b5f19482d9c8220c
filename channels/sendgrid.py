"""SendGrid: e-mail through its v3 API, single and in bulk, and its event webhook.

The SDK makes the mail's JSON and verifies the webhook's signature. The call itself goes through our own client, as the SDK
opens a connection (and a TLS context) for each mail and waits for ever. In bulk up to 1,000 people share a call: each has
the rendered subject, HTML and text as substitutions for three tags, so that what was previewed is what is sent.

    202                       accepted; the message's id travels as a custom argument, and comes back with every event
    400 naming people         those are rejected, the others of the call retried: SendGrid takes all or nothing
    timeout, 5xx              the whole call is unknown: SendGrid knows no idempotency key

What SendGrid drops for the sake of one of its own lists says, too, why the person or the address is on it:

    Unsubscribed Address      the person has had enough; and the message has failed
    Spam Reporting Address    the person has complained; and the message has failed
    Bounced Address, Invalid  a bounce for good
    anything else             the message has failed

Reasons: docs.sendgrid.com/glossary/drops. Limits: developer documentation of `mail/send` (1,000 personalizations with
unique recipients, 30 MB, 10,000 bytes of substitutions for each).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

import orjson
from pydantic import Field, field_validator
from sendgrid.helpers.eventwebhook import EventWebhook
from sendgrid.helpers.mail import Content, From, Mail, SubscriptionTracking, TrackingSettings

from channels.base import Call, Capabilities, Inbound, Unsupported
from channels.http_adapter import HttpAdapter
from channels.mime import parts_of, recipient_of, subject_of, unsubscribe_headers
from channels.settings import BaseUrl, RemoteSettings, Secret, Sender
from channels.transport import Answer, in_parallel, judged, too_late
from channels.values import instant, objects, text_or_none
from channels.webhooks import is_fresh
from orchestrator.model import Delivery, Outgoing, Receipt, ReceiptKind

BULK = 1000
LARGEST_CALL = 30_000_000  # bytes
LARGEST_PARCEL = 29_000_000  # bytes of personalizations, which leaves room for the envelope
LARGEST_SHARE = 10_000  # bytes of substitutions for one person
_ID = "kairos_message"
_TAG = "-kairos_"
_SUBJECT, _TEXT, _HTML = f"{_TAG}subject-", f"{_TAG}text-", f"{_TAG}html-"
_NAMED = re.compile(r"personalizations\.(\d+)\b")
_KINDS: dict[str, ReceiptKind] = {
    "processed": "accepted",
    "delivered": "delivered",
    "open": "opened",
    "click": "clicked",
    "bounce": "bounced",
    "dropped": "failed",
    "spamreport": "complained",
    "unsubscribe": "unsubscribed",
    "group_unsubscribe": "unsubscribed",
}
_LISTED: Mapping[str, ReceiptKind] = {
    "Unsubscribed Address": "unsubscribed",
    "Spam Reporting Address": "complained",
    "Bounced Address": "bounced",
    "Invalid": "bounced",
}
_NOT_SO = "Invalid SMTPAPI header"  # a fault of the call, and not of the address


class SendGridSettings(RemoteSettings):
    """`webhook_key` is the public key that SendGrid shows under Mail Settings > Event Webhook."""

    key: Secret
    sender: Sender = Field(alias="from")
    base_url: BaseUrl = "https://api.sendgrid.com"
    webhook_key: str | None = None

    @field_validator("webhook_key")
    @classmethod
    def _is_a_key(cls, text: str | None) -> str | None:
        try:
            EventWebhook(text)
        except Exception:
            raise ValueError("is not a public key as SendGrid shows it") from None
        return text


@dataclass(frozen=True, slots=True)
class _Share:
    """One message's part in a call; without a `part` it must go alone."""

    index: int
    message: Outgoing
    recipient: str = ""
    shape: tuple[bool, bool] = (True, True)  # has text, has html
    part: bytes | None = None


@dataclass(slots=True)
class _Parcel:
    """A call in the making: shares of one shape to different people, within SendGrid's limits."""

    shares: list[_Share]
    recipients: set[str] = field(default_factory=set)
    size: int = 0

    def add(self, share: _Share) -> bool:
        """Take the share in, if it fits."""
        size = len(share.part or b"") + 1
        full = len(self.shares) == BULK or self.size + size > LARGEST_PARCEL
        if full or share.recipient in self.recipients:
            return False
        self.shares.append(share)
        self.recipients.add(share.recipient)
        self.size += size
        return True


class SendGrid(HttpAdapter[SendGridSettings]):
    """E-mail by SendGrid."""

    name = "sendgrid"
    channels = ("email",)
    carries = frozenset({"subject", "preheader", "html", "text"})
    capabilities = Capabilities(bulk=BULK, receipts=True)
    model = SendGridSettings

    def request(self, message: Outgoing) -> Call:
        """The mail of one message."""
        text, html = parts_of(message)
        body = self._envelope(subject_of(message), text, html)
        return self._call(orjson.dumps(body | {"personalizations": [_personalization(message)]}))

    def deliver(self, batch: Sequence[Outgoing]) -> list[Delivery]:
        """Messages share calls where they fit, and the calls go out in parallel."""
        parcels = _packed([self._share(index, message) for index, message in enumerate(batch)])
        outcomes: dict[int, Delivery] = {}
        for found in in_parallel(self._post, parcels, _too_late):
            outcomes.update(found)
        return [outcomes[index] for index in range(len(batch))]

    def refused(self, answer: Answer, message: Outgoing) -> Delivery:
        """By its status."""
        return _judged(answer)

    def accepted(self, answer: Answer) -> Delivery:
        """202 is SendGrid's word for it; 200 is what a sandbox or somebody else in between says."""
        if answer.status != 202:
            raise ValueError("not SendGrid's answer")
        return Delivery("accepted", provider_id=answer.headers.get("x-message-id"))

    def verify(self, webhook: Inbound) -> bool:
        """By SendGrid's signature over timestamp and body, no older than ten minutes."""
        signature = webhook.headers.get("x-twilio-email-event-webhook-signature", "")
        stamp = webhook.headers.get("x-twilio-email-event-webhook-timestamp", "")
        if not self.settings.webhook_key or not is_fresh(stamp, webhook.received):
            return False
        try:
            checker = EventWebhook(self.settings.webhook_key)
            return bool(checker.verify_signature(webhook.body.decode(), signature, stamp))
        except ValueError:  # base64 or UTF-8 that is none
            return False

    def parse(self, webhook: Inbound) -> list[Receipt]:
        """One receipt for each event that says something final or something about the person."""
        try:
            events = orjson.loads(webhook.body)
        except ValueError:
            return []
        return [receipt for event in objects(events) for receipt in _receipts(event)]

    def _share(self, index: int, message: Outgoing) -> _Share:
        try:
            self.assert_carried(message)
            text, html = parts_of(message)
            recipient = recipient_of(message).lower()
            return _Share(index, message, recipient, (bool(text), bool(html)), _shared_part(message, text, html))
        except Exception:  # on its own it is refused, with the reason
            return _Share(index, message)

    def _post(self, parcel: _Parcel) -> dict[int, Delivery]:
        if len(parcel.shares) == 1:
            [share] = parcel.shares
            return {share.index: self.attempt(share.message)}
        named: set[int] = set()

        def refused(answer: Answer) -> Delivery:
            named.update(_named(answer))
            return _judged(answer)

        outcome = self.exchange(self._bulk(parcel), refused)
        return {share.index: _own(outcome, place, named) for place, share in enumerate(parcel.shares)}

    def _bulk(self, parcel: _Parcel) -> Call:
        has_text, has_html = parcel.shares[0].shape
        body = self._envelope(_SUBJECT, _TEXT if has_text else "", _HTML if has_html else "")
        opening, closing = orjson.dumps(body | {"personalizations": []})[:-2], b"]}"
        first, *between, last = [share.part or b"" for share in parcel.shares]
        return self._call(b",".join([opening + first, *between, last + closing]))  # in one copy of what may be 30 MB

    def _envelope(self, subject: str, text: str, html: str) -> dict[str, Any]:
        sender = self.settings.sender
        if not subject:
            raise Unsupported("SendGrid takes no e-mail without a subject")
        mail = Mail(from_email=From(sender.address, sender.name or None), subject=subject)
        for kind, content in (("text/plain", text), ("text/html", html)):
            if content:
                mail.add_content(Content(kind, content))
        # SendGrid's own way out would stand beside ours, and its tags would be looked for in our text
        mail.tracking_settings = TrackingSettings(subscription_tracking=SubscriptionTracking(enable=False))
        found: dict[str, Any] = mail.get()
        return found

    def _call(self, body: bytes) -> Call:
        if len(body) > LARGEST_CALL:
            raise Unsupported("the message is larger than SendGrid's 30 MB")
        return Call(
            "POST",
            f"{self.settings.base_url}/v3/mail/send",
            {"content-type": "application/json"},
            body,
            {"authorization": f"Bearer {self.settings.key.get_secret_value()}"},
        )


def _judged(answer: Answer) -> Delivery:
    """403 is about our key or our sender, and no recipient's fault."""
    outcome = judged(answer)
    return replace(outcome, kind="retry") if answer.status == 403 else outcome


def _personalization(message: Outgoing) -> dict[str, Any]:
    headers = unsubscribe_headers(message)
    part = {"to": [{"email": recipient_of(message)}], "custom_args": {_ID: message.id}}
    return part | ({"headers": headers} if headers else {})


def _shared_part(message: Outgoing, text: str, html: str) -> bytes | None:
    """The personalization for a shared call; None where the content is too large, or could be taken for our tags."""
    values = {_SUBJECT: subject_of(message), _TEXT: text, _HTML: html}
    substitutions = {tag: value for tag, value in values.items() if value}
    if _SUBJECT not in substitutions:
        return None
    part = orjson.dumps(_personalization(message) | {"substitutions": substitutions})
    if part.count(_TAG.encode()) > len(substitutions):  # each of ours stands in it once
        return None
    # as JSON nothing is shorter than it is, so that most need not be measured
    return part if len(part) <= LARGEST_SHARE or _size(substitutions) <= LARGEST_SHARE else None


def _size(substitutions: Mapping[str, str]) -> int:
    return sum(len(tag) + len(value.encode()) for tag, value in substitutions.items())


def _packed(shares: list[_Share]) -> list[_Parcel]:
    """First fit, in order: two messages to one person end up in two calls."""
    alone = [_Parcel([share]) for share in shares if share.part is None]
    parcels: dict[tuple[bool, bool], list[_Parcel]] = {}
    for share in shares:
        if share.part is None:
            continue
        shaped = parcels.setdefault(share.shape, [])
        if not any(parcel.add(share) for parcel in shaped):
            shaped.append(_Parcel([]))
            shaped[-1].add(share)
    return alone + [parcel for shaped in parcels.values() for parcel in shaped]


def _too_late(parcel: _Parcel) -> dict[int, Delivery]:
    return {share.index: too_late() for share in parcel.shares}


def _named(answer: Answer) -> set[int]:
    """The places in the call that a refusal names."""
    try:
        faults = objects(answer.json().get("errors"))
    except ValueError:
        return set()
    matches = (_NAMED.search(str(fault.get("field"))) for fault in faults)
    return {int(match[1]) for match in matches if match}


def _own(outcome: Delivery, place: int, named: set[int]) -> Delivery:
    """One person's outcome out of the call's: who is not named in a refusal was refused for the others' sake."""
    if outcome.kind != "rejected" or not named or place in named:
        return outcome
    return Delivery("retry", detail="refused together with others in one call", retry_after=0.0)


def _receipts(event: dict[str, Any]) -> Iterator[Receipt]:
    """What an event says of its message, and of the person where it was dropped for their sake."""
    kind, at = _KINDS.get(str(event.get("event"))), instant(event.get("timestamp"))
    message = text_or_none(event.get(_ID))
    if kind is None or at is None:
        return
    listed = _listed(event) if kind == "failed" else None
    said = Receipt(
        "bounced" if listed == "bounced" else kind,
        at=at,
        key=_key(event),
        message=message,
        provider_id=None if message else str(event.get("sg_message_id") or "").partition(".")[0] or None,
        channel="email",
        address=text_or_none(event.get("email")),
        permanent=listed == "bounced" or (kind == "bounced" and event.get("type") != "blocked"),
        raw=event,
    )
    yield said
    if listed in ("unsubscribed", "complained"):
        yield replace(said, kind=listed, key=f"{said.key}:{listed}")


def _listed(event: Mapping[str, Any]) -> ReceiptKind | None:
    """What the address was on a list of SendGrid's for, if that is why nothing was sent there."""
    reason = str(event.get("reason", ""))
    found = (kind for name, kind in _LISTED.items() if reason.startswith(name))
    return None if reason.startswith(_NOT_SO) else next(found, None)


def _key(event: dict[str, Any]) -> str:
    """By what happened: `sg_event_id` changes when SendGrid delivers an event again."""
    about = [str(event.get(name, "")) for name in ("sg_message_id", "event", "timestamp", "email", "url")]
    return blake2b("\0".join(about).encode(), digest_size=16).hexdigest()
