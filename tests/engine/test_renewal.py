"""What waits long for its hand-over finds a place under the caps as they are by then, or is not sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.claims import rebuilt
from orchestrator.decision.recheck import GRACE, OUTDATED, SOON
from orchestrator.model import Delivery, Draft, Outgoing
from orchestrator.ports import Away, Record
from orchestrator.stores.memory import MemoryRecords, MemoryTouches
from tests.engine.conftest import HORIZON, FakeAccount, House
from tests.support import KAIROS, material, workspace

HOUR = timedelta(hours=1)
HOURLY = workspace(kairos=f"{KAIROS}caps: [{{limit: 1, per: 1h}}]\n")


@pytest.fixture
def here(house: Callable[..., House]) -> House:
    """A house that writes to people once an hour."""
    made = house(HOURLY)
    made.know()
    return made


def put_off(here: House, id: str, seconds: float) -> list[Draft]:
    """A message that its provider wants later."""
    drafts = here.happen(id)
    here.provider.answers = [Delivery("retry", retry_after=seconds, detail="503")]
    assert [outcome.state for outcome in here.hand_over(drafts)] == ["retry"]
    here.provider.given.clear()
    return drafts


def on_record(here: House, draft: Draft) -> Record:
    """A message as it stands."""
    record = here.records.message(draft.id)
    assert record is not None
    return record


def test_what_was_put_off_and_what_came_after_are_not_sent_at_once(here: House) -> None:
    """The first had its place at noon, the second at one; at two there is one."""
    (first,) = put_off(here, "m1", 7200)
    here.later(minutes=61)
    (second,) = put_off(here, "m2", 3600)
    here.later(minutes=62)
    assert [outcome.state for outcome in here.hand_over([first])] == ["sent"]
    assert here.hand_over([second]) == []
    record = on_record(here, second)
    assert (record.state, record.reason, record.touch) == ("dropped", "caps.exceeded", None)
    assert [message.id for message in here.provider.given] == [first.id]


def test_what_is_late_counts_from_when_it_is_sent(here: House) -> None:
    """In the hot state and on record."""
    (draft,) = put_off(here, "m1", 3000)
    here.later(minutes=55)
    assert [outcome.state for outcome in here.hand_over([draft])] == ["sent"]
    held = here.engine._claims.snapshots(["a"], here.now)["a"].touches
    assert [touch.at for touch in held] == [here.now]
    assert here.records.touches(["a"], since=here.now - HOUR) == {"a": held}
    here.later(minutes=59)
    assert here.happen("m2")[0].reason == "caps.exceeded"
    here.later(minutes=1)
    assert here.happen("m3")[0].outcome == "send"


def test_what_is_on_time_claims_nothing_anew(here: House) -> None:
    """A retry within minutes costs no second look."""
    (draft,) = put_off(here, "m1", 60)
    here.later(minutes=4)
    here.engine._claims.take = None  # type: ignore[method-assign, assignment]
    assert [outcome.state for outcome in here.hand_over([draft])] == ["sent"]


def test_without_the_hot_state_what_is_late_waits(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """And holds up nobody whose purpose has no caps."""

    def away(*_: object, **__: object) -> None:
        raise Away("away")

    (draft,) = put_off(here, "m1", 600)
    here.later(minutes=11)
    owed = here.happen("m2", "bought")
    with monkeypatch.context() as patch:
        patch.setattr(here.engine._claims._touches, "snapshot", away)
        assert [outcome.state for outcome in here.hand_over([draft, *owed])] == ["sent"]
    record = on_record(here, draft)
    assert (record.state, record.due, record.detail) == ("retry", here.now + SOON, OUTDATED)
    here.now += SOON
    assert [outcome.state for outcome in here.hand_over([draft])] == ["sent"]


def test_what_may_have_arrived_is_asked_for_again_all_the_same(here: House) -> None:
    """Its touch stands since then: it is the same message."""
    here.provider.capabilities = type(here.provider.capabilities)(idempotent=True)
    (draft,) = here.happen("m1")
    here.provider.answers = [Delivery("unknown")]
    assert [outcome.state for outcome in here.hand_over([draft])] == ["retry"]
    here.later(minutes=61)
    here.hand_over(here.happen("m2"))
    here.provider.given.clear()
    assert [outcome.state for outcome in here.hand_over([draft])] == ["sent"]
    assert [message.id for message in here.provider.given] == [draft.id]


class Timed(FakeAccount):
    """A provider that knows when it was given what it accepted."""

    accepted: list[datetime]
    house: House

    def deliver(self, batch: Sequence[Outgoing]) -> list[Delivery]:
        """Take a batch, or put it off."""
        answers = super().deliver(batch)
        self.accepted += [self.house.now for answer in answers if answer.kind == "accepted"]
        return answers


@given(
    steps=st.lists(st.tuples(st.integers(1, 50), st.sampled_from(["write", "write later", "deliver"])), max_size=30),
    waits=st.lists(st.integers(1, 240), min_size=30, max_size=30),
)
def test_however_long_messages_are_put_off_nobody_gets_two_within_the_hour(
    steps: list[tuple[int, str]], waits: list[int]
) -> None:
    """But for the minutes that a hand-over may be late."""
    records = MemoryRecords()
    here = House(material(HOURLY), records, MemoryTouches(partial(rebuilt, records), HORIZON))
    here.know()
    here.provider = provider = Timed()
    provider.accepted, provider.house = [], here
    for number, ((minutes, step), wait) in enumerate(zip(steps, waits, strict=False)):
        here.later(minutes=minutes)
        provider.answers = []
        if step == "deliver":
            here.courier.deliver([id for _, id in here.records.deliverable(now=here.now, limit=99)])
            continue
        drafts = here.happen(f"m{number}")
        if step == "write later":
            provider.answers = [Delivery("retry", retry_after=60 * wait)]
        here.hand_over(drafts)
    gaps = [later - earlier for earlier, later in zip(provider.accepted, provider.accepted[1:], strict=False)]
    assert all(gap >= HOUR - GRACE for gap in gaps)
