"""What cannot be decided is set aside with its reason, and nothing else waits for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from orchestrator import engine as deciding
from orchestrator.compose import Ask
from orchestrator.decision.message_ids import message_id
from orchestrator.hold import LEASE
from orchestrator.model import Draft, Moment
from orchestrator.ports import COMPANY, Away, Record
from tests.engine.conftest import START, House
from tests.support import NEWS, workspace

Make = Callable[..., House]
COUNT = 60
POISON = "m37"
DAWN = (
    "campaign: dawn\nmoment: {on: ping, send: {between: ['07:00-09:00']}}\nchannel: [email]\ntactic: {template: hi}\n"
)
compose = deciding.compose


def poisoned(by: type[BaseException]) -> Callable[..., list[Draft]]:
    """A door at which one moment does harm."""

    def composing(asks: Sequence[Ask], *rest: Any, **more: Any) -> list[Draft]:
        if any(ask.moment.id == POISON for ask in asks):
            raise by(f"{asks[0].moment.profile} must not be quoted")
        return compose(asks, *rest, **more)

    return composing


def accepted(here: House) -> list[Moment]:
    """Many moments of one person, on record and in nobody's hands."""
    here.know()
    moments = [Moment(f"m{n}", "ping", "a", here.now + timedelta(microseconds=n)) for n in range(COUNT)]
    here.records.accept(moments, now=here.now, lease=timedelta(0))
    return moments


def dead(here: House) -> list[Record]:
    """What was set aside."""
    return here.records.messages(states=["dead"], limit=COUNT)


def decided(here: House) -> int:
    """How many messages have a way to their person."""
    return len(here.records.messages(states=["ready", "held"], limit=10 * COUNT))


def sweep_until_over(here: House, monkeypatch: pytest.MonkeyPatch, step: Callable[[], object]) -> int:
    """Let workers come and be killed until nothing is left to take; returns how many were."""
    kills = 0
    monkeypatch.setattr(deciding, "compose", poisoned(KeyboardInterrupt))
    for _ in range(200):
        try:
            if not step():
                here.later(seconds=LEASE.total_seconds() + 1)
                if not step() and not here.engine.give_up():
                    break
        except KeyboardInterrupt:
            kills += 1
    monkeypatch.undo()
    return kills


def test_what_raises_is_set_aside_and_the_rest_is_decided(house: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, and told without a word of what it carried."""
    here = house(workspace(NEWS))
    accepted(here)
    monkeypatch.setattr(deciding, "compose", poisoned(ValueError))
    here.engine.sweep()
    [record] = dead(here)
    assert (record.moment.id, record.campaign, record.reason) == (POISON, "news", "moment.undecidable")
    assert record.trace[0].detail.startswith("Deciding it raised ValueError at test_poison.py:")
    assert decided(here) == COUNT - 1
    assert here.records.progress() == (COUNT, COUNT - 1)


def test_what_was_set_aside_can_be_retried_once_it_is_mended(house: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is decided as if it had just fallen due."""
    here = house(workspace(NEWS))
    accepted(here)
    with monkeypatch.context() as patch:
        patch.setattr(deciding, "compose", poisoned(ValueError))
        here.engine.sweep()
    [record] = dead(here)
    assert here.records.retry([record.id], now=here.now) == 1
    assert [(draft.id, draft.outcome) for draft in here.engine.release()] == [(record.id, "send")]


def test_what_kills_its_worker_is_found_out(house: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """After three times it stands aside; nobody else's moments are with it."""
    here = house(workspace(NEWS))
    accepted(here)
    kills = sweep_until_over(here, monkeypatch, here.engine.sweep)
    assert kills == len(COMPANY)
    assert [record.moment.id for record in dead(here)] == [POISON]
    assert decided(here) == COUNT - 1


def test_a_held_message_that_kills_its_worker_is_found_out(house: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """When it falls due, it is no different."""
    here = house(workspace(DAWN))
    accepted(here)
    here.engine.sweep()
    here.now = START.replace(day=3, hour=7)
    kills = sweep_until_over(here, monkeypatch, here.engine.release)
    assert kills == len(COMPANY)
    [record] = dead(here)
    assert (record.moment.id, record.reason) == (POISON, "moment.undecidable")
    assert len(here.records.messages(states=["ready"], limit=COUNT)) == COUNT - 1


def test_an_outage_is_nobodys_fault(house: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it breaks a decision off: what was taken is free at once, and none the worse."""
    here = house(workspace(NEWS))
    accepted(here)
    with monkeypatch.context() as patch:
        patch.setattr(deciding, "compose", poisoned(Away))
        for _ in range(2 * len(COMPANY)):
            with pytest.raises(Away):
                here.engine.sweep()
    assert here.engine.give_up() == []
    here.engine.sweep()
    assert (decided(here), dead(here)) == (COUNT, [])


def test_a_clock_that_is_set_back_leaves_nothing_leased_for_long(house: Make) -> None:
    """A lease that would last for an hour was given before it was."""
    here = house(workspace(NEWS))
    moments = accepted(here)
    here.engine.sweep()
    here.records.claim([message_id(moments[0], "news")], now=here.now, lease=LEASE, recheck=lambda r, f: [None])
    here.engine.accept([Moment("late", "ping", "a", here.now)])
    here.later(hours=-1)
    assert [draft.moment.id for draft in here.engine.sweep()] == ["late"]
    assert [outcome.state for outcome in here.courier.recover()] == ["unknown"]
    assert len(here.records.deliverable(now=here.now, limit=2 * COUNT)) == COUNT
