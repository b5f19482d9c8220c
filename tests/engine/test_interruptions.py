"""What is broken off, by an outage, by being suspended or by being told to stop, is on record and goes on later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from channels.base import Capabilities
from orchestrator.blueprint import Provider
from orchestrator.courier import LEASE, SLICE, lease
from orchestrator.dispatch import ABREAST
from orchestrator.model import Delivery, Draft, Moment, Outgoing
from orchestrator.ports import Away
from tests.engine.conftest import FakeAccount, House
from tests.support import KAIROS, workspace

Make = Callable[..., House]
MANY = 2 * SLICE


class Batches(FakeAccount):
    """A provider that keeps how many messages it was given at a time."""

    sizes: list[int]

    def deliver(self, batch: Sequence[Outgoing]) -> list[Delivery]:
        """Take a batch."""
        self.sizes.append(len(batch))
        return super().deliver(batch)


def many(here: House, capabilities: Capabilities) -> tuple[Batches, list[Draft]]:
    """A provider, and many messages that are ready for it."""
    provider = Batches(capabilities=capabilities)
    provider.sizes = []
    here.provider = provider
    here.know()
    return provider, here.engine.process([Moment(f"m{n}", "ping", "a", here.now) for n in range(MANY)])


@pytest.mark.parametrize(("bulk", "stride"), [(1, ABREAST), (1000, SLICE)])
def test_no_more_is_claimed_than_the_provider_is_called_for_at_once(house: Make, bulk: int, stride: int) -> None:
    """So that a worker that is killed leaves little unknown."""
    here = house()
    provider, drafts = many(here, Capabilities(bulk=bulk))
    here.hand_over(drafts)
    assert provider.sizes[:2] == [ABREAST, stride]
    assert max(provider.sizes) == stride
    assert sum(provider.sizes) == MANY


def test_a_courier_that_is_to_stop_begins_nothing_more(house: Make) -> None:
    """What it has not claimed is ready for another."""
    here = house()
    provider, drafts = many(here, Capabilities())
    here.courier._is_stopping = lambda: bool(provider.sizes)
    here.hand_over(drafts)
    assert provider.sizes == [ABREAST]
    assert [here.state(draft) for draft in drafts].count("ready") == MANY - ABREAST


def test_what_was_claimed_too_long_ago_is_not_begun(house: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process may be suspended between claim and call, and the messages be somebody else's by then."""
    monkeypatch.setattr("orchestrator.dispatch.plan.BEGIN", 0.0)
    here = house()
    here.know()
    drafts = here.happen("m1")
    assert [outcome.state for outcome in here.hand_over(drafts)] == ["retry"]
    assert here.provider.given == []
    monkeypatch.undo()
    here.later(seconds=3)
    assert [outcome.state for outcome in here.hand_over(drafts)] == ["sent"]


def test_messages_are_held_as_long_as_a_call_may_take() -> None:
    """Of the slowest account."""
    assert lease({"sms": (Provider("a"), Provider("b", settings={"timeout": 5}))}) == LEASE
    assert lease({"sms": (Provider("a", settings={"timeout": 60}),)}) == LEASE + timedelta(seconds=50)


def away(*_: object, **__: object) -> None:
    """The hot state does not answer."""
    raise Away("away")


def test_without_the_hot_state_nothing_is_decided(house: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The moment is on record, and is decided when it is back."""
    here = house(workspace(kairos=KAIROS + "caps: [{limit: 1, per: 24h}]\n"))
    here.know()
    with monkeypatch.context() as patch:
        patch.setattr(here.engine._claims._touches, "snapshot", away)
        with pytest.raises(Away):
            here.happen("m1")
    here.later(minutes=1)
    assert [draft.outcome for draft in here.engine.sweep()] == ["send"]


def test_without_the_hot_state_an_outcome_is_recorded_all_the_same(
    house: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The touch that it gives back is given back on record."""
    here = house()
    here.know()
    drafts = here.happen("m1")
    here.provider.answers = [Delivery("rejected")]
    with monkeypatch.context() as patch:
        patch.setattr(here.engine._claims._touches, "snapshot", away)
        assert [outcome.state for outcome in here.hand_over(drafts)] == ["failed"]
    record = here.records.message(drafts[0].id)
    assert record is not None
    assert record.touch is None
