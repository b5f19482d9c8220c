"""API keys: 256 bits of chance that only their owner has. What is kept of them is a digest.

    kairos_<id>_<secret>      `id` finds the key, `secret` proves it

A key is made for certain scopes; `admin` is all of them.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256

from orchestrator.ports import ApiKey

SCOPES: Mapping[str, str] = {
    "moments:write": "report what happened",
    "profiles:write": "report what is known of people",
    "consents:write": "append to the consent ledger",
    "messages:read": "read what was sent, and why or why not",
    "preview": "see what somebody would get",
    "admin": "all of these",
}
_WRITTEN = re.compile(r"kairos_(?P<id>[0-9a-f]{12})_(?P<secret>[0-9a-f]{64})")
_NOBODY = sha256(b"").hexdigest()


def mint(name: str, scopes: Iterable[str], now: datetime) -> tuple[str, ApiKey]:
    """A new key: as its owner has it, which is never seen again, and as it is kept."""
    id_, secret = secrets.token_hex(6), secrets.token_hex(32)
    return f"kairos_{id_}_{secret}", ApiKey(id_, name, frozenset(scopes), _digest(secret), now)


def named(authorization: str | None) -> tuple[str, str] | None:
    """Id and secret of the key that an `Authorization` header presents; None where it presents none."""
    scheme, _, credentials = (authorization or "").partition(" ")
    found = _WRITTEN.fullmatch(credentials.strip()) if scheme.lower() == "bearer" else None
    return (found["id"], found["secret"]) if found else None


def is_genuine(key: ApiKey | None, secret: str) -> bool:
    """Whether the secret is this key's and the key is honoured; as quick to say no as to say yes."""
    same = hmac.compare_digest(_digest(secret), key.digest if key else _NOBODY)
    return same and key is not None and key.revoked_at is None


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
