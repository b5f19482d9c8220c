"""What keeps the house running: pauses, leaders, notes, and the eras of the hot state."""

from __future__ import annotations

import pytest

from orchestrator.ports import Records, Superseded
from tests.stores.builders import LEASE, NOW, SECOND, draft, moment, recorded


def test_campaigns_are_paused_until_they_go_on(records: Records) -> None:
    """Twice is once."""
    for campaign, paused in (("a", True), ("b", True), ("b", True), ("a", False), ("c", False)):
        records.pause(campaign, paused)
    assert records.paused() == {"b"}


def test_one_leads_until_its_lease_is_over(records: Records) -> None:
    """Who leads may stay; another role is another matter."""
    assert records.lead("scheduler", "one", now=NOW, lease=LEASE)
    assert not records.lead("scheduler", "two", now=NOW + SECOND, lease=LEASE)
    assert records.lead("sweeper", "two", now=NOW, lease=LEASE)
    assert records.lead("scheduler", "one", now=NOW + LEASE - SECOND, lease=LEASE)
    assert not records.lead("scheduler", "two", now=NOW + LEASE, lease=LEASE)
    assert records.lead("scheduler", "two", now=NOW + 2 * LEASE, lease=LEASE)
    assert not records.lead("scheduler", "one", now=NOW + 2 * LEASE, lease=LEASE)


def test_notes_are_kept(records: Records) -> None:
    """The last value stands."""
    assert records.recall("reached") is None
    records.remember("reached", "a")
    records.remember("reached", "b")
    assert records.recall("reached") == "b"


def test_claims_of_an_era_that_is_over_are_not_recorded(records: Records) -> None:
    """Nothing of their batch is, and an era that is over never comes back."""
    records.accept([moment("m1")], now=NOW, lease=LEASE)
    assert records.enter("0:aa")
    assert records.enter("0:aa")
    records.record([draft("d1")], settled=[], now=NOW, eras=["0:aa"])
    assert records.enter("0:bb")
    with pytest.raises(Superseded):
        records.record([draft("d2")], settled=["m1"], now=NOW, eras=["0:aa"])
    assert not records.enter("0:aa")
    assert records.message("d2") is None
    assert records.progress()[0] == 0
    records.record([draft("d2")], settled=["m1"], now=NOW, eras=["0:bb"])
    assert records.progress() == (1, 2)


def test_each_slot_has_its_own_era(records: Records) -> None:
    """A batch may have claims in several; an era that nobody has entered is none."""
    assert records.enter("0:aa")
    assert records.enter("1:bb")
    records.record([draft("d1")], settled=[], now=NOW, eras={"0:aa", "1:bb", ""})
    with pytest.raises(Superseded):
        records.record([draft("d2")], settled=[], now=NOW, eras={"0:aa", "1:cc"})
    recorded(records, draft("d3"))
