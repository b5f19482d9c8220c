"""Which provider carries a message: the channel's, in order or by weight, those for the message's market first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from channels.base import Adapter
from orchestrator.blueprint import Provider
from orchestrator.decision.eligibility import bucket
from orchestrator.model import Delivery, Outgoing

Make = Callable[[str, str, Mapping[str, object]], Adapter]  # adapter's name, channel, settings


@dataclass(frozen=True, slots=True)
class Account:
    """One provider account on one channel, ready to be handed messages."""

    name: str
    channel: str
    adapter: Adapter
    weight: float
    markets: frozenset[str] | None


class Dispatcher:
    """The accounts of a workspace. Adapters are made when first needed, so that a missing secret stops one channel only."""

    def __init__(self, providers: Mapping[str, Sequence[Provider]], make: Make) -> None:
        self._providers = providers
        self._make = make
        self._accounts: dict[str, list[Account]] = {}

    def account(self, message: Outgoing) -> Account | None:
        """The account for a message: the same one at every attempt; None where the channel has none."""
        fitting = [a for a in self.accounts(message.channel) if a.markets is None or message.market in a.markets]
        return _weighted(fitting, message.id) if fitting else None

    def accounts(self, channel: str) -> list[Account]:
        """The accounts of a channel.

        Raises:
            channels.base.Misconfigured: a provider's settings are incomplete.
        """
        if channel not in self._accounts:
            self._accounts[channel] = [self._open(channel, provider) for provider in self._providers.get(channel, ())]
        return self._accounts[channel]

    def _open(self, channel: str, provider: Provider) -> Account:
        adapter = self._make(provider.adapter, channel, provider.settings)
        return Account(provider.adapter, channel, adapter, provider.weight or 0.0, provider.markets)

    def by_name(self, name: str) -> Iterable[Account]:
        """The accounts with an adapter of this name, on whichever channel (webhooks name only the adapter)."""
        for channel, providers in self._providers.items():
            if any(provider.adapter == name for provider in providers):
                yield from (account for account in self.accounts(channel) if account.name == name)

    def close(self) -> None:
        """Give back all connections."""
        for accounts in self._accounts.values():
            for account in accounts:
                account.adapter.close()
        self._accounts.clear()


def grouped(
    messages: Iterable[Outgoing], choose: Callable[[Outgoing], Account | None]
) -> list[tuple[Account | None, list[Outgoing]]]:
    """Messages by the account that carries them, in order of first appearance."""
    groups: dict[int, tuple[Account | None, list[Outgoing]]] = {}
    for message in messages:
        account = choose(message)
        groups.setdefault(id(account), (account, []))[1].append(message)
    return list(groups.values())


def hand_over(account: Account, messages: Sequence[Outgoing]) -> list[Delivery]:
    """Give messages to a provider. An adapter that breaks its word leaves every answer unknown; nothing is raised."""
    try:
        answers = account.adapter.deliver(messages)
    except Exception as error:  # the adapter's bug must not stop other messages, and what it did is not known
        answers = [Delivery("unknown", detail=f"The adapter {account.name} failed: {type(error).__name__}.")] * len(
            messages
        )
    if len(answers) != len(messages):
        return [Delivery("unknown", detail=f"The adapter {account.name} answered for {len(answers)}.")] * len(messages)
    return answers


def _weighted(accounts: Sequence[Account], message: str) -> Account:
    """By weight where weights are given, else the first; the choice derives from the message."""
    total = sum(account.weight for account in accounts)
    if not total:
        return accounts[0]
    at = bucket("provider", message) * total
    for account in accounts:
        at -= account.weight
        if at < 0:
            return account
    return accounts[-1]
