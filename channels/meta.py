"""WhatsApp by Meta's Cloud API: approved templates, free text within 24 hours, statuses and what people reply.

Our message's id travels as `biz_opaque_callback_data`, and comes back with every status.

    200 with a wamid                              accepted
    130429, 80007, 4, 131048                      retry      too many, from us
    131056                                        retry      too many, to this one person
    0, 3, 10, 190, 200-299, 368, 131031, 131042   retry      our account may not send now, whatever the status:
    131045, 131057                                           Meta says some of these with 500
    33, 131005, 131037, 133010                    retry      our number: gone, no access, name not approved, not registered
    131047, 131049, 131050, 130472, 131026        rejected   window closed, person's limit or wish, experiment, no WhatsApp
    132000-132099, 100, other 4xx                 rejected   the template or the request is wrong
    1, 2, 131000, 131016, 5xx, timeouts           unknown    there is no idempotency key

Codes come in answers and by webhook alike. Who wants no marketing has said so: by 131050 behind a message, which has failed,
or by the button for it (`user_preferences`), which WhatsApp confirms itself. A number without WhatsApp (131026) is not
suppressed: Meta says the same of an app that is too old.

A template's variables fill its body in order, or by name; one named `button_0` ends the address of the first button, `header` fills
the header, and an image stands there in its place. The template must exist in exactly the message's language: `languages` says
what Meta calls a locale, where that differs.

Limits and codes: developers.facebook.com/documentation/business-messaging/whatsapp (4,096 characters of free text).
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Annotated, Any

import orjson
from pydantic import Field

from channels.base import Call, Capabilities, Inbound
from channels.http_adapter import HttpAdapter
from channels.numbers import body_of, number_of
from channels.settings import BaseUrl, RemoteSettings, Secret
from channels.transport import Answer, judged
from channels.values import instant, objects, text_at, text_or_none
from channels.whatsapp import FIELDS, assert_free, variables
from orchestrator.model import Delivery, Outgoing, Receipt, ReceiptKind

LONGEST = 4096  # characters of free text
SIGNATURE = "x-hub-signature-256"
STOPPED = 131050  # the person wants no marketing from this business
_BUTTON, _HEADER = "button_", "header"
_NOT_NOW = frozenset({0, 3, 4, 10, 190, 368, 80007, 130429, 131031, 131042, 131045, 131048, 131057, *range(200, 300)})
_OUR_NUMBER = frozenset({33, 131005, 131037, 133010})
_PAIR = 131056
_LOST = frozenset({1, 2, 131000, 131016})
_TEMPLATE = {
    132015: "the template is paused for its low quality; Meta lets it go on after some hours",
    132016: "the template is disabled for good, as it was paused too often for its low quality",
}
_PREFERENCES = {"stop": ("STOP", "stop"), "resume": ("START", "start")}  # the word that it stands for, and its kind
_KINDS: Mapping[str, ReceiptKind] = {
    "sent": "accepted",
    "delivered": "delivered",
    "read": "opened",
    "failed": "failed",
}


class MetaSettings(RemoteSettings):
    """A business's number; `app_secret` proves webhooks, `verify_token` is what Meta must say to set them up."""

    phone_number_id: Annotated[str, Field(pattern=r"^[0-9]+$")]
    token: Secret
    app_secret: Secret | None = None
    verify_token: Secret | None = None
    languages: Mapping[str, str] = Field(default_factory=dict)
    version: Annotated[str, Field(pattern=r"^v[0-9]+\.[0-9]+$")] = "v23.0"
    base_url: BaseUrl = "https://graph.facebook.com"


class Meta(HttpAdapter[MetaSettings]):
    """WhatsApp by Meta."""

    name = "meta"
    channels = ("whatsapp",)
    carries = FIELDS
    capabilities = Capabilities(receipts=True)
    model = MetaSettings

    def request(self, message: Outgoing) -> Call:
        """A template with its variables, or free text where the person has just written."""
        content = self._template(message) if message.content.fields.get("template") else _free(message)
        body = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": number_of(message),  # without its + Meta would put our own country before it
            "biz_opaque_callback_data": message.id,
            **content,
        }
        settings = self.settings
        return Call(
            "POST",
            f"{settings.base_url}/{settings.version}/{settings.phone_number_id}/messages",
            {"content-type": "application/json"},
            orjson.dumps(body),
            {"authorization": f"Bearer {settings.token.get_secret_value()}"},
        )

    def _template(self, message: Outgoing) -> dict[str, Any]:
        fields = message.content.fields
        language = self.settings.languages.get(message.locale, message.locale)
        components = _components(variables(fields.get("variables")), str(fields.get("image") or ""))
        template = {"name": str(fields["template"]).strip(), "language": {"code": language}}
        return {"type": "template", "template": template | ({"components": components} if components else {})}

    def accepted(self, answer: Answer) -> Delivery:
        """With Meta's own name for it."""
        [first, *_] = objects(answer.json().get("messages"))
        return Delivery("accepted", provider_id=text_at(first, "id"))

    def refused(self, answer: Answer, message: Outgoing) -> Delivery:
        """By Meta's own code, where there is one."""
        code = _code(answer)
        outcome = judged(answer)
        if code is None:
            return outcome
        detail, wait = f"{outcome.detail}, Meta {code}", answer.retry_after()
        if code in _LOST:
            return Delivery("unknown", detail=detail)
        if code in _NOT_NOW | _OUR_NUMBER or code == _PAIR:
            return Delivery("retry", detail=detail, retry_after=0.0 if code == _PAIR else wait)
        if code in _TEMPLATE:
            return Delivery("rejected", detail=f"{detail}: {_TEMPLATE[code]}")
        return Delivery(outcome.kind, detail=detail, retry_after=outcome.retry_after)

    def verify(self, webhook: Inbound) -> bool:
        """By Meta's signature over the body with the app's secret."""
        if self.settings.app_secret is None:
            return False
        secret = self.settings.app_secret.get_secret_value().encode()
        expected = f"sha256={hmac.new(secret, webhook.body, sha256).hexdigest()}"
        return hmac.compare_digest(expected.encode(), webhook.headers.get(SIGNATURE, "").encode())

    def challenge(self, query: Mapping[str, str]) -> str | None:
        """What to answer when Meta asks, by GET, whether a webhook's address is ours; None if it is not Meta that asks."""
        expected = self.settings.verify_token
        given = query.get("hub.verify_token", "")
        if expected is None or query.get("hub.mode") != "subscribe":
            return None
        is_meta = hmac.compare_digest(expected.get_secret_value().encode(), given.encode())
        return query.get("hub.challenge") if is_meta else None

    def parse(self, webhook: Inbound) -> list[Receipt]:
        """What people have written or pressed, and what became of messages."""
        try:
            found = orjson.loads(webhook.body)
        except ValueError:
            return []
        values = _values(found) if isinstance(found, dict) else []
        return [receipt for value in values for receipt in (*_statuses(value), *_replies(value), *_preferences(value))]


def _free(message: Outgoing) -> dict[str, Any]:
    """Free text, or an image with the text below it."""
    fields = message.content.fields
    assert_free(fields)
    body = body_of(message, LONGEST)
    if fields.get("image"):
        return {"type": "image", "image": {"link": str(fields["image"]), "caption": body}}
    return {"type": "text", "text": {"body": body}}


def _components(named: Mapping[str, str], image: str) -> list[dict[str, Any]]:
    """A template's parts that have something to fill in: its header, its body, its buttons."""
    header = [{"type": "image", "image": {"link": image}}] if image else []
    header += [_parameter(name, value) for name, value in named.items() if name == _HEADER]
    body = [_parameter(*one) for one in named.items() if one[0] != _HEADER and not one[0].startswith(_BUTTON)]
    buttons = [
        {
            "type": "button",
            "sub_type": "url",
            "index": name.removeprefix(_BUTTON),
            "parameters": [_parameter("1", value)],
        }
        for name, value in named.items()
        if name.startswith(_BUTTON)
    ]
    parts = [{"type": kind, "parameters": filled} for kind, filled in (("header", header), ("body", body)) if filled]
    return parts + buttons


def _parameter(name: str, value: str) -> dict[str, Any]:
    by_name = {} if name.isdigit() or name == _HEADER else {"parameter_name": name}
    return {"type": "text", **by_name, "text": value}


def _code(answer: Answer) -> int | None:
    try:
        error = answer.json().get("error")
    except ValueError:
        return None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) else None


def _values(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    changes = [change for entry in objects(found.get("entry")) for change in objects(entry.get("changes"))]
    return [value for change in changes if isinstance(value := change.get("value"), dict)]


def _statuses(value: Mapping[str, Any]) -> Iterator[Receipt]:
    for status in objects(value.get("statuses")):
        kind, at = _KINDS.get(str(status.get("status"))), _at(status)
        wamid = text_or_none(status.get("id"))
        if kind is None or at is None or wamid is None:
            continue
        said = Receipt(
            kind,
            at,
            key=f"{wamid}:{status['status']}",
            message=text_or_none(status.get("biz_opaque_callback_data")),
            provider_id=wamid,
            channel="whatsapp",
            address=_number(status.get("recipient_id")),
            raw=status,
        )
        yield said
        if any(error.get("code") == STOPPED for error in objects(status.get("errors"))):
            yield replace(said, kind="unsubscribed", key=f"{said.key}:{STOPPED}")


def _preferences(value: Mapping[str, Any]) -> Iterator[Receipt]:
    """What people made of the button for marketing messages: it is taken for the word that it stands for."""
    for found in objects(value.get("user_preferences")):
        at, address = _at(found), _number(found.get("wa_id"))
        word, kind = _PREFERENCES.get(str(found.get("value")), ("", ""))
        if at is None or address is None or not word or found.get("category") != "marketing_messages":
            continue
        key = f"{address}:{kind}:{found['timestamp']}"  # it has no name of Meta's
        yield Receipt("replied", at, key, channel="whatsapp", address=address, text=word, raw=found, taken_for=kind)


def _replies(value: Mapping[str, Any]) -> Iterator[Receipt]:
    for reply in objects(value.get("messages")):
        at, wamid, address = _at(reply), text_or_none(reply.get("id")), _number(reply.get("from"))
        if at is None or wamid is None or address is None:
            continue
        yield Receipt("replied", at, key=wamid, channel="whatsapp", address=address, text=_words(reply), raw=reply)


def _words(reply: Mapping[str, Any]) -> str:
    """What the person wrote, or what the button says that they pressed."""
    part = reply.get(str(reply.get("type")))
    if not isinstance(part, dict):
        return ""
    pressed = part.get(str(part.get("type")))  # of an interactive message: `button_reply` or `list_reply`
    said = {**part, **(pressed if isinstance(pressed, dict) else {})}
    return next(
        (text for name in ("payload", "title", "body", "text", "caption") if (text := text_or_none(said.get(name)))), ""
    )


def _at(found: Mapping[str, Any]) -> Any:
    stamp = str(found.get("timestamp"))
    return instant(int(stamp)) if stamp.isascii() and stamp.isdigit() else None


def _number(digits: object) -> str | None:
    text = str(digits)
    return f"+{text}" if text.isascii() and text.isdigit() else None
