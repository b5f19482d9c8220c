"""Any receiver of signed JSON, and its signed reports."""

import hmac
import json
import time
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from channels.base import Inbound, Misconfigured
from channels.contract import NOWHERE, HttpContract, ReceiptsContract
from channels.testing import FakeProvider, outgoing, reply
from channels.webhook import Webhook, signature

REPORT = {"kind": "delivered", "at": "2026-03-02T10:00:00+01:00", "key": "k-1", "message": "m-1"}


def make(url: str, channel: str = "sms", timeout: float = 5.0) -> Webhook:
    return Webhook(channel, {"url": f"{url}/messages", "secret": "feathers", "timeout": timeout})


def webhook(*reports: Any, received: float | None = None) -> Inbound:
    at = time.time() if received is None else received
    body = json.dumps(reports).encode()
    headers = {"kairos-signature": signature(b"feathers", body, int(at))}
    return Inbound("https://example.com/v1/receipts/webhook", headers, body, at)


class TestContract(HttpContract, ReceiptsContract):
    channel = "sms"
    secrets = ("feathers",)
    carries_everything = True
    good = reply(202, {}, b'{"id": "p-1"}')
    signature = "kairos-signature"

    def make(self, url: str, timeout: float) -> Webhook:
        return make(url, timeout=timeout)

    def genuine(self, received: float) -> Inbound:
        return webhook(REPORT, received=received)


def test_a_message_goes_out_signed_and_with_its_key() -> None:
    """The receiver can tell that it is ours, how old it is, and that it is a repetition."""
    with FakeProvider(reply(200, {}, b'{"id": 7}')) as provider:
        [outcome] = make(provider.url).deliver([outgoing("sms", id="m 1")])

    [request] = provider.requests
    stamp, _, digest = request.headers["kairos-signature"].removeprefix("t=").partition(",v1=")
    assert digest == hmac.new(b"feathers", stamp.encode() + b"." + request.body, sha256).hexdigest()
    assert abs(int(stamp) - time.time()) < 5
    assert request.headers["idempotency-key"] == "m%201"
    assert json.loads(request.body)["content"] == {"body": "Halo, Ada"}
    assert (outcome.kind, outcome.provider_id) == ("accepted", "7")


def test_a_receiver_without_a_name_of_its_own_says_no_content() -> None:
    """Which is an answer; nothing at all is not."""
    with FakeProvider(reply(204)) as provider:
        assert make(provider.url).deliver([outgoing("sms")])[0].kind == "accepted"


def test_reports_are_read_in_our_own_words() -> None:
    """One or many; what is no report is left out."""
    reply_ = REPORT | {"kind": "replied", "key": "k-2", "address": "+62812", "text": "STOP", "permanent": "no"}
    odd = [REPORT | {"kind": "sneezed"}, REPORT | {"at": "noon"}, REPORT | {"at": "2026-03-02T10:00"}, 7]
    first, second = make(NOWHERE).parse(webhook(REPORT, reply_, *odd))

    assert (first.kind, first.message, first.at.isoformat()) == ("delivered", "m-1", "2026-03-02T09:00:00+00:00")
    assert (second.text, second.address, second.permanent, second.channel) == ("STOP", "+62812", False, "sms")
    single = Inbound("", {}, json.dumps(REPORT).encode())
    assert [receipt.key for receipt in make(NOWHERE).parse(single)] == ["k-1"]


@pytest.mark.parametrize("url", ["http://example.com", "ftp://example.com", "https://", "https://u:p@example.com", "x"])
def test_an_address_in_the_clear_or_none_at_all_is_refused(url: str) -> None:
    """What is sent is about people."""
    with pytest.raises(Misconfigured, match="`url`"):
        Webhook("sms", {"url": url, "secret": "feathers"})


def test_it_serves_channels_that_the_house_does_not_know() -> None:
    """A message on one keeps its fields."""
    message = replace(outgoing("sms"), channel="line")
    assert json.loads(make(NOWHERE, "line").build(message).body)["channel"] == "line"
