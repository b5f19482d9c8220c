"""A pause that a person asks for: what can be refused waits, and what is owed arrives."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator import wire
from tests.support import MARKETS, NEWS, moment, outcomes, person, told, workspace

DAY = "2026-03-02"


def paused(until: Any) -> dict[str, Any]:
    """A timeline line: somebody who has asked for a pause."""
    return person(preferences={"pause_until": until})


@pytest.mark.parametrize(
    ("until", "at", "sent"),
    [
        ("2026-03-02T09:00:00Z", "09:00", "09:00"),  # over at that very instant
        ("2026-03-02T10:30:00+01:00", "09:00", "09:30"),
        (None, "09:00", "09:00"),
    ],
)
def test_what_can_be_refused_waits_for_the_end_of_the_pause(until: str | None, at: str, sent: str) -> None:
    found = outcomes(workspace(), [paused(until), moment(f"{DAY}T{at}:00Z", "m1"), {"at": "2026-03-03T00:00:00Z"}])
    assert (told(found)[-1], found[-1]["at"]) == ("send", f"{DAY}T{sent}:00Z")


def test_the_wait_says_why() -> None:
    """Kept apart from hours that bind everybody."""
    (found,) = outcomes(workspace(), [paused("2026-03-09T09:00:00Z"), moment(f"{DAY}T09:00:00Z", "m1")])
    assert (told([found]), found["send_at"]) == (["hold timing.paused"], "2026-03-09T09:00:00Z")
    assert "asked for a pause" in found["trace"][-1]["detail"]


def test_a_pause_ends_within_permitted_hours() -> None:
    """It lifts no quiet hours; and what waits too long for both expires."""
    quiet = MARKETS.replace("quiet_hours: none", "quiet_hours: {from: '20:00', until: '08:00'}")
    lines = [paused("2026-03-02T21:00:00Z"), moment(f"{DAY}T12:00:00Z", "m1")]
    (found,) = outcomes(workspace(markets=quiet), lines)
    assert (told([found]), found["send_at"]) == (["hold timing.paused"], "2026-03-03T08:00:00Z")
    hasty = NEWS.replace("{on: ping}", "{on: ping, expires: 12h}")
    assert told(outcomes(workspace(hasty, markets=quiet), lines)) == ["drop moment.expired"]


def test_what_is_owed_is_not_concerned() -> None:
    found = outcomes(workspace(), [paused("2027-01-01T00:00:00Z"), moment(f"{DAY}T09:00:00Z", "m1", "bought")])
    assert told(found) == ["send"]


def test_a_pause_that_nobody_can_read_is_refused_at_the_door() -> None:
    with pytest.raises(wire.Malformed, match=r"preferences\.pause_until"):
        wire.preferences({"pause_until": "next week"})
