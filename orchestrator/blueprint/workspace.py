"""A workspace as the rest of the house reads it: frozen values, checked and compiled, free of YAML.

    Workspace ─┬─ attributes, moments     what is known of a person, what services may send
               ├─ purposes, caps, quiet   how much, and when not
               ├─ markets                 where people are customers
               ├─ segments                named conditions on people
               └─ campaigns               the blueprints

All names are as written, locales as the catalogs' folders are (`pt_BR`), times of day in the person's own zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from orchestrator.blueprint.clock import ClockRange
from orchestrator.blueprint.conditions import Condition
from orchestrator.blueprint.schedule import Schedule
from orchestrator.blueprint.types import AttributeType, MomentType
from orchestrator.model import Price

Basis = Literal["opt-in", "opt-out", "double-opt-in"]


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why we write. `consent: market` leaves the basis to the market; an exempt purpose is not `capped`, not `quiet`."""

    name: str
    consent: Literal["none", "market", "opt-in", "opt-out"] = "market"
    capped: bool = True
    quiet: bool = True

    @property
    def promotional(self) -> bool:
        """Whether people may refuse it: then it has a way out, and a market's rules for advertising bind it."""
        return self.consent != "none"

    @property
    def repeats(self) -> bool:
        """Whether a message whose answer was lost is sent once more: better twice than never, where it is owed."""
        return self.consent == "none"


BUILT_IN_PURPOSES: Mapping[str, Purpose] = {
    "transactional": Purpose("transactional", "none", capped=False, quiet=False),
    "marketing": Purpose("marketing", "market"),
}


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `limit` touches `per` sliding window, or per calendar day or week of the person.

    It concerns all touches, or those of a purpose, of a channel, of what is `promotional`; and all people, or those of whom
    `when` holds.
    """

    limit: int
    per: timedelta | Literal["day", "week"]
    purpose: str | None = None
    channel: str | None = None
    when: Condition | None = None
    promotional: bool = False


@dataclass(frozen=True, slots=True)
class Provider:
    """One adapter on a channel, with its settings. Providers are tried in order, or drawn by `weight` where it is given.

    A setting whose secret is not in the environment is None, and the variables that are missing are in `missing`. Its
    `name` is its own on the channel. `rate` and `account_rate` are messages a second: its own, and that of all entries
    of the same account at the provider.
    """

    adapter: str
    weight: float | None = None
    markets: frozenset[str] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    missing: tuple[str, ...] = ()
    name: str = ""
    rate: float | None = None
    account_rate: float | None = None


@dataclass(frozen=True, slots=True)
class AllowedWindow:
    """A stretch of certain weekdays (Monday is 0) at which marketing by SMS, WhatsApp and push is allowed.

    A range never crosses midnight here.
    """

    days: frozenset[int]
    range: ClockRange


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a market's built-in default comes from, and how far to trust it. `basis` of the hours: a rule that binds, or a habit.

    `registration` is what a sender has to see to before the first message.
    """

    source: str
    reviewed_on: str
    confidence: Literal["high", "medium", "low"]
    basis: Literal["rule", "habit"]
    registration: str = ""


@dataclass(frozen=True, slots=True)
class Market:
    """Where people are customers: currency, languages, zone, channel habits, legal basis, hours and vocabulary.

    `timezones` has one name where the zone is certain, else all that a person of the market may live in.
    `consent` has a basis for each channel. `quiet_hours` is None where the market says nothing (the workspace's hold), and
    empty where it lifts them. `windows` are the built-in hours of marketing by SMS, WhatsApp and push (empty: any),
    which public holidays close where `holidays` is set; where `nights` is, a consent of its own lets marketing come outside
    of them. `daily` is how many messages of marketing a person may have on a channel in a calendar day. `prefix` and `suffix` go on marketing, by channel.
    `prices`, by channel, are what a provider asks there for a message, or for each part of a text message.
    `provenance` is there where defaults of ours are behind the market. `values` are the market as templates and conditions
    see it, the same ones for everybody: neither can change them.
    """

    name: str
    territory: str | None
    locales: tuple[str, ...]
    currency: str | None
    timezones: tuple[str, ...]
    channels: tuple[str, ...]
    consent: Mapping[str, Basis]
    terms: Mapping[str, Any] = field(default_factory=dict)
    quiet_hours: tuple[ClockRange, ...] | None = None
    windows: tuple[AllowedWindow, ...] = ()
    holidays: bool = False
    nights: bool = False
    daily: Mapping[str, int] = field(default_factory=dict)
    prefix: Mapping[str, str] = field(default_factory=dict)
    suffix: Mapping[str, str] = field(default_factory=dict)
    prices: Mapping[str, Price] = field(default_factory=dict)
    pause_on_refusal: bool = False
    provenance: Provenance | None = None
    values: Mapping[str, Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        values = {
            "name": self.name,
            "currency": self.currency,
            "terms": self.terms,
            "territory": self.territory,
            "locales": list(self.locales),
        }
        object.__setattr__(self, "values", values)


@dataclass(frozen=True, slots=True)
class Trigger:
    """When a campaign runs: `on` a moment, or `every` so often; exactly one of the two.

    A message is of use for `expires` after its moment, and is sent within the ranges `between` (empty: at any time).
    """

    on: str | None = None
    where: Condition | None = None
    expires: timedelta | None = None
    between: tuple[ClockRange, ...] = ()
    every: Schedule | None = None
    clock: Literal["local", "utc"] = "local"


@dataclass(frozen=True, slots=True)
class Goal:
    """Which moment should follow a message, and within what time."""

    moment: str
    within: timedelta


@dataclass(frozen=True, slots=True)
class Campaign:
    """One blueprint. `markets` is None for all; `holdout` is the share (0 to 1) of people who are left out to measure by.

    `topic` is what it is about: people may leave a topic without leaving the purpose. `channel: moment` is the one that the
    moment happened on.
    """

    name: str
    purpose: str
    moment: Trigger
    channel: tuple[str, ...] | Literal["market", "auto", "moment"]
    template: str
    file: str
    markets: frozenset[str] | None = None
    goal: Goal | None = None
    topic: str | None = None
    segment: Condition | None = None
    identify: tuple[str, ...] = ()
    priority: int = 0
    holdout: float = 0.0
    paused: bool = False


@dataclass(frozen=True, slots=True)
class SmsLimits:
    """How many segments a text message may have, and the bits of the reference number that puts several together."""

    max_segments: int = 6
    reference: Literal[8, 16] = 8


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes: name and postal address, as the law of most places wants mails to show them."""

    name: str | None = None
    address: str | None = None

    def values(self) -> dict[str, str | None]:
        """The sender as templates see it."""
        return {"name": self.name, "address": self.address}


KEPT: Mapping[str, timedelta] = {
    "content": timedelta(days=90),
    "moments": timedelta(days=365),
    "receipts": timedelta(days=30),
    "messages": timedelta(days=730),
}
"""For how long something is kept where the workspace does not say."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """All that people wrote. `version` is a hash over every file; `locale` is the language the templates are written in.
    `digits` are those that numbers and dates are written with where a language has its own. `schemes` are those of links
    that open an app.

    `links_base` is the address that links to preferences and unsubscription begin with; without a trailing slash. On
    the channels in `tracked`, other links become short ones below it, too. `topics` says what each is called, by locale;
    `retention` for how long content, moments' data, receipts and messages are kept.
    """

    version: str
    locale: str
    attributes: Mapping[str, AttributeType]
    moments: Mapping[str, MomentType]
    purposes: Mapping[str, Purpose]
    caps: tuple[Cap, ...]
    quiet_hours: tuple[ClockRange, ...]
    providers: Mapping[str, tuple[Provider, ...]]
    markets: Mapping[str, Market]
    segments: Mapping[str, Condition]
    campaigns: Mapping[str, Campaign]
    sms: SmsLimits
    links_base: str
    sender: Sender
    digits: Literal["latin", "native"] = "latin"
    schemes: tuple[str, ...] = ()
    tracked: frozenset[str] = frozenset()
    topics: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    retention: Mapping[str, timedelta] = field(default_factory=lambda: KEPT)
