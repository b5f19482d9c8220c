"""What a gate sees: one person, one moment, one campaign, at one instant; and what it may answer.

A gate answers with a `Finding` (passed or refused), or with a `Wait`: not now, but from that instant on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any

from orchestrator import addresses, civil
from orchestrator.blueprint import Campaign, Market, Purpose, Scope, Workspace, check_value
from orchestrator.blueprint.notices import BUILT_IN_MOMENTS
from orchestrator.decision.derived import derived
from orchestrator.model import Facts, Finding, Moment, Profile, Touch
from orchestrator.reasons import SENTENCES


@dataclass(frozen=True, slots=True)
class Wait:
    """Refused now, permitted from `until` on."""

    finding: Finding
    until: datetime


Verdict = Finding | Wait


@dataclass(frozen=True, slots=True)
class Place:
    """Where a moment happened, as far as it happened on one channel, at one address."""

    channel: str | None = None
    address: str | None = None

    @property
    def channels(self) -> tuple[str, ...]:
        """The channel, if there is one."""
        return (self.channel,) if self.channel else ()


ANYWHERE = Place()


@dataclass
class Case:
    """One question put to the gates. Everything is given; what is derived is derived once."""

    workspace: Workspace
    campaign: Campaign
    purpose: Purpose
    moment: Moment
    message: str  # the id that a message of this moment and campaign has
    facts: Facts
    now: datetime
    duplicate: bool = False
    paused: bool = False
    templates: frozenset[str] = frozenset()  # channels for which the tactic has a template
    approved: frozenset[str] = frozenset()  # channels whose template the provider has approved beforehand
    touches: tuple[Touch, ...] = ()  # all that count by now, those made in this round included
    rivals: frozenset[str] = frozenset()  # of these, the ones that other campaigns took in this round
    problems: tuple[str, ...] = ()  # what is wrong with the moment's data
    _routes: dict[str, Route] = field(default_factory=dict)
    _scopes: dict[str | None, Scope] = field(default_factory=dict)

    @derived
    def profile(self) -> Profile:
        """The person; gates behind `profile.unknown` may rely on there being one."""
        assert self.facts.profile is not None
        return self.facts.profile

    @derived
    def market(self) -> Market | None:
        """The person's market, where the workspace knows it."""
        return self.workspace.markets.get(self.profile.market or "")

    @derived
    def zones(self) -> tuple[tzinfo, ...]:
        """The person's time zone, or else all that it may be: what is permitted must be so in each."""
        own = civil.zone(self.profile.timezone)
        if own or self.market is None:
            return (own,) if own else ()
        return tuple(zone for name in self.market.timezones if (zone := civil.zone(name)))

    @derived
    def known(self) -> dict[str, Any]:
        """Attributes that may be used now: fresh, of their type, and sensitive ones only where the campaign names them."""
        types, named, now = self.workspace.attributes, self.campaign.identify, self.now
        return {
            name: known.value
            for name, known in self.profile.attributes.items()
            if (declared := types.get(name)) is None
            or (
                (not declared.sensitive or name in named)
                and (declared.fresh is None or now - known.at <= declared.fresh)
                and check_value(declared.type, known.value) is None
            )
        }

    def is_stale(self, name: str) -> bool:
        """Whether an attribute was learnt longer ago than its declaration allows."""
        declared, known = self.workspace.attributes.get(name), self.profile.attributes.get(name)
        return bool(known and declared and declared.fresh is not None and self.now - known.at > declared.fresh)

    def scope(self, channel: str | None = None) -> Scope:
        """What conditions see."""
        scope = self._scopes.get(channel)
        if scope is None:
            scope = self._scopes[channel] = Scope(
                attributes=self.known,
                data=self.moment.data,
                market=self.market_values,
                channel=channel,
                history=self.facts.history,
                moment=self.moment.name,
                now=self.now,
            )
        return scope

    @property
    def market_values(self) -> Mapping[str, Any]:
        """The market as templates and conditions see it."""
        return self.market.values if self.market else {"name": self.profile.market, "terms": {}}

    @property
    def place(self) -> Place:
        """Where a moment that the house itself reports has happened: what is said on it is said there."""
        if self.moment.name not in BUILT_IN_MOMENTS or not isinstance(self.moment.data, Mapping):
            return ANYWHERE
        told = (self.moment.data.get(key) for key in ("channel", "address"))
        return Place(*(value if isinstance(value, str) else None for value in told))

    def route(self, channel: str) -> Route:
        """The way to this person on a channel."""
        route = self._routes.get(channel)
        if route is None:
            route = Route(self.profile, self.facts.suppressed, channel, only=self.place.address)
            self._routes[channel] = route
        return route


class Route:
    """The person's addresses on one channel: those written down, those that are addresses, those that may be used.

    `only` is the one that matters, where it is one of them at all.
    """

    __slots__ = ("channel", "usable", "valid", "written")

    def __init__(
        self, profile: Profile, suppressed: frozenset[tuple[str, str]], channel: str, only: str | None = None
    ) -> None:
        self.channel = channel
        self.written = profile.addresses.get(channel, ())
        known = profile.reachable
        self.valid = addresses.reachable(channel, self.written) if known is None else known.get(channel, ())
        if only is not None:
            self.written, self.valid = self._same(self.written, only), self._same(self.valid, only)
        self.usable = self._unsuppressed(suppressed) if suppressed else self.valid

    def _unsuppressed(self, suppressed: frozenset[tuple[str, str]]) -> tuple[str, ...]:
        channel = self.channel
        return tuple(
            address for address in self.valid if (channel, addresses.normalised(channel, address)) not in suppressed
        )

    def _same(self, held: Sequence[str], only: str) -> tuple[str, ...]:
        wanted = addresses.normalised(self.channel, only)
        return tuple(address for address in held if addresses.normalised(self.channel, address) == wanted)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The addresses to write to: every device for push, the best one elsewhere."""
        return self.usable if self.channel == "push" else self.usable[:1]


PersonGate = Callable[[Case], Finding]
ChannelGate = Callable[[Case, str], Verdict]


@lru_cache(maxsize=16384)
def passed(gate: str, code: str, detail: str, channel: str | None = None) -> Finding:
    """A finding that lets the message on: the same one for all of whom the same is to be said."""
    return Finding(gate, True, code, detail, channel)


class Passes(dict[str, Finding]):
    """The findings of a gate that let a message on, by channel; `{}` in the detail stands for the channel."""

    def __init__(self, gate: str, code: str, detail: str) -> None:
        self._said = gate, code, detail

    def __missing__(self, channel: str) -> Finding:
        gate, code, detail = self._said
        self[channel] = passed(gate, code, detail.format(channel), channel)
        return self[channel]


def refused(gate: str, code: str, detail: str = "", channel: str | None = None) -> Finding:
    """A finding that stops the message; without a detail, the reason's own sentence."""
    return Finding(gate, False, code, detail or SENTENCES[code], channel)
