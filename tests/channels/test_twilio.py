"""Twilio: texts and WhatsApp, its codes, its callbacks, and what people reply."""

import json
import time
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode

import pytest
from twilio.request_validator import RequestValidator

from channels.base import Call, Inbound, Misconfigured, Unsupported
from channels.contract import NOWHERE, HttpContract, ReceiptsContract
from channels.testing import FakeProvider, outgoing, reply
from channels.twilio_sms import TwilioSms
from channels.twilio_whatsapp import TwilioWhatsApp

TOKEN = "feathers-of-a-pigeon"
URL = "https://example.com/v1/receipts/twilio?kairos_message=m-1"
TAKEN = reply(201, {}, b'{"sid": "SM1", "status": "queued", "error_code": null}')
HX = "HX" + "0" * 31


def settings(url: str = NOWHERE, **changes: Any) -> dict[str, Any]:
    given = {"account_sid": "AC1", "auth_token": TOKEN, "from": "+15005550006", "base_url": url, "timeout": 5.0}
    return {name: value for name, value in (given | changes).items() if value is not None}


def sms(url: str = NOWHERE, **changes: Any) -> TwilioSms:
    return TwilioSms("sms", settings(url, **changes))


def whatsapp(url: str = NOWHERE, **changes: Any) -> TwilioWhatsApp:
    return TwilioWhatsApp("whatsapp", settings(url, **changes))


def webhook(fields: dict[str, str], *, received: float | None = None, url: str = URL) -> Inbound:
    headers = {"x-twilio-signature": RequestValidator(TOKEN).compute_signature(url, fields)}
    return Inbound(url, headers, urlencode(fields).encode(), time.time() if received is None else received)


def status(**changes: str) -> dict[str, str]:
    return {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+6281234567890", "Note": "m-1"} | changes


def fields(call: Call) -> dict[str, str]:
    return dict(parse_qsl(call.body.decode(), strict_parsing=True))


class Contract(HttpContract, ReceiptsContract):
    secrets = (TOKEN,)
    good = TAKEN
    signature = "x-twilio-signature"
    expires = False

    def shape(self, request: Call) -> Any:
        sent = parse_qs(request.body.decode())
        return super().shape(request), sorted(sent), sent["To"]

    def genuine(self, received: float) -> Inbound:
        return webhook(status(), received=received)


class TestSms(Contract):
    channel = "sms"

    def make(self, url: str, timeout: float) -> TwilioSms:
        return sms(url, timeout=timeout)


class TestWhatsApp(Contract):
    channel = "whatsapp"

    def make(self, url: str, timeout: float) -> TwilioWhatsApp:
        return whatsapp(url, timeout=timeout)


def test_a_text_goes_from_our_number_to_the_persons() -> None:
    """With the account's name and password, which no repr shows."""
    call = sms(status_callback="https://example.com/v1/receipts/twilio").build(outgoing("sms", id="m 1"))

    assert call.url.endswith("/2010-04-01/Accounts/AC1/Messages.json")
    assert fields(call) == {
        "To": "+6281234567890",
        "From": "+15005550006",
        "Body": "Halo, Ada",
        "StatusCallback": "https://example.com/v1/receipts/twilio?kairos_message=m+1",
    }
    assert call.secret["authorization"].startswith("Basic ")


def test_a_messaging_service_stands_in_for_a_number() -> None:
    """One of them is needed, and not both."""
    service = {"messaging_service_sid": "MG1"}
    assert fields(sms(**{"from": None}, **service).build(outgoing("sms")))["MessagingServiceSid"] == "MG1"
    for wrong in ({"from": None}, service):
        with pytest.raises(Misconfigured, match="either `from` or `messaging_service_sid`"):
            sms(**wrong)


def test_whatsapp_is_a_text_between_prefixed_numbers() -> None:
    """The prefix is put before both, once."""
    for sender in ("+15005550006", "whatsapp:+15005550006"):
        sent = fields(whatsapp(**{"from": sender}).build(outgoing("whatsapp")))
        assert sent == {"To": "whatsapp:+6281234567890", "From": "whatsapp:+15005550006", "Body": "Halo, Ada"}


@pytest.mark.parametrize("variables", ["  12\n  Ada & Sons\n", ["12", "Ada & Sons"], {1: 12, "2": "Ada & Sons"}])
def test_an_approved_template_goes_by_its_sid_with_its_variables(variables: Any) -> None:
    """Looked up by name and locale; what it reads like stays at home."""
    adapter = whatsapp(templates={"welcome": {"id": HX + "1", "en": HX + "2"}})
    message = outgoing("whatsapp", fields={"template": "welcome", "variables": variables})
    sent = fields(adapter.build(message))

    assert sent["ContentSid"] == HX + "1"
    assert json.loads(sent["ContentVariables"]) == {"1": "12", "2": "Ada & Sons"}
    assert "Body" not in sent


def test_free_text_takes_an_image_and_nothing_that_needs_approval() -> None:
    """A template's own header and buttons were approved with it."""
    image = outgoing("whatsapp", fields={"image": "https://example.com/a.png"})
    assert fields(whatsapp().build(image))["MediaUrl"] == "https://example.com/a.png"
    with pytest.raises(Unsupported, match="footer, buttons with an approved template only"):
        whatsapp().build(outgoing("whatsapp", fields={"footer": "x", "buttons": ["y"]}))
    approved = outgoing("whatsapp", fields={"footer": "x", "buttons": ["y"], "template": HX + "3"})
    assert "x" not in fields(whatsapp().build(approved)).values()


def test_a_template_that_is_not_approved_in_the_locale_is_refused() -> None:
    """Another language's would not be what was previewed."""
    adapter = whatsapp(templates={"welcome": {"en": HX + "2"}})
    with pytest.raises(Unsupported, match="'welcome' in id"):
        adapter.build(outgoing("whatsapp", fields={"template": "welcome"}))
    assert fields(adapter.build(outgoing("whatsapp", fields={"template": HX + "3"})))["ContentSid"] == HX + "3"


@pytest.mark.parametrize("value", ["", "a\tb", "a     b", "a\rb"])
def test_a_variable_that_meta_would_refuse_is_refused_here(value: str) -> None:
    """With its number."""
    message = outgoing("whatsapp", fields={"template": HX + "3", "variables": ["x", value]})
    with pytest.raises(Unsupported, match="variable 2"):
        whatsapp().build(message)


@pytest.mark.parametrize("number", ["0812345", "+62 812", "+١٢٣٤٥٦٧٨", "+1;ext=2", "+" + "1" * 16, "whatsapp:+1555"])
def test_a_number_that_is_not_international_is_refused(number: str) -> None:
    """Twilio would guess a country."""
    with pytest.raises(Unsupported, match="international form"):
        sms().build(outgoing("sms", addresses=(number,)))


def test_a_body_twilio_would_not_take_whole_is_refused() -> None:
    """None is, too."""
    with pytest.raises(Unsupported, match="1601 characters"):
        sms().build(outgoing("sms", fields={"body": "x" * 1601}))
    with pytest.raises(Unsupported, match="no body"):
        sms().build(outgoing("sms", fields={"body": ""}))


@pytest.mark.parametrize(
    ("http", "code", "kind", "dead"),
    [
        (400, 21610, "rejected", False),
        (400, 63024, "rejected", False),
        (403, 20403, "retry", False),
        (400, 21211, "rejected", True),
        (400, 21614, "rejected", True),
        (400, 21408, "rejected", False),
        (429, 20429, "retry", False),
        (400, 21611, "retry", False),
        (401, 20003, "retry", False),
        (500, 20500, "unknown", False),
    ],
)
def test_twilios_codes_say_what_became_of_it(http: int, code: int, kind: str, dead: bool) -> None:
    """And which numbers are no use any more; Twilio's words, which hold the number, are not repeated."""
    said = json.dumps({"code": code, "message": "The number +6281234567890 is not valid", "status": http})
    with FakeProvider(reply(http, {}, said.encode())) as provider:
        [outcome] = sms(provider.url).deliver([outgoing("sms")])

    assert outcome.kind == kind
    assert outcome.dead == (("+6281234567890",) if dead else ())
    assert "+62" not in outcome.detail


def test_a_message_that_failed_at_once_is_rejected() -> None:
    """Though the call itself went well."""
    with FakeProvider(reply(201, {}, b'{"sid": "SM1", "status": "failed", "error_code": 30007}')) as provider:
        [outcome] = sms(provider.url).deliver([outgoing("sms")])

    assert (outcome.kind, outcome.detail) == ("rejected", "Twilio 30007")


def test_a_status_names_our_message_and_twilios() -> None:
    """Ours is in the address that we gave, so that it is known though the answer was lost."""
    [receipt] = sms().parse(webhook(status(), received=1772442000.0))

    assert (receipt.kind, receipt.message, receipt.provider_id) == ("delivered", "m-1", "SM1")
    assert (receipt.channel, receipt.address) == ("sms", "+6281234567890")
    assert receipt.at.isoformat() == "2026-03-02T09:00:00+00:00"


@pytest.mark.parametrize(
    ("changes", "kind", "permanent"),
    [
        ({"MessageStatus": "sent"}, "accepted", False),
        ({"MessageStatus": "read", "To": "whatsapp:+6281234567890"}, "opened", False),
        ({"MessageStatus": "undelivered", "ErrorCode": "30003"}, "failed", False),
        ({"MessageStatus": "undelivered", "ErrorCode": "30006"}, "bounced", True),
        ({"MessageStatus": "failed", "ErrorCode": "21610"}, "failed", False),
    ],
)
def test_statuses_become_receipts(changes: dict[str, str], kind: str, permanent: bool) -> None:
    """A number that is gone is a bounce; the channel is told by the address."""
    [receipt] = sms().parse(webhook(status(**changes)))

    assert (receipt.kind, receipt.permanent) == (kind, permanent)
    assert receipt.channel == ("whatsapp" if "whatsapp" in changes.get("To", "") else "sms")
    assert receipt.address == "+6281234567890"


def test_statuses_on_the_way_are_left_out() -> None:
    """They tell nothing that is not known."""
    assert sms().parse(webhook(status(MessageStatus="queued"))) == []


def test_a_reply_is_what_the_person_wrote_or_pressed() -> None:
    """On the channel it came by."""
    came = {"MessageSid": "SM9", "SmsStatus": "received", "From": "+6281234567890", "Body": "STOP"}
    [text] = sms().parse(webhook(came))
    [pressed] = whatsapp().parse(
        webhook(came | {"From": "whatsapp:+6281234567890", "Body": "Stop it", "ButtonPayload": "STOP"})
    )

    assert (text.kind, text.text, text.channel, text.address) == ("replied", "STOP", "sms", "+6281234567890")
    assert (pressed.text, pressed.channel, pressed.address) == ("STOP", "whatsapp", "+6281234567890")


@pytest.mark.parametrize("kind", ["STOP", "START", "HELP", "Maybe", None])
def test_what_twilio_has_answered_itself_is_known(kind: str | None) -> None:
    """By Advanced Opt-Out, whatever the word was that it was told to listen to."""
    came = {"MessageSid": "SM9", "SmsStatus": "received", "From": "+6281234567890", "Body": "no more"}
    [reply_] = sms().parse(webhook(came | ({"OptOutType": kind} if kind else {})))

    assert (reply_.kind, reply_.text) == ("replied", "no more")
    assert reply_.taken_for == (kind.lower() if kind in ("STOP", "START", "HELP") else "")


def test_a_signature_binds_the_public_address_and_every_value() -> None:
    """Another scheme, path or query is another webhook; so is one with a field twice."""
    genuine = webhook(status())
    for url in (URL.replace("https", "http"), URL + "2", URL.partition("?")[0]):
        assert not sms().verify(Inbound(url, genuine.headers, genuine.body, genuine.received))
    assert not sms().verify(Inbound(URL, genuine.headers, genuine.body + b"&To=%2B15", genuine.received))
    assert sms().verify(genuine)


def test_a_signed_json_body_is_known_by_its_digest() -> None:
    """As Twilio signs those; a body without the digest in the address is not genuine."""
    body = '{"a": 1}'
    validator = RequestValidator(TOKEN)
    url = f"https://example.com/r?bodySHA256={validator.compute_hash(body)}"
    headers = {"content-type": "application/json", "x-twilio-signature": validator.compute_signature(url, {})}

    assert sms().verify(Inbound(url, headers, body.encode(), time.time()))
    assert not sms().verify(Inbound(url, headers, b'{"a": 2}', time.time()))
    plain = "https://example.com/r"
    headers["x-twilio-signature"] = validator.compute_signature(plain, {})
    assert not sms().verify(Inbound(plain, headers, body.encode(), time.time()))


def listed(**changes: str) -> dict[str, str]:
    return {
        "sid": "SM7",
        "status": "sent",
        "body": "Halo, Ada",
        "direction": "outbound-api",
        "date_created": "Mon, 02 Mar 2026 09:00:03 +0000",
    } | changes


def found(adapter: Any, channel: str, *texts: dict[str, str], **fields: Any) -> Any:
    with FakeProvider(reply(200, {}, json.dumps({"messages": texts}).encode())) as provider:
        adapter = adapter(provider.url)
        answer = adapter.find(outgoing(channel, fields=fields))
        assert parse_qs(provider.requests[0].path.partition("?")[2])["To"] == [adapter.prefix + "+6281234567890"]
        assert provider.requests[0].method == "GET"
    return answer


def test_a_text_whose_answer_was_lost_is_found_by_number_time_and_words() -> None:
    """Older ones, other words, and what the person wrote, are not it."""
    assert found(sms, "sms", listed()).provider_id == "SM7"
    for other in ({"body": "Hi"}, {"direction": "inbound"}, {"date_created": "Mon, 02 Mar 2026 08:59:59 +0000"}, {}):
        assert found(sms, "sms", *[listed(**other)] * bool(other)) is None
    assert found(sms, "sms", listed(date_created="Mon, 02 Mar 2026 09:00:03 -0000")) is None
    assert found(sms, "sms", listed(status="failed")).kind == "rejected"


def test_a_template_is_found_by_number_and_time() -> None:
    """Its words are Twilio's."""
    assert found(whatsapp, "whatsapp", listed(body="Hello Ada"), template=HX + "1").provider_id == "SM7"


@pytest.mark.parametrize("behaviour", [reply(500), reply(200), reply(401)])
def test_where_twilio_cannot_be_asked_nothing_is_sent_for_now(behaviour: Any) -> None:
    """A message may be looked for again."""
    with FakeProvider(behaviour) as provider:
        assert sms(provider.url).find(outgoing("sms")).kind == "retry"  # type: ignore[union-attr]
    assert sms().find(outgoing("sms")).kind == "retry"  # type: ignore[union-attr]
