"""The providers' accounts of a workspace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from channels.base import Adapter, Misconfigured
from orchestrator.blueprint import Provider
from orchestrator.ports import Limit
from orchestrator.watch import events
from orchestrator.watch.events import tell

Make = Callable[[str, str, Mapping[str, object]], Adapter]  # adapter's name, channel, settings

BURST = timedelta(seconds=1)  # what a pace allows in this time may go at once
UNHURRIED = 0.8  # of a burst, for messages that nobody waits for


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    """One provider account on one channel, ready to be handed messages.

    `kind` is the name of its adapter, `key` its own among all channels'.
    """

    name: str
    kind: str
    channel: str
    adapter: Adapter
    weight: float = 0.0
    markets: frozenset[str] | None = None
    limits: tuple[Limit, ...] = ()
    unhurried: tuple[Limit, ...] = field(default=(), repr=False)
    key: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", key_of(self.channel, self.name))

    def serves(self, market: str) -> bool:
        """Whether it carries messages for a market."""
        return self.markets is None or market in self.markets


def key_of(channel: str, name: str) -> str:
    """The name of an account among all channels'."""
    return f"{channel}:{name}"


class Accounts:
    """The accounts by channel. Adapters are made when first needed, and a missing secret stops its own account only."""

    def __init__(self, providers: Mapping[str, Sequence[Provider]], make: Make) -> None:
        self._providers = providers
        self._make = make
        self._opened: dict[str, tuple[Account, ...]] = {}
        self._pools: dict[tuple[str, str], tuple[Account, ...]] = {}

    def keys(self) -> list[str]:
        """The names of all accounts, among all channels'."""
        return [key_of(channel, _name(one)) for channel, several in self._providers.items() for one in several]

    def pool(self, channel: str, market: str) -> tuple[Account, ...]:
        """The accounts that carry a channel's messages for a market, in order."""
        if (channel, market) not in self._pools:
            self._pools[channel, market] = tuple(one for one in self._of(channel) if one.serves(market))
        return self._pools[channel, market]

    def named(self, channel: str, name: str) -> Account | None:
        """The account with this name on a channel."""
        return next((account for account in self._of(channel) if account.name == name), None)

    def by_name(self, kind: str) -> Iterable[Account]:
        """The accounts with an adapter of this name, on whichever channel (webhooks name only the adapter)."""
        for channel, providers in self._providers.items():
            if any(provider.adapter == kind for provider in providers):
                yield from (account for account in self._of(channel) if account.kind == kind)

    def _of(self, channel: str) -> tuple[Account, ...]:
        if channel not in self._opened:
            opened = [self._open(channel, provider) for provider in self._providers.get(channel, ())]
            self._opened[channel] = tuple(account for account in opened if account)
        return self._opened[channel]

    def _open(self, channel: str, provider: Provider) -> Account | None:
        name = _name(provider)
        try:
            adapter = self._make(provider.adapter, channel, provider.settings)
        except Misconfigured as fault:
            tell(events.PROVIDER_UNUSABLE, provider=name, channel=channel, fault=fault)
            return None
        limits = _limits(key_of(channel, name), provider, adapter)
        return Account(
            name,
            provider.adapter,
            channel,
            adapter,
            provider.weight or 0.0,
            provider.markets,
            limits,
            tuple(replace(limit, ahead=_unhurried(limit)) for limit in limits),
        )

    def close(self) -> None:
        """Give back all connections."""
        for accounts in self._opened.values():
            for account in accounts:
                account.adapter.close()
        self._opened.clear()
        self._pools.clear()


def _name(provider: Provider) -> str:
    return provider.name or provider.adapter


def _limits(key: str, provider: Provider, adapter: Adapter) -> tuple[Limit, ...]:
    """The paces of the entry itself, and of the provider's account: entries with the same secrets are of one account."""
    found = []
    if provider.rate:
        found.append(_limit(key, provider.rate))
    if provider.account_rate:
        whose = getattr(adapter, "account", "") or key
        found.append(_limit(f"{provider.adapter}:{whose}", provider.account_rate))
    return tuple(found)


def _limit(key: str, rate: float) -> Limit:
    interval = timedelta(seconds=1 / rate)
    return Limit(key, interval, max(timedelta(0), BURST - interval))


def _unhurried(limit: Limit) -> timedelta:
    return max(timedelta(0), (limit.ahead + limit.interval) * UNHURRIED - limit.interval)
