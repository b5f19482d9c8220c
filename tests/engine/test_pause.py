"""Somebody asks for a pause when the message is decided on already."""

from __future__ import annotations

from collections.abc import Callable

from orchestrator.ports import ProfileUpdate
from tests.engine.conftest import House
from tests.support import KAIROS, NEWS, ORDER, workspace

CAPPED = KAIROS + "caps: [{limit: 1, per: 24h, purpose: marketing}]\n"


def test_a_pause_reaches_what_was_decided_already(house: Callable[..., House]) -> None:
    """It is held, takes no touch meanwhile, and finds its place under the caps when the pause is over."""
    made = house(workspace(NEWS, ORDER, kairos=CAPPED))
    made.know()
    drafts = [*made.happen("m1"), *made.happen("m2", "bought")]
    made.know(preferences={"pause_until": "2026-03-04T12:00:00Z"})
    made.hand_over(drafts)
    assert [made.state(draft) for draft in drafts] == ["held", "sent"]
    made.later(days=2)
    (other,) = made.happen("m3")
    assert other.outcome == "send"
    (again,) = made.engine.release()
    assert (again.outcome, again.reason) == ("drop", "caps.exceeded")


def test_whoever_ends_a_pause_gets_what_waited(house: Callable[..., House]) -> None:
    """And no service that leaves the pause out of what it reports ends it."""
    made = house(workspace(NEWS))
    made.know(preferences={"pause_until": "2026-03-09T12:00:00Z"})
    made.happen("m1")
    made.know(preferences={"theme": "dark"})
    made.later(minutes=1)
    assert made.engine.release() == []
    made.records.update_profiles([ProfileUpdate("a", made.now, {"preferences": {"pause_until": None}})])
    (draft,) = made.engine.release()
    assert (draft.outcome, made.records.profiles(["a"])["a"].preferences) == ("send", {})
