"""Signed links: the way out of a message, to a person's preferences, and to the confirmation of a consent.

A token names one thing (a message, a confirmation) and nothing else: no address, no person. Its signature is a keyed
hash, so it can be checked without a look at the store, and survives for as long as that thing's record does. What kind
of thing it names is signed with it, so that a token is of no use where another kind is asked for.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from hashlib import blake2b

SIGNATURE = 12  # bytes: forging one takes 2^95 tries on average


MESSAGE = ""
CONFIRMATION = "confirmation"


def token(secret: bytes, subject: str, kind: str = MESSAGE) -> str:
    """The token of a message, or of a thing of another kind: its id and a signature."""
    return f"{subject}.{_signature(secret, subject, kind)}"


def subject_of(token_: str, secrets: Iterable[bytes], kind: str = MESSAGE) -> str | None:
    """What a token of this kind names, if one of our secrets (old ones included) signed it; else None."""
    subject, _, signature = token_.partition(".")
    genuine = [
        hmac.compare_digest(_signature(secret, subject, kind).encode(), signature.encode()) for secret in secrets
    ]
    return subject if any(genuine) else None


def message_of(token_: str, secrets: Iterable[bytes]) -> str | None:
    """The message that a token names, if one of our secrets (old ones included) signed it; else None."""
    return subject_of(token_, secrets, MESSAGE)


def of(base: str, secret: bytes, message: str, *, promotional: bool) -> dict[str, str | None]:
    """The links of a message; one-click unsubscribe only where the purpose has a way out."""
    signed = token(secret, message)
    return {
        "unsubscribe": f"{base}/u/{signed}" if promotional else None,
        "preferences": f"{base}/p/{signed}",
    }


def confirmation(base: str, secret: bytes, id: str) -> str:
    """The link by which a person confirms a consent."""
    return f"{base}/c/{token(secret, id, CONFIRMATION)}"


def _signature(secret: bytes, subject: str, kind: str) -> str:
    signed = f"{kind}\0{subject}" if kind else subject
    digest = blake2b(signed.encode(), key=secret[:64], digest_size=SIGNATURE).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")
