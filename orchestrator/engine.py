"""The engine: the thin layer around the door that reads facts before, and applies effects after.

    accept ─► decide                                          (then `courier` hands over, `feedback` learns)
              gather ─► compose ─► claim ─► record
                 ▲         (pure)     │
                 └── lost the race ───┘   at most three times, then `claim.contended`, and later again

It knows two ports and a clock, so that replay runs it on in-memory stores and a virtual clock. Every method takes
a batch; one moment is a batch of one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Protocol

from orchestrator import halts
from orchestrator.beside import contended, halt, halted, orphaned
from orchestrator.blueprint import notices
from orchestrator.claims import RACES, Claims, leftovers
from orchestrator.compose import Ask, compose, undeclared
from orchestrator.decision.case import refused
from orchestrator.decision.recheck import SOON, STRANGE
from orchestrator.hold import LEASE, Hold
from orchestrator.isolation import GONE, UNDECIDABLE, decided_apart, undecidable
from orchestrator.material import Material, precedence
from orchestrator.model import Draft, Facts, Moment, Outgoing, Snapshot, Touch
from orchestrator.ports import Outlook, Record, Records, Start, Superseded

Clock = Callable[[], datetime]

PAGE = 250  # messages put on record at once: on SQLite nobody else writes meanwhile


class Departure(Protocol):
    """Whoever hands messages over in the same breath in which they are decided."""

    def choose(self, drafts: Sequence[Draft], revisions: Mapping[str, int]) -> Start | None:
        """Those to begin as they are recorded; `revisions` are of the people by whose facts they were decided."""

    def recorded(self, drafts: Sequence[Draft], begun: Sequence[Outgoing]) -> None:
        """These are on record, and some of them were begun."""


@dataclass(frozen=True, slots=True)
class _Claimed:
    """Drafts whose touches are claimed, with the eras of the claims and the revisions of the people."""

    drafts: dict[int, Draft] = field(default_factory=dict)  # by the places of their asks
    left: dict[str, list[Touch]] = field(default_factory=dict)  # by person, of those drafts that take no touch
    eras: set[str] = field(default_factory=set)
    revisions: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a list of moments: the new ones (committed), and the repeated ones; and what they are decided by.

    The new ones are in the hands of whoever accepted them, until an instant.
    """

    new: tuple[Moment, ...]
    repeated: tuple[Moment, ...]
    until: datetime
    outlook: Outlook | None = None  # as it was then, where it came with them


class Engine:
    """One workspace at work: from accepted moments to recorded drafts."""

    def __init__(self, material: Material, records: Records, claims: Claims, clock: Clock) -> None:
        self.material = material
        self._records = records
        self._claims = claims
        self._clock = clock
        self._hold = partial(Hold, records, clock)

    def accept(self, moments: Sequence[Moment]) -> Accepted:
        """Commit moments. The caller goes on to `decide_new` them; where it dies, a sweeper does."""
        now = self._clock()
        committed, outlook = self._records.take_in(moments, history=self.material.history, now=now, lease=LEASE)
        fresh = set(committed)
        new, repeated = [], []
        for moment in moments:
            if moment.id in fresh:
                fresh.discard(moment.id)
                new.append(moment)
            else:
                repeated.append(moment)
        return Accepted(tuple(new), tuple(repeated), now + LEASE, outlook)

    def process(self, moments: Sequence[Moment]) -> list[Draft]:
        """Accept moments and decide the new ones; then the refusals of repeated ones, which are not recorded again."""
        accepted = self.accept(moments)
        repeated = [ask for moment in accepted.repeated for ask in self.asks(moment, duplicate=True)]
        drafts = self.decide_new(accepted.new, accepted.until, outlook=accepted.outlook)
        return drafts + (self.compose(repeated) if repeated else [])

    def sweep(
        self, *, limit: int = 500, ids: Sequence[str] | None = None, departure: Departure | None = None
    ) -> list[Draft]:
        """Decide moments that were accepted and are in nobody's hands: by their ids, or whichever are oldest."""
        now = self._clock()
        while moments := self._records.take_moments(now=now, lease=LEASE, limit=limit, ids=ids):
            if drafts := self.decide_new(self._ours(moments), now + LEASE, departure):
                return drafts
            now = self._clock()
        return []

    def _ours(self, moments: Sequence[Moment]) -> Sequence[Moment]:
        """Those of moments that others accepted which concern somebody here; the rest is left to others, for a while."""
        strange = [moment.id for moment in moments if self._is_unheard(moment.name)]
        if not strange:
            return moments
        now = self._clock()
        left = self._records.leave(strange, [], accepted_after=now - STRANGE, until=now + SOON)
        return [moment for moment in moments if moment.id not in left]

    def decide_new(
        self,
        moments: Sequence[Moment],
        until: datetime,
        departure: Departure | None = None,
        outlook: Outlook | None = None,
    ) -> list[Draft]:
        """Decide accepted moments for all campaigns that they concern, and settle them.

        They are in the caller's hands `until` then. What the `departure` chooses is begun in the transaction that puts it on
        record. The `outlook` is looked for where none came with the moments.

        Raises:
            Overtaken: the caller was so slow that others have had some of them in hand since. The rest is free.
        """
        if not moments:
            return []
        with self._hold(until, moments=[moment.id for moment in moments]) as hold:
            decide = partial(self._decide_moments, hold=hold, departure=departure, outlook=outlook)
            return decided_apart(moments, decide, partial(self._set_aside, hold=hold))

    def _decide_moments(
        self, moments: Sequence[Moment], hold: Hold, departure: Departure | None, outlook: Outlook | None
    ) -> list[Draft]:
        now = self._clock()
        facts, stops = outlook or self._known([moment.profile for moment in moments], now)
        asks = [ask for moment in moments for ask in self.asks(moment, paused=stops.paused)]
        asks, beside = halted(asks, stops, now) if stops else (asks, [])
        unheard = {name for name in {moment.name for moment in moments} if self._is_unheard(name)}
        beside += [undeclared(moment, now) for moment in moments if moment.name in unheard]
        settled = [moment.id for moment in moments]
        return self._decide(asks, facts, hold, beside=beside, settled=settled, departure=departure)

    def _set_aside(self, moment: Moment, why: str, hold: Hold | None = None) -> list[Draft]:
        now = self._clock()
        drafts = undecidable(moment, [ask.campaign for ask in self.asks(moment)], why, now)
        self._records.record(drafts, settled=[moment.id], now=now, until=hold.until if hold else None)
        return drafts

    def give_up(self, *, limit: int = 500) -> list[Draft]:
        """Set aside what was taken up as often as may be, and took its worker with it every time."""
        moments, held = self._records.spent(now=self._clock(), limit=limit)
        drafts = [draft for moment in moments for draft in self._set_aside(moment, GONE)]
        return drafts + [draft for record in held for draft in self._set_aside_held(record, GONE)]

    def asks(self, moment: Moment, *, duplicate: bool = False, paused: Collection[str] = ()) -> list[Ask]:
        """The questions that a moment raises: one for each campaign that it concerns, higher priority first."""
        return [
            Ask(moment, campaign, duplicate=duplicate, paused=campaign.name in paused)
            for campaign in self.material.listeners(moment.name)
        ]

    def _is_unheard(self, moment: str) -> bool:
        return moment not in self.material.workspace.moments and not self.material.listeners(moment)

    def release(self, *, limit: int = 500) -> list[Draft]:
        """Compose held messages that have fallen due again: per person, higher priority first, equals as they came in."""
        now = self._clock()
        while taken := self._records.take_due(now=now, lease=LEASE, limit=limit):
            if due := self._ours_held(taken):
                with self._hold(now + LEASE, held=[record.id for record in due]) as hold:
                    decide, set_aside = partial(self._release, hold=hold), partial(self._set_aside_held, hold=hold)
                    return decided_apart(sorted(due, key=self._turn), decide, set_aside)
            now = self._clock()
        return []

    def _ours_held(self, due: Sequence[Record]) -> Sequence[Record]:
        """As `_ours`, of held messages that fall due; what is stopped needs nobody who knows its campaign."""
        now, workspace = self._clock(), self.material.workspace
        strange = [
            one for one in due if not notices.campaign(workspace, one.campaign) and now - (one.due or now) <= STRANGE
        ]
        if not strange:
            return due
        stops = self._records.stops()
        left = {one.id for one in strange if stops.of(one.campaign, one.moment.id) is None}
        self._records.leave([], sorted(left), accepted_after=now, until=now + SOON)
        return [one for one in due if one.id not in left]

    def _turn(self, record: Record) -> tuple[object, ...]:
        campaign, moment = notices.campaign(self.material.workspace, record.campaign), record.moment
        return record.due, record.profile, precedence(campaign) if campaign else (), moment.at, moment.id

    def _release(self, due: Sequence[Record], hold: Hold) -> list[Draft]:
        now, workspace = self._clock(), self.material.workspace
        facts, stops = self._known([record.profile for record in due], now)
        campaigns = {one.campaign: found for one in due if (found := notices.campaign(workspace, one.campaign))}
        known = [record for record in due if record.campaign in campaigns]
        asks = [
            Ask(record.moment, campaigns[record.campaign], round=f"due:{record.due}", id=record.id)
            for record in known
            if stops.of(record.campaign, record.moment.id) is None
        ]
        beside = [draft for record in known if (draft := halt(record, stops, now))]
        beside += [orphaned(record, now) for record in due if record.campaign not in campaigns]
        return self._decide(asks, facts, hold, beside=beside)

    def _set_aside_held(self, record: Record, why: str, hold: Hold | None = None) -> list[Draft]:
        now = self._clock()
        draft = replace(orphaned(record, now), reason=UNDECIDABLE, trace=(refused("moment", UNDECIDABLE, why),))
        self._records.record([draft], settled=[], now=now, until=hold.until if hold else None)
        return [draft]

    def compose(self, asks: Sequence[Ask], *, at: datetime | None = None, show: bool = False) -> list[Draft]:
        """Answer asks without any effect: what preview and explanation show."""
        now = at or self._clock()
        facts, _ = self._gathered(asks, now)
        return compose(asks, facts, self.material, now, show=show)

    def _decide(
        self,
        asks: Sequence[Ask],
        facts: Mapping[str, Facts] | None,
        hold: Hold,
        *,
        beside: Sequence[Draft] = (),
        settled: Sequence[str] = (),
        departure: Departure | None = None,
    ) -> list[Draft]:
        """Compose, claim and record; anew where the hot state was lost in between, so that no cap is exceeded by it.

        Args:
            facts: what was known of all people when these questions were raised; a second look is a fresh one.

        Raises:
            Superseded: it was lost again and again; a sweep takes up later what is not on record.
            Overtaken: some of it is in others' hands.
        """
        recorded: list[Draft] = []
        for _ in range(RACES - 1):
            with suppress(Superseded):
                self._decide_once(asks, facts, hold, beside, settled, departure, recorded)
                return recorded
            facts, done = None, {draft.moment.id for draft in recorded}
            asks = [ask for ask in asks if ask.moment.id not in done]
            beside = [draft for draft in beside if draft.moment.id not in done]
            settled = [moment for moment in settled if moment not in done]
        self._decide_once(asks, facts, hold, beside, settled, departure, recorded)
        return recorded

    def _decide_once(
        self,
        asks: Sequence[Ask],
        facts: Mapping[str, Facts] | None,
        hold: Hold,
        beside: Sequence[Draft],
        settled: Sequence[str],
        departure: Departure | None,
        recorded: list[Draft],
    ) -> None:
        """Add to what is recorded, page by page."""
        now = self._clock()
        claimed = self._claimed(asks, facts, hold, now)
        drafts = [*(claimed.drafts[place] for place in range(len(asks))), *beside]
        start = departure.choose(drafts, claimed.revisions) if departure else None
        for page, moments in _pages(drafts, settled):
            begun = self._records.record(
                page, settled=moments, now=now, until=hold.until, eras=claimed.eras, start=_of(page, start)
            )
            recorded += page
            hold.let_go([draft.id for draft in page], moments)
            if departure:
                departure.recorded(page, begun)
        self._claims.lapse(claimed.left)
        halted = [draft.campaign for draft in beside if draft.campaign and draft.outcome == "hold"]
        halts.wake_resumed(self._records, halted, now)

    def _claimed(self, asks: Sequence[Ask], facts: Mapping[str, Facts] | None, hold: Hold, now: datetime) -> _Claimed:
        """Whoever loses a race composes that person's asks again. Nothing is claimed for what others have in hand."""
        claimed = _Claimed()
        open_ = dict(enumerate(asks))
        for _ in range(RACES):
            known, snapshots = self._gathered(open_.values(), now, facts)
            claimed.eras.update(snapshot.era for snapshot in snapshots.values())
            claimed.revisions.update((id, one.profile.revision) for id, one in known.items() if one.profile)
            drafts = compose(list(open_.values()), known, self.material, now)
            hold.prolong()
            lost = self._claims.claim(drafts, snapshots, now)
            won = {place: one for place, one in zip(open_, drafts, strict=True) if one.profile not in lost}
            claimed.drafts.update(won)
            claimed.left.update(leftovers(won.values(), snapshots))
            open_ = {place: ask for place, ask in open_.items() if ask.moment.profile in lost}
            facts = None
            if not open_:
                break
        claimed.drafts.update((place, contended(ask, now)) for place, ask in open_.items())
        return claimed

    def _known(self, people: Iterable[str], now: datetime) -> Outlook:
        return self._records.outlook(list(dict.fromkeys(people)), history=self.material.history, now=now)

    def _gathered(
        self, asks: Collection[Ask], now: datetime, facts: Mapping[str, Facts] | None = None
    ) -> tuple[Mapping[str, Facts], Mapping[str, Snapshot]]:
        """What is known of the people who are asked about, with their touches."""
        people = list(dict.fromkeys(ask.moment.profile for ask in asks))
        if facts is None:
            facts = self._records.gather(people, history=self.material.history, now=now)
        purposes = self.material.workspace.purposes
        limited = {ask.moment.profile: None for ask in asks if purposes[ask.campaign.purpose].capped}
        snapshots = self._claims.snapshots(list(limited), now)
        seen = {person: facts[person].after(one.touches) for person, one in snapshots.items() if one.touches}
        return {**facts, **seen}, snapshots


def _pages(drafts: Sequence[Draft], settled: Sequence[str]) -> Iterator[tuple[list[Draft], list[str]]]:
    """What is put on record at once: some moments that it settles, with all that they raised."""
    raised: dict[str, list[Draft]] = {moment: [] for moment in settled}
    for draft in drafts:
        raised.setdefault(draft.moment.id, []).append(draft)
    ends, page, moments = set(settled), list[Draft](), list[str]()
    for moment, mine in raised.items():
        page += mine
        moments += [moment] if moment in ends else []
        if len(page) >= PAGE:
            yield page, moments
            page, moments = [], []
    if page or moments:
        yield page, moments


def _of(page: Sequence[Draft], start: Start | None) -> Start | None:
    """What of a start is on a page."""
    return start and replace(
        start, messages={one.id: start.messages[one.id] for one in page if one.id in start.messages}
    )
