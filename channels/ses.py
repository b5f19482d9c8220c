"""E-mail by Amazon SES, version 2 of its API: the letter as a whole, signed by `channels.sigv4`, and events by SNS.

    200 with a MessageId                                  accepted
    TooManyRequests, Throttling, LimitExceeded            retry
    the account or its domain may not send now; 403       retry      our trouble, not the message's
    other 4xx                                             rejected
    5xx, timeouts                                         unknown    SES knows no idempotency key

Events come from a configuration set by way of an SNS topic (`topic`). A new subscription is confirmed by following a link;
that is done only if `confirm` says so. Our message's id travels as the tag `kairos_message`.

Limits: 40 MB for a letter (docs.aws.amazon.com/ses/latest/dg/quotas.html). SES publishes neither its rate nor when to come
back: set `rate` to what your account is granted.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from pydantic import Field

from channels import sns
from channels.base import Call, Capabilities, Inbound, Unsupported
from channels.http_adapter import HttpAdapter
from channels.mime import letter
from channels.settings import BaseUrl, Name, RemoteSettings, Secret, Sender
from channels.sigv4 import Signer
from channels.transport import Answer, judged
from channels.values import code_of, moment_of, objects, text_at, text_or_none
from orchestrator.model import Delivery, Outgoing, Receipt, ReceiptKind

LARGEST = 40_000_000  # bytes of a letter
_TAG = "kairos_message"
_TAGGABLE = re.compile(r"[A-Za-z0-9_.@-]{1,256}")
_ERROR = re.compile(r"[A-Za-z]+")
_NOT_NOW = frozenset(
    {
        "TooManyRequestsException",
        "ThrottlingException",
        "Throttling",
        "RequestExpired",
        "AccessDeniedException",
        "IncompleteSignature",
        "LimitExceededException",
        "AccountSuspendedException",
        "SendingPausedException",
        "MailFromDomainNotVerifiedException",
        "NotFoundException",
    }
)
_KINDS: dict[str, tuple[ReceiptKind, str]] = {
    "Send": ("accepted", "mail"),
    "Delivery": ("delivered", "delivery"),
    "Open": ("opened", "open"),
    "Click": ("clicked", "click"),
    "Bounce": ("bounced", "bounce"),
    "Complaint": ("complained", "complaint"),
    "Reject": ("failed", "mail"),
    "Rendering Failure": ("failed", "mail"),
}


class SesSettings(RemoteSettings):
    """Credentials of a user or role that may call `ses:SendEmail`, in the region of the identity that sends."""

    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z0-9]+)+$")]
    access_key_id: Name
    secret_access_key: Secret
    session_token: Secret | None = None
    sender: Sender = Field(alias="from")
    configuration_set: Name | None = None
    topic: Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:sns:")] | None = None
    confirm: bool = False
    base_url: BaseUrl | None = None


class Ses(HttpAdapter[SesSettings]):
    """E-mail by Amazon SES."""

    name = "ses"
    channels = ("email",)
    carries = frozenset({"subject", "preheader", "html", "text"})
    capabilities = Capabilities(receipts=True)
    model = SesSettings

    def request(self, message: Outgoing) -> Call:
        """The letter, unsigned: a signature carries the time of the attempt."""
        mail = letter(message, self.settings.sender)
        if len(mail.content) > LARGEST:
            raise Unsupported("the message is larger than the 40 MB that SES takes")
        body: dict[str, Any] = {
            "FromEmailAddress": self.settings.sender.address,
            "Destination": {"ToAddresses": [mail.recipient]},
            "Content": {"Raw": {"Data": b64encode(mail.content).decode()}},
        }
        if _TAGGABLE.fullmatch(message.id):
            body["EmailTags"] = [{"Name": _TAG, "Value": message.id}]
        if self.settings.configuration_set:
            body["ConfigurationSetName"] = self.settings.configuration_set
        return Call("POST", self._url, {"content-type": "application/json"}, orjson.dumps(body))

    def hand_over(self, request: Call, message: Outgoing) -> Delivery:
        """Sign and send."""
        return super().hand_over(self._signer.signed(request, datetime.now(UTC)), message)

    def accepted(self, answer: Answer) -> Delivery:
        """With SES's own name for it."""
        return Delivery("accepted", provider_id=text_at(answer.json(), "MessageId"))

    def refused(self, answer: Answer, message: Outgoing) -> Delivery:
        """By SES's own exception, where it names one."""
        error = _error(answer)
        detail = f"HTTP {answer.status}, SES {code_of(error)}"
        if 400 <= answer.status < 500 and (error in _NOT_NOW or answer.status == 403):
            return Delivery("retry", detail=detail, retry_after=answer.retry_after())
        outcome = judged(answer)
        return Delivery(outcome.kind, detail=detail if error else outcome.detail, retry_after=outcome.retry_after)

    def verify(self, webhook: Inbound) -> bool:
        """By SNS's signature and the topic; a genuine request to confirm is answered, if that is wanted."""
        notification = sns.read(webhook)
        at = datetime.fromtimestamp(webhook.received, UTC)
        if not self.settings.topic or not sns.is_genuine(notification, self.settings.topic, at):
            return False
        if self.settings.confirm and notification.get("Type") == sns.CONFIRMATION:
            sns.confirm(notification)
        return True

    def parse(self, webhook: Inbound) -> list[Receipt]:
        """One receipt for each recipient of an event."""
        notification = sns.read(webhook)
        try:
            event = orjson.loads(str(notification.get("Message")))
        except ValueError:
            return []
        key = text_or_none(notification.get("MessageId"))
        return list(_receipts(event, key)) if isinstance(event, dict) and key else []

    @property
    def _url(self) -> str:
        base = self.settings.base_url or f"https://email.{self.settings.region}.amazonaws.com"
        return f"{base}/v2/email/outbound-emails"

    @property
    def _signer(self) -> Signer:
        settings = self.settings
        token = settings.session_token.get_secret_value() if settings.session_token else None
        secret = settings.secret_access_key.get_secret_value()
        return Signer(settings.access_key_id, secret, settings.region, "ses", token)


def _error(answer: Answer) -> str:
    """The name of the exception, which may stand among others' words: `aws.error#Name:http://…`."""
    text = answer.headers.get("x-amzn-errortype", "")
    if not text:
        try:
            text = str(answer.json().get("__type") or "")
        except ValueError:
            return ""
    match = _ERROR.match(text.rpartition("#")[2])
    return match[0] if match else ""


def _receipts(event: Mapping[str, Any], key: str) -> Iterator[Receipt]:
    kind, part = _KINDS.get(str(event.get("eventType") or event.get("notificationType")), (None, ""))
    mail, about = event.get("mail"), event.get(part)
    if kind is None or not isinstance(mail, dict) or not isinstance(about, dict):
        return
    at = moment_of(about.get("timestamp"))
    message, provider_id = _tagged(mail), text_or_none(mail.get("messageId"))
    if at is None or not (message or provider_id):
        return
    for address in _addresses(about, mail) or [None]:
        yield Receipt(
            kind,
            at,
            f"{key}:{address or ''}",
            message=message,
            provider_id=provider_id,
            channel="email",
            address=address,
            permanent=about.get("bounceType") == "Permanent",
            raw=dict(event),
        )


def _addresses(about: Mapping[str, Any], mail: Mapping[str, Any]) -> list[str | None]:
    several = objects(about.get("bouncedRecipients")) or objects(about.get("complainedRecipients"))
    if several:
        return [text_or_none(one.get("emailAddress")) for one in several]
    found = about.get("recipients") or mail.get("destination")
    return [text_or_none(one) for one in found] if isinstance(found, list) else []


def _tagged(mail: Mapping[str, Any]) -> str | None:
    tags = mail.get("tags")
    values = tags.get(_TAG) if isinstance(tags, dict) else None
    return text_or_none(values[0]) if isinstance(values, list) and values else None
