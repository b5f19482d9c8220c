"""What an adapter is: one provider on one channel, both ways.

    build    pure: our message ──► the provider's request
    deliver  a batch in, one `Delivery` per message out, in the same order; never raises for one message's sake
    verify   is this webhook really from the provider?
    parse    pure: the provider's webhook ──► our receipts

An adapter is a form to fill in. What a provider cannot do is refused loudly (`Unsupported`), never dropped.
Adapters import the values of `orchestrator.model` and nothing else of the house.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, ClassVar, Generic, Protocol, TypeVar, runtime_checkable

from pydantic import SecretStr

from channels.errors import ChannelError, Misconfigured, Unsupported
from channels.settings import Settings, checked
from orchestrator.model import Delivery, Outgoing, Receipt

__all__ = [
    "ANY",
    "Adapter",
    "AdapterBase",
    "Call",
    "Capabilities",
    "Challenged",
    "ChannelError",
    "Finds",
    "Inbound",
    "Misconfigured",
    "Unsupported",
    "assert_served",
]

ANY = "*"  # among an adapter's channels: it serves every channel, those of other packages too


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
    """A provider's request before it is sent. `secret` headers are kept apart; its repr shows neither them nor the body."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
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


@runtime_checkable
class Finds(Protocol):
    """What an adapter with the capability `lookup` can do besides."""

    def find(self, message: Outgoing) -> Delivery | None:
        """What became of a message whose answer was lost; None where the provider does not have it.

        `accepted` where it has; `retry` where it cannot be asked now. Never raises.
        """


@runtime_checkable
class Challenged(Protocol):
    """What an adapter can do besides, whose provider asks by GET whether a webhook's address is ours."""

    def challenge(self, query: Mapping[str, str]) -> str | None:
        """What to answer; None if it is not our provider that asks. Secrets are compared in constant time."""


S = TypeVar("S", bound=Settings)
HandOver = Callable[[Any, Outgoing], Delivery]


class AdapterBase(ABC, Generic[S]):
    """What all adapters share: settings that are checked, a repr that tells nothing, and a `deliver` that never raises.

    Fill in `name`, `channels`, `model` (the shape of the settings), `request` and `hand_over`; `carries` names the
    content's fields that the provider can take (None: whatever there is), and a message with others is refused.
    """

    name: ClassVar[str]
    channels: ClassVar[tuple[str, ...]]
    carries: ClassVar[frozenset[str] | None] = None
    capabilities: Capabilities = Capabilities()
    model: type[S]

    def __init__(self, channel: str, settings: Mapping[str, Any]) -> None:
        assert_served(self.name, channel, self.channels)
        self.channel = channel
        self.settings: S = checked(self.model, settings, self.name)

    def __repr__(self) -> str:
        return f"<{self.name} on {self.channel}>"

    @property
    def account(self) -> str:
        """Tells accounts at the provider apart: the same secrets are the same account. Empty where there are none."""
        secrets = [value.get_secret_value() for _, value in self.settings if isinstance(value, SecretStr)]
        return blake2b("\0".join(secrets).encode(), digest_size=8).hexdigest() if secrets else ""

    def build(self, message: Outgoing) -> Any:
        """The provider's request for one message, if it can carry all of it."""
        self.assert_carried(message)
        return self.request(message)

    def assert_carried(self, message: Outgoing) -> None:
        """Make sure that nothing of the message would be dropped.

        Raises:
            Unsupported: the content has fields that the provider cannot take.
        """
        strange = self.carries is not None and sorted(_present(message) - self.carries)
        if strange:
            raise Unsupported(f"{self.name} cannot carry {', '.join(strange)} on {self.channel}")

    @abstractmethod
    def request(self, message: Outgoing) -> Any:
        """What is to be sent: pure, and the same for the same message."""

    @abstractmethod
    def hand_over(self, request: Any, message: Outgoing) -> Delivery:
        """Give what `build` made to the provider, and say what became of it."""

    def deliver(self, batch: Sequence[Outgoing]) -> list[Delivery]:
        """One message after the other; an adapter whose provider is far away does it in parallel."""
        return [self.attempt(message) for message in batch]

    def attempt(self, message: Outgoing, hand_over: HandOver | None = None) -> Delivery:
        """Build and hand over one message, by a way of its own if one is given; never raises.

        A fault while building is known not to have sent anything, one while handing over leaves it open. Their texts are not
        repeated, as they may hold an address.
        """
        try:
            request = self.build(message)
        except ChannelError as refusal:
            return Delivery("rejected", detail=str(refusal))
        except Exception as fault:
            return Delivery("rejected", detail=f"the message cannot be built ({type(fault).__name__})")
        try:
            return (hand_over or self.hand_over)(request, message)
        except Exception as fault:
            return Delivery("unknown", detail=f"the hand-over broke off ({type(fault).__name__})")

    def verify(self, webhook: Inbound) -> bool:
        """No webhook is genuine where the provider sends none."""
        return False

    def parse(self, webhook: Inbound) -> list[Receipt]:
        """Nothing, where the provider reports nothing."""
        return []

    def close(self) -> None:
        """Nothing to give back, unless the adapter says otherwise."""


def assert_served(name: str, channel: str, served: Collection[str]) -> None:
    """Make sure that an adapter's channels include this one.

    Raises:
        Misconfigured: they do not.
    """
    if not {channel, ANY} & set(served):
        raise Misconfigured(f"adapter {name} does not serve {channel}; it serves {', '.join(served)}")


def _present(message: Outgoing) -> set[str]:
    return {name for name, value in message.content.fields.items() if value}
