"""Signed links: the way out of a message, and to a person's preferences.

A token names the message and nothing else: no address, no person. Its signature is a keyed hash, so it can be
checked without a look at the store, and survives for as long as the message's record does.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from hashlib import blake2b

SIGNATURE = 12  # bytes: forging one takes 2^95 tries on average


def token(secret: bytes, message: str) -> str:
    """The token of a message: its id and a signature."""
    return f"{message}.{_signature(secret, message)}"


def message_of(token_: str, secrets: Iterable[bytes]) -> str | None:
    """The message that a token names, if one of our secrets (old ones included) signed it; else None."""
    message, _, signature = token_.partition(".")
    genuine = [hmac.compare_digest(_signature(secret, message).encode(), signature.encode()) for secret in secrets]
    return message if any(genuine) else None


def of(base: str, secret: bytes, message: str, *, promotional: bool) -> dict[str, str | None]:
    """The links of a message; one-click unsubscribe only where the purpose has a way out."""
    signed = token(secret, message)
    return {
        "unsubscribe": f"{base}/u/{signed}" if promotional else None,
        "preferences": f"{base}/p/{signed}",
    }


def _signature(secret: bytes, message: str) -> str:
    digest = blake2b(message.encode(), key=secret[:64], digest_size=SIGNATURE).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")
