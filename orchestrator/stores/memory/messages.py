"""Messages in memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice

from orchestrator.model import Finding, Receipt, Touch
from orchestrator.ports import COMPANY, Attempt, Later, Queue, Record, Settlement, State, Stuck
from orchestrator.stores.alarms import Alarms
from orchestrator.stores.lifecycle import (
    AWAKE,
    CANCELLED,
    DELIVERABLE,
    HALTED,
    HALTED_AT_DOOR,
    LONGEST_LEASE,
    OPEN,
    PAUSED,
    REVIVABLE,
    UNDECIDED,
    WAITING,
    settled,
    wakes,
)

ANY_TIME = datetime.max.replace(tzinfo=UTC)
COUNTED = ("state", "reason", "channel", "market", "locale", "campaign")


class Messages:
    """Records by id, and for each state the instants at which its messages want to be looked at."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self._alarms: dict[State, Alarms] = defaultdict(Alarms)
        self._attempts: dict[str, list[Attempt]] = defaultdict(list)
        self._released: set[str] = set()
        self._taken: Counter[str] = Counter()  # of held messages, how often they were taken up in vain
        self._by_profile: dict[str, list[str]] = defaultdict(list)
        self._by_provider_id: dict[str, str] = {}

    def _put(self, record: Record, wake: datetime | None) -> Record:
        standing = self.records.get(record.id)
        if standing is None:
            self._by_profile[record.profile].append(record.id)
        elif standing.state != record.state:
            self._alarms[standing.state].set(record.id, None)
        self._alarms[record.state].set(record.id, wake)
        return self._write(record)

    def _write(self, record: Record) -> Record:
        if record.provider_id:
            self._by_provider_id[record.provider_id] = record.id
        self.records[record.id] = record
        return record

    def _due(self, state: State, now: datetime, limit: int | None) -> list[Record]:
        return [self.records[id] for id in self._alarms[state].due(now, limit)]

    def decide(self, record: Record, *, begins: bool) -> bool:
        """Put a decision on record; False if the message is past deciding, or is to begin and was tried before."""
        standing = self.records.get(record.id)
        if standing is not None:
            if standing.state != "held" or (begins and standing.attempt):
                return False
            record = replace(record, attempt=standing.attempt, fence=standing.fence)
            self._taken.pop(record.id, None)
        self._put(record, wakes(record))
        return True

    def take_due(self, now: datetime, lease: timedelta, limit: int) -> list[Record]:
        """Lease held messages that fall due, earliest first, and what else is due of the same people; before all that, and in
        small company, those that were taken before.
        """
        due = self._due("held", now, None) if self._taken else self._due("held", now, limit)
        for times, most in COMPANY.items():
            taken = [record for record in due if self._taken[record.id] == times][: min(limit, most or limit)]
            if taken:
                break
        if not times:
            people = dict.fromkeys(record.profile for record in taken)
            taken = [record for person in people for record in self._fresh(person, now)]
        self._taken.update(record.id for record in taken)
        leased = [self._put(record, now + lease) for record in taken]
        return sorted(leased, key=lambda record: (record.due or record.at, record.id))

    def _fresh(self, person: str, now: datetime) -> list[Record]:
        held = (record for record in self._of(person) if record.state == "held" and not self._taken[record.id])
        return [record for record in held if self._is_due(record, now)]

    def look_anew(self, person: str, now: datetime) -> None:
        """What waits for the end of a person's pause is due, unless somebody has it in hand."""
        for record in list(self._of(person)):
            if record.state == "held" and record.reason == PAUSED and not self._taken[record.id]:
                self._put(replace(record, due=now), now)

    def wake(self, campaign: str, now: datetime, limit: int) -> int:
        """What waits for the end of a campaign's pause is due, unless somebody has it in hand."""
        waiting = (one for one in self.records.values() if one.campaign == campaign and self._waits_for_pause(one, now))
        woken = list(islice(waiting, limit))
        for record in woken:
            self._put(replace(record, due=now), now)
        return len(woken)

    def _waits_for_pause(self, record: Record, now: datetime) -> bool:
        paused = record.reason == HALTED or record.detail == HALTED_AT_DOOR
        return paused and record.state in ("held", "retry") and (record.due or now) > now and not self._taken[record.id]

    def put_back(self, ids: Iterable[str], until: datetime) -> None:
        """These held messages are free from then on, as if never taken."""
        for id in ids:
            if id in self._taken and self.records[id].state == "held":
                self._put(self.records[id], until)
                self._taken[id] -= 1

    def leased(self, ids: Iterable[str], until: datetime) -> list[str]:
        """Those of these held messages that are leased until then."""
        held = (id for id in ids if id in self.records and self.records[id].state == "held")
        return [id for id in held if self._alarms["held"].at(id) == until]

    def prolong(self, ids: Iterable[str], then: datetime) -> None:
        """These held messages are leased until then."""
        for id in ids:
            self._put(self.records[id], then)

    def spent(self, now: datetime, limit: int) -> list[Record]:
        """Those that were taken as often as they may be."""
        return (
            [r for r in self._due("held", now, None) if self._taken[r.id] > max(COMPANY)][:limit] if self._taken else []
        )

    def next_due(self) -> datetime | None:
        """When the next held message falls due."""
        return self._alarms["held"].next()

    def moving(self) -> int:
        """How many are on their way."""
        return sum(record.state in ("ready", "sending", "retry") for record in self.records.values())

    def queues(self, limit: int) -> list[Queue]:
        """What is not done, by state, campaign and channel."""
        found: dict[tuple[State, str, str], list[tuple[datetime, datetime]]] = defaultdict(list)
        for state in AWAKE:
            for id, wake in self._alarms[state].first(limit):
                record = self.records[id]
                found[state, record.campaign, record.channel or ""].append((record.at, wake))
        return [
            Queue(*key, len(those), min(at for at, _ in those), min(wake for _, wake in those))
            for key, those in sorted(found.items())
        ]

    def stuck(self, since: datetime, limit: int) -> list[Stuck]:
        """What waits for a person, by state, campaign and channel."""
        those = (one for one in self.records.values() if one.state in ("unknown", "dead") and one.at > since)
        found: dict[tuple[State, str, str], list[datetime]] = defaultdict(list)
        for record in islice(those, limit):
            ended = [attempt.ended_at for attempt in self._attempts[record.id][-1:]]
            found[record.state, record.campaign, record.channel or ""] += [at or record.at for at in ended or [None]]
        return [Stuck(*key, len(instants), max(instants)) for key, instants in sorted(found.items())]

    def deliverable(self, now: datetime, limit: int | None) -> list[Record]:
        """What is ready, or due again."""
        return [*self._due("ready", ANY_TIME, limit), *self._due("retry", now, limit)][:limit]

    def claimable(self, ids: Sequence[str], now: datetime) -> list[Record]:
        """Those of these messages that may be handed over now."""
        records = [self.records[id] for id in dict.fromkeys(ids) if id in self.records]
        return [r for r in records if r.state in DELIVERABLE and self._is_due(r, now)]

    def _is_due(self, record: Record, now: datetime) -> bool:
        return record.state == "ready" or self._alarms[record.state].is_due(record.id, now)

    def begin(self, record: Record, account: str | None, now: datetime, lease: timedelta) -> Record:
        """Begin an attempt at an account."""
        record = replace(
            record,
            state="sending",
            due=None,
            attempt=record.attempt + 1,
            fence=record.fence + 1,
            provider=account or record.provider,
        )
        self._attempts[record.id].append(Attempt(record.id, record.attempt, record.fence, now, record.provider))
        return self._put(record, now + lease)

    def wait(self, record: Record, later: Later) -> None:
        """Leave a message until its way is open, or until it is decided anew."""
        waiting = replace(record, state="retry", due=later.until, detail=later.why)
        if later.held:
            waiting = replace(waiting, state="held", reason=later.held, touch=None)
        self._put(waiting, later.until)

    def drop(self, record: Record, why: Finding) -> None:
        """Give up a message at hand-over; its touch goes back."""
        self.advance(replace(record, detail=why.detail), "dropped", why.code, release=True)

    def drop_cancelled(self, campaign: str, moments: str, limit: int) -> list[Record]:
        """Drop what waits of a campaign, for moments whose ids begin so."""
        waiting = (r for r in self.records.values() if r.state in WAITING and r.campaign == campaign)
        found = [record for record in waiting if record.moment.id.startswith(moments)][:limit]
        for record in found:
            self.drop(record, CANCELLED)
        return found

    def settle(self, outcome: Settlement, now: datetime, lapsed: bool) -> Record | None:
        """Write an outcome; returns the record if its touch was given back."""
        standing = self.records.get(outcome.id)
        if standing is None or standing.fence != outcome.fence or (lapsed and standing.state != "sending"):
            return None
        self._end(outcome, now)
        record = settled(standing, outcome, now)
        if standing.state not in OPEN:
            self._write(record)
            return None
        self._put(record, record.due)
        if standing.touch is None or record.touch is not None:
            return None
        self._released.add(record.id)
        return record

    def _end(self, outcome: Settlement, now: datetime) -> None:
        attempts = self._attempts[outcome.id]
        attempts[-1] = replace(
            attempts[-1], provider=outcome.provider, outcome=outcome.state, detail=outcome.detail, ended_at=now
        )

    def lapsed(self, now: datetime, limit: int) -> list[Record]:
        """Hand-overs begun by somebody who is gone; those leased for longer than any lease is, before the clock was set back."""
        leased = self._alarms["sending"].after(now + LONGEST_LEASE)
        return [*self._due("sending", now, limit), *(self.records[id] for id in leased)][:limit]

    def retouch(self, ids: Iterable[str], at: datetime) -> None:
        """Let touches of what is to be tried again count from then on, and try it then."""
        for record in [self.records[id] for id in ids]:
            if record.state == "retry" and record.touch:
                self._put(replace(record, touch=replace(record.touch, at=at), due=at), at)

    def advance(self, record: Record, state: State, reason: str | None, release: bool) -> None:
        """Move a message on."""
        id, touch = record.id, None if release else record.touch
        if release and record.touch:
            self._released.add(id)
        elif state == "delivered" and id in self._released:  # given back too soon
            self._released.discard(id)
            touch = Touch(id, record.at, record.channel or "", record.purpose, record.campaign)
        self._put(replace(record, state=state, reason=reason, due=None, touch=touch), None)

    def retry(self, id: str, now: datetime) -> bool:
        """Take a message up again; one that gave its touch back has to find a place anew."""
        record = self.records.get(id)
        if record is None or record.state not in REVIVABLE:
            return False
        if id in self._released or record.reason == UNDECIDED:
            self._released.discard(id)
            self._put(replace(record, state="held", reason=None, due=now), now)
        else:
            self._put(replace(record, state="ready", reason=None, due=None), now)
        return True

    def concerned(self, receipt: Receipt) -> Record | None:
        """The message that a report is about."""
        id = receipt.message or self._by_provider_id.get(receipt.provider_id or "")
        return self.records.get(id) if id else None

    def _of(self, profile: str) -> Iterator[Record]:
        return (self.records[id] for id in self._by_profile.get(profile, ()))

    def touches(self, profile: str, since: datetime) -> tuple[Touch, ...]:
        """A person's touches younger than an instant, oldest first."""
        found = (record.touch for record in self._of(profile) if record.touch and record.touch.at > since)
        return tuple(sorted(found, key=lambda touch: (touch.at, touch.id)))

    def latest(self, profile: str, campaign: str, channel: str) -> Record | None:
        """The message handed over last."""
        of_these = [r for r in self._of(profile) if (r.campaign, r.channel) == (campaign, channel) and r.handed_over]
        return max(of_these, key=lambda record: (record.handed_over, record.at, record.id), default=None)

    def listed(
        self, states: Sequence[State] | None, profile: str | None, campaign: str | None, after: str
    ) -> list[Record]:
        """Messages newest first, from behind one of them."""
        found = sorted(self._matching(states, profile, campaign), key=_age, reverse=True)
        last = self.records.get(after)
        return [record for record in found if _age(record) < _age(last)] if last else found

    def _matching(self, states: Sequence[State] | None, profile: str | None, campaign: str | None) -> Iterable[Record]:
        for record in self.records.values() if profile is None else self._of(profile):
            if (states is None or record.state in states) and campaign in (None, record.campaign):
                yield record

    def attempts(self, id: str) -> list[Attempt]:
        """The attempts of one message."""
        return list(self._attempts.get(id, ()))

    def counts(self) -> list[tuple[dict[str, str | None], int]]:
        """How many there are of each kind."""
        tally = Counter(tuple(getattr(record, name) for name in COUNTED) for record in self.records.values())
        return [(dict(zip(COUNTED, key, strict=True)), count) for key, count in tally.items()]


def _age(record: Record) -> tuple[datetime, str]:
    return record.at, record.id
