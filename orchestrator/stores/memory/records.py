"""The truth, in memory: every method is one transaction, because one lock lets them in one at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import wraps
from itertools import islice
from threading import RLock
from typing import Concatenate, ParamSpec, TypeVar

from orchestrator.model import Consent, Draft, Facts, Moment, Outgoing, Profile, Receipt, Suppression, Touch
from orchestrator.ports import (
    NONE_IN_VAIN,
    Aim,
    Attempt,
    Chain,
    Later,
    Link,
    Outlook,
    Overtaken,
    ProfileUpdate,
    Queue,
    Recheck,
    Record,
    Reply,
    Route,
    Settlement,
    Start,
    State,
    Stops,
    Stuck,
    Superseded,
    Tally,
    Verdict,
    outgoing,
)
from orchestrator.stores.lifecycle import drafted
from orchestrator.stores.memory.goals import Count
from orchestrator.stores.memory.ledger import Ledger
from orchestrator.stores.memory.messages import Messages
from orchestrator.stores.memory.moments import Moments
from orchestrator.stores.memory.people import People, Zone
from orchestrator.stores.memory.receipts import Receipts
from orchestrator.stores.memory.replies import Replies

P = ParamSpec("P")
R = TypeVar("R")


def transaction(method: Callable[Concatenate[MemoryRecords, P], R]) -> Callable[Concatenate[MemoryRecords, P], R]:
    """One at a time, as the port promises."""

    @wraps(method)
    def locked(self: MemoryRecords, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self._lock:
            return method(self, *args, **kwargs)

    return locked


class MemoryRecords:
    """The truth for as long as the process lives. What its methods promise stands in `Records`."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._people = People()
        self._ledger = Ledger()
        self._moments = Moments()
        self._messages = Messages()
        self._receipts = Receipts()
        self._links: dict[str, Link] = {}
        self._replies = Replies()
        self._eras: dict[str, str] = {}  # by slot
        self._past_eras: set[str] = set()
        self._paused: set[str] = set()
        self._cancelled: dict[tuple[str, str], datetime] = {}
        self._leaders: dict[str, tuple[str, datetime]] = {}
        self._notes: dict[str, str] = {}

    # what people are

    @transaction
    def update_profiles(self, updates: Sequence[ProfileUpdate]) -> None:
        for update in updates:
            if self._people.update(update):
                self._messages.look_anew(update.id, update.at)

    @transaction
    def profiles(self, ids: Sequence[str]) -> dict[str, Profile]:
        return {id: self._people.profiles[id] for id in ids if id in self._people.profiles}

    @transaction
    def audience(self, *, after: str = "", limit: int = 500, zones: Sequence[Zone] | None = None) -> list[str]:
        return self._people.audience(after, limit, zones)

    @transaction
    def zones(self) -> list[Zone]:
        return self._people.zones()

    @transaction
    def record_consents(self, events: Sequence[Consent]) -> None:
        for event in events:
            entry = self._ledger.append(event, self._people.profiles.get(event.profile))
            bound = (
                self._people.at(entry.channel, entry.address) if entry.state == "withdrawn" and entry.address else ()
            )
            self._people.revise({event.profile, *bound})

    @transaction
    def verify_consents(self, *, after: str = "", limit: int = 500, person: str | None = None) -> list[Chain]:
        return self._ledger.chains(after, limit) if person is None else [self._ledger.chain(person)]

    @transaction
    def suppress(self, entries: Sequence[Suppression]) -> None:
        for entry in entries:
            self._ledger.suppress(entry)
            self._people.revise(self._people.at(entry.channel, entry.address))

    @transaction
    def suppression(self, channel: str, address: str) -> Suppression | None:
        return self._ledger.suppression(channel, address)

    @transaction
    def lift(self, channel: str, address: str) -> Suppression | None:
        return self._ledger.lift(channel, address)

    @transaction
    def profiles_at(self, channel: str, address: str) -> list[str]:
        return self._people.at(channel, address)

    # moments

    @transaction
    def accept(self, moments: Sequence[Moment], *, now: datetime, lease: timedelta) -> frozenset[str]:
        return self._accept(moments, now, lease)

    @transaction
    def take_in(
        self, moments: Sequence[Moment], *, history: Mapping[str, timedelta], now: datetime, lease: timedelta
    ) -> tuple[frozenset[str], Outlook | None]:
        new = self._accept(moments, now, lease)
        return new, self.outlook([moment.profile for moment in moments], history=history, now=now)

    @transaction
    def accept_page(
        self, moments: Sequence[Moment], *, name: str, seen: str, then: str, now: datetime, lease: timedelta
    ) -> frozenset[str] | None:
        if self._notes.get(name) != seen:
            return None
        self._notes[name] = then
        return self._accept(moments, now, lease)

    def _accept(self, moments: Sequence[Moment], now: datetime, lease: timedelta) -> frozenset[str]:
        return frozenset(moment.id for moment in moments if self._moments.accept(moment, now, now + lease))

    @transaction
    def take_moments(
        self, *, now: datetime, lease: timedelta, limit: int, ids: Sequence[str] | None = None
    ) -> list[Moment]:
        return self._moments.take(ids, now, lease, limit)

    @transaction
    def put_back(self, moments: Sequence[str], held: Sequence[str], *, until: datetime, now: datetime) -> None:
        self._moments.put_back(self._moments.leased(moments, until), now)
        self._messages.put_back(self._messages.leased(held, until), now)

    @transaction
    def prolong(self, moments: Sequence[str], held: Sequence[str], *, until: datetime, then: datetime) -> None:
        self._assert_leased(moments, held, until)
        self._moments.prolong(moments, then)
        self._messages.prolong(held, then)

    def _assert_leased(self, moments: Collection[str], held: Collection[str], until: datetime) -> None:
        found = len(self._moments.leased(moments, until)) + len(self._messages.leased(held, until))
        if found < len(moments) + len(held):
            raise Overtaken(
                "others have had some of it in hand since, or it is gone: what was decided here does not count"
            )

    @transaction
    def leave(
        self, moments: Sequence[str], held: Sequence[str], *, accepted_after: datetime, until: datetime
    ) -> frozenset[str]:
        self._messages.put_back(held, until)
        return self._moments.leave(moments, accepted_after, until)

    @transaction
    def spent(self, *, now: datetime, limit: int) -> tuple[list[Moment], list[Record]]:
        return self._moments.spent(now, limit), self._messages.spent(now, limit)

    # deciding

    @transaction
    def gather(self, profiles: Sequence[str], *, history: Mapping[str, timedelta], now: datetime) -> dict[str, Facts]:
        return {id: self._facts(id, history, now) for id in profiles}

    def _facts(self, id: str, history: Mapping[str, timedelta], now: datetime) -> Facts:
        held = self._people.places(id)
        return Facts(
            profile=self._people.profiles.get(id),
            consents=self._ledger.consents(id, held),
            suppressed=self._ledger.suppressed(held),
            history=self._moments.history(id, history, now),
            replied=self._replies.last(id),
        )

    @transaction
    def outlook(self, profiles: Sequence[str], *, history: Mapping[str, timedelta], now: datetime) -> Outlook:
        return self.gather(profiles, history=history, now=now), self.stops()

    @transaction
    def touches(self, profiles: Sequence[str], *, since: datetime) -> dict[str, tuple[Touch, ...]]:
        return {id: self._messages.touches(id, since) for id in profiles}

    @transaction
    def enter(self, era: str) -> bool:
        slot = era.rpartition(":")[0]
        if era in self._past_eras:
            return False
        if slot in self._eras and self._eras[slot] != era:
            self._past_eras.add(self._eras[slot])
        self._eras[slot] = era
        return True

    @transaction
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
        if until is not None:
            self._assert_leased(settled, [draft.id for draft in drafts if draft.moment.id not in settled], until)
        if not {era for era in eras if era} <= set(self._eras.values()):
            raise Superseded("the hot state was lost since these messages were decided: decide them again")
        first = self._standing(start) if start else {}
        written = {draft.id for draft in drafts if self._messages.decide(drafted(draft), begins=draft.id in first)}
        self._links.update((id, Link(id, draft.id, url)) for draft in drafts for id, url in draft.links.items())
        self._moments.settle(settled)
        return self._start([one for id, one in first.items() if id in written], now, start.lease) if start else []

    def _standing(self, start: Start) -> dict[str, Outgoing]:
        """Those of whose people nothing else has become known."""
        people = self._people.profiles
        return {
            id: message
            for id, message in start.messages.items()
            if (person := people.get(message.profile)) and person.revision == start.revisions.get(message.profile)
        }

    def _start(self, messages: Sequence[Outgoing], now: datetime, lease: timedelta) -> list[Outgoing]:
        begun = []
        for message in messages:
            record = self._messages.begin(self._messages.records[message.id], message.account, now, lease)
            begun.append(replace(message, attempt=record.attempt, fence=record.fence))
        return begun

    @transaction
    def next_due(self) -> datetime | None:
        return self._messages.next_due()

    @transaction
    def take_due(self, *, now: datetime, lease: timedelta, limit: int) -> list[Record]:
        return self._messages.take_due(now, lease, limit)

    # handing over

    @transaction
    def deliverable(
        self, *, now: datetime, limit: int, purposes: Collection[str] | None = None
    ) -> list[tuple[str, str]]:
        found = self._messages.deliverable(now, None if purposes is not None else limit)
        wanted = (record for record in found if purposes is None or record.purpose in purposes)
        return [(record.channel or "", record.id) for record in islice(wanted, limit)]

    @transaction
    def claim(
        self, ids: Sequence[str], *, now: datetime, lease: timedelta, recheck: Recheck, route: Route | None = None
    ) -> list[Outgoing]:
        records = self._messages.claimable(ids, now)
        facts = {record.profile: _standing(self._facts(record.profile, {}, now)) for record in records}
        allowed = []
        for record, verdict in zip(records, recheck(records, facts), strict=True):
            if verdict is None:
                allowed.append(record)
            elif isinstance(verdict, Later):
                self._messages.wait(record, verdict)
            else:
                self._messages.drop(record, verdict)
        return self._begin(allowed, now, lease, route)

    def _begin(self, records: Sequence[Record], now: datetime, lease: timedelta, route: Route | None) -> list[Outgoing]:
        ways = route([outgoing(record) for record in records]) if route else [None] * len(records)
        begun = []
        for record, way in zip(records, ways, strict=True):
            if isinstance(way, Later):
                self._messages.wait(record, way)
            else:
                made = outgoing(self._messages.begin(record, way, now, lease))
                begun.append(replace(made, account=way or ""))
        return begun

    @transaction
    def begin(self, start: Start, *, now: datetime) -> list[Outgoing]:
        claimable = self._messages.claimable(list(start.messages), now)
        untried = {record.id for record in claimable if record.state == "ready" and not record.attempt}
        return self._start([one for id, one in self._standing(start).items() if id in untried], now, start.lease)

    @transaction
    def retouch(self, ids: Sequence[str], *, at: datetime) -> None:
        self._messages.retouch(ids, at)

    @transaction
    def settle(self, outcomes: Sequence[Settlement], *, now: datetime, lapsed: bool = False) -> list[Record]:
        return [record for outcome in outcomes if (record := self._messages.settle(outcome, now, lapsed))]

    @transaction
    def lapsed(self, *, now: datetime, limit: int) -> list[Record]:
        return self._messages.lapsed(now, limit)

    # afterwards

    @transaction
    def receive(
        self, receipts: Sequence[Receipt], *, now: datetime, lease: timedelta = timedelta(0)
    ) -> list[tuple[Receipt, Record]]:
        return self._receipts.receive(receipts, self._messages.concerned, now, lease)

    @transaction
    def unmatched(self, keys: Sequence[str], *, now: datetime, lease: timedelta) -> frozenset[str]:
        return self._receipts.unmatched(keys, now, lease)

    @transaction
    def learnt(self, keys: Sequence[str], *, in_vain: Mapping[str, str] = NONE_IN_VAIN) -> None:
        self._receipts.learnt(keys)

    @transaction
    def receipts(self, message: str) -> list[Receipt]:
        return self._receipts.about(message)

    @transaction
    def attempts(self, message: str) -> list[Attempt]:
        return self._messages.attempts(message)

    @transaction
    def advance(self, id: str, state: State, *, seen: State, reason: str | None, release: bool, now: datetime) -> bool:
        record = self._messages.records.get(id)
        if record is None or record.state != seen:
            return False
        self._messages.advance(record, state, reason, release)
        return True

    @transaction
    def latest(self, profile: str, campaign: str, channel: str) -> Record | None:
        return self._messages.latest(profile, campaign, channel)

    @transaction
    def link(self, id: str) -> Link | None:
        return self._links.get(id)

    @transaction
    def replied(self, reply: Reply) -> None:
        self._replies.add(reply)
        self._people.revise([reply.profile])

    @transaction
    def reply(self, id: str) -> Reply | None:
        return self._replies.by_id.get(id)

    @transaction
    def replies(self, *, waiting: bool, limit: int) -> list[Reply]:
        return self._replies.listed(waiting)[:limit]

    @transaction
    def settle_reply(self, id: str, verdict: Verdict, *, by: str, now: datetime) -> bool:
        return self._replies.settle(id, verdict, by, now)

    @transaction
    def message(self, id: str) -> Record | None:
        return self._messages.records.get(id)

    @transaction
    def messages(
        self,
        *,
        states: Sequence[State] | None = None,
        profile: str | None = None,
        campaign: str | None = None,
        after: str = "",
        limit: int = 100,
    ) -> list[Record]:
        return self._messages.listed(states, profile, campaign, after)[:limit]

    @transaction
    def retry(self, ids: Sequence[str], *, now: datetime) -> int:
        return sum(self._messages.retry(id, now) for id in dict.fromkeys(ids))

    @transaction
    def tally(self, aim: Aim) -> Tally:
        return Count(aim, self._moments.happened, self._receipts.about).tally(self._messages.records.values())

    @transaction
    def queues(self, limit: int) -> list[Queue]:
        return self._messages.queues(limit)

    @transaction
    def stuck(self, *, since: datetime, limit: int) -> list[Stuck]:
        return self._messages.stuck(since, limit)

    @transaction
    def progress(self) -> tuple[int, int]:
        return self._moments.settled(), self._messages.moving()

    @transaction
    def counts(self) -> list[tuple[dict[str, str | None], int]]:
        return self._messages.counts()

    # running

    @transaction
    def pause(self, campaign: str, paused: bool) -> None:
        (self._paused.add if paused else self._paused.discard)(campaign)

    def wake(self, campaign: str, *, now: datetime, limit: int) -> int:
        return self._messages.wake(campaign, now, limit)

    @transaction
    def cancel(self, campaign: str, run: str = "", *, now: datetime) -> None:
        self._cancelled.setdefault((campaign, run), now)

    @transaction
    def stops(self) -> Stops:
        return Stops(frozenset(self._paused), dict(self._cancelled))

    @transaction
    def drop_cancelled(self, campaign: str, run: str = "", *, limit: int) -> list[Record]:
        return self._messages.drop_cancelled(campaign, f"{campaign}:{run}:" if run else "", limit)

    @transaction
    def lead(self, role: str, holder: str, *, now: datetime, lease: timedelta) -> bool:
        leader, until = self._leaders.get(role, (holder, now))
        if leader != holder and until > now:
            return False
        self._leaders[role] = holder, now + lease
        return True

    @transaction
    def leader(self, role: str) -> tuple[str, datetime] | None:
        return self._leaders.get(role)

    @transaction
    def remember(self, key: str, value: str | None) -> None:
        self._notes.pop(key, None)
        if value is not None:
            self._notes[key] = value

    @transaction
    def recall(self, key: str) -> str | None:
        return self._notes.get(key)

    @transaction
    def recall_all(self, prefix: str) -> dict[str, str]:
        return {key: value for key, value in self._notes.items() if key.startswith(prefix)}

    def close(self) -> None:
        """Nothing to give back."""


def _standing(facts: Facts) -> Facts:
    return replace(facts, profile=replace(facts.profile, attributes={})) if facts.profile else facts
