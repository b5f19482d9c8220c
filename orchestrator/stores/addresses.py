"""One spelling for each address, so that a STOP from "+1 (555) 010-0100" finds the person at "+15550100100"."""

from __future__ import annotations

from collections.abc import Collection

from orchestrator.model import Profile

PHONES = frozenset({"sms", "whatsapp"})

Place = tuple[str, str]  # channel, and the address in its one spelling


def normalised(channel: str, address: str) -> str:
    """The spelling under which an address is compared: phones by their digits, e-mail without case, tokens as they are."""
    if channel in PHONES:
        digits = "".join(character for character in address if character.isdecimal())
        return f"+{digits}" if digits else address.strip()
    if channel == "email":
        return address.strip().casefold()
    return address.strip()


def place(channel: str, address: str) -> Place:
    """Where a message would arrive."""
    return channel, normalised(channel, address)


def places(profile: Profile | None) -> frozenset[Place]:
    """All places at which a person is reached; none for nobody."""
    addresses = profile.addresses if profile else {}
    return frozenset(place(channel, address) for channel, held in addresses.items() for address in held)


def spelled(profile: Profile | None, among: Collection[Place]) -> frozenset[Place]:
    """Those of a person's addresses that are among these places, as the person's profile spells them."""
    addresses = profile.addresses if profile and among else {}
    return frozenset((channel, a) for channel, held in addresses.items() for a in held if place(channel, a) in among)


def best(profile: Profile | None, channel: str) -> str | None:
    """The person's best address on a channel."""
    return next(iter(profile.addresses.get(channel, ())), None) if profile else None
