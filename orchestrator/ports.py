"""What the engine needs of the world: small ports, and the values that cross them.

`Records` is the truth (SQL): what was accepted, decided, handed over and reported. `Touches` is the hot state (Redis):
each person's recent touches, claimed by compare-and-set. `Health` is what all workers know together of the providers. Behind both stand in-memory fakes that ship (replay,
preview and tests run on them); one test body holds fakes and real stores to the same behaviour.

A message's life (`State`):

    held ──► ready ──► sending ──► sent ──► delivered        (receipts move it on from there)
      │        ▲          ├──────► retry ──► sending …
      │        └──────────┤
      └──► dropped        ├──────► failed                    refused for good: its touch is given back
           (also from     └──────► unknown                   the answer was lost, and it must not be repeated blindly
            ready/retry: consent or suppression at hand-over)     dead: gave up after N attempts
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from orchestrator.model import (
    Consent,
    Content,
    Draft,
    Facts,
    Finding,
    Moment,
    Outgoing,
    Profile,
    Receipt,
    Snapshot,
    Suppression,
    Touch,
)

State = Literal[
    "held",
    "ready",
    "sending",
    "retry",
    "sent",
    "delivered",
    "dropped",
    "failed",
    "dead",
    "unknown",
]
TERMINAL: frozenset[State] = frozenset({"sent", "delivered", "dropped", "failed", "dead", "unknown"})


@dataclass(frozen=True, slots=True)
class ProfileUpdate:
    """Fields to replace and attributes to merge, as a profile line has them (`None` removes an attribute).

    `fields` has any of market, locale, timezone, preferences; `addresses` replaces a channel's addresses
    (an empty tuple removes them); both leave alone what they do not name.
    """

    id: str
    at: datetime
    fields: Mapping[str, Any] = field(default_factory=dict)
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """A message as it is on record; `reason` and `trace` tell why it went the way it did."""

    id: str
    moment: Moment
    campaign: str
    profile: str
    purpose: str
    state: State
    reason: str | None
    at: datetime  # of the decision on record
    due: datetime | None
    channel: str | None
    market: str | None
    locale: str | None
    variant: str | None
    addresses: tuple[str, ...]
    content: Content | None
    trace: tuple[Finding, ...]
    touch: Touch | None  # None where it made none, or gave it back
    attempt: int = 0
    fence: int = 0
    provider: str | None = None
    provider_id: str | None = None
    detail: str = ""
    handed_over: datetime | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of one hand-over attempt. It takes effect only while the message still has this fence."""

    id: str
    fence: int
    state: State
    provider: str
    provider_id: str | None = None
    detail: str = ""
    due: datetime | None = None  # for `retry`
    release: bool = False  # give the touch back
    doubtful: bool = False  # it may have arrived, though it is to be tried again


@dataclass(frozen=True, slots=True)
class Attempt:
    """One hand-over that was begun. `outcome` is the state it led to, None while that is not known."""

    message: str
    attempt: int
    fence: int
    begun_at: datetime
    provider: str | None = None
    outcome: State | None = None
    detail: str = ""
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain of a person's ledger first shows that it is not what was written; entries count from 1.

    content   the entry does not say what it said
    link      the entry does not continue the one before: one was removed, put in, or moved
    end       the entry is not the last that was recorded: those behind it were removed, or all of them (entry 0)
    """

    entry: int
    differs: Literal["content", "link", "end"]


@dataclass(frozen=True, slots=True)
class Chain:
    """The hashes of a person's entries in the ledger, in the order of recording, and where it is broken first."""

    profile: str
    hashes: tuple[str, ...]
    broken: Break | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A compare-and-set of one person's touches: from what stood at `version` to `touches`."""

    profile: str
    version: bytes
    touches: tuple[Touch, ...]


class Superseded(RuntimeError):
    """The hot state was lost after these claims were made in it: what was decided must be decided again."""


class Away(RuntimeError):
    """A store cannot be reached: what needs it cannot be done now, and is taken up again later."""


def outgoing(record: Record) -> Outgoing:
    """A recorded message as an adapter may know it."""
    if record.content is None:
        raise ValueError(f"message {record.id} has no content to hand over: it is {record.state}")
    return Outgoing(
        id=record.id,
        campaign=record.campaign,
        profile=record.profile,
        purpose=record.purpose,
        channel=record.channel or "",
        market=record.market or "",
        locale=record.locale or "",
        addresses=record.addresses,
        content=record.content,
        at=record.at,
        attempt=record.attempt,
        fence=record.fence,
        account=record.provider or "",
        repeated=record.handed_over is not None,
    )


@dataclass(frozen=True, slots=True)
class Later:
    """A message's way is not open before an instant, and why."""

    until: datetime
    why: str


Recheck = Callable[[Sequence[Record], Mapping[str, Facts]], Sequence[Finding | Later | None]]
"""Pure: for each message about to be handed over, the finding that forbids it, until when it must wait, or None."""

Route = Callable[[Sequence[Outgoing]], Sequence[str | Later]]
"""For each message about to be handed over, the account that is to carry it, or until when it has to wait."""


COMPANY: Mapping[int, int | None] = {2: 1, 1: 25, 0: None}
"""How many at most are taken together that were taken so often before; what was taken more often is spent."""


class Records(Protocol):
    """The truth. Every method is one transaction unless it says otherwise."""

    # what people are
    def update_profiles(self, updates: Sequence[ProfileUpdate]) -> None: ...
    def profiles(self, ids: Sequence[str]) -> dict[str, Profile]: ...
    def audience(
        self, *, after: str = "", limit: int = 500, zones: Sequence[tuple[str | None, str | None]] | None = None
    ) -> list[str]:
        """Profile ids in order, from behind `after`; only those with one of these (market, timezone) pairs, if given."""

    def zones(self) -> list[tuple[str | None, str | None]]:
        """The distinct (market, timezone) pairs of all profiles."""

    def record_consents(self, events: Sequence[Consent]) -> None:
        """Append to the ledger. Waits for hand-overs in claim of these people, so that what follows sees it."""

    def verify_consents(self, *, after: str = "", limit: int = 500, person: str | None = None) -> list[Chain]:
        """Recompute the ledger's chains: of the next people from behind `after`, in order of their ids, or of one."""

    def suppress(self, entries: Sequence[Suppression]) -> None:
        """Put addresses on the suppression list. Waits for hand-overs as `record_consents` does."""

    def profiles_at(self, channel: str, address: str) -> list[str]:
        """The people who have this address, however it is spelled, in order of their ids."""

    # moments
    def accept(self, moments: Sequence[Moment], *, now: datetime, lease: timedelta) -> frozenset[str]:
        """Commit moments; returns the ids that are new (the first of a repeated id within the list counts).

        With a lease the caller undertakes to settle them by then; `timedelta(0)` leaves them to `take_moments`.
        A repeated id changes nothing but a counter of repeats.
        """

    def take_moments(
        self, *, now: datetime, lease: timedelta, limit: int, ids: Sequence[str] | None = None
    ) -> list[Moment]:
        """Lease moments that are accepted, unsettled, and in nobody's lease; oldest first. Safe among many workers.

        What was taken before and never settled comes back in smaller company (`COMPANY`), so that what kills its worker
        is found out; after the last time it is `spent`. By ids only what was not taken before is given.
        """

    def put_back(self, moments: Sequence[str], held: Sequence[str], *, now: datetime) -> None:
        """These moments and held messages could not be decided, by no fault of theirs: they are free, as if never taken."""

    def spent(self, *, now: datetime, limit: int) -> tuple[list[Moment], list[Record]]:
        """Moments, and held messages that fell due, which were taken as often as they may be and never settled."""

    # deciding
    def gather(self, profiles: Sequence[str], *, history: Mapping[str, timedelta], now: datetime) -> dict[str, Facts]:
        """Facts of each id, all but the touches. `history` names the moments to look back at, and how far.

        An unknown person has `Facts(profile=None)`. The moment at hand is in the history, as it is on record.
        """

    def touches(self, profiles: Sequence[str], *, since: datetime) -> dict[str, tuple[Touch, ...]]:
        """Touches on record younger than `since`, for rebuilding the hot state."""

    def enter(self, era: str) -> bool:
        """The hot state has begun anew under this name; what was claimed in an era before may not be recorded any more.

        False if the era itself is over. Waits for records that are being written.
        """

    def record(
        self, drafts: Sequence[Draft], *, settled: Sequence[str], now: datetime, eras: Collection[str] = ()
    ) -> None:
        """Write what was decided and settle the moments, at once. `eras` are those in which the claims were made.

        send → ready, hold → held (due at `send_at`), drop → dropped. A message already on record is replaced only
        while it is held; otherwise it stays as it is.

        Raises:
            Superseded: one of the eras is over: nothing is written, and all of it must be decided again.
        """

    def next_due(self) -> datetime | None:
        """The earliest instant at which a held message falls due (or its lease runs out)."""

    def take_due(self, *, now: datetime, lease: timedelta, limit: int) -> list[Record]:
        """Lease held messages that fall due, earliest first; again and again as `take_moments` does."""

    # handing over
    def deliverable(self, *, now: datetime, limit: int) -> list[tuple[str, str]]:
        """(channel, id) of messages that are ready, or due again, and in nobody's lease: what a sweeper hands on."""

    def claim(
        self, ids: Sequence[str], *, now: datetime, lease: timedelta, recheck: Recheck, route: Route | None = None
    ) -> list[Outgoing]:
        """Take messages for handing over, in one transaction with a fresh look at consent and suppression.

        Those that `recheck` forbids are dropped with its code (their touch given back). Those that `recheck` or `route`
        makes wait are to be tried again then, and it counts as no attempt. The others become `sending` with attempt and fence raised,
        and the attempt on record with the account that `route` names. What is not ready, not due, or leased is left out.
        """

    def settle(self, outcomes: Sequence[Settlement], *, now: datetime) -> list[Record]:
        """Write outcomes of attempts; returns the messages whose touch was given back, as they stand now.

        An outcome that comes late, after somebody else settled the same attempt as retry or unknown, still counts: it is
        better knowledge. It never takes back what a receipt has said since. What is known must not be forgotten: while
        the records are away for a moment, it is tried again.
        """

    def lapsed(self, *, now: datetime, limit: int) -> list[Record]:
        """Messages whose hand-over was begun by somebody who is gone: `sending`, with the lease run out."""

    # afterwards
    def receive(
        self, receipts: Sequence[Receipt], *, now: datetime, lease: timedelta = timedelta(0)
    ) -> list[tuple[Receipt, Record]]:
        """Store reports; returns those that are new and concern a message of ours, in order of `at`.

        With a lease the caller undertakes to name them to `learnt` by then, or they are returned once more; without one
        they are done with. A report may come before the answer that tells us the provider's id: it waits an hour for
        its message. A call with no receipts, made now and then by a sweeper, returns those that have found their
        message since, and those whose lease ran out.
        """

    def learnt(self, keys: Sequence[str]) -> None:
        """The receipts with these keys have had their effect."""

    def receipts(self, message: str) -> list[Receipt]:
        """The reports about one message, in order of `at`."""

    def attempts(self, message: str) -> list[Attempt]:
        """The hand-overs of one message that were begun, in order."""

    def advance(self, id: str, state: State, *, reason: str | None, release: bool, now: datetime) -> None:
        """Move a message on after a receipt; `release` gives its touch back."""

    def latest(self, profile: str, campaign: str, channel: str) -> Record | None:
        """The message handed over last for these."""

    def replied(self, profile: str, channel: str, at: datetime, text: str) -> None: ...
    def message(self, id: str) -> Record | None: ...
    def messages(
        self,
        *,
        states: Sequence[State] | None = None,
        profile: str | None = None,
        campaign: str | None = None,
        after: str = "",
        limit: int = 100,
    ) -> list[Record]:
        """Messages on record, newest decision first."""

    def retry(self, ids: Sequence[str], *, now: datetime) -> int:
        """Take dead, failed or unknown messages up again at a person's word; returns how many.

        They become ready; one that gave its touch back, or that was set aside undecided, becomes held and due now, so
        that it has to find a place under the caps.
        """

    def counts(self) -> list[tuple[dict[str, str | None], int]]:
        """How many messages per (state, reason, channel, market, locale, campaign)."""

    def progress(self) -> tuple[int, int]:
        """How many moments are settled, and how many messages are ready, sending or to be tried again."""

    # running
    def pause(self, campaign: str, paused: bool) -> None: ...
    def paused(self) -> frozenset[str]: ...
    def lead(self, role: str, holder: str, *, now: datetime, lease: timedelta) -> bool:
        """Become or stay the one leader in a role until `now + lease`; False while somebody else is."""

    def remember(self, key: str, value: str) -> None:
        """Keep a value under a key; the last one stands."""

    def recall(self, key: str) -> str | None: ...
    def close(self) -> None: ...


class Touches(Protocol):
    """The hot state: each person's recent touches. Every method raises `Away` where it cannot be reached."""

    def snapshot(self, profiles: Sequence[str], *, now: datetime) -> dict[str, Snapshot]:
        """What stands for each person; a person not held here is rebuilt from the records first."""

    def swap(self, changes: Sequence[Change], *, now: datetime) -> list[bool]:
        """Compare-and-set each person's touches; False where the version is no longer what stands.

        A change that is repeated because its answer was lost counts as made.
        """

    def forget(self, profile: str) -> None:
        """Hold nothing of this person any more."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key by which a service makes itself known, as it is kept: a digest of it, never the key."""

    id: str
    name: str
    scopes: frozenset[str]
    digest: str = field(repr=False)
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a request under an idempotency key; no `status` while the request is still at work.

    `fingerprint` tells whether a request is the same one again.
    """

    fingerprint: str
    status: int | None = None
    body: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A consent that waits until the person confirms it by a link that names this `id`. It can be used once."""

    id: str
    profile: str
    channel: str
    purpose: str
    address: str | None
    asked_at: datetime
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many accepted moments nobody has decided yet (counted up to a bound), and since when the oldest waits."""

    waiting: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person wrote."""

    channel: str
    at: datetime
    text: str


class Desk(Protocol):
    """What is kept beside the records for those who call."""

    # API keys
    def add_key(self, key: ApiKey) -> None: ...
    def key(self, id: str) -> ApiKey | None: ...
    def keys(self) -> list[ApiKey]:
        """All keys, revoked ones too, the oldest first."""

    def revoke_key(self, id: str, *, now: datetime) -> bool:
        """Honour a key no more; False if there is none, or it was revoked before."""

    # answers under idempotency keys, which are each caller's own
    def begin(self, caller: str, key: str, fingerprint: str, *, now: datetime, lease: timedelta) -> Answer | None:
        """Take a request on, until `now + lease`: None, or what stands under its key already.

        A request whose lease ran out before it was answered may be taken on again. Answers older than `KEPT` are gone.
        """

    def answered(self, caller: str, key: str, answer: Answer) -> None:
        """Keep the answer of a request that was begun."""

    def abandon(self, caller: str, key: str) -> None:
        """Forget a request that was begun and had no effect."""

    # confirmations
    def ask(self, confirmations: Sequence[Confirmation]) -> None: ...
    def confirmation(self, id: str) -> Confirmation | None: ...
    def confirm(self, id: str, *, now: datetime) -> bool:
        """Use a confirmation up; False if it was used before, or there is none."""

    # running
    def backlog(self, limit: int) -> Backlog: ...
    def close(self) -> None: ...


class Rights(Protocol):
    """What a person may ask of us: to be told everything, and to be forgotten."""

    def moments_of(self, profile: str) -> list[Moment]:
        """Everything that was reported of a person, oldest first."""

    def replies_of(self, profile: str) -> list[Reply]:
        """Everything that a person wrote, oldest first."""

    def forget(self, profile: str, *, now: datetime) -> bool:
        """Erase a person; False if nothing is on record. Waits for hand-overs in claim.

        Of each address a salted hash remains, by which it is suppressed should it ever come back.
        """

    def close(self) -> None: ...


KEPT = timedelta(days=7)
"""How long answers under idempotency keys are kept."""


class Rates(Protocol):
    """How fast callers may go on."""

    def take(self, caller: str) -> float:
        """Count one request of a caller: 0.0 if it may go on, else the seconds until one may."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Slot:
    """What was seen of an account in ten seconds; `at` counts them from 1970."""

    at: int
    calls: int
    faults: int
    slow: int


@dataclass(frozen=True, slots=True)
class Vitals:
    """How one provider's account has fared lately; `decision.health` says what follows from it.

    `lowered` is the part of the whole (0 to 1) that was taken from its share, as of `moved`. `trips` counts how often in
    a row its breaker has opened, last at `opened`; 0 is closed. `trial` is when somebody began to try it once more.
    """

    slots: tuple[Slot, ...] = ()
    streak: int = 0  # faults since the last call that went well
    lowered: float = 0.0
    moved: datetime | None = None
    trips: int = 0
    opened: datetime | None = None
    trial: datetime | None = None
    rests: datetime | None = None  # it has asked to be left alone until then


@dataclass(frozen=True, slots=True)
class Limit:
    """A pace that is kept under one key: a message every `interval`, and `ahead` of it at most."""

    key: str
    interval: timedelta
    ahead: timedelta


@dataclass(frozen=True, slots=True)
class Demand:
    """So many messages want to go by these limits; what is `urgent` does not queue behind what is not."""

    limits: tuple[Limit, ...]
    count: int
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """The first `count` may go, once `pause` is over; the next one's turn is after `turn`, each other's `apart` later."""

    count: int
    pause: timedelta
    turn: timedelta
    apart: timedelta


class Health(Protocol):
    """What all workers know together of the providers' accounts, and the pace at which these may be called.

    It is a help, not a truth: where it is out of reach, each process goes by what it knows itself.
    """

    def vitals(self, accounts: Sequence[str]) -> dict[str, Vitals]:
        """How each account has fared."""

    def change(self, changes: Mapping[str, tuple[Vitals, Vitals]]) -> dict[str, Vitals]:
        """Compare-and-set: from what stood to what stands. Returns what stands of those that somebody else has changed."""

    def reserve(self, demands: Sequence[Demand], *, now: datetime) -> list[Grant]:
        """Count what may go now or within a fifth of a second, and give all others their turn."""

    def close(self) -> None: ...


PATIENCE = timedelta(milliseconds=200)
"""How long a worker itself waits for a turn; what has to wait longer is taken up again later."""
