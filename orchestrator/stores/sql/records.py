"""`Records` in SQL: one method, one transaction, one function of the noun it is about."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from orchestrator.model import Consent, Draft, Facts, Moment, Outgoing, Profile, Receipt, Suppression, Touch
from orchestrator.ports import (
    NONE_IN_VAIN,
    Aim,
    Attempt,
    Chain,
    Link,
    Outlook,
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
    Tally,
    Verdict,
)
from orchestrator.stores.sql import (
    consents,
    facts,
    fence,
    goals,
    handover,
    inbox,
    links,
    messages,
    profiles,
    replies,
    reports,
    upkeep,
)
from orchestrator.stores.sql.insistence import insist
from orchestrator.stores.sql.session import Found
from orchestrator.stores.sql.store import SqlStore

Zone = tuple[str | None, str | None]


class SqlRecords(SqlStore):
    """The truth in SQLite or PostgreSQL. What its methods promise stands in `Records`."""

    # what people are

    def update_profiles(self, updates: Sequence[ProfileUpdate]) -> None:
        profiles.read_addresses(updates)
        with self._write() as session:
            paused_anew = profiles.update(session, updates)
        if paused_anew:  # apart from it: whoever records a message holds it before its person
            with self._write() as session:
                messages.look_anew(session, paused_anew, max(one.at for one in updates))

    def profiles(self, ids: Sequence[str]) -> dict[str, Profile]:
        with self._read() as session:
            return profiles.of(session, ids)

    def audience(self, *, after: str = "", limit: int = 500, zones: Sequence[Zone] | None = None) -> list[str]:
        with self._read() as session:
            return profiles.audience(session, after, limit, zones)

    def zones(self) -> list[Zone]:
        with self._read() as session:
            return profiles.zones(session)

    def record_consents(self, events: Sequence[Consent]) -> None:
        with self._write() as session:
            consents.append(session, events)

    def verify_consents(self, *, after: str = "", limit: int = 500, person: str | None = None) -> list[Chain]:
        with self._read() as session:
            return consents.verify(session, after, limit, person)

    def suppress(self, entries: Sequence[Suppression]) -> None:
        with self._write() as session:
            consents.suppress(session, entries)

    def suppression(self, channel: str, address: str) -> Suppression | None:
        with self._read() as session:
            return consents.suppression(session, channel, address)

    def lift(self, channel: str, address: str) -> Suppression | None:
        with self._write() as session:
            return consents.lift(session, channel, address)

    def profiles_at(self, channel: str, address: str) -> list[str]:
        with self._read() as session:
            return profiles.at(session, channel, address)

    # moments

    def accept(self, moments: Sequence[Moment], *, now: datetime, lease: timedelta) -> frozenset[str]:
        with self._write_singly() as session:
            return inbox.accept(session, moments, now, lease)

    def take_in(
        self, moments: Sequence[Moment], *, history: Mapping[str, timedelta], now: datetime, lease: timedelta
    ) -> tuple[frozenset[str], Outlook | None]:
        if self._has_one_writer:  # whose time reading does not take
            return self.accept(moments, now=now, lease=lease), None
        with self._write_singly() as session:
            new = list[Found]()
            inbox.begin(session, moments, now, lease, new.extend)
            outlook = facts.outlook(session, list(dict.fromkeys(one.profile for one in moments)), history, now)
            return inbox.count(session, moments, new), outlook

    def accept_page(
        self, moments: Sequence[Moment], *, name: str, seen: str, then: str, now: datetime, lease: timedelta
    ) -> frozenset[str] | None:
        with self._write() as session:
            is_first = upkeep.move(session, name, seen, then)
            return inbox.accept(session, moments, now, lease) if is_first else None

    def take_moments(
        self, *, now: datetime, lease: timedelta, limit: int, ids: Sequence[str] | None = None
    ) -> list[Moment]:
        with self._write_singly() as session:
            return inbox.take(session, ids, now, lease, limit)

    def put_back(self, moments: Sequence[str], held: Sequence[str], *, until: datetime, now: datetime) -> None:
        with self._write() as session:
            inbox.put_back(session, moments, until, now)
            messages.put_back(session, held, until, now)

    def prolong(self, moments: Sequence[str], held: Sequence[str], *, until: datetime, then: datetime) -> None:
        with self._write() as session:
            inbox.prolong(session, moments, until, then)
            messages.prolong(session, held, until, then)

    def leave(
        self, moments: Sequence[str], held: Sequence[str], *, accepted_after: datetime, until: datetime
    ) -> frozenset[str]:
        with self._write() as session:
            left = inbox.leave(session, moments, accepted_after, until)
            messages.leave(session, held, until)
            return left

    def spent(self, *, now: datetime, limit: int) -> tuple[list[Moment], list[Record]]:
        with self._read() as session:
            return inbox.spent(session, now, limit), messages.spent(session, now, limit)

    # deciding

    def gather(self, profiles: Sequence[str], *, history: Mapping[str, timedelta], now: datetime) -> dict[str, Facts]:
        with self._read() as session:
            return facts.gather(session, profiles, history, now)

    def outlook(self, profiles: Sequence[str], *, history: Mapping[str, timedelta], now: datetime) -> Outlook:
        with self._read() as session:
            return facts.outlook(session, profiles, history, now)

    def touches(self, profiles: Sequence[str], *, since: datetime) -> dict[str, tuple[Touch, ...]]:
        with self._read() as session:
            return messages.touches(session, profiles, since)

    def enter(self, era: str) -> bool:
        with self._read() as session:
            if fence.is_current(session, era):
                return True
        with self._write() as session:
            return fence.enter(session, era)

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
        made, raised = messages.decisions(drafts, now), frozenset(settled)
        held = [draft.id for draft in drafts if draft.moment.id not in raised]
        while True:
            try:
                with self._write() as session:
                    inbox.settle(session, settled, until)
                    if until is not None:
                        messages.hold(session, held, until)
                    begun = handover.decided(session, made, eras, start, now)
                    links.keep(session, drafts)
                return begun
            except handover.Outdated as outdated:  # seldom: then what may start does, and the others are looked at anew
                start = outdated.rest

    def next_due(self) -> datetime | None:
        with self._read() as session:
            return messages.next_due(session)

    def take_due(self, *, now: datetime, lease: timedelta, limit: int) -> list[Record]:
        with self._write() as session:
            return messages.take_due(session, now, lease, limit)

    # handing over

    def deliverable(
        self, *, now: datetime, limit: int, purposes: Collection[str] | None = None
    ) -> list[tuple[str, str]]:
        with self._read() as session:
            return handover.deliverable(session, now, limit, purposes)

    def claim(
        self, ids: Sequence[str], *, now: datetime, lease: timedelta, recheck: Recheck, route: Route | None = None
    ) -> list[Outgoing]:
        with self._write() as session:
            return handover.claim(session, ids, now, lease, recheck, route)

    def begin(self, start: Start, *, now: datetime) -> list[Outgoing]:
        with self._write() as session:
            return handover.begin(session, start, now)

    def retouch(self, ids: Sequence[str], *, at: datetime) -> None:
        with self._write() as session:
            handover.retouch(session, ids, at)

    def settle(self, outcomes: Sequence[Settlement], *, now: datetime, lapsed: bool = False) -> list[Record]:
        together = any(outcome.release for outcome in outcomes)  # a touch goes back with what became of its message

        def write() -> list[Record]:
            with self._write() if together else self._write_singly() as session:
                return handover.settle(session, outcomes, now, lapsed)

        return insist(write)

    def lapsed(self, *, now: datetime, limit: int) -> list[Record]:
        with self._read() as session:
            return handover.lapsed(session, now, limit)

    # afterwards

    def receive(
        self, receipts: Sequence[Receipt], *, now: datetime, lease: timedelta = timedelta(0)
    ) -> list[tuple[Receipt, Record]]:
        with self._write() as session:
            return reports.receive(session, receipts, now, lease)

    def unmatched(self, keys: Sequence[str], *, now: datetime, lease: timedelta) -> frozenset[str]:
        with self._write() as session:
            return reports.unmatched(session, keys, now, lease)

    def learnt(self, keys: Sequence[str], *, in_vain: Mapping[str, str] = NONE_IN_VAIN) -> None:
        with self._write() as session:
            reports.learnt(session, keys)

    def receipts(self, message: str) -> list[Receipt]:
        with self._read() as session:
            return reports.about(session, message)

    def attempts(self, message: str) -> list[Attempt]:
        with self._read() as session:
            return handover.attempts(session, message)

    def advance(self, id: str, state: State, *, seen: State, reason: str | None, release: bool, now: datetime) -> bool:
        with self._write() as session:
            return handover.advance(session, id, state, seen, reason, release)

    def latest(self, profile: str, campaign: str, channel: str) -> Record | None:
        with self._read() as session:
            return messages.latest(session, profile, campaign, channel)

    def link(self, id: str) -> Link | None:
        with self._read() as session:
            return links.one(session, id)

    def replied(self, reply: Reply) -> None:
        with self._write() as session:
            replies.add(session, reply)

    def reply(self, id: str) -> Reply | None:
        with self._read() as session:
            return replies.one(session, id)

    def replies(self, *, waiting: bool, limit: int) -> list[Reply]:
        with self._read() as session:
            return replies.refusals(session, waiting, limit)

    def settle_reply(self, id: str, verdict: Verdict, *, by: str, now: datetime) -> bool:
        with self._write() as session:
            return replies.settle(session, id, verdict, by, now)

    def message(self, id: str) -> Record | None:
        with self._read() as session:
            return messages.one(session, id)

    def messages(
        self,
        *,
        states: Sequence[State] | None = None,
        profile: str | None = None,
        campaign: str | None = None,
        after: str = "",
        limit: int = 100,
    ) -> list[Record]:
        with self._read() as session:
            return messages.listed(session, states, profile, campaign, after, limit)

    def retry(self, ids: Sequence[str], *, now: datetime) -> int:
        with self._write() as session:
            return messages.revive(session, ids, now)

    def tally(self, aim: Aim) -> Tally:
        with self._read() as session:
            return goals.tally(session, aim)

    def queues(self, limit: int) -> list[Queue]:
        with self._read() as session:
            return messages.queues(session, limit)

    def stuck(self, *, since: datetime, limit: int) -> list[Stuck]:
        with self._read() as session:
            return messages.stuck(session, since, limit)

    def progress(self) -> tuple[int, int]:
        with self._read() as session:
            return inbox.settled(session), messages.moving(session)

    def counts(self) -> list[tuple[dict[str, str | None], int]]:
        with self._read() as session:
            return messages.counts(session)

    # running

    def pause(self, campaign: str, paused: bool) -> None:
        with self._write() as session:
            upkeep.pause(session, campaign, paused)

    def wake(self, campaign: str, *, now: datetime, limit: int) -> int:
        with self._write() as session:
            return messages.wake(session, campaign, now, limit)

    def cancel(self, campaign: str, run: str = "", *, now: datetime) -> None:
        with self._write() as session:
            upkeep.cancel(session, campaign, run, now)

    def stops(self) -> Stops:
        with self._read() as session:
            return upkeep.stops(session)

    def drop_cancelled(self, campaign: str, run: str = "", *, limit: int) -> list[Record]:
        with self._write() as session:
            return handover.drop_cancelled(session, campaign, run, limit)

    def lead(self, role: str, holder: str, *, now: datetime, lease: timedelta) -> bool:
        with self._write() as session:
            return upkeep.lead(session, role, holder, now, lease)

    def leader(self, role: str) -> tuple[str, datetime] | None:
        with self._read() as session:
            return upkeep.leader(session, role)

    def remember(self, key: str, value: str | None) -> None:
        with self._write() as session:
            upkeep.remember(session, key, value)

    def recall(self, key: str) -> str | None:
        with self._read() as session:
            return upkeep.recall(session, key)

    def recall_all(self, prefix: str) -> dict[str, str]:
        with self._read() as session:
            return upkeep.recall_all(session, prefix)
