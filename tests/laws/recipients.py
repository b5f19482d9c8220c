"""People, moments, withdrawals, pauses, receipts, replies, crashes and a clock: in whatever order, these laws hold.

consent       nothing that needs consent reaches a provider without it, as the ledger stands at that instant
suppression   nothing reaches an address that is gone
pause         nothing that can be refused reaches somebody who wants to be left in peace
asking        nobody is asked to confirm, or has a STOP confirmed, twice on a day at one address
caps          a person's touches never exceed a cap, in any window
touches       what is on record as a touch is held; once all is quiet, nothing else is
life cycle    what is over stays over, and is not handed over once more; advertising never twice by our doing
loss          what was accepted is decided, and what was decided to be sent leaves or ends with a reason
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from orchestrator import wire
from orchestrator.blueprint.notices import PENDING, STARTED, STOPPED
from orchestrator.civil import rfc3339
from orchestrator.claims import rebuilt
from orchestrator.decision.consent import BY_REPLY, STOP
from orchestrator.decision.timing import pause_of
from orchestrator.model import Consent, Delivery, Moment, Outgoing, Receipt, ReceiptKind
from orchestrator.ports import TERMINAL, ProfileUpdate, Record, Records, State, Touches, Verdict
from orchestrator.stores.memory import MemoryRecords, MemoryTouches
from tests import support
from tests.engine.conftest import HORIZON, House
from tests.engine.conftest import START as NOON
from tests.support import KAIROS, MARKETS, NEWS, ORDER, material, workspace

LIMIT, WINDOW = 2, timedelta(hours=24)
FILES = workspace(
    NEWS,
    NEWS.replace("news", "texts").replace("[email]", "[sms]"),
    ORDER,
    kairos=KAIROS + f"caps: [{{limit: {LIMIT}, per: 24h, purpose: marketing}}]\n",
    markets=MARKETS.replace("email: opt-out", "email: opt-in"),
)
MATERIAL = material(FILES)
OPT_IN = {"email"}
PEOPLE, CHANNELS = st.sampled_from("ab"), st.sampled_from(["email", "sms"])
LIVING: frozenset[State] = frozenset({"held", "ready", "sending", "retry"})
ANSWERS = st.sampled_from(
    [Delivery("accepted"), Delivery("rejected"), Delivery("unknown"), Delivery("retry", retry_after=1.0)]
)
RECEIPTS = st.sampled_from(["delivered", "opened", "bounced", "complained", "failed", "expired", "unsubscribed"])
ONCE = {f"kairos.{name}" for name in (PENDING, STOPPED, STARTED)}
DAY = timedelta(days=1)
ENOUGH = 60  # rounds of work, ten minutes apart, after which all must be quiet


def _profile(id_: str) -> ProfileUpdate:
    """Each has a mailbox, both have one telephone."""
    return wire.profile(support.person(id_)["profile"], at=NOON)


class Died(BaseException):
    """A process is gone, in the middle of something."""


class Fragile:
    """Records whose caller may die right before the next write of a kind."""

    def __init__(self, records: Records) -> None:
        self.fatal: str | None = None
        self._records = records

    def __getattr__(self, name: str) -> Any:
        return getattr(self._records, name)

    def _survive(self, write: str) -> None:
        if self.fatal == write:
            self.fatal = None
            raise Died(write)

    def record(self, *args: Any, **named: Any) -> list[Outgoing]:
        """Die between claim and record, or not."""
        self._survive("record")
        return self._records.record(*args, **named)

    def settle(self, *args: Any, **named: Any) -> list[Record]:
        """Die between the provider's answer and its record, or not."""
        self._survive("settle")
        return self._records.settle(*args, **named)


def in_memory() -> tuple[Records, Touches]:
    """Stores in memory."""
    records = MemoryRecords()
    return records, MemoryTouches(rebuild=partial(rebuilt, records), horizon=HORIZON)


def allowed(entries: Sequence[Consent], person: str, channel: str) -> bool:
    """What the ledger says of marketing on a channel, worked out the slow way. A STOP binds all who share the address."""
    bound = [entry for entry in entries if entry.profile == person or entry.source == STOP]
    about = [entry for entry in bound if entry.channel == channel and entry.purpose == "marketing"]
    last = max((entry.at for entry in about), default=None)
    states = {entry.state for entry in about if entry.at == last}
    if channel not in OPT_IN:
        return "withdrawn" not in states
    given = any(entry.state == "granted" and not entry.source.startswith(BY_REPLY) for entry in about)
    return given and "granted" in states and "withdrawn" not in states


class Recipients(RuleBasedStateMachine):
    """Two people who share a telephone, three campaigns, and one worker that keeps dying."""

    def __init__(self, stores: Callable[[], tuple[Records, Touches]] = in_memory) -> None:
        super().__init__()
        records, self.touches = stores()
        self.records = Fragile(records)
        self.house = House(MATERIAL, self.records, self.touches)  # type: ignore[arg-type]
        self.house.provider.deliver = self.take  # type: ignore[method-assign]
        self.answer = Delivery("accepted")
        self.dies_on_the_phone = False
        self.accepted = 0
        self.breaches: list[str] = []
        self.handed: dict[str, int] = {}
        self.over: dict[str, State] = {}
        self.gone: set[tuple[str, str]] = set()
        self.asked: list[str] = []  # confirmations whose links are out
        self.said: dict[tuple[str, str], datetime] = {}  # by notice and address, when it was last handed over
        for person in "ab":
            self.house.records.update_profiles([_profile(person)])

    # what happens

    @rule(
        person=PEOPLE,
        channel=CHANNELS,
        state=st.sampled_from(["granted", "withdrawn", "pending"]),
        ago=st.integers(0, 3),
    )
    def somebody_says(self, person: str, channel: str, state: Any, ago: int) -> None:
        """Perhaps we learn of it late."""
        at = self.house.now - timedelta(hours=ago)
        entry = Consent(person, channel, "marketing", state, at, self.house.now, "form")
        self.records.record_consents([entry])

    @rule(
        person=PEOPLE, text=st.sampled_from(["STOP", "START", "HELP", "stop texting me", "thanks"]), twice=st.booleans()
    )
    def somebody_replies(self, person: str, text: str, twice: bool) -> None:
        for _ in range(1 + twice):
            self.house.replies.take(person, "sms", text, self.house.now)

    @precondition(lambda self: self.records.replies(waiting=True, limit=1))
    @rule(verdict=st.sampled_from(["withdraw", "ignore"]))
    def somebody_reads_a_reply(self, verdict: Verdict) -> None:
        for reply in self.records.replies(waiting=True, limit=1):
            assert self.house.replies.settle(reply, verdict, by="somebody")
            assert not self.house.replies.settle(reply, verdict, by="somebody else")

    @rule(person=PEOPLE, channel=CHANNELS)
    def somebody_is_to_confirm(self, person: str, channel: str) -> None:
        entry = Consent(person, channel, "marketing", "pending", self.house.now, self.house.now, "form")
        self.asked += [one.id for one in self.house.consents.record([entry]).values()]

    @precondition(lambda self: self.asked)
    @rule(data=st.data())
    def somebody_confirms(self, data: st.DataObject) -> None:
        """Perhaps once more: a link works once."""
        one = self.house.desk.confirmation(data.draw(st.sampled_from(self.asked)))
        assert one is not None
        if self.house.desk.confirm(one.id, now=self.house.now):
            at = self.house.now
            granted = Consent(one.profile, one.channel, one.purpose, "granted", at, at, "double-opt-in", one.address)
            self.records.record_consents([granted])

    @rule(person=PEOPLE, hours=st.sampled_from([None, 1, 8]))
    def somebody_wants_a_pause(self, person: str, hours: int | None) -> None:
        until = {"pause_until": rfc3339(self.house.now + timedelta(hours=hours))} if hours else {}
        self.records.update_profiles([ProfileUpdate(person, self.house.now, {"preferences": until})])

    @rule(person=PEOPLE, name=st.sampled_from(["ping", "bought"]), again=st.booleans(), dies=st.booleans())
    def something_happens(self, person: str, name: str, again: bool, dies: bool) -> None:
        """Perhaps it is told twice; perhaps whoever decides on it dies before it is on record."""
        self.accepted += 1
        moment = Moment(f"m{self.accepted}", name, person, self.house.now)
        self.records.fatal = "record" if dies else None
        self._attempt(lambda: self.house.engine.process([moment]))
        if again:
            self._attempt(lambda: self.house.engine.process([moment]))

    @rule(person=PEOPLE, answer=ANSWERS, dies=st.sampled_from([None, None, "record", "call", "settle"]))
    def something_leaves_at_once(self, person: str, answer: Delivery, dies: str | None) -> None:
        """Decided and handed over in one step, if whoever does so lives long enough."""
        self.accepted += 1
        moment = Moment(f"m{self.accepted}", "ping", person, self.house.now)
        self.answer, self.dies_on_the_phone = answer, dies == "call"
        self.records.fatal = dies if dies != "call" else None
        self._attempt(lambda: self.house.express([moment]))
        self.dies_on_the_phone = False

    @rule(answer=ANSWERS, dies=st.sampled_from([None, None, "call", "settle"]))
    def a_message_is_handed_over(self, answer: Delivery, dies: str | None) -> None:
        """Perhaps the courier dies while it waits for the answer, or with the answer in hand."""
        waiting = self.records.deliverable(now=self.house.now, limit=1)
        self.answer, self.dies_on_the_phone = answer, dies == "call"
        self.records.fatal = dies if dies == "settle" else None
        self._attempt(lambda: self.house.courier.deliver([id_ for _, id_ in waiting]))

    @precondition(lambda self: self.handed)
    @rule(data=st.data(), kind=RECEIPTS, permanent=st.booleans())
    def a_provider_reports(self, data: st.DataObject, kind: ReceiptKind, permanent: bool) -> None:
        """In any order, and more than once."""
        message = data.draw(st.sampled_from(sorted(self.handed)))
        record = self._record(message)
        receipt = Receipt(kind, self.house.now, f"{message}:{kind}:{permanent}", message, permanent=permanent)
        if kind == "complained" or (permanent and kind in ("bounced", "failed")):
            self.gone |= {(record.channel or "", address) for address in record.addresses}
        self.house.feedback.receive([receipt])

    @rule(minutes=st.sampled_from([1, 10, 60, 600, 1440]))
    def time_passes(self, minutes: int) -> None:
        self.house.later(minutes=minutes)

    @rule()
    def the_scheduler_beats(self) -> None:
        self._attempt(self.house.engine.release)
        self._attempt(self.house.engine.sweep)
        self._attempt(self.house.courier.recover)

    @rule()
    def the_hot_state_is_lost(self) -> None:
        for person in "ab":
            self.touches.forget(person)

    # what must hold

    def take(self, batch: Sequence[Outgoing]) -> list[Delivery]:
        """The provider: here is where it would be too late."""
        for message in batch:
            self.breaches += self._breaches(message)
            self.breaches += self._repetitions(message)
            self.handed[message.id] = self.handed.get(message.id, 0) + 1
        if self.dies_on_the_phone:
            self.dies_on_the_phone = False
            raise Died("call")
        return [self.answer] * len(batch)

    def _breaches(self, message: Outgoing) -> Iterator[str]:
        """Laws that are broken by handing this over now; whatever a provider raises is no news to the house."""
        if message.id in self.over:
            yield f"{message.id} was {self.over[message.id]} already"
        if self.gone & {(message.channel, address) for address in message.addresses}:
            yield f"{message.id} goes to an address that is gone"
        if message.purpose == "marketing" and message.repeated:
            yield f"{message.id} is advertising, and may have arrived already"
        facts = self.records.gather([message.profile], history={}, now=self.house.now)[message.profile]
        profile = facts.profile
        pause = pause_of(profile) if profile else None
        if message.purpose == "marketing" and pause and pause.earliest(self.house.now, UTC) != self.house.now:
            yield f"{message.id} goes to somebody who wants a pause"
        if message.purpose == "marketing" and not allowed(facts.consents, message.profile, message.channel):
            yield f"{message.id} goes to somebody who did not agree: {facts.consents}"

    def _repetitions(self, message: Outgoing) -> Iterator[str]:
        """What the house says itself: once a day at an address, but for answers to HELP, and for what may be lost."""
        if message.campaign not in ONCE or message.id in self.handed:
            return
        place = message.campaign, message.addresses[0]
        decided = self._record(message.id).moment.at
        if place in self.said and decided - self.said[place] < DAY and self.said[place].date() == decided.date():
            yield f"{message.campaign} was said to {message.profile} on this day"
        self.said[place] = decided

    @invariant()
    def nothing_forbidden_was_handed_over(self) -> None:
        assert self.breaches == []

    @invariant()
    def caps_hold(self) -> None:
        for person in "ab":
            at = [record.touch.at for record in self._all(person) if record.touch]
            assert all(sum(then - WINDOW < other <= then for other in at) <= LIMIT for then in at), at

    @invariant()
    def no_touch_is_lost(self) -> None:
        for person in "ab":
            assert self._on_record(person) <= self._held(person)

    @invariant()
    def what_is_over_stays_over(self) -> None:
        for record in self._all():
            before = self.over.get(record.id)
            assert before is None or record.state in TERMINAL, (before, record.state)
            if before == "failed" or (before == "dropped" and record.id not in self.handed):
                assert record.state == before, "a report may still tell of what was handed over, and of nothing else"
            if record.state in TERMINAL:
                self.over[record.id] = record.state

    def teardown(self) -> None:
        """Nothing is lost: once everybody does their work, all of it is done, and every touch is accounted for."""
        self.answer, self.records.fatal, self.dies_on_the_phone = Delivery("accepted"), None, False
        for _ in range(ENOUGH):
            self.house.later(minutes=10)
            self.the_scheduler_beats()
            for _, id_ in self.records.deliverable(now=self.house.now, limit=100):
                self.house.courier.deliver([id_])
            self.what_is_over_stays_over()
        self.nothing_forbidden_was_handed_over()
        assert self.records.progress() == (self.accepted + self.house.reported, 0)
        assert not [record for record in self._all() if record.state in LIVING]
        for person in "ab":
            assert self._held(person) == self._on_record(person)

    def _attempt(self, work: Callable[[], object]) -> None:
        with suppress(Died):
            work()
        self.records.fatal = None

    def _record(self, message: str) -> Record:
        record = self.records.message(message)
        assert record is not None
        return record

    def _all(self, person: str | None = None) -> list[Record]:
        return self.records.messages(profile=person, limit=10_000)

    def _on_record(self, person: str) -> set[str]:
        since = self.house.now - WINDOW
        return {record.id for record in self._all(person) if record.touch and record.touch.at > since}

    def _held(self, person: str) -> set[str]:
        snapshot = self.touches.snapshot([person], now=self.house.now)[person]
        return {touch.id for touch in snapshot.touches if touch.at > self.house.now - WINDOW}
