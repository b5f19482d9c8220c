"""The truth: what was accepted, decided, handed over and reported."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from orchestrator.model import Consent, Draft, Facts, Moment, Outgoing, Profile, Receipt, Suppression, Touch
from orchestrator.ports.goals import Aim, Tally
from orchestrator.ports.messages import Attempt, Queue, Recheck, Record, Route, Settlement, Start, State, Stuck
from orchestrator.ports.replies import Reply, Verdict
from orchestrator.ports.stops import Stops

Outlook = tuple[Mapping[str, Facts], Stops]
"""What a decision goes by: all that is known of people, and what is stopped."""


@dataclass(frozen=True, slots=True)
class ProfileUpdate:
    """Fields to replace and attributes to merge, as a profile line has them (`None` removes an attribute).

    `fields` has any of market, locale, timezone, preferences (of which a pause stands until it is named); `addresses` replaces a channel's addresses
    (an empty tuple removes them); both leave alone what they do not name.
    """

    id: str
    at: datetime
    fields: Mapping[str, Any] = field(default_factory=dict)
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)


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
class Link:
    """A short link: the message that it stands in, and the address that it leads to."""

    id: str
    message: str
    url: str


class Superseded(RuntimeError):
    """The hot state was lost after these claims were made in it: what was decided must be decided again."""


class Overtaken(RuntimeError):
    """Others have had this in hand since: whoever was that slow puts nothing on record, and claims nothing."""


class Away(RuntimeError):
    """A store cannot be reached: what needs it cannot be done now, and is taken up again later."""


class Unfit(RuntimeError):
    """What is named as a store cannot be used by this program; the text says why, and what may be."""


NONE_IN_VAIN: Mapping[str, str] = {}
REPORTS = 1000  # reports that a sweeper is given at once, at most
COMPANY: Mapping[int, int | None] = {2: 1, 1: 25, 0: None}
"""How many at most are taken together that were taken so often before; what was taken more often is spent."""


class Records(Protocol):
    """The truth. Every method is one transaction unless it says otherwise."""

    # what people are
    def update_profiles(self, updates: Sequence[ProfileUpdate]) -> None:
        """Merge what is reported into what stands. Where a pause changes, what it held is due, to be decided anew."""

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

    def suppression(self, channel: str, address: str) -> Suppression | None:
        """The entry of an address on the suppression list, however it is spelled."""

    def lift(self, channel: str, address: str) -> Suppression | None:
        """Take an address off the suppression list; returns what stood there.

        None, and nothing is done, where it is not on it, or because somebody had it who is forgotten.
        """

    def profiles_at(self, channel: str, address: str) -> list[str]:
        """The people who have this address, however it is spelled, in order of their ids."""

    # moments
    def accept(self, moments: Sequence[Moment], *, now: datetime, lease: timedelta) -> frozenset[str]:
        """Commit moments; returns the ids that are new (the first of a repeated id within the list counts).

        With a lease the caller undertakes to settle them by then; `timedelta(0)` leaves them to `take_moments`.
        A repeated id changes nothing but a counter of repeats.
        """

    def take_in(
        self, moments: Sequence[Moment], *, history: Mapping[str, timedelta], now: datetime, lease: timedelta
    ) -> tuple[frozenset[str], Outlook | None]:
        """`accept` by somebody who goes on to decide them; with the `outlook` of their people, where it costs no second step."""

    def accept_page(
        self, moments: Sequence[Moment], *, name: str, seen: str, then: str, now: datetime, lease: timedelta
    ) -> frozenset[str] | None:
        """As `accept`, and with them the value kept under a name moves on from what was seen to what follows.

        None, and nothing is done, where another value is kept there by now: somebody else was first.
        """

    def take_moments(
        self, *, now: datetime, lease: timedelta, limit: int, ids: Sequence[str] | None = None
    ) -> list[Moment]:
        """Lease moments that are accepted, unsettled, and in nobody's lease; oldest first. Safe among many workers.

        What was taken before and never settled comes back in smaller company (`COMPANY`), so that what kills its worker
        is found out; after the last time it is `spent`. By ids only what was not taken before is given.
        """

    def put_back(self, moments: Sequence[str], held: Sequence[str], *, until: datetime, now: datetime) -> None:
        """These moments and held messages could not be decided, by no fault of theirs: they are free, as if never taken.

        Those that are leased `until` then, that is; any others are somebody else's by now.
        """

    def prolong(self, moments: Sequence[str], held: Sequence[str], *, until: datetime, then: datetime) -> None:
        """Hold for longer what is leased `until` an instant.

        Raises:
            Overtaken: some of it is leased otherwise by now, or done with: nothing is changed.
        """

    def leave(
        self, moments: Sequence[str], held: Sequence[str], *, accepted_after: datetime, until: datetime
    ) -> frozenset[str]:
        """These are others' to decide: free from an instant on, as if never taken.

        Of the moments, those that were accepted later than an instant: their ids are returned.
        """

    def spent(self, *, now: datetime, limit: int) -> tuple[list[Moment], list[Record]]:
        """Moments, and held messages that fell due, which were taken as often as they may be and never settled."""

    # deciding
    def gather(self, profiles: Sequence[str], *, history: Mapping[str, timedelta], now: datetime) -> dict[str, Facts]:
        """Facts of each id, all but the touches. `history` names the moments to look back at, and how far.

        An unknown person has `Facts(profile=None)`. The moment at hand is in the history, as it is on record.
        """

    def outlook(self, profiles: Sequence[str], *, history: Mapping[str, timedelta], now: datetime) -> Outlook:
        """`gather` and `stops` in one."""

    def touches(self, profiles: Sequence[str], *, since: datetime) -> dict[str, tuple[Touch, ...]]:
        """Touches on record younger than `since`, for rebuilding the hot state."""

    def enter(self, era: str) -> bool:
        """The hot state has begun anew under this name; what was claimed in an era before may not be recorded any more.

        False if the era itself is over. Waits for records that are being written.
        """

    def record(
        self,
        drafts: Sequence[Draft],
        *,
        settled: Sequence[str],
        now: datetime,
        until: datetime | None = None,
        eras: Collection[str] = (),
        start: Start | None = None,
    ) -> list[Outgoing]:
        """Write what was decided and settle the moments, at once. `eras` are those in which the claims were made.

        `until` is the instant until which all of it was leased: the moments, and the held messages among what no moment
        raised. It is what tells a lease from the next one of the same thing.

        send → ready, hold → held (due at `send_at`), drop → dropped. A message already on record is replaced only
        while it is held; otherwise it stays as it is. Those to `start` are begun in the same transaction (send → sending,
        attempt on record), where the person's revision still stands, and returned; one of them that is held again after an
        attempt stays as it is, and is decided when it falls due. Short links are kept with their messages.

        Raises:
            Superseded: one of the eras is over: nothing is written, and all of it must be decided again.
            Overtaken: some of it is leased otherwise by now, or done with: nothing is written.
        """

    def next_due(self) -> datetime | None:
        """The earliest instant at which a held message falls due (or its lease runs out)."""

    def take_due(self, *, now: datetime, lease: timedelta, limit: int) -> list[Record]:
        """Lease held messages that fall due, earliest first; again and again as `take_moments` does.

        What else is due of the same people comes with them, beyond the limit: it is decided by priority, not by who was first.
        """

    # handing over
    def deliverable(
        self, *, now: datetime, limit: int, purposes: Collection[str] | None = None
    ) -> list[tuple[str, str]]:
        """(channel, id) of messages that are ready, or due again, and in nobody's lease: what a sweeper hands on."""

    def claim(
        self, ids: Sequence[str], *, now: datetime, lease: timedelta, recheck: Recheck, route: Route | None = None
    ) -> list[Outgoing]:
        """Take messages for handing over, in one transaction with a fresh look at consent and suppression.

        Those that `recheck` forbids are dropped with its code (their touch given back). Those that `recheck` or `route`
        makes wait are to be tried again then, or held and decided again, and it counts as no attempt. The others become `sending` with attempt and fence raised,
        and the attempt on record with the account that `route` names. What is not ready, not due, or leased is left out.
        """

    def begin(self, start: Start, *, now: datetime) -> list[Outgoing]:
        """Begin the first attempts of messages that are ready and in nobody's lease; returns those that were begun."""

    def retouch(self, ids: Sequence[str], *, at: datetime) -> None:
        """Let the touches of these messages, which are to be tried again, count from an instant on; then they are due."""

    def settle(self, outcomes: Sequence[Settlement], *, now: datetime, lapsed: bool = False) -> list[Record]:
        """Write outcomes of attempts; returns the messages whose touch was given back, as they stand now.

        An outcome that comes late, after somebody else settled the same attempt as retry or unknown, still counts: it is
        better knowledge. It never takes back what a receipt has said since. What is known must not be forgotten: while
        the records are away for a moment, it is tried again.

        Args:
            lapsed: they are of hand-overs that somebody else left: what their own worker has said meanwhile stands.
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
        message since, and those whose lease ran out; some of them, where there are very many.
        """

    def unmatched(self, keys: Sequence[str], *, now: datetime, lease: timedelta) -> frozenset[str]:
        """Lease those of these stored reports that concern no message and have had no effect yet; see `learnt`."""

    def learnt(self, keys: Sequence[str], *, in_vain: Mapping[str, str] = NONE_IN_VAIN) -> None:
        """The receipts with these keys have had their effect; some of them none, for a kind of fault."""

    def receipts(self, message: str) -> list[Receipt]:
        """The reports about one message, in order of `at`."""

    def attempts(self, message: str) -> list[Attempt]:
        """The hand-overs of one message that were begun, in order."""

    def advance(self, id: str, state: State, *, seen: State, reason: str | None, release: bool, now: datetime) -> bool:
        """Move a message on from the state that it was seen in; False, and nothing is done, where it is in another by now.

        `release` gives its touch back, and what is delivered after all takes it again.
        """

    def latest(self, profile: str, campaign: str, channel: str) -> Record | None:
        """The message handed over last for these."""

    def link(self, id: str) -> Link | None:
        """The short link with this id."""

    def replied(self, reply: Reply) -> None:
        """Keep what a person wrote; the same reply again changes nothing."""

    def reply(self, id: str) -> Reply | None: ...
    def replies(self, *, waiting: bool, limit: int) -> list[Reply]:
        """What sounded like a refusal, oldest first: what waits for somebody to settle it, or all of it."""

    def settle_reply(self, id: str, verdict: Verdict, *, by: str, now: datetime) -> bool:
        """Say what became of a reply that waits; False if there is none, or somebody has settled it before."""

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

    def tally(self, aim: Aim) -> Tally:
        """What a campaign moved."""

    def queues(self, limit: int) -> list[Queue]:
        """What is not done, of each state the `limit` that want to be looked at first; in order of state, campaign, channel."""

    def stuck(self, *, since: datetime, limit: int) -> list[Stuck]:
        """What waits for a person, and was decided since an instant; in order of state, campaign, channel."""

    def progress(self) -> tuple[int, int]:
        """How many moments are settled, and how many messages are ready, sending or to be tried again."""

    # running
    def pause(self, campaign: str, paused: bool) -> None:
        """Let nothing of a campaign be sent, or let it go on. What is cancelled stays so."""

    def wake(self, campaign: str, *, now: datetime, limit: int) -> int:
        """Let messages that wait for the end of a campaign's pause be due, but for those in somebody's hands; returns how many."""

    def cancel(self, campaign: str, run: str = "", *, now: datetime) -> None:
        """Let nothing more of a campaign, or of one of its runs, ever be sent. Twice is once."""

    def stops(self) -> Stops:
        """What is paused, and what was cancelled."""

    def drop_cancelled(self, campaign: str, run: str = "", *, limit: int) -> list[Record]:
        """Drop messages that wait (held, ready, to be tried again) and were cancelled; returns them as they stood.

        Their touches are given back. What is just being handed over is left to its outcome. An empty list: none is left.
        """

    def lead(self, role: str, holder: str, *, now: datetime, lease: timedelta) -> bool:
        """Become or stay the one leader in a role until `now + lease`; False while somebody else is."""

    def leader(self, role: str) -> tuple[str, datetime] | None:
        """Who became leader last, and until when."""

    def remember(self, key: str, value: str | None) -> None:
        """Keep a value under a key; the last one stands, None is none."""

    def recall(self, key: str) -> str | None: ...
    def recall_all(self, prefix: str) -> dict[str, str]:
        """The values of all keys that begin so."""

    def close(self) -> None: ...
