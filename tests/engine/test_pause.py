"""Somebody asks for a pause when the message is decided on already."""

from __future__ import annotations

from collections.abc import Callable

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
