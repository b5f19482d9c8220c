"""Addresses that must be recognised, and not be known: salted hashes of them."""

from __future__ import annotations

from hashlib import blake2b

from orchestrator.stores.addresses import Place

SALT = 32  # bytes


def disguised(salt: bytes, place: Place) -> str:
    """The hash of a place: the same for the same salt, and no way back."""
    return blake2b("\0".join(place).encode(), key=salt, digest_size=32).hexdigest()
