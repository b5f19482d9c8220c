"""The values that travel through the house: frozen, slotted, and free of behaviour that needs the world.

    Moment ─► Facts ─► Draft ─► (recorded) ─► Outgoing ─► Delivery ─► Receipt
              what we   what we                what an     what it     what the provider
              know      decided                adapter     answered    says afterwards
                                               is given

All instants are timezone-aware datetimes in UTC. Locales are written as the catalogs' folders are (`pt_PT`, `zh_Hant`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from orchestrator.quick import quick

CHANNELS = ("email", "sms", "whatsapp", "push")

OutcomeName = Literal["send", "hold", "drop"]
ConsentState = Literal["granted", "pending", "withdrawn", "unknown"]
ReceiptKind = Literal[
    "accepted",
    "delivered",
    "opened",
    "clicked",
    "bounced",
    "complained",
    "unsubscribed",
    "replied",
    "failed",
    "expired",
]
NOTHING: Mapping[str, Any] = {}
PAUSE = "pause_until"  # among a profile's preferences, as RFC 3339: nothing that can be refused before then


@quick
@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened to one person at one instant."""

    id: str
    name: str
    profile: str
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)


@quick
@dataclass(frozen=True, slots=True)
class Known:
    """One attribute of a person, with the instant at which it was learnt."""

    value: Any
    at: datetime


@quick
@dataclass(frozen=True, slots=True)
class Profile:
    """One person. `addresses` maps a channel to the person's addresses on it, best first, as they were written.

    `reachable` has those of them that are addresses, in their one spelling. It is worked out once, when they are
    written down, since checking a phone number is dear; None where nobody has looked yet. `revision` counts what has
    become known of the person: it grows with every change of profile, consent or suppression.
    """

    id: str
    market: str | None = None
    locale: str | None = None
    timezone: str | None = None
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    attributes: Mapping[str, Known] = field(default_factory=dict)
    preferences: Mapping[str, Any] = field(default_factory=dict)
    reachable: Mapping[str, tuple[str, ...]] | None = None
    revision: int = field(default=0, compare=False)


@quick
@dataclass(frozen=True, slots=True)
class Consent:
    """One entry of the consent ledger. It is never changed; the state of today is a fold over all of them.

    `address` is the address the consent was given for, where it is known. `at` is when it happened,
    `recorded_at` when we learnt of it: a late, older grant must not beat a newer withdrawal.
    """

    profile: str
    channel: str
    purpose: str
    state: ConsentState
    at: datetime
    recorded_at: datetime
    source: str = ""
    address: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


@quick
@dataclass(frozen=True, slots=True)
class Suppression:
    """An address that must not be used: hard bounce, complaint, dead push token."""

    channel: str
    address: str
    reason: str
    at: datetime


@quick
@dataclass(frozen=True, slots=True)
class Touch:
    """One message that counts against a person's caps; `id` is the message's."""

    id: str
    at: datetime
    channel: str
    purpose: str
    campaign: str


@quick
@dataclass(frozen=True, slots=True)
class Snapshot:
    """A person's recent touches as they stood, with the `version` that a claim must still find.

    A version is opaque: whatever the store needs to tell that nothing has changed since. `era` is the life of the hot
    state in which that was so; the records refuse what was claimed in an era that is over.
    """

    touches: tuple[Touch, ...] = ()
    version: bytes = b""
    era: str = ""


@quick
@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one person when a decision is made.

    `consents` are ledger entries in no particular order, what others withdrew at the same addresses and have not granted
    there since included (a STOP binds the address, too). `suppressed` holds (channel, address) pairs, each address under
    the key by which its spellings are compared. `history` maps a moment's name to the instants at which it happened to
    this person, `replied` a channel to the person's last inbound message.
    """

    profile: Profile | None
    consents: tuple[Consent, ...] = ()
    suppressed: frozenset[tuple[str, str]] = frozenset()
    touches: tuple[Touch, ...] = ()
    history: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    replied: Mapping[str, datetime] = field(default_factory=dict)

    def after(self, touches: tuple[Touch, ...]) -> Facts:
        """The same with these touches."""
        return Facts(self.profile, self.consents, self.suppressed, touches, self.history, self.replied)


@quick
@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a trace: a gate, whether it let the message pass, a stable code, and plain words."""

    gate: str
    passed: bool
    code: str
    detail: str
    channel: str | None = None


@quick
@dataclass(frozen=True, slots=True)
class Price:
    """What something costs: an amount, exact, in the currency of an ISO 4217 code."""

    amount: Decimal
    currency: str


@quick
@dataclass(frozen=True, slots=True)
class Segments:
    """What an SMS costs: its encoding ("GSM-7" or "UCS-2"), units (septets or 16-bit), and parts."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    segments: int


@quick
@dataclass(frozen=True, slots=True)
class Content:
    """A rendered message: the channel's fields, and what the channel needs to know about them."""

    channel: str
    fields: Mapping[str, Any]
    sms: Segments | None = None
    unsubscribe: str | None = None  # one-click address, where the purpose needs a way out


@quick
@dataclass(frozen=True, slots=True)
class Draft:
    """The result of composing: the decision, its trace, the content, and the claim it makes.

    `id` is the message's id, derived from the moment and the campaign: however often a moment is
    delivered, its message is one and the same. `touch` is the claim on the person's caps, if it makes one.
    `cost` is what the content costs to send, where the market has a price for it.
    `links` are the short links in the content: each id, and the address that it leads to.
    """

    id: str
    at: datetime
    campaign: str | None
    profile: str
    moment: Moment
    outcome: OutcomeName
    reason: str | None
    purpose: str | None = None
    market: str | None = None
    locale: str | None = None
    channel: str | None = None
    variant: str | None = None
    send_at: datetime | None = None
    trace: tuple[Finding, ...] = ()
    content: Content | None = None
    addresses: tuple[str, ...] = ()
    touch: Touch | None = None
    cost: Price | None = None
    links: Mapping[str, str] = field(default_factory=dict)


@quick
@dataclass(frozen=True, slots=True)
class Outgoing:
    """A recorded message on its way to a provider: all that an adapter may know of it.

    `account` is the provider's account that this attempt is made at. `repeated`: an earlier attempt there may have arrived.
    """

    id: str
    campaign: str
    profile: str
    purpose: str
    channel: str
    market: str
    locale: str
    addresses: tuple[str, ...]
    content: Content
    at: datetime  # when it was decided: dates and boundaries derive from it
    attempt: int = 1
    fence: int = 1
    account: str = ""
    repeated: bool = False


@quick
@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one hand-over.

    accepted   the provider took it, `provider_id` is its name there
    rejected   refused for good
    retry      known not to be sent; try again, not before `retry_after` seconds (0: the provider is well otherwise)
    unknown    the answer was lost: it may or may not have been sent

    `dead` lists addresses that the provider says are gone (to be suppressed).
    """

    kind: Literal["accepted", "rejected", "retry", "unknown"]
    provider_id: str | None = None
    detail: str = ""
    retry_after: float | None = None
    dead: tuple[str, ...] = ()

    @property
    def is_fault(self) -> bool:
        """Whether it speaks against the provider: the answer was lost, or it serves nobody and names no wait."""
        return self.kind == "unknown" or (self.kind == "retry" and self.retry_after is None)


@quick
@dataclass(frozen=True, slots=True)
class Receipt:
    """A provider's report, normalised. One of `message` (our id) or `provider_id` tells which message it is about.

    `key` identifies the event at the provider: the same report delivered twice has the same key.
    `text` is what the person wrote, for `replied`; `raw` is the report as it came. `link` is the id of the short link that was
    followed, and `machine` says why it was no person who opened or clicked; empty where it may have been one. `taken_for` is what
    the provider itself took a reply for, and has told the person: stop, start or help; empty where all of that is left to us.
    """

    kind: ReceiptKind
    at: datetime
    key: str
    message: str | None = None
    provider_id: str | None = None
    channel: str | None = None
    address: str | None = None
    permanent: bool = False
    text: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)
    link: str | None = None
    machine: str = ""
    taken_for: str = ""
