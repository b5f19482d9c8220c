"""Where messages arrive: an address under the one key by which its spellings are compared."""

from __future__ import annotations

from orchestrator.addresses import normalised
from orchestrator.model import Profile

__all__ = ["Place", "best", "normalised", "place", "places"]

Place = tuple[str, str]  # channel, and the address's key


def place(channel: str, address: str) -> Place:
    """Where a message to this address would arrive."""
    return channel, normalised(channel, address)


def places(profile: Profile | None) -> frozenset[Place]:
    """All places at which a person is reached; none for nobody."""
    addresses = profile.addresses if profile else {}
    return frozenset(place(channel, address) for channel, held in addresses.items() for address in held)


def best(profile: Profile | None, channel: str) -> str | None:
    """The person's best address on a channel."""
    return next(iter(profile.addresses.get(channel, ())), None) if profile else None
