"""What Twilio's channels share: its Messages API, its error codes, its signature, its status callbacks and replies.

Calls go through our own client (the SDK's waits for ever, and costs several times as much); webhooks are verified by the SDK's
`RequestValidator`. Our message's id travels in the status callback's address: what becomes of a message is heard
even where the answer to the call was lost.

    201 with a sid                      accepted
    20429, 21611, 63018, 14107          retry      Twilio has not processed it
    10001, 20005, 20403                 retry      our account's trouble
    21211, 21614, 21635, …              rejected   and the address is dead
    21610                               rejected   the person has sent STOP to this sender, until START
    other 4xx                           rejected
    5xx, timeouts                       unknown    there is no idempotency key

Where Advanced Opt-Out is on, Twilio answers stop, start and help itself, and says so (`OptOutType`).

What somebody waits for is sent once more if it is not among the texts that Twilio lists for the number since it was decided.

Codes: twilio.com/docs/api/errors. Opt-out: twilio.com/docs/messaging/tutorials/advanced-opt-out.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TypeVar
from urllib.parse import parse_qs, quote, quote_plus, urlencode, urlsplit

from pydantic import Field, model_validator
from twilio.request_validator import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)

from channels.base import Call, Capabilities, Inbound
from channels.http_adapter import HttpAdapter
from channels.numbers import body_of, number_of
from channels.settings import BaseUrl, Name, RemoteSettings, Secret
from channels.transport import Answer, Unanswered, client, judged
from channels.values import code_of, objects, text_at, text_or_none
from channels.webhooks import Form
from orchestrator.model import Delivery, Outgoing, Receipt, ReceiptKind

LONGEST = 1600  # characters of a body, on any channel (error 21617)
LISTED = 50  # texts to one number that are looked through
_ID = "kairos_message"
_FORM = {"content-type": "application/x-www-form-urlencoded"}
_NOT_NOW = frozenset({"10001", "14107", "20005", "20403", "20429", "21611", "63018"})
_STOPPED = "21610"
_GONE = {
    "21211": "the number is not valid",
    "21214": "the number cannot be reached",
    "21217": "the number is not valid",
    "21614": "the number is not a mobile one",
    "21635": "the number is a landline",
    "30005": "the number is unknown",
    "30006": "the number is a landline or unreachable",
}
_ANSWERED = {"STOP": "stop", "START": "start", "HELP": "help"}
_KINDS: dict[str, ReceiptKind] = {
    "sent": "accepted",
    "delivered": "delivered",
    "read": "opened",
    "undelivered": "failed",
    "failed": "failed",
}


class TwilioSettings(RemoteSettings):
    """An account, and a sender or a messaging service. `status_callback` is our public address for its webhooks."""

    account_sid: Name
    auth_token: Secret
    sender: Name | None = Field(default=None, alias="from")
    messaging_service_sid: Name | None = None
    base_url: BaseUrl = "https://api.twilio.com"
    status_callback: BaseUrl | None = None

    @model_validator(mode="after")
    def _has_one_sender(self) -> TwilioSettings:
        if (self.sender is None) == (self.messaging_service_sid is None):
            raise ValueError("need either `from` or `messaging_service_sid`, and not both")
        return self


T = TypeVar("T", bound=TwilioSettings)


class Twilio(HttpAdapter[T]):
    """Base of the channels that Twilio serves: fill in `content` and `prefix`."""

    name = "twilio"
    capabilities = Capabilities(receipts=True, lookup=True)
    prefix = ""

    def content(self, message: Outgoing) -> dict[str, str]:
        """The parameters that carry the message's content: a body, unless the channel knows better."""
        return {"Body": body_of(message, LONGEST)}

    def request(self, message: Outgoing) -> Call:
        """The parameters of Messages.create, in one order; what no message changes is written once."""
        varying = {"To": self.prefix + number_of(message), **self.content(message)}
        form = f"{urlencode(varying)}&{self._sender}{self._callback(message)}"
        return Call("POST", self._messages, _FORM, form.encode("ascii"), self._secret)

    def find(self, message: Outgoing) -> Delivery | None:
        """The text among the newest that Twilio has for the number.

        A template's text is Twilio's own: whatever went out to the number since the message was decided may be it.
        """
        parameters = {
            "To": self.prefix + number_of(message),
            "PageSize": LISTED,
        }  # by day sent, those in the queue would lack
        call = Call("GET", f"{self._messages}?{urlencode(parameters)}", secret=self._secret)
        body = self.content(message).get("Body")
        try:
            answer = client().send(call, timeout=self.settings.timeout)
            listed = objects(answer.json().get("messages")) if answer.good else None
        except (Unanswered, ValueError):
            listed = None
        if listed is None:
            return Delivery("retry", detail="Twilio cannot be asked whether it has the message")
        return next((_as_found(text) for text in listed if _is_it(text, body, message.at)), None)

    def accepted(self, answer: Answer) -> Delivery:
        """A sid, unless the message has failed at once."""
        found = answer.json()
        code = code_of(found.get("error_code"))
        if found.get("status") in ("failed", "undelivered"):
            return Delivery("rejected", provider_id=text_at(found, "sid"), detail=f"Twilio {code}")
        return Delivery("accepted", provider_id=text_at(found, "sid"))

    def refused(self, answer: Answer, message: Outgoing) -> Delivery:
        """By Twilio's own code, where there is one."""
        if answer.status >= 500:
            return judged(answer)
        try:
            code = code_of(answer.json().get("code"))
        except ValueError:
            return judged(answer)
        if code in _NOT_NOW:
            return Delivery("retry", detail=f"Twilio {code}", retry_after=answer.retry_after())
        if code == _STOPPED:
            detail = f"Twilio {code}: the person has sent STOP to this sender; Twilio blocks it until START"
            return Delivery("rejected", detail=detail)
        if code in _GONE:
            return Delivery("rejected", detail=f"Twilio {code}: {_GONE[code]}", dead=message.addresses[:1])
        outcome = judged(answer)
        return Delivery(outcome.kind, detail=f"{outcome.detail}, Twilio {code}", retry_after=outcome.retry_after)

    def verify(self, webhook: Inbound) -> bool:
        """By Twilio's signature over the public address and the form."""
        signature = webhook.headers.get(SIGNATURE_HEADER.lower(), "")
        algorithm = get_signature_algorithm(webhook.headers.get(SIGNATURE_SETTINGS_HEADER.lower(), ""))
        validator = RequestValidator(self.settings.auth_token.get_secret_value())
        try:
            return bool(signature) and bool(validator.validate(webhook.url, _signed(webhook), signature, algorithm))
        except (ValueError, TypeError):  # an address or a body that Twilio would not send
            return False

    def parse(self, webhook: Inbound) -> list[Receipt]:
        """A reply of the person, or a change of a message's status."""
        try:
            form = Form.read(webhook.body.decode())
        except ValueError:
            return []
        at = datetime.fromtimestamp(webhook.received, UTC)
        found = _reply(form, at) if form.first("SmsStatus") == "received" else _status(form, at, _id_in(webhook.url))
        return [found] if found else []

    def _callback(self, message: Outgoing) -> str:
        return f"&{self._call_back}{quote_plus(quote_plus(message.id))}" if self._call_back else ""

    @cached_property
    def _call_back(self) -> str:
        """The parameter that names our address for webhooks, up to the message's id in it."""
        callback = self.settings.status_callback
        return urlencode({"StatusCallback": f"{callback}?{_ID}="}) if callback else ""

    @cached_property
    def _sender(self) -> str:
        if self.settings.messaging_service_sid:
            return urlencode({"MessagingServiceSid": self.settings.messaging_service_sid})
        return urlencode({"From": self.prefix + (self.settings.sender or "").removeprefix(self.prefix)})

    @cached_property
    def _messages(self) -> str:
        account = quote(self.settings.account_sid, safe="")
        return f"{self.settings.base_url}/2010-04-01/Accounts/{account}/Messages.json"

    @cached_property
    def _secret(self) -> dict[str, str]:
        pair = f"{self.settings.account_sid}:{self.settings.auth_token.get_secret_value()}"
        return {"authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def _is_it(text: Mapping[str, object], body: str | None, since: datetime) -> bool:
    """Whether a text that Twilio lists is ours: sent by us since then, with the same words if they are known."""
    try:
        is_older = parsedate_to_datetime(str(text.get("date_created"))) < since.replace(microsecond=0)
    except (ValueError, TypeError):  # no date, or one without a zone
        return False
    return not is_older and str(text.get("direction")).startswith("outbound") and body in (None, text.get("body"))


def _as_found(text: Mapping[str, object]) -> Delivery:
    sid, status = text_or_none(text.get("sid")), text.get("status")
    if status in ("failed", "undelivered", "canceled"):
        return Delivery("rejected", provider_id=sid, detail=f"Twilio {code_of(text.get('error_code'))}")
    return Delivery("accepted", provider_id=sid, detail="found at Twilio; its first answer was lost")


def _signed(webhook: Inbound) -> Mapping[str, list[str]] | str:
    text = webhook.body.decode()
    is_json = webhook.headers.get("content-type", "").startswith("application/json")
    return text if is_json else Form.read(text)


def _id_in(url: str) -> str | None:
    return parse_qs(urlsplit(url).query).get(_ID, [None])[0]


def _channel(address: str) -> tuple[str, str]:
    kind, _, number = address.rpartition(":")
    return ("whatsapp", number) if kind == "whatsapp" else ("sms", number)


def _reply(form: Form, at: datetime) -> Receipt | None:
    channel, address = _channel(form.first("From"))
    sid = form.first("MessageSid")
    if not sid or not address:
        return None
    text = form.first("ButtonPayload") or form.first("Body")
    return Receipt(
        "replied",
        at,
        key=sid,
        channel=channel,
        address=address,
        text=text,
        raw=_raw(form),
        taken_for=_ANSWERED.get(form.first("OptOutType").upper(), ""),
    )


def _status(form: Form, at: datetime, message: str | None) -> Receipt | None:
    sid, status = form.first("MessageSid"), form.first("MessageStatus")
    kind = _KINDS.get(status)
    if not sid or kind is None:
        return None
    channel, address = _channel(form.first("To"))
    gone = kind == "failed" and form.first("ErrorCode") in _GONE
    return Receipt(
        "bounced" if gone else kind,
        at,
        key=f"{sid}:{status}",
        message=message,
        provider_id=sid,
        channel=channel,
        address=address or None,
        permanent=gone,
        raw=_raw(form),
    )


def _raw(form: Form) -> dict[str, str]:
    return {name: form.first(name) for name in form}
