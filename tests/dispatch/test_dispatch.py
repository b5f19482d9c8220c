"""Which account carries a message, and that one which is ill, slow or paced keeps nobody else's waiting."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Event
from typing import Any

import pytest

from channels import registry
from channels.base import Capabilities, Misconfigured
from channels.deadline import Deadline
from channels.testing import FakeProvider, outgoing, silence
from channels.transport import FUSE, TOO_LATE
from orchestrator.blueprint import Provider
from orchestrator.decision.health import COOL_DOWN, IN_A_ROW
from orchestrator.dispatch import Dispatcher, Handed
from orchestrator.model import Delivery, Outgoing
from orchestrator.ports import Health, Later
from orchestrator.stores.memory import MemoryHealth

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
YES, DOWN, LOST = Delivery("accepted", provider_id="p"), Delivery("retry"), Delivery("unknown")


@dataclass
class Fake:
    """An account that answers as it is told."""

    answer: Delivery = YES
    capabilities: Capabilities = field(default_factory=Capabilities)
    given: list[Outgoing] = field(default_factory=list)
    found: Mapping[str, Delivery] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    gate: Event | None = None
    account: str = "a1"

    def deliver(self, batch: Sequence[Outgoing]) -> list[Delivery]:
        """Take a batch, once the gate opens."""
        if self.gate:
            self.gate.wait(10)
        self.given += batch
        return [self.answer for _ in batch]

    def find(self, message: Outgoing) -> Delivery | None:
        """What became of a message."""
        self.asked.append(message.id)
        return self.found.get(message.id)

    def close(self) -> None:
        """Nothing to close."""


class Desk:
    """A dispatcher over fakes by name, with a clock of its own."""

    def __init__(self, providers: Mapping[str, Sequence[Provider]], health: Health | None = None) -> None:
        self.fakes = {provider.name: Fake() for several in providers.values() for provider in several}
        self.now = NOW
        self.slept: list[float] = []
        by_settings = {id(p.settings): p.name for several in providers.values() for p in several}
        self.dispatcher = Dispatcher(
            providers,
            lambda adapter, channel, settings: self.fakes[by_settings[id(settings)]],  # type: ignore[arg-type, return-value]
            health or MemoryHealth(),
            lambda message: message.purpose == "transactional",
            self.slept.append,
        )

    def routed(self, messages: Sequence[Outgoing], **tried: set[str]) -> list[str | Later]:
        """Where these messages go."""
        return self.dispatcher.plan(self.now, tried).route(messages)

    def hand_over(self, messages: Sequence[Outgoing]) -> Iterator[Handed]:
        """Hand over what does not have to wait."""
        plan = self.dispatcher.plan(self.now)
        ways = plan.route(messages)
        go = [replace(m, account=way) for m, way in zip(messages, ways, strict=True) if isinstance(way, str)]
        return self.dispatcher.hand_over(go, plan)

    def answers(self, messages: Sequence[Outgoing]) -> list[Delivery]:
        """What became of what was handed over."""
        return [answer for handed in self.hand_over(messages) for answer in handed.answers]


def provider(name: str, **given: Any) -> Provider:
    return Provider("fake", name=name, settings={}, **given)


def texts(number: int, **changes: Any) -> list[Outgoing]:
    return [outgoing("sms", id=f"m{n}", at=NOW, **changes) for n in range(number)]


def desk(*providers: Provider, health: Health | None = None) -> Desk:
    return Desk({"sms": providers}, health)


def test_the_first_in_order_carries_all() -> None:
    """While it is well; without any there is nobody."""
    assert set(desk(provider("a"), provider("b")).routed(texts(20))) == {"a"}
    assert desk().routed(texts(1)) == [""]
    [handed] = desk().hand_over(texts(1))
    assert (handed.account, handed.answers[0].kind) == (None, "retry")


def test_weights_share_the_messages() -> None:
    """The choice derives from the message, so that it is the same for every worker."""
    here = desk(provider("a", weight=70), provider("b", weight=30), provider("c"))
    ways = here.routed(texts(1000))
    assert Counter(ways) == {"a": pytest.approx(700, abs=50), "b": pytest.approx(300, abs=50)}
    assert ways == desk(provider("a", weight=70), provider("b", weight=30), provider("c")).routed(texts(1000))


def test_an_account_may_be_for_some_markets_only() -> None:
    """Others are not carried by it, not even in need."""
    here = desk(provider("a", markets=frozenset({"ID"})), provider("b", markets=frozenset({"US"})))
    assert here.routed([*texts(1, market="ID"), *texts(1, market="US"), *texts(1, market="DE")]) == ["a", "b", ""]


def test_what_was_tried_goes_elsewhere() -> None:
    """Until every account was tried."""
    here = desk(provider("a"), provider("b"))
    assert here.routed(texts(1), m0={"a"}) == ["b"]
    assert here.routed(texts(1), m0={"a", "b"}) == [""]


def test_what_may_have_arrived_is_repeated_where_a_repetition_is_told() -> None:
    """At that account, however ill it is: the same key means nothing to another."""
    here = desk(provider("a"), provider("b"))
    here.fakes["b"].capabilities = Capabilities(idempotent=True)
    doubtful = texts(1, repeated=True, account="b")
    assert here.routed(doubtful, m0={"b"}) == ["b"]
    here.fakes["b"].answer = DOWN
    for _ in range(IN_A_ROW):
        here.answers(doubtful)
    [waits] = here.routed(doubtful)
    assert isinstance(waits, Later)
    assert here.routed(texts(1, repeated=True, account="gone")) == [""]


def test_what_may_have_arrived_may_go_anywhere_if_nobody_could_tell() -> None:
    """The purpose has decided that it is sent once more."""
    here = desk(provider("a"), provider("b"))
    assert here.routed(texts(1, repeated=True, account="b")) == ["a"]


def test_an_account_that_fails_is_left_to_the_next_until_it_has_cooled_down(health: Health) -> None:
    """Then one message tries it, and if that goes well most do again: its share comes back by and by. All workers know."""
    here, other = (desk(provider("a"), provider("b"), health=health) for _ in range(2))
    here.fakes["a"].answer = DOWN
    assert {answer.kind for answer in here.answers(texts(IN_A_ROW))} == {"retry"}
    assert set(other.routed(texts(20))) == {"b"}

    here.now += COOL_DOWN + SECOND
    other.now = here.now
    here.fakes["a"].answer = YES
    trial = here.dispatcher.plan(here.now)
    ways = trial.route(texts(20))
    assert Counter(ways) == {"a": 1, "b": 19}
    assert set(other.routed(texts(20))) == {"b"}
    [tried] = [replace(m, account="a") for m, way in zip(texts(20), ways, strict=True) if way == "a"]
    list(here.dispatcher.hand_over([tried], trial))
    assert Counter(other.routed(texts(100)))["a"] > 80


def test_an_old_message_that_is_found_is_no_trial(health: Health) -> None:
    """Who lists what it was given may still take nothing new: the next message tries it."""
    here = desk(provider("a"), health=health)
    here.fakes["a"].capabilities = Capabilities(lookup=True)
    here.fakes["a"].found = {"m0": YES}
    here.fakes["a"].answer = LOST
    here.answers(texts(IN_A_ROW))
    here.now += COOL_DOWN + SECOND

    assert here.answers(texts(1, repeated=True, account="a")) == [YES]
    assert Counter(isinstance(way, Later) for way in here.routed(texts(20))) == {False: 1, True: 19}


def test_what_was_not_begun_says_nothing_of_how_an_account_fares(health: Health) -> None:
    """Nor that it is well: 32 silences are 32 in a row, however many messages had to wait for them."""
    here = desk(provider("a"), health=health)
    silent = [LOST] * FUSE + [TOO_LATE] * 200
    here.fakes["a"].deliver = lambda batch: silent[: len(batch)]  # type: ignore[method-assign]
    here.answers(texts(232))
    assert all(isinstance(way, Later) for way in here.routed(texts(10)))

    here.now += COOL_DOWN + SECOND
    here.fakes["a"].deliver = lambda batch: [TOO_LATE] * len(batch)  # type: ignore[method-assign]
    assert here.answers(texts(1)) == [TOO_LATE]
    assert Counter(isinstance(way, Later) for way in here.routed(texts(20))) == {False: 1, True: 19}


def test_a_trial_whose_turn_never_came_is_the_next_message_s(health: Health) -> None:
    """Nobody waits until it is forgotten."""
    here = desk(provider("a"), health=health)
    here.fakes["a"].answer = LOST
    here.answers(texts(IN_A_ROW))
    here.now += COOL_DOWN + SECOND

    plan = here.dispatcher.plan(here.now)
    assert plan.route(texts(1)) == ["a"]
    plan.held = Deadline(0)
    [handed] = here.dispatcher.hand_over([replace(one, account="a") for one in texts(1)], plan)
    assert handed.answers == [TOO_LATE]
    assert here.fakes["a"].given == texts(IN_A_ROW, account="a")
    assert here.routed(texts(1)) == ["a"]


def test_where_all_accounts_are_out_messages_wait_and_are_not_attempted() -> None:
    """What somebody waits for, no longer than it takes; all others spread, so that they do not come back at once."""
    here = desk(provider("a"))
    here.fakes["a"].answer = LOST
    here.answers(texts(IN_A_ROW))
    urgent = here.routed(texts(3, purpose="transactional"))
    assert len({later.until for later in urgent if isinstance(later, Later)}) == 1
    waits = [later.until - NOW for later in here.routed(texts(100)) if isinstance(later, Later)]
    assert len(waits) == 100
    assert COOL_DOWN <= min(waits) < max(waits) <= 2 * COOL_DOWN + SECOND


def test_a_message_does_not_wait_beyond_its_age() -> None:
    """It is attempted for the record, and given up."""
    here = desk(provider("a"))
    here.fakes["a"].answer = LOST
    here.answers(texts(IN_A_ROW))
    assert here.routed(texts(1, purpose="transactional")) != [""]
    here.now += timedelta(hours=25)
    here.answers(texts(1))
    assert here.routed(texts(1)) == [""]


def test_a_share_shifts_away_from_errors_and_drifts_back(health: Health) -> None:
    """Ten points at a time, for whom half is meant."""
    here = desk(provider("a", weight=1), provider("b", weight=1), health=health)
    here.fakes["a"].answer = LOST
    mixed = [replace(message, account="a") for message in texts(10)]
    plan = here.dispatcher.plan(NOW)
    list(here.dispatcher.hand_over(mixed[:3], plan))
    here.fakes["a"].answer = YES
    list(here.dispatcher.hand_over(mixed[3:], here.dispatcher.plan(NOW)))

    assert Counter(here.routed(texts(1000)))["a"] == pytest.approx(400, abs=50)
    here.now += timedelta(hours=2)
    assert Counter(here.routed(texts(1000)))["a"] == pytest.approx(500, abs=50)


def test_a_pace_lets_some_go_and_gives_all_others_their_turn(health: Health) -> None:
    """Ten a second; nobody sleeps longer than a fifth of a second."""
    here = desk(provider("a", rate=10.0), health=health)
    ways = here.routed(texts(30))
    turns = [way.until - NOW for way in ways if isinstance(way, Later)]
    assert ways[:10] == ["a"] * 10
    assert len(turns) == 20
    assert {after - before for before, after in pairwise(turns)} == {SECOND / 10}
    assert all(0 < seconds <= 0.2 for seconds in here.slept)


def test_a_part_of_each_burst_is_kept_for_what_somebody_waits_for(health: Health) -> None:
    """A campaign leaves it alone."""
    here = desk(provider("a", rate=10.0), health=health)
    here.routed(texts(1000))
    assert here.routed(texts(2, purpose="transactional")) == ["a", "a"]


def test_entries_with_the_same_secrets_share_the_accounts_pace(health: Health) -> None:
    """Each sender has its own besides."""
    two = (provider("a", rate=10.0, account_rate=10.0), provider("b", rate=10.0, account_rate=10.0))
    here = desk(*two, health=health)
    assert len([way for way in here.routed(texts(9)) if way == "a"]) == 9
    assert all(isinstance(way, Later) for way in here.routed(texts(9), **{f"m{n}": {"a"} for n in range(9)})[2:])
    apart = desk(*two, health=MemoryHealth())
    apart.fakes["b"].account = "a2"
    apart.routed(texts(9))
    assert apart.routed(texts(9), **{f"m{n}": {"a"} for n in range(9)}) == ["b"] * 9


def test_the_pause_before_a_turn_is_slept_and_is_short() -> None:
    """So that a slice at the pace's edge goes in one go."""
    here = desk(provider("a", rate=10.0))
    assert len(here.answers(texts(10))) == 10
    assert here.slept
    assert max(here.slept) <= 0.2


def test_a_channel_that_hangs_keeps_no_other_waiting() -> None:
    """Mails are answered for while texts still hang."""
    here = Desk({"sms": [provider("stuck")], "email": [provider("quick")]})
    here.fakes["stuck"].gate = Event()
    began = time.monotonic()
    handed = here.hand_over([*texts(3), outgoing("email", id="e", at=NOW)])
    first = next(handed)
    assert [message.id for message in first.messages] == ["e"]
    assert time.monotonic() - began < 1.0
    here.fakes["stuck"].gate.set()
    assert [message.id for message in next(handed).messages] == ["m0", "m1", "m2"]


def test_a_provider_that_never_answers_costs_one_deadline_and_then_nothing() -> None:
    """Mails are answered for meanwhile; the texts that were not tried are known not to be sent, and the next ones wait."""
    with FakeProvider(silence) as dead:
        twilio = {"account_sid": "AC1", "auth_token": "t", "from": "+1555", "base_url": dead.url, "timeout": 0.3}
        providers = {"sms": [Provider("twilio", settings=twilio)], "email": [Provider("null")]}
        dispatcher = Dispatcher(providers, registry.adapter, MemoryHealth())
        plan = dispatcher.plan(NOW)
        sms = [replace(message, account="twilio") for message in texts(100)]
        began = time.monotonic()
        handed = dispatcher.hand_over([*sms, outgoing("email", id="e", at=NOW, account="null")], plan)
        assert [answer.kind for answer in next(handed).answers] == ["accepted"], "the mail did not wait"
        kinds = Counter(answer.kind for answer in next(handed).answers)
    assert time.monotonic() - began < 15, "one after the other they would take half a minute"
    assert kinds["unknown"] < 65
    assert kinds["retry"] == 100 - kinds["unknown"]
    assert all(isinstance(way, Later) for way in dispatcher.plan(NOW + SECOND).route(texts(10)))
    dispatcher.close()


def test_an_account_that_cannot_be_opened_stops_nobody_else(caplog: pytest.LogCaptureFixture) -> None:
    """Its fault is told, and the next carries the messages."""

    def make(adapter: str, channel: str, settings: Mapping[str, object]) -> Fake:
        if adapter == "broken":
            raise Misconfigured("adapter broken: `key` is missing")
        return Fake()

    dispatcher = Dispatcher({"sms": [Provider("broken"), Provider("fake")]}, make, MemoryHealth())  # type: ignore[arg-type]
    assert dispatcher.plan(NOW).route(texts(1)) == ["fake"]
    assert "`key` is missing" in caplog.text
    assert [account.kind for account in dispatcher.by_name("fake")] == ["fake"]
    dispatcher.close()


@pytest.mark.parametrize("breaks", [lambda batch: 1 / 0, lambda batch: []])
def test_an_adapter_that_breaks_its_word_leaves_its_messages_unknown(
    breaks: Callable[[Sequence[Outgoing]], list[Delivery]],
) -> None:
    """What it did is not known."""
    here = desk(provider("a"))
    here.fakes["a"].deliver = breaks  # type: ignore[method-assign]
    assert [answer.kind for answer in here.answers(texts(2))] == ["unknown", "unknown"]


def test_a_message_whose_answer_was_lost_is_looked_up_before_it_is_sent_once_more() -> None:
    """Found, it is not sent; not found, it is; where nobody can tell, it waits. Others are not asked about."""
    here = desk(provider("a"))
    fake = here.fakes["a"]
    fake.capabilities = Capabilities(lookup=True)
    fake.found = {"m0": Delivery("accepted", provider_id="SM7"), "m1": Delivery("retry", detail="no answer in time")}
    doubtful = texts(3, repeated=True, account="a")
    answers = here.answers([*doubtful, outgoing("sms", id="new", at=NOW)])

    assert [(answer.kind, answer.provider_id) for answer in answers[:2]] == [("accepted", "SM7"), ("retry", None)]
    assert [message.id for message in fake.given] == ["m2", "new"]
    assert sorted(fake.asked) == ["m0", "m1", "m2"]


def test_a_look_up_that_fails_sends_nothing() -> None:
    """The message is looked for again later."""
    here = desk(provider("a"))
    fake = here.fakes["a"]
    fake.capabilities = Capabilities(lookup=True)
    fake.find = lambda message: 1 / 0  # type: ignore[method-assign]
    assert [answer.kind for answer in here.answers(texts(1, repeated=True, account="a"))] == ["retry"]
    assert fake.given == []
