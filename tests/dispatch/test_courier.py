"""Hand-overs on record: attempts at several accounts, and repetitions where they do no harm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from channels.base import Capabilities
from orchestrator import wire
from orchestrator.blueprint import Provider
from orchestrator.claims import Claims
from orchestrator.courier import LEASE, Courier
from orchestrator.decision.health import COOL_DOWN
from orchestrator.dispatch import Dispatcher
from orchestrator.engine import Engine
from orchestrator.model import Delivery, Moment
from orchestrator.ports import Records, Settlement
from orchestrator.stores.memory import MemoryHealth, MemoryTouches
from tests.dispatch.test_dispatch import DOWN, LOST, YES, Fake
from tests.support import NEWS, ORDER, consent, material, person, workspace

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
NO = Delivery("rejected")
Make = Callable[..., "House"]


class House:
    """An engine and a courier with two accounts for mail, on given records."""

    def __init__(self, records: Records, *accounts: Provider) -> None:
        made = material(workspace(NEWS, ORDER))
        self.now = START
        self.records = records
        self.fakes = {account.adapter: Fake() for account in accounts}
        self.dispatcher = Dispatcher(
            {"email": accounts},
            lambda adapter, *_: self.fakes[adapter],  # type: ignore[arg-type, return-value]
            MemoryHealth(),
        )
        claims = Claims(MemoryTouches(), lambda: self.now)
        self.engine = Engine(made, records, claims, lambda: self.now)
        self.courier = Courier(made, records, claims, self.dispatcher, lambda: self.now)

    def happen(self, name: str = "ping", id: str = "m1", profile: str = "u1") -> str:
        """Let a moment happen to somebody who has agreed to mail; returns the message's id."""
        line = person(profile)["profile"]
        self.records.update_profiles([wire.profile(line, at=START)])
        granted = consent("2026-03-01T00:00:00Z", "granted", "email", profile)["consent"]
        self.records.record_consents([wire.consent(granted, at=START - timedelta(days=1), recorded_at=START)])
        [draft] = [d for d in self.engine.process([Moment(id, name, profile, self.now)]) if d.outcome == "send"]
        return draft.id

    def deliver(self, *ids: str) -> list[Settlement]:
        """Hand over."""
        return self.courier.deliver(ids)

    def tried(self, id: str) -> list[tuple[str | None, str | None]]:
        """The attempts of a message: where, and what came of it."""
        return [(attempt.provider, attempt.outcome) for attempt in self.records.attempts(id)]

    def given(self, account: str) -> list[str]:
        """What an account was given, in order."""
        return [message.id for message in self.fakes[account].given]


@pytest.fixture
def house(records: Records) -> Make:
    """Makes a house on each kind of records."""
    return lambda *accounts: House(records, *(accounts or (Provider("a"), Provider("b"))))


def test_what_one_account_has_surely_not_sent_another_sends_at_once(house: Make) -> None:
    """As an attempt of its own, on record as such."""
    here = house()
    here.fakes["a"].answer = Delivery("retry", detail="the provider cannot be reached")
    id = here.happen()
    [outcome] = here.deliver(id)
    assert (outcome.state, outcome.provider) == ("sent", "b")
    assert here.tried(id) == [("a", "retry"), ("b", "sent")]


@pytest.mark.parametrize("answer", [Delivery("retry", retry_after=9.0), Delivery("retry", retry_after=0.0), DOWN])
def test_a_busy_account_is_not_waited_for_where_there_is_another(house: Make, answer: Delivery) -> None:
    """It has said that it did not send."""
    here = house()
    here.fakes["a"].answer = answer
    assert [outcome.provider for outcome in here.deliver(here.happen())] == ["b"]


def test_what_may_have_been_sent_is_never_given_to_another(house: Make) -> None:
    """Marketing ends as unknown; nothing is tried elsewhere, then or later."""
    here = house()
    here.fakes["a"].answer = LOST
    id = here.happen()
    [outcome] = here.deliver(id)
    here.now += timedelta(hours=1)
    assert (outcome.state, here.deliver(id), here.given("b")) == ("unknown", [], [])


def test_a_repetition_goes_to_the_account_that_can_tell_it(house: Make) -> None:
    """Also after it was out, and though another would be free all the while."""
    here = house()
    here.fakes["a"].capabilities = Capabilities(idempotent=True)
    id = here.happen()
    for answer in (LOST, DOWN, LOST, YES):
        here.fakes["a"].answer = answer
        here.now += timedelta(minutes=20)
        here.deliver(id)
    assert here.given("a") == [id] * 4
    assert here.given("b") == []
    assert here.tried(id) == [("a", "retry"), ("a", "retry"), ("a", "retry"), ("a", "sent")]


def test_the_account_is_on_record_before_the_call(house: Make) -> None:
    """Who takes over from a worker that died repeats the message there, though by now another would be chosen."""
    here = house()
    here.fakes["a"].capabilities = Capabilities(idempotent=True)
    id = here.happen()
    plan = here.dispatcher.plan(here.now)
    here.records.claim([id], now=here.now, lease=LEASE, recheck=lambda r, f: [None] * len(r), route=plan.route)
    here.fakes["a"].answer = DOWN
    here.deliver(*(here.happen(id=f"x{n}", profile=f"x{n}") for n in range(5)))
    here.now += LEASE
    here.fakes["a"].answer = YES
    [outcome] = here.courier.recover()
    assert (outcome.state, outcome.provider) == ("retry", "a")
    here.now += timedelta(minutes=11)
    here.deliver(id)
    assert here.tried(id) == [("a", "retry"), ("a", "sent")]
    assert id not in here.given("b")


def test_a_worker_that_dies_at_the_second_account_leaves_the_message_with_it(house: Make) -> None:
    """The first is known not to have sent it."""
    here = house()
    here.fakes["b"].capabilities = Capabilities(idempotent=True)
    here.fakes["a"].answer = DOWN

    def dies(batch: Sequence[object]) -> list[Delivery]:
        raise SystemExit

    here.fakes["b"].deliver = dies  # type: ignore[method-assign]
    id = here.happen()
    with pytest.raises(SystemExit):
        here.deliver(id)
    here.now += LEASE
    assert [outcome.provider for outcome in here.courier.recover()] == ["b"]


def test_what_somebody_waits_for_is_sent_once_more_and_no_more(house: Make) -> None:
    """Wherever the first attempts that surely failed were made."""
    here = house(Provider("a"))
    id = here.happen("bought")
    states = []
    for answer in (DOWN, LOST, DOWN, LOST, YES):
        here.fakes["a"].answer = answer
        states += [outcome.state for outcome in here.deliver(id)]
        here.now += timedelta(minutes=20)
    assert states == ["retry", "retry", "retry", "unknown"]


def test_what_may_have_arrived_ends_as_unknown_and_keeps_its_touch(house: Make) -> None:
    """Though the repetition was refused."""
    here = house(Provider("a"))
    id = here.happen("bought")
    for answer in (LOST, NO):
        here.fakes["a"].answer = answer
        [outcome] = here.deliver(id)
        here.now += timedelta(minutes=20)
    assert (outcome.state, outcome.release) == ("unknown", False)
    assert "may have arrived" in outcome.detail


def test_a_message_that_is_found_at_the_provider_is_sent_and_not_repeated(house: Make) -> None:
    """Before it is sent once more it is looked for, where that was the first attempt."""
    here = house()
    fake = here.fakes["a"]
    fake.capabilities, fake.answer = Capabilities(lookup=True), LOST
    id = here.happen("bought")
    here.deliver(id)
    fake.found = {id: Delivery("accepted", provider_id="SM7")}
    here.now += timedelta(minutes=20)
    [outcome] = here.deliver(id)
    assert (outcome.state, outcome.provider, outcome.provider_id) == ("sent", "a", "SM7")
    assert here.given("a") == [id]
    assert here.given("b") == []


def test_messages_that_wait_for_an_account_use_up_no_attempts(house: Make) -> None:
    """They say why they wait, and are found again when it is time."""
    here = house(Provider("a"))
    here.fakes["a"].answer = DOWN
    here.deliver(*(here.happen(id=f"x{n}", profile=f"x{n}") for n in range(5)))
    id = here.happen()
    assert here.deliver(id) == []
    record = here.records.message(id)
    assert record is not None
    assert (record.state, record.attempt, here.tried(id)) == ("retry", 0, [])
    assert "can be reached" in record.detail
    here.now += 3 * COOL_DOWN
    here.fakes["a"].answer = YES
    assert ("email", id) in here.records.deliverable(now=here.now, limit=9)
    assert [outcome.state for outcome in here.deliver(id)] == ["sent"]


def test_messages_over_the_pace_come_back_in_their_turn(house: Make) -> None:
    """Each once, one after the other, however many there are."""
    here = house(Provider("a", rate=10.0))
    ids = [here.happen(id=f"x{n}", profile=f"x{n}") for n in range(30)]
    sent = [len(here.deliver(*ids))]
    for _ in range(3):
        here.now += timedelta(seconds=1)
        due = [id for _, id in here.records.deliverable(now=here.now, limit=100)]
        sent.append(len(here.deliver(*due)))
    assert sum(sent) == 30
    assert max(sent) <= 12
    assert {attempt.attempt for id in ids for attempt in here.records.attempts(id)} == {1}


def test_without_an_account_a_message_is_attempted_and_given_up_in_the_end(house: Make) -> None:
    """So that somebody finds out."""
    here = house(Provider("a", markets=frozenset({"DE"})))
    id = here.happen()
    states = []
    for _ in range(13):
        states += [(outcome.state, outcome.provider) for outcome in here.deliver(id)]
        here.now += timedelta(hours=1)
    assert states[0] == ("retry", "")
    assert states[-1] == ("dead", "")
