"""A deployment in its midst: what workers with the newer workspace accept, those with the older one leave to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from orchestrator import audience
from orchestrator.decision.schedule import Run
from orchestrator.model import Draft, Moment
from tests.engine.conftest import START, House
from tests.support import KAIROS, NEWS, workspace

OFFER = "campaign: offer\npurpose: marketing\nmoment: {on: hit}\nchannel: [email]\ntactic: {template: hi}\n"
WEEKLY = "campaign: weekly\npurpose: marketing\nmoment: {every: mon 12:00}\nchannel: [email]\ntactic: {template: hi}\n"
NEWER = KAIROS + "  hit: {data: {}}\n"
RUN = Run(START, "weekly", "2026-03-02T12:00", (("US", "UTC"),))


class Fleet:
    """Two houses on the same stores, of which one has a campaign more, and their one clock."""

    def __init__(self, house: Callable[..., House]) -> None:
        self.old = house(workspace(NEWS))
        self.new = house(workspace(NEWS, OFFER, WEEKLY, kairos=NEWER))
        self.old.know()

    def later(self, **by: float) -> None:
        """Let time pass for both."""
        self.old.later(**by)
        self.new.later(**by)

    def accepted(self, name: str = "hit") -> None:
        """The newer one takes a moment in, and goes no further."""
        self.new.engine.accept([Moment("m1", name, "a", self.new.now)])
        self.later(seconds=31)


@pytest.fixture
def fleet(house: Callable[..., House]) -> Fleet:
    """On each kind of store."""
    return Fleet(house)


def told(drafts: list[Draft]) -> list[tuple[str | None, str, str | None]]:
    """Campaign, outcome and reason of each."""
    return [(draft.campaign, draft.outcome, draft.reason) for draft in drafts]


def test_a_moment_that_others_accepted_is_left_to_them(fleet: Fleet) -> None:
    """However often the older one looks; and it does not count as taken in vain."""
    fleet.accepted()
    for _ in range(4):
        assert fleet.old.engine.sweep() == []
        fleet.later(seconds=31)
    assert told(fleet.new.engine.sweep()) == [("offer", "send", None)]
    assert fleet.old.engine.sweep() == []


def test_what_is_known_is_decided_beside_it(fleet: Fleet) -> None:
    """One moment of two."""
    fleet.new.engine.accept([Moment("m0", "ping", "a", START)])
    fleet.accepted()
    assert told(fleet.old.engine.sweep()) == [("news", "send", None)]
    fleet.later(seconds=31)
    assert told(fleet.new.engine.sweep()) == [("offer", "send", None)]


def test_a_moment_that_nobody_knows_is_on_record_after_an_hour(fleet: Fleet) -> None:
    """Whoever takes it in by itself says so at once."""
    assert told(fleet.old.happen("m2", "hit")) == [(None, "drop", "moment.invalid")]
    fleet.accepted()
    assert fleet.old.engine.sweep() == []
    fleet.later(hours=1)
    assert told(fleet.old.engine.sweep()) == [(None, "drop", "moment.invalid")]


def test_a_message_is_handed_over_by_those_who_know_its_campaign(fleet: Fleet) -> None:
    """What was decided by the newer workspace, and came to an older worker."""
    (draft,) = fleet.new.happen("m1", "hit")
    assert fleet.old.hand_over([draft]) == []
    assert (fleet.new.state(draft), fleet.old.provider.given) == ("retry", [])
    assert fleet.new.hand_over([draft]) == []
    fleet.later(seconds=31)
    fleet.new.hand_over([draft])
    assert (fleet.new.state(draft), len(fleet.new.provider.given)) == ("sent", 1)


def test_a_message_whose_campaign_is_gone_for_good_is_dropped(fleet: Fleet) -> None:
    """An hour after it was decided."""
    (draft,) = fleet.new.happen("m1", "hit")
    fleet.later(hours=1, seconds=1)
    fleet.old.hand_over([draft])
    assert fleet.new.state(draft) == "dropped"


def test_a_held_message_is_decided_by_those_who_know_its_campaign(fleet: Fleet) -> None:
    """When it falls due; or dropped, an hour later, where nobody does."""
    for person, until in (("a", "2026-03-04T12:00:00Z"), ("b", "2026-03-05T12:00:00Z")):
        fleet.old.know(person, preferences={"pause_until": until})
        fleet.new.happen(f"m-{person}", "hit", person)
    fleet.later(days=2)
    for _ in range(4):
        assert fleet.old.engine.release() == []
        fleet.later(seconds=31)
    assert told(fleet.new.engine.release()) == [("offer", "send", None)]
    fleet.later(days=1, hours=1)
    assert told(fleet.old.engine.release()) == [("offer", "drop", "campaign.paused")]


def test_a_run_is_raised_by_those_who_know_its_campaign(fleet: Fleet) -> None:
    """It stays where it is until one of them takes it up."""

    def pages(house: House) -> list[str]:
        known = house.engine.material.workspace.campaigns
        found = audience.pages(
            house.records, lambda: house.now, RUN.key, campaigns=known, size=9, lease=timedelta(seconds=15)
        )
        return [moment.profile for page in found for moment in page.moments]

    audience.open_run(fleet.new.records, RUN)
    with pytest.raises(audience.Strange):
        pages(fleet.old)
    assert audience.open_runs(fleet.new.records) == [RUN.key]
    assert pages(fleet.new) == ["a"]
    assert audience.open_runs(fleet.new.records) == []
