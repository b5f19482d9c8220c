"""The stores in memory and in SQL say the same, whatever happens in whatever order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from orchestrator.model import Receipt, Suppression
from orchestrator.ports import Overtaken, ProfileUpdate, Records, Reply, Settlement
from orchestrator.stores.memory import MemoryRecords
from orchestrator.stores.sql import SqlRecords
from tests.stores.builders import HOUR, LEASE, MINUTE, NOW, consent, draft, moment, withdrawn

PEOPLE = st.sampled_from(["u1", "u2", "u3"])
MESSAGES = st.sampled_from(["d1", "d2", "d3", "d4", "d5"])
MOMENTS = st.sampled_from(["m1", "m2", "m3", "m-d1", "m-d2"])
ADDRESSES = st.sampled_from(["a@example.com", "A@EXAMPLE.com", "b@example.com"])
STATES = st.sampled_from(["sent", "retry", "unknown", "failed", "dead"])


class SameWord(RuleBasedStateMachine):
    """Does everything to both, and compares every answer."""

    new: Callable[[], SqlRecords]

    def __init__(self) -> None:
        super().__init__()
        self.both: tuple[Records, Records] = (MemoryRecords(), self.new())
        self.now = NOW
        self.until = NOW  # of the lease that was given last

    def ask(self, method: str, *args: Any, **options: Any) -> Any:
        """Ask both; returns what they both say."""
        said, as_well = (self.said(getattr(records, method), *args, **options) for records in self.both)
        assert said == as_well, method
        return said

    @staticmethod
    def said(method: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """An answer; or that others have it in hand."""
        try:
            return method(*args, **options)
        except Overtaken:
            return Overtaken

    @rule(seconds=st.integers(0, 100))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(
        person=PEOPLE,
        market=st.sampled_from(["ID", "TH", None]),
        held=st.lists(ADDRESSES, max_size=2),
        attributes=st.dictionaries(st.sampled_from("ab"), st.none() | st.integers() | st.text()),
    )
    def a_profile_is_told(self, person: str, market: str | None, held: list[str], attributes: dict[str, Any]) -> None:
        update = ProfileUpdate(person, self.now, {"market": market}, {"email": tuple(held)}, attributes)
        self.ask("update_profiles", [update])

    @rule(person=PEOPLE, state=st.sampled_from(["granted", "withdrawn"]), address=st.none() | ADDRESSES)
    def consent_changes(self, person: str, state: Any, address: str | None) -> None:
        self.ask("record_consents", [consent(person, state, at=self.now, address=address)])

    @rule(address=ADDRESSES)
    def an_address_is_suppressed(self, address: str) -> None:
        self.ask("suppress", [Suppression("email", address, "bounced", self.now)])

    @rule(address=ADDRESSES)
    def a_suppression_is_lifted(self, address: str) -> None:
        self.ask("suppression", "email", address)
        self.ask("lift", "email", address)

    @rule(ids=st.lists(MOMENTS, max_size=4), person=PEOPLE, leased=st.booleans())
    def moments_are_accepted(self, ids: list[str], person: str, leased: bool) -> None:
        moments = [moment(id, person, self.now) for id in ids]
        self.ask("accept", moments, now=self.now, lease=LEASE if leased else timedelta(0))
        self.until = self.now + LEASE if leased else self.until

    @rule(limit=st.integers(1, 3), ids=st.none() | st.lists(MOMENTS))
    def moments_are_taken(self, limit: int, ids: list[str] | None) -> None:
        self.ask("take_moments", now=self.now, lease=LEASE, limit=limit, ids=ids)
        self.until = self.now + LEASE

    @rule(moments=st.lists(MOMENTS, unique=True), held=st.lists(MESSAGES, unique=True), back=st.booleans())
    def leases_are_prolonged_or_given_up(self, moments: list[str], held: list[str], back: bool) -> None:
        if back:
            self.ask("put_back", moments, held, until=self.until, now=self.now)
        else:
            self.ask("prolong", moments, held, until=self.until, then=self.now + LEASE)
            self.until = self.now + LEASE

    @rule(
        ids=st.lists(MESSAGES, max_size=3, unique=True),
        outcome=st.sampled_from(["send", "hold", "drop"]),
        person=PEOPLE,
        wait=st.integers(0, 90),
        settled=st.lists(MOMENTS, unique=True),
        touched=st.booleans(),
        leased=st.booleans(),
    )
    def drafts_are_recorded(
        self, ids: list[str], outcome: Any, person: str, wait: int, settled: list[str], touched: bool, leased: bool
    ) -> None:
        due = self.now + timedelta(seconds=wait) if outcome == "hold" else None
        why = "campaign.paused" if outcome == "hold" and not touched else None
        drafts = [
            draft(id, outcome, at=self.now, profile=person, reason=why, send_at=due, touched=touched) for id in ids
        ]
        # a message is always one person's
        drafts = [
            replace(one, profile=known.profile) if (known := self.both[0].message(one.id)) else one for one in drafts
        ]
        self.ask("record", drafts, settled=settled, now=self.now, until=self.until if leased else None)

    @rule()
    def a_campaign_goes_on(self) -> None:
        self.ask("wake", "day3-playlist", now=self.now, limit=99)

    @rule(limit=st.integers(1, 3))
    def messages_fall_due(self, limit: int) -> None:
        self.ask("next_due")
        self.ask("take_due", now=self.now, lease=LEASE, limit=limit)
        self.until = self.now + LEASE

    @rule(ids=st.lists(MESSAGES, max_size=4))
    def messages_are_claimed(self, ids: list[str]) -> None:
        self.ask("claim", ids, now=self.now, lease=LEASE, recheck=withdrawn)

    @rule(id=MESSAGES, fence=st.integers(1, 3), state=STATES, wait=st.integers(0, 90), named=st.booleans())
    def an_attempt_ends(self, id: str, fence: int, state: Any, wait: int, named: bool) -> None:
        due = self.now + timedelta(seconds=wait) if state == "retry" else None
        release = state in ("failed", "dead")
        name = f"p-{id}" if named else None
        self.ask("settle", [Settlement(id, fence, state, "null", name, "x", due, release)], now=self.now)

    @rule(id=MESSAGES, state=st.sampled_from(["delivered", "failed"]), seen=STATES)
    def a_receipt_moves_a_message(self, id: str, state: Any, seen: Any) -> None:
        found = self.both[0].message(id)
        seen = found.state if found and seen != "dead" else seen
        self.ask("advance", id, state, seen=seen, reason="bounced", release=state == "failed", now=self.now)

    @rule(ids=st.lists(MESSAGES, unique=True), seconds=st.integers(0, 9))
    def touches_count_anew(self, ids: list[str], seconds: int) -> None:
        self.ask("retouch", [id for id in ids if self.both[0].message(id)], at=self.now + timedelta(seconds=seconds))

    @rule(key=st.sampled_from("abc"), id=MESSAGES, by_name=st.booleans(), leased=st.booleans())
    def a_report_arrives(self, key: str, id: str, by_name: bool, leased: bool) -> None:
        about = {"provider_id": f"p-{id}"} if by_name else {"message": id}
        receipt = Receipt("opened", self.now, key, **about)  # type: ignore[arg-type]
        self.ask("receive", [receipt], now=self.now, lease=LEASE if leased else timedelta(0))

    @rule(keys=st.lists(st.sampled_from("abc")))
    def reports_are_swept(self, keys: list[str]) -> None:
        self.ask("learnt", keys)
        self.ask("receive", [], now=self.now, lease=LEASE)

    @rule(person=PEOPLE, channel=st.sampled_from(["sms", "whatsapp"]))
    def a_person_replies(self, person: str, channel: str) -> None:
        self.ask("replied", Reply(person, channel, self.now, "hello"))

    @rule(ids=st.lists(MESSAGES))
    def messages_are_taken_up_again(self, ids: list[str]) -> None:
        self.ask("retry", ids, now=self.now)

    @rule(holder=st.sampled_from("xy"))
    def somebody_leads(self, holder: str) -> None:
        self.ask("lead", "scheduler", holder, now=self.now, lease=MINUTE)

    @invariant()
    def the_same_is_on_record(self) -> None:
        for message in self.ask("messages", limit=9):
            self.ask("attempts", message.id)
            self.ask("receipts", message.id)
        self.ask("touches", ["u1", "u2", "u3"], since=self.now - HOUR)
        self.ask("profiles", ["u1", "u2", "u3"])
        self.ask("lapsed", now=self.now, limit=9)
        self.ask("progress")
        assert self.tallies(0) == self.tallies(1)
        assert self.facts(0) == self.facts(1)
        assert set(self.both[0].deliverable(now=self.now, limit=9)) == set(
            self.both[1].deliverable(now=self.now, limit=9)
        )

    def tallies(self, which: int) -> dict[Any, int]:
        """The counts, in no order."""
        return {tuple(kind.items()): count for kind, count in self.both[which].counts()}

    def facts(self, which: int) -> Any:
        """The facts, with consents in an order of their own."""
        found = self.both[which].gather(["u1", "u2", "u3"], history={"playlist.ready": 5 * MINUTE}, now=self.now)
        return {id: replace(facts, consents=tuple(sorted(facts.consents, key=repr))) for id, facts in found.items()}


def compare(new: Callable[[], SqlRecords], examples: int) -> None:
    """Run the machine over new, empty records each time."""
    machine = type("SameWordOf", (SameWord,), {"new": staticmethod(new)})
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=examples, stateful_step_count=25, deadline=None, suppress_health_check=checks),
    )


def test_memory_and_sqlite_say_the_same(new_sqlite: Callable[[], SqlRecords]) -> None:
    """Over some histories."""
    compare(new_sqlite, 25)


def test_memory_and_postgresql_say_the_same(new_postgres: Callable[[], SqlRecords]) -> None:
    """Over a few histories."""
    compare(new_postgres, 8)


@pytest.mark.slow
def test_memory_and_sqlite_say_the_same_over_many_histories(new_sqlite: Callable[[], SqlRecords]) -> None:
    """Over very many."""
    compare(new_sqlite, 1000)


@pytest.mark.slow
def test_memory_and_postgresql_say_the_same_over_many_histories(new_postgres: Callable[[], SqlRecords]) -> None:
    """Over many."""
    compare(new_postgres, 300)
