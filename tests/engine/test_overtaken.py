"""Whoever is so slow that others have taken up its work since changes nothing any more: no cap is exceeded by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from orchestrator.hold import LEASE
from orchestrator.model import Draft, Moment, Outgoing, Receipt
from orchestrator.ports import Away, Overtaken
from tests.engine.conftest import House
from tests.support import KAIROS, NEWS, ORDER, workspace

DAYTIME = workspace(
    NEWS.replace("{on: ping}", '{on: ping, send: {between: ["07:00-21:00"]}}'),
    ORDER,
    kairos=f"{KAIROS}caps: [{{limit: 1, per: 24h}}]\n",
)
EVENING = datetime(2026, 3, 2, 20, 59, 50, tzinfo=UTC)
MORNING = datetime(2026, 3, 3, 7, 0, 1, tzinfo=UTC)


@pytest.fixture
def here(house: Callable[..., House]) -> House:
    """A house whose people are written to by day, once."""
    made = house(DAYTIME)
    made.know()
    made.now = EVENING
    return made


def meanwhile(here: House, do: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let something happen just before the next decision is put on record."""
    record = here.records.record

    def slowly(drafts: Sequence[Draft], **given: Any) -> list[Outgoing]:
        monkeypatch.setattr(here.records, "record", record)
        do()
        return record(drafts, **given)

    monkeypatch.setattr(here.records, "record", slowly)


def test_a_decision_that_comes_late_does_not_count(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was taken up by another, to whom it was night: it waits for the morning, and takes the cap's place then."""
    held: list[Draft] = []

    def take_over() -> None:
        here.now += LEASE
        held.extend(here.engine.sweep())

    meanwhile(here, take_over, monkeypatch)
    with pytest.raises(Overtaken):
        here.happen("m1")
    assert [(draft.outcome, draft.reason) for draft in held] == [("hold", "timing.window")]
    assert here.state(held[0]) == "held"
    here.now = MORNING
    sent = here.engine.release()
    here.hand_over([*sent, *here.happen("m2")])
    assert [message.id for message in here.provider.given] == [held[0].id]


def test_whoever_comes_to_late_takes_back_nothing(here: House) -> None:
    """Another has sent it by day; to whoever comes to it would be night, and its place under the cap free."""
    accepted = here.engine.accept([Moment("m1", "ping", "a", here.now)])
    here.records.put_back(["m1"], [], until=accepted.until, now=here.now)
    here.hand_over(here.engine.sweep())
    assert len(here.provider.given) == 1
    here.now = EVENING + LEASE
    with pytest.raises(Overtaken):
        here.engine.decide_new(accepted.new, accepted.until)
    here.now = MORNING
    (second,) = here.happen("m2")
    assert second.reason == "caps.exceeded"


def test_what_takes_long_is_held_for_longer(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as nobody else has taken it up, slowness costs nothing."""
    here.now = MORNING
    snapshots, others = here.engine._claims.snapshots, list[list[Draft]]()

    def slowly(people: Sequence[str], now: datetime) -> Any:
        here.now += LEASE * 0.7
        return snapshots(people, now)

    def sweep() -> None:
        here.now += LEASE * 0.7
        others.append(here.engine.sweep())

    monkeypatch.setattr(here.engine._claims, "snapshots", slowly)
    meanwhile(here, sweep, monkeypatch)
    (draft,) = here.happen("m1")
    assert others == [[]]
    assert here.state(draft) == "ready"


def test_what_was_held_for_longer_is_free_at_once_where_a_store_is_away(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if it had been taken up just now."""
    here.now = MORNING
    snapshots = here.engine._claims.snapshots

    def slowly(people: Sequence[str], now: datetime) -> Any:
        here.now += LEASE * 0.7
        return snapshots(people, now)

    def away() -> None:
        raise Away("away")

    monkeypatch.setattr(here.engine._claims, "snapshots", slowly)
    meanwhile(here, away, monkeypatch)
    with pytest.raises(Away):
        here.happen("m1")
    assert [draft.outcome for draft in here.engine.sweep()] == ["send"]


def test_a_held_message_is_decided_by_whoever_has_it_last(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other's word stands, and the touch that it took."""
    here.now = MORNING.replace(hour=6)
    (held,) = here.happen("m1")
    assert held.outcome == "hold"
    here.now = MORNING

    def take_over() -> None:
        here.now += LEASE
        here.hand_over(here.engine.release())

    meanwhile(here, take_over, monkeypatch)
    with pytest.raises(Overtaken):
        here.engine.release()
    assert here.state(held) == "sent"
    assert here.happen("m2")[0].reason == "caps.exceeded"


def test_an_interrupted_claim_lapses_once_it_is_decided_otherwise(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever claimed it is gone; decided by night, it takes no touch, and leaves none behind."""

    def die() -> None:
        raise KeyboardInterrupt

    meanwhile(here, die, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        here.happen("m1")
    here.now += LEASE
    assert [draft.outcome for draft in here.engine.sweep()] == ["hold"]
    assert here.engine._claims.snapshots(["a"], here.now)["a"].touches == ()


def test_what_is_left_of_a_slow_batch_is_free_at_once(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of its people was erased, or taken up by another: nobody else's message waits for that."""
    here.now = MORNING
    here.know("b", email="b@example.com")
    accepted = here.engine.accept([Moment("m1", "ping", "a", here.now), Moment("m2", "ping", "b", here.now)])
    meanwhile(here, lambda: here.records.record([], settled=["m1"], now=here.now), monkeypatch)
    with pytest.raises(Overtaken):
        here.engine.decide_new(accepted.new, accepted.until)
    assert [(draft.profile, draft.outcome) for draft in here.engine.sweep()] == [("b", "send")]


def test_what_is_claimed_and_not_yet_on_record_is_not_forgotten(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A late `delivered` counts a touch again, of a message that was given up; beside it somebody claims."""
    here.now = MORNING
    (first,) = here.happen("m0")
    here.records.advance(first.id, "dead", seen="ready", reason=None, release=True, now=here.now)
    here.engine._claims.give_back([record] if (record := here.records.message(first.id)) else [])
    seconds: list[Draft] = []

    def report() -> None:
        here.feedback.receive([Receipt(kind="delivered", at=here.now, key="k", message=first.id, channel="email")])
        seconds.extend(here.happen("m2"))

    meanwhile(here, report, monkeypatch)
    here.happen("m1")
    assert [draft.reason for draft in seconds] == ["caps.exceeded"]
    held = {touch.id for touch in here.engine._claims.snapshots(["a"], here.now)["a"].touches}
    assert first.id in held
    assert len(held) == 2
