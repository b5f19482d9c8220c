"""What leaves in the very step that decides it, and what must not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from orchestrator.dispatch import ABREAST
from orchestrator.express import Express
from orchestrator.model import Delivery, Draft, Moment, Outgoing, Suppression
from orchestrator.ports import Start, Superseded, Vitals
from tests.engine.conftest import House

People = Callable[[], House]


@pytest.fixture
def here(house: Callable[..., House]) -> House:
    """A house that knows somebody."""
    made = house()
    made.know()
    return made


def crowd(here: House, count: int) -> list[str]:
    """The ids of so many people, who are known."""
    people = [f"p{number:03}" for number in range(count)]
    for id_ in people:
        here.know(id_, email=f"{id_}@example.com")
    return people


def pings(here: House, *people: str) -> list[Moment]:
    """A moment of each of these people."""
    return [Moment(f"m-{person}", "ping", person, here.now) for person in people]


class Interrupted(Express):
    """Something happens between the decision and its record."""

    happens: Callable[[], object]

    def choose(self, drafts: Sequence[Draft], revisions: Mapping[str, int]) -> Start:
        """As ever, but then it happens."""
        start = super().choose(drafts, revisions)
        self.happens()
        return start


def test_a_message_leaves_as_it_is_decided(here: House) -> None:
    """Nobody else need look at it; its attempt is on record, with its outcome."""
    assert here.express(pings(here, "a")) == []
    (sent,) = here.provider.given
    record = here.records.message(sent.id)
    assert record is not None
    assert (record.state, record.attempt, record.fence, record.provider) == ("sent", 1, 1, "fake")
    (attempt,) = here.records.attempts(sent.id)
    assert (attempt.attempt, attempt.outcome, attempt.begun_at) == (1, "sent", here.now)
    assert here.records.deliverable(now=here.now + timedelta(days=1), limit=9) == []


def test_what_is_withdrawn_before_it_is_on_record_is_not_begun(here: House) -> None:
    """The decision stands as it was made, and whoever claims the message sees the withdrawal."""
    express = here.courier.express()
    express.__class__ = Interrupted
    express.happens = lambda: here.say("a", "withdrawn")  # type: ignore[attr-defined]
    (draft,) = here.decide(pings(here, "a"), express)
    assert not express.takes(draft)
    assert express.depart() == []
    assert here.state(draft) == "ready"
    here.hand_over([draft])
    assert here.state(draft) == "dropped"
    assert here.provider.given == []


def test_more_than_an_account_carries_at_a_time_leaves_in_strides(here: House) -> None:
    """A withdrawal, while a stride is on its way, stops what comes after."""
    people = crowd(here, 2 * ABREAST + 1)
    last, deliver = people[-1], here.provider.deliver

    def deliver_slowly(batch: Sequence[Outgoing]) -> list[Delivery]:
        if len(here.provider.given) == ABREAST:
            here.say(last, "withdrawn")
        return deliver(batch)

    here.provider.deliver = deliver_slowly  # type: ignore[method-assign]
    (left,) = here.express(pings(here, *people))
    assert [message.profile for message in here.provider.given] == people[:-1]
    here.courier.deliver([left])
    record = here.records.message(left)
    assert record is not None
    assert (record.profile, record.state, record.reason) == (last, "dropped", "consent.withdrawn")


@pytest.mark.parametrize(("took", "asked"), [(0.0, 1), (1.0, 3)])
def test_strides_that_follow_at_once_do_not_ask_again_how_accounts_fare(here: House, took: float, asked: int) -> None:
    """But whoever took a while does."""
    people = crowd(here, 2 * ABREAST + 1)
    deliver, vitals, looks = here.provider.deliver, here.health.vitals, list[object]()

    def deliver_slowly(batch: Sequence[Outgoing]) -> list[Delivery]:
        here.later(seconds=took)
        return deliver(batch)

    def look(accounts: Sequence[str]) -> Mapping[str, Vitals]:
        looks.append(accounts)
        return vitals(accounts)

    here.provider.deliver, here.health.vitals = deliver_slowly, look  # type: ignore[method-assign, assignment]
    assert here.express(pings(here, *people)) == []
    assert len(here.provider.given) == 2 * ABREAST + 1
    assert len(looks) == asked


def test_what_is_decided_anew_leaves_as_it_was_decided_last(here: House) -> None:
    """The hot state was lost in between, and an address was learnt to be gone: what was chosen before is forgotten."""
    people = crowd(here, ABREAST + 4)
    gone = [Suppression("email", f"{person}@example.com", "bounced", here.now) for person in people]
    record = here.records.record

    def lose(*drafts: Any, **more: Any) -> list[Outgoing]:
        here.records.record = record  # type: ignore[method-assign]
        here.records.suppress(gone)
        raise Superseded

    here.records.record = lose  # type: ignore[method-assign]
    assert here.express(pings(here, *people)) == []
    assert here.provider.given == []


def test_what_goes_wrong_in_a_stride_stops_what_comes_after(here: House) -> None:
    """However soon that would be."""
    people = crowd(here, ABREAST + 3)
    here.provider.answers = [Delivery("unknown")]
    assert len(here.express(pings(here, *people))) == 3
    assert len(here.provider.given) == ABREAST


def test_a_pause_holds_back_what_has_not_begun(here: House) -> None:
    """The strides that were left are nobody's, until the campaign goes on."""
    people = crowd(here, ABREAST + 2)
    express = here.courier.express()
    here.decide(pings(here, *people), express)
    here.records.pause("news", True)
    assert len(express.depart()) == 2
    assert len(here.provider.given) == ABREAST


def test_an_account_that_is_not_well_is_left_to_the_queues(here: House) -> None:
    """Whoever decides does not wait for it."""
    here.provider.answers = [Delivery("unknown")]
    here.express(pings(here, "a"))
    here.know("b", email="b@example.com")
    express = here.courier.express()
    (draft,) = here.decide(pings(here, "b"), express)
    assert not express.takes(draft)
    assert here.state(draft) == "ready"


def test_whoever_dies_with_a_message_in_hand_leaves_it_unknown(here: House) -> None:
    """It may have arrived; advertising is not sent blindly once more."""
    express = here.courier.express()
    (draft,) = here.decide(pings(here, "a"), express)
    assert here.state(draft) == "sending"
    here.later(minutes=5)
    here.courier.recover()
    assert here.state(draft) == "unknown"
