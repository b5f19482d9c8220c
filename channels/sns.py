"""Notifications of Amazon SNS: whether one is genuine, and what it carries.

Anybody can have SNS sign something, so a notification counts only if it is of the topic that was set up, and is signed by
a certificate from SNS's own host. Certificates are fetched once, from there and from nowhere else.

Source: docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import orjson
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from channels.base import Call, Inbound
from channels.transport import Unanswered, client

CONFIRMATION = "SubscriptionConfirmation"
TIMEOUT = 5.0
_HOST = re.compile(r"sns\.[a-z0-9-]{3,}\.amazonaws\.com(\.cn)?")
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    CONFIRMATION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_HASHES: Mapping[str, type[hashes.HashAlgorithm]] = {"1": hashes.SHA1, "2": hashes.SHA256}


def read(webhook: Inbound) -> dict[str, Any]:
    """What a webhook says; nothing where it says nothing."""
    try:
        found = orjson.loads(webhook.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def is_genuine(notification: Mapping[str, Any], topic: str, now: datetime) -> bool:
    """Whether it is of this topic, and SNS has signed it."""
    names = _SIGNED.get(str(notification.get("Type")))
    algorithm = _HASHES.get(str(notification.get("SignatureVersion")))
    url = str(notification.get("SigningCertURL"))
    if names is None or algorithm is None or notification.get("TopicArn") != topic or not is_of_sns(url, ".pem"):
        return False
    signed = "".join(f"{name}\n{notification[name]}\n" for name in names if name in notification)
    try:
        signature = b64decode(str(notification.get("Signature")), validate=True)
        _key(certificate(url), now).verify(signature, signed.encode(), PKCS1v15(), algorithm())
    except (ValueError, InvalidSignature, Unanswered):
        return False
    return True


def is_of_sns(url: str, ending: str = "") -> bool:
    """Whether an address leads to SNS itself."""
    parts = urlsplit(url)
    return parts.scheme == "https" and bool(_HOST.fullmatch(parts.netloc)) and parts.path.endswith(ending)


def confirm(notification: Mapping[str, Any]) -> None:
    """Follow the link by which a topic's subscription is confirmed. If nobody answers, SNS asks again."""
    url = str(notification.get("SubscribeURL"))
    if is_of_sns(url):
        try:
            client().send(Call("GET", url), timeout=TIMEOUT)
        except Unanswered:
            return


@lru_cache(maxsize=8)
def certificate(url: str) -> bytes:
    """The certificate at an address of SNS, in PEM.

    Raises:
        Unanswered: it cannot be had now.
        ValueError: there is none.
    """
    answer = client().send(Call("GET", url), timeout=TIMEOUT)
    if not answer.good:
        raise ValueError(f"no certificate: HTTP {answer.status}")
    return answer.body


def _key(pem: bytes, now: datetime) -> RSAPublicKey:
    found = x509.load_pem_x509_certificate(pem)
    key = found.public_key()
    if not found.not_valid_before_utc <= now.astimezone(UTC) <= found.not_valid_after_utc:
        raise ValueError("the certificate is not valid now")
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not a key that SNS signs with")
    return key
