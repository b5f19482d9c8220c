"""Amazon SES: letters out, signed; events back by SNS, and only by SNS."""

from __future__ import annotations

import json
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from channels import sns
from channels.base import Call, Inbound, Misconfigured
from channels.contract import NOWHERE, HttpContract, ReceiptsContract
from channels.ses import Ses
from channels.testing import FakeProvider, outgoing, reply
from channels.transport import Answer, Unanswered

SECRET = "feathers/of+a+pigeon"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:kairos"
CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem"
TAKEN = reply(200, {}, b'{"MessageId": "0102-7"}')
KEY = rsa.generate_private_key(65537, 2048)
MAIL = {"messageId": "0102-7", "tags": {"kairos_message": ["m-1"]}, "destination": ["ada@example.com"]}
AT = "2026-03-02T09:00:00.000Z"


def pem(days: int = 1) -> bytes:
    """A certificate for the test's key, valid until so many days from now."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    until = datetime.now(UTC) + timedelta(days=days)
    builder = x509.CertificateBuilder(name, name, KEY.public_key(), 7, until - timedelta(days=9), until)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.PEM)


@pytest.fixture(autouse=True)
def _certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Amazon's certificate is at hand, at its one address."""
    held = {CERTIFICATE: pem()}
    monkeypatch.setattr(sns, "certificate", lambda url: held[url])


def make(url: str = NOWHERE, **changes: Any) -> Ses:
    given = {
        "region": "eu-west-1",
        "access_key_id": "AKIDEXAMPLE",
        "secret_access_key": SECRET,
        "from": "Kairos <hello@example.com>",
        "topic": TOPIC,
        "base_url": url,
        "timeout": 5.0,
    }
    return Ses("email", {name: value for name, value in (given | changes).items() if value is not None})


def signed(notification: dict[str, Any]) -> dict[str, Any]:
    """As SNS signs it."""
    names = sns._SIGNED[notification["Type"]]
    text = "".join(f"{name}\n{notification[name]}\n" for name in names if name in notification)
    algorithm = hashes.SHA256() if notification["SignatureVersion"] == "2" else hashes.SHA1()
    return notification | {"Signature": b64encode(KEY.sign(text.encode(), PKCS1v15(), algorithm)).decode()}


def notification(event: Any, **changes: Any) -> dict[str, Any]:
    return signed(
        {
            "Type": "Notification",
            "MessageId": "e-1",
            "TopicArn": TOPIC,
            "Message": json.dumps(event),
            "Timestamp": AT,
            "SignatureVersion": "2",
            "SigningCertURL": CERTIFICATE,
        }
        | changes
    )


def webhook(notification: dict[str, Any], received: float | None = None) -> Inbound:
    return Inbound("https://example.com/r", {}, json.dumps(notification).encode(), received or time.time())


def event(kind: str, **about: Any) -> dict[str, Any]:
    return {"eventType": kind, "mail": MAIL, kind.lower(): {"timestamp": AT} | about}


class TestContract(HttpContract, ReceiptsContract):
    channel = "email"
    secrets = (SECRET,)
    good = TAKEN
    signature = "Signature"
    expires = False

    def make(self, url: str, timeout: float) -> Ses:
        return make(url, timeout=timeout)

    def shape(self, request: Call) -> Any:
        body = json.loads(request.body)
        raw = message_from_bytes(b64decode(body["Content"]["Raw"]["Data"]))
        return super().shape(request), body["Destination"], sorted(raw.keys()), raw["To"]

    def genuine(self, received: float) -> Inbound:
        return webhook(notification(event("Delivery", recipients=["ada@example.com"])), received)

    def resigned(self, report: Inbound, change: Callable[[str], str]) -> Inbound:
        found = json.loads(report.body)
        return replace(report, body=json.dumps(found | {"Signature": change(found["Signature"])}).encode())

    def unarmed(self) -> Ses:
        return make(topic=None)


def test_a_letter_goes_out_whole_tagged_and_signed() -> None:
    """With its own headers, the way out among them."""
    message = outgoing("email", id="m_1")
    message = replace(message, content=replace(message.content, unsubscribe="https://example.com/u/1"))
    with FakeProvider(TAKEN) as provider:
        [outcome] = make(provider.url, configuration_set="events", session_token="token").deliver([message])
    [sent] = provider.requests
    body = json.loads(sent.body)
    letter = message_from_bytes(b64decode(body["Content"]["Raw"]["Data"]))

    assert outcome.provider_id == "0102-7"
    assert sent.path == "/v2/email/outbound-emails"
    assert sent.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert "/eu-west-1/ses/aws4_request" in sent.headers["authorization"]
    assert "content-type;host;x-amz-date;x-amz-security-token" in sent.headers["authorization"]
    assert body["EmailTags"] == [{"Name": "kairos_message", "Value": "m_1"}]
    assert body["ConfigurationSetName"] == "events"
    assert letter["List-Unsubscribe"] == "<https://example.com/u/1>"


def test_an_id_that_is_no_tag_is_none() -> None:
    """The message is sent all the same; its events are known by the provider's name for it."""
    assert "EmailTags" not in json.loads(make().build(outgoing("email", id="m:1/2")).body)


def test_the_region_is_amazons_own() -> None:
    """It stands in the address that is called."""
    call = make(base_url=None).build(outgoing("email"))
    assert call.url == "https://email.eu-west-1.amazonaws.com/v2/email/outbound-emails"
    with pytest.raises(Misconfigured, match="region"):
        make(region="eu-west-1.evil.example/")


@pytest.mark.parametrize(
    ("http", "error", "kind"),
    [
        (429, "TooManyRequestsException", "retry"),
        (400, "LimitExceededException", "retry"),
        (400, "ThrottlingException", "retry"),
        (400, "AccessDeniedException", "retry"),
        (400, "SendingPausedException", "retry"),
        (400, "AccountSuspendedException:http://internal.amazon.com/", "retry"),
        (403, "SignatureDoesNotMatch", "retry"),
        (404, "NotFoundException", "retry"),
        (400, "MessageRejected", "rejected"),
        (400, "BadRequestException", "rejected"),
        (500, "InternalFailure", "unknown"),
    ],
)
def test_amazons_exceptions_say_what_became_of_it(http: int, error: str, kind: str) -> None:
    """Named in a header or in the body; its words, which hold the address, are not repeated."""
    words = {"message": "Email address is not verified: ada@example.com"}
    for headers, body in (({"x-amzn-ErrorType": error}, words), ({}, words | {"__type": f"com.amazonaws#{error}"})):
        with FakeProvider(reply(http, headers, json.dumps(body).encode())) as provider:
            [outcome] = make(provider.url).deliver([outgoing("email")])
        assert outcome.kind == kind
        assert "ada@" not in outcome.detail
        assert error.partition(":")[0] in outcome.detail


@pytest.mark.parametrize(
    ("given", "kind", "permanent"),
    [
        (event("Delivery", recipients=["ada@example.com"]), "delivered", False),
        (event("Bounce", bounceType="Permanent", bouncedRecipients=[{"emailAddress": "a@b.c"}]), "bounced", True),
        (event("Bounce", bounceType="Transient", bouncedRecipients=[{"emailAddress": "a@b.c"}]), "bounced", False),
        (event("Complaint", complainedRecipients=[{"emailAddress": "a@b.c"}]), "complained", False),
        (event("Open"), "opened", False),
        (event("Click"), "clicked", False),
        ({"eventType": "Reject", "mail": MAIL | {"timestamp": AT}}, "failed", False),
        ({"notificationType": "Delivery", "mail": MAIL, "delivery": {"timestamp": AT}}, "delivered", False),
    ],
)
def test_events_become_receipts(given: dict[str, Any], kind: str, permanent: bool) -> None:
    """About the person whom they concern; the same event has the same key."""
    [receipt] = make().parse(webhook(notification(given)))
    assert (receipt.kind, receipt.permanent, receipt.message) == (kind, permanent, "m-1")
    assert receipt.address in ("ada@example.com", "a@b.c")
    assert receipt.key == f"e-1:{receipt.address}"
    assert receipt.at.isoformat() == "2026-03-02T09:00:00+00:00"


@pytest.mark.parametrize(
    "given",
    [
        {"eventType": "DeliveryDelay", "mail": MAIL, "deliveryDelay": {"timestamp": AT}},
        {"eventType": "Open", "mail": MAIL, "open": {"timestamp": "soon"}},
        {"eventType": "Open", "mail": {}, "open": {"timestamp": AT}},
        {"eventType": "Open"},
        [],
    ],
)
def test_other_events_are_left_out(given: Any) -> None:
    """As is what lacks a time or a message."""
    assert make().parse(webhook(notification(given))) == []


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_of_amazons_signatures_are_known(version: str) -> None:
    """The older one, too; and a subject is signed where there is one."""
    assert make().verify(webhook(notification({}, SignatureVersion=version, Subject="Amazon SES")))


@pytest.mark.parametrize(
    "changes",
    [
        {"TopicArn": TOPIC + "2"},
        {"SignatureVersion": "3"},
        {"SigningCertURL": CERTIFICATE.replace("https", "http")},
        {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com.evil.example/a.pem"},
        {"SigningCertURL": "https://evil.example/sns.eu-west-1.amazonaws.com/a.pem"},
        {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com@evil.example/a.pem"},
        {"SigningCertURL": "https://bucket.s3.amazonaws.com/a.pem"},
        {"SigningCertURL": CERTIFICATE.replace(".pem", ".txt")},
    ],
)
def test_only_sns_speaks_for_our_topic(changes: dict[str, str]) -> None:
    """Anybody may have a topic, and anybody a certificate; no other host is even asked for one."""
    assert not make().verify(webhook(notification({}, **changes)))


def test_a_certificate_that_has_run_out_counts_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does one that cannot be had, or is none."""
    report = webhook(notification({}))
    assert make().verify(report)
    monkeypatch.setattr(sns, "certificate", lambda url: pem(days=-1))
    assert not make().verify(report)
    monkeypatch.setattr(sns, "certificate", lambda url: b"none")
    assert not make().verify(report)

    def gone(url: str) -> bytes:
        raise Unanswered("no answer in time", sent=True)

    monkeypatch.setattr(sns, "certificate", gone)
    assert not make().verify(report)


@pytest.mark.parametrize(("confirm", "url", "followed"), [(True, "", 1), (False, "", 0), (True, "evil", 0)])
def test_a_subscription_is_confirmed_only_if_that_is_wanted(
    monkeypatch: pytest.MonkeyPatch, confirm: bool, url: str, followed: int
) -> None:
    """And only at Amazon."""
    asked: list[str] = []

    class Client:
        def send(self, call: Call, *, timeout: float) -> Answer:
            asked.append(call.url)
            return Answer(200, {}, b"")

    monkeypatch.setattr(sns, "client", Client)
    request = notification(
        {}, Type="SubscriptionConfirmation", Token="t", SubscribeURL=f"https://{url}sns.eu-west-1.amazonaws.com/?a=1"
    )
    report = webhook(request)
    assert make(confirm=confirm).verify(report)
    assert len(asked) == followed
    assert make().parse(report) == []


def test_a_certificate_is_fetched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """From where it says that it is; an answer that is none is an error."""
    monkeypatch.undo()
    asked: list[str] = []
    status = [200]

    class Client:
        def send(self, call: Call, *, timeout: float) -> Answer:
            asked.append(call.url)
            return Answer(status[0], {}, b"pem")

    monkeypatch.setattr(sns, "client", Client)
    sns.certificate.cache_clear()
    assert sns.certificate(CERTIFICATE) == sns.certificate(CERTIFICATE) == b"pem"
    assert asked == [CERTIFICATE]
    status[0] = 404
    with pytest.raises(ValueError, match="HTTP 404"):
        sns.certificate(CERTIFICATE + "?")
    sns.certificate.cache_clear()
