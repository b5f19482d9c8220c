"""What push adapters share: one call for each of a person's devices, and one outcome for the person.

A message is accepted if any device's is; what may have been shown outweighs what was refused. Devices that are gone are
told in any case.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import blake2b

from channels.base import Call, Unsupported
from channels.http_adapter import H, HttpAdapter, Sends
from channels.transport import Answer
from channels.transport_h2 import client_h2
from orchestrator.model import Delivery, Outgoing

LONGEST_TTL = 28 * 86_400  # seconds, with Google and with browsers' services
GONE = Delivery("rejected", detail="the device is no longer registered")
FIELDS = frozenset({"title", "body", "image", "link", "collapse", "ttl"})
_SPAN = re.compile(r"([0-9]{1,9})([smhd]?)")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_BEST_FIRST = ("accepted", "unknown", "retry", "rejected")


class PushAdapter(HttpAdapter[H]):
    """Fill in `calls`, `authorised`, `accepted` and `denied` (GONE for a device that is gone).

    A person may have devices of several kinds. `is_device` tells those that the provider serves; the others are left alone,
    and a message for none but them is refused.
    """

    channels = ("push",)
    carries = FIELDS
    device = "device"  # what one is called when there is none

    def client(self) -> Sends:
        """Over HTTP/2: many devices on one connection."""
        return client_h2()

    def is_device(self, address: str) -> bool:
        """Whether an address is one that the provider serves: any, unless the adapter knows better."""
        return True

    def devices(self, message: Outgoing) -> list[str]:
        """The addresses that the provider serves, in order."""
        return [address for address in message.addresses if self.is_device(address)]

    def request(self, message: Outgoing) -> tuple[Call, ...]:
        """One call for each device, in order, without what authorises it."""
        devices = self.devices(message)
        if not devices:
            raise Unsupported(f"there is no {self.device} among the addresses")
        return tuple(self.calls(message, devices))

    @abstractmethod
    def calls(self, message: Outgoing, devices: Sequence[str]) -> Iterable[Call]:
        """The call for each device, in order: pure.

        Raises:
            Unsupported: the provider cannot carry the message.
        """

    @abstractmethod
    def authorised(self, call: Call) -> Call:
        """The call as it is made now."""

    @abstractmethod
    def denied(self, answer: Answer) -> Delivery:
        """What an answer that is not a success means for one device."""

    def hand_over(self, request: tuple[Call, ...], message: Outgoing) -> Delivery:
        """Every device; the best of their outcomes is the message's."""
        outcomes = [self.exchange(self.authorised(call), self.denied) for call in request]
        best = min(outcomes, key=lambda outcome: _BEST_FIRST.index(outcome.kind))
        told = zip(self.devices(message), outcomes, strict=True)
        return replace(best, dead=tuple(address for address, outcome in told if outcome is GONE))


def shown(message: Outgoing) -> dict[str, str]:
    """The fields of a notification that has something to show.

    Raises:
        Unsupported: it has neither title nor body.
    """
    fields = {name: str(value) for name, value in message.content.fields.items() if value}
    if "title" not in fields and "body" not in fields:
        raise Unsupported("the notification has neither title nor body")
    return fields


def seconds(text: str) -> int:
    """How long a `ttl` asks to be kept for a device that is off.

    Raises:
        Unsupported: it is no span, or a longer one than anybody keeps.
    """
    match = _SPAN.fullmatch(text)
    found = int(match[1]) * _UNITS[match[2]] if match else LONGEST_TTL + 1
    if found > LONGEST_TTL:
        raise Unsupported("a notification's ttl is a span like 3600, 90m, 12h or 28d, and 28 days at most")
    return found


def digest(text: str) -> str:
    """A short name for a message or a subject, which tells nobody what it is."""
    return blake2b(text.encode(), digest_size=16).hexdigest()


def assert_fits(payload: bytes, largest: int) -> None:
    """Make sure that devices take the payload.

    Raises:
        Unsupported: it is too large.
    """
    if len(payload) > largest:
        raise Unsupported(f"the notification has {len(payload)} bytes; a device takes {largest}")
