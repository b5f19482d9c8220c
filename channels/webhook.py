"""Any other provider: a signed JSON POST to an address of yours, and signed reports back.

Out: the message as JSON, with `Idempotency-Key` (the message's id) and `Kairos-Signature: t=<unix>,v1=<hex>`, where v1 is the
HMAC-SHA256 of `<t>.<body>` under the shared secret. The receiver answers 2xx with a JSON object (`id` is its own name for the
message), or 204; and must recognise a repeated key, as a call whose answer was lost is made again.

Back: a JSON object or a list of them, signed in the same way, each with `kind`, `at` (RFC 3339), `key`, and one of
`message` (our id) or `provider_id`; `address`, `permanent` and `text` where they apply.
"""

from __future__ import annotations

import hmac
import time
from dataclasses import replace
from hashlib import sha256
from typing import Any, cast, get_args
from urllib.parse import quote

import orjson

from channels.base import ANY, Call, Capabilities, Inbound
from channels.http_adapter import HttpAdapter
from channels.record import record_of
from channels.settings import BaseUrl, RemoteSettings, Secret
from channels.transport import Answer
from channels.values import moment_of, objects, text_or_none
from channels.webhooks import is_fresh
from orchestrator.model import Delivery, Outgoing, Receipt, ReceiptKind

SIGNATURE = "kairos-signature"
_KINDS = frozenset(get_args(ReceiptKind))


class WebhookSettings(RemoteSettings):
    """`url` is where messages are posted; `secret` signs both directions."""

    url: BaseUrl
    secret: Secret


class Webhook(HttpAdapter[WebhookSettings]):
    """A provider that speaks our JSON."""

    name = "webhook"
    channels = (ANY,)
    capabilities = Capabilities(idempotent=True, receipts=True)
    model = WebhookSettings

    def request(self, message: Outgoing) -> Call:
        """The message as it stands, unsigned: a signature carries the time of the attempt."""
        headers = {"content-type": "application/json", "idempotency-key": quote(message.id, safe="")}
        return Call("POST", self.settings.url, headers, orjson.dumps(record_of(message), option=orjson.OPT_UTC_Z))

    def hand_over(self, request: Call, message: Outgoing) -> Delivery:
        """Sign and send."""
        signed = {**request.headers, SIGNATURE: signature(self._secret, request.body, int(time.time()))}
        return super().hand_over(replace(request, headers=signed), message)

    def accepted(self, answer: Answer) -> Delivery:
        """204, or an object: a page of HTML is not what a receiver of ours answers."""
        if answer.status == 204:
            return Delivery("accepted")
        name = answer.json().get("id")
        return Delivery("accepted", provider_id=None if name is None else str(name))

    def verify(self, webhook: Inbound) -> bool:
        """By the same signature, no older than ten minutes."""
        given = webhook.headers.get(SIGNATURE, "")
        stamp = given.partition(",")[0].removeprefix("t=")
        if not is_fresh(stamp, webhook.received):
            return False
        expected = signature(self._secret, webhook.body, int(stamp))
        return hmac.compare_digest(expected.encode(), given.encode())

    def parse(self, webhook: Inbound) -> list[Receipt]:
        """The reports, as they are already in our words."""
        try:
            found = orjson.loads(webhook.body)
        except ValueError:
            return []
        reports = objects(found if isinstance(found, list) else [found])
        receipts = (_receipt(report, self.channel) for report in reports)
        return [receipt for receipt in receipts if receipt]

    @property
    def _secret(self) -> bytes:
        return self.settings.secret.get_secret_value().encode()


def signature(secret: bytes, body: bytes, at: int) -> str:
    """The value of `Kairos-Signature` for a body sent at a Unix time."""
    digest = hmac.new(secret, b"%d." % at + body, sha256).hexdigest()
    return f"t={at},v1={digest}"


def _receipt(report: dict[str, Any], channel: str) -> Receipt | None:
    kind, at, key = report.get("kind"), moment_of(report.get("at")), report.get("key")
    if kind not in _KINDS or at is None or not isinstance(key, str) or not key:
        return None
    return Receipt(
        cast(ReceiptKind, kind),
        at,
        key,
        message=text_or_none(report.get("message")),
        provider_id=text_or_none(report.get("provider_id")),
        channel=channel,
        address=text_or_none(report.get("address")),
        permanent=report.get("permanent") is True,
        text=text_or_none(report.get("text")) or "",
        raw=report,
    )
