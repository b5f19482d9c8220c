"""WhatsApp by Meta: templates with their parts, free text, statuses, and what people reply."""

from __future__ import annotations

import hmac
import json
import time
from hashlib import sha256
from typing import Any

import pytest

from channels.base import Call, Inbound, Unsupported
from channels.contract import NOWHERE, HttpContract, ReceiptsContract
from channels.meta import Meta
from channels.testing import FakeProvider, outgoing, reply

TOKEN, SECRET = "feathers-of-a-pigeon", "coo-coo"
TAKEN = reply(200, {}, b'{"messages": [{"id": "wamid.1"}]}')


def make(url: str = NOWHERE, **changes: Any) -> Meta:
    given = {
        "phone_number_id": "1055",
        "token": TOKEN,
        "app_secret": SECRET,
        "verify_token": "are-you-there",
        "base_url": url,
        "timeout": 5.0,
    }
    return Meta("whatsapp", {name: value for name, value in (given | changes).items() if value is not None})


def sent(**fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(make(languages={"zh_Hant": "zh_TW"}).build(message(**fields)).body)
    return found


def message(locale: str = "id", **fields: Any) -> Any:
    return outgoing("whatsapp", fields=fields, locale=locale)


def webhook(received: float | None = None, **value: Any) -> Inbound:
    said = {"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages", "value": value}]}]}
    body = json.dumps(said).encode()
    signature = hmac.new(SECRET.encode(), body, sha256).hexdigest()
    return Inbound(
        "https://example.com/r", {"x-hub-signature-256": f"sha256={signature}"}, body, received or time.time()
    )


def status(**changes: Any) -> dict[str, Any]:
    return {
        "id": "wamid.1",
        "status": "delivered",
        "timestamp": "1772442000",
        "recipient_id": "6281234567890",
        "biz_opaque_callback_data": "m-1",
    } | changes


class TestContract(HttpContract, ReceiptsContract):
    channel = "whatsapp"
    secrets = (TOKEN, SECRET)
    good = TAKEN
    signature = "x-hub-signature-256"
    expires = False

    def make(self, url: str, timeout: float) -> Meta:
        return make(url, timeout=timeout)

    def shape(self, request: Call) -> Any:
        body = json.loads(request.body)
        return super().shape(request), sorted(body), body["to"]

    def genuine(self, received: float) -> Inbound:
        return webhook(received, statuses=[status()])

    def unarmed(self) -> Meta:
        return make(app_secret=None)


def test_free_text_goes_to_the_number_from_ours() -> None:
    """Under our name for it."""
    call = make().build(outgoing("whatsapp"))
    assert call.url.endswith("/v23.0/1055/messages")
    assert json.loads(call.body) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+6281234567890",
        "biz_opaque_callback_data": "m-1",
        "type": "text",
        "text": {"body": "Halo, Ada"},
    }


def test_free_text_may_stand_below_an_image() -> None:
    """And nothing that needs approval goes without a template."""
    image = sent(image="https://example.com/a.png")
    assert image["image"] == {"link": "https://example.com/a.png", "caption": "Halo, Ada"}
    with pytest.raises(Unsupported, match="footer, buttons with an approved template only"):
        sent(footer="x", buttons=["y"])


def test_a_template_is_filled_in_order() -> None:
    """In exactly the message's language; what was approved with it is only previewed."""
    template = sent(template="welcome", variables="12\nAda & Sons", footer="x", header="y")["template"]
    assert template == {
        "name": "welcome",
        "language": {"code": "id"},
        "components": [
            {"type": "body", "parameters": [{"type": "text", "text": "12"}, {"type": "text", "text": "Ada & Sons"}]}
        ],
    }
    assert sent(template="welcome", locale="zh_Hant")["template"] == {"name": "welcome", "language": {"code": "zh_TW"}}


def test_a_template_is_filled_by_name_in_all_its_parts() -> None:
    """Header, body and the ends of buttons' addresses."""
    named = {"first_name": "Ada", "header": "7", "button_0": "a/1"}
    parts = sent(template="welcome", variables=named)["template"]["components"]
    assert parts == [
        {"type": "header", "parameters": [{"type": "text", "text": "7"}]},
        {"type": "body", "parameters": [{"type": "text", "parameter_name": "first_name", "text": "Ada"}]},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "a/1"}]},
    ]
    [header] = sent(template="welcome", image="https://example.com/a.png")["template"]["components"]
    assert header["parameters"] == [{"type": "image", "image": {"link": "https://example.com/a.png"}}]


@pytest.mark.parametrize(
    ("http", "code", "kind", "wait"),
    [
        (400, 130429, "retry", None),
        (400, 131056, "retry", 0.0),
        (400, 131048, "retry", None),
        (401, 190, "retry", None),
        (403, 200, "retry", None),
        (400, 131026, "rejected", None),
        (400, 131047, "rejected", None),
        (400, 131049, "rejected", None),
        (400, 131050, "rejected", None),
        (404, 132001, "rejected", None),
        (400, 33, "retry", None),
        (403, 131005, "retry", None),
        (400, 131037, "retry", None),
        (400, 133010, "retry", None),
        (500, 3, "retry", None),
        (500, 131045, "retry", None),
        (503, 131057, "retry", None),
        (400, 131000, "unknown", None),
        (503, 131016, "unknown", None),
    ],
)
def test_metas_codes_say_what_became_of_it(http: int, code: int, kind: str, wait: float | None) -> None:
    """Its words, which may hold the number, are not repeated; nobody is suppressed for them."""
    said = {"error": {"code": code, "message": f"(#{code}) to +6281234567890", "type": "OAuthException"}}
    with FakeProvider(reply(http, {}, json.dumps(said).encode())) as provider:
        [outcome] = make(provider.url).deliver([outgoing("whatsapp")])
    assert (outcome.kind, outcome.retry_after, outcome.dead) == (kind, wait, ())
    assert outcome.detail == f"HTTP {http}, Meta {code}"


@pytest.mark.parametrize(("code", "why"), [(132015, "the template is paused"), (132016, "the template is disabled")])
def test_a_template_that_meta_has_stopped_is_named_as_the_reason(code: int, why: str) -> None:
    """The message would not go later, either."""
    with FakeProvider(reply(400, {}, json.dumps({"error": {"code": code}}).encode())) as provider:
        [outcome] = make(provider.url).deliver([outgoing("whatsapp")])
    assert outcome.kind == "rejected"
    assert outcome.detail.startswith(f"HTTP 400, Meta {code}: {why}")


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"status": "sent"}, "accepted"),
        ({"status": "read"}, "opened"),
        ({"status": "failed", "errors": [{"code": 131049}]}, "failed"),
    ],
)
def test_statuses_become_receipts(changes: dict[str, Any], kind: str) -> None:
    """Of our message."""
    [receipt] = make().parse(webhook(statuses=[status(**changes)]))
    assert (receipt.kind, receipt.message, receipt.provider_id) == (kind, "m-1", "wamid.1")
    assert (receipt.address, receipt.at.isoformat()) == ("+6281234567890", "2026-03-02T09:00:00+00:00")


def test_who_wants_no_marketing_any_more_has_said_so_and_the_message_has_failed() -> None:
    """Two reports, each known when it comes once more."""
    hook = webhook(statuses=[status(status="failed", errors=[{"code": 131050}])])
    failed, stopped = make().parse(hook)
    assert (failed.kind, stopped.kind) == ("failed", "unsubscribed")
    assert (stopped.message, stopped.address, stopped.at) == (failed.message, failed.address, failed.at)
    assert failed.key != stopped.key
    assert [failed, stopped] == make().parse(hook)


def preference(**changes: Any) -> dict[str, Any]:
    return {
        "wa_id": "6281234567890",
        "detail": "User requested to stop marketing messages",
        "category": "marketing_messages",
        "value": "stop",
        "timestamp": 1772442000,
    } | changes


@pytest.mark.parametrize(("value", "text", "kind"), [("stop", "STOP", "stop"), ("resume", "START", "start")])
def test_the_button_for_marketing_is_taken_for_its_word(value: str, text: str, kind: str) -> None:
    """It names no message of ours, and WhatsApp has told the person itself."""
    [receipt] = make().parse(webhook(user_preferences=[preference(value=value)]))
    assert (receipt.kind, receipt.text, receipt.taken_for) == ("replied", text, kind)
    assert (receipt.channel, receipt.address) == ("whatsapp", "+6281234567890")
    assert (receipt.message, receipt.at.isoformat()) == (None, "2026-03-02T09:00:00+00:00")
    [later] = make().parse(webhook(user_preferences=[preference(value=value, timestamp=1772442001)]))
    assert later.key != receipt.key


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ({"type": "text", "text": {"body": "STOP"}}, "STOP"),
        ({"type": "button", "button": {"text": "Stop it", "payload": "STOP"}}, "STOP"),
        (
            {
                "type": "interactive",
                "interactive": {"type": "button_reply", "button_reply": {"id": "7", "title": "Yes"}},
            },
            "Yes",
        ),
        ({"type": "image", "image": {"id": "9", "caption": "Look"}}, "Look"),
        ({"type": "location", "location": {"latitude": 1}}, ""),
        ({"type": "text", "text": "odd"}, ""),
    ],
)
def test_a_reply_is_what_the_person_wrote_or_pressed(part: dict[str, Any], text: str) -> None:
    """Whatever they sent, they have written, and opened the window for free text."""
    reply = {"id": "wamid.in", "from": "6281234567890", "timestamp": "1772442000"} | part
    [receipt] = make().parse(webhook(messages=[reply]))
    assert (receipt.kind, receipt.text, receipt.address) == ("replied", text, "+6281234567890")


@pytest.mark.parametrize(
    "value",
    [
        {"statuses": [status(status="deleted")]},
        {"statuses": [status(timestamp="soon")]},
        {"messages": [{"id": "wamid.in", "from": "nobody", "timestamp": "1772442000"}]},
        {"contacts": []},
        {"user_preferences": [preference(value="maybe"), preference(category="calls"), preference(wa_id="US.1x")]},
        {"user_preferences": [preference(timestamp=None)]},
    ],
)
def test_what_tells_nothing_is_left_out(value: dict[str, Any]) -> None:
    """Others of the same webhook are read."""
    assert make().parse(webhook(**value)) == []


def test_metas_question_is_answered_to_meta_only() -> None:
    """Whoever knows the word that was agreed on."""
    asked = {"hub.mode": "subscribe", "hub.verify_token": "are-you-there", "hub.challenge": "42"}
    assert make().challenge(asked) == "42"
    assert make().challenge(asked | {"hub.verify_token": "hello"}) is None
    assert make().challenge({}) is None
    assert make(verify_token=None).challenge(asked) is None
