"""What an adapter is: one provider on one channel, both ways.

    build    pure: our message ──► the provider's request
    deliver  a batch in, one `Delivery` per message out, in the same order; never raises for one message's sake
    verify   is this webhook really from the provider?
    parse    pure: the provider's webhook ──► our receipts

An adapter is a form to fill in. What a provider cannot do is refused loudly (`Unsupported`), never dropped.
Adapters import the values of `orchestrator.model` and nothing else of the house.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, runtime_checkable

from orchestrator.model import Delivery, Outgoing, Receipt


class ChannelError(Exception):
    """Base of what an adapter may raise."""


class Unsupported(ChannelError):
    """The message asks for something that the provider cannot do."""


class Misconfigured(ChannelError):
    """The adapter's settings are incomplete or wrong; the text says which, and what to set."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the engine must know to use an adapter well."""

    bulk: int = 1  # how many messages one provider call may carry
    idempotent: bool = False  # the provider recognises a repeated message id, so that an unknown may be repeated
    receipts: bool = False  # the provider reports back by webhook
    lookup: bool = False  # the provider can be asked what became of a message whose answer was lost


@dataclass(frozen=True, slots=True)
class Inbound:
    """A webhook as it came: the full public URL, headers (names in lower case), the raw body."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    received: float = 0.0  # Unix time, for replay windows


@dataclass(frozen=True, slots=True)
class Call:
    """A provider's request before it is sent. `secret` headers are kept apart so that no log shows them."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    secret: Mapping[str, str] = field(default_factory=dict, repr=False)


@runtime_checkable
class Adapter(Protocol):
    """The contract that `channels.contract` tests; see docs/adapters.md for how to write one."""

    name: ClassVar[str]
    channels: ClassVar[tuple[str, ...]]
    capabilities: Capabilities

    def __init__(self, channel: str, settings: Mapping[str, Any]) -> None:
        """Check the settings, open nothing yet.

        Raises:
            Misconfigured: a setting is missing or wrong.
        """

    def build(self, message: Outgoing) -> Any:
        """The provider's request for one message; the same message gives the same bytes.

        Raises:
            Unsupported: the provider cannot carry this message.
        """

    def deliver(self, batch: Sequence[Outgoing]) -> list[Delivery]:
        """Hand the messages over: one outcome for each, in order. Never raises for a message's or the provider's sake."""

    def verify(self, webhook: Inbound) -> bool:
        """Whether the webhook is genuine. Without a configured secret nothing is (fails closed)."""

    def parse(self, webhook: Inbound) -> list[Receipt]:
        """The reports in a webhook that was verified; what is not understood is left out."""

    def close(self) -> None:
        """Give back connections."""
