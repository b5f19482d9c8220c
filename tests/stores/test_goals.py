"""What a campaign moved, counted."""

from __future__ import annotations

from datetime import datetime

from orchestrator.model import Receipt
from orchestrator.ports import Aim, Group, Records, Settlement, Tally
from tests.stores.builders import AT_ONCE, DAY, HOUR, MINUTE, NOW, SECOND, claimed, draft, moment, recorded

AIM = Aim("day3-playlist", "bought", 3 * DAY, NOW + 9 * DAY)


def sent(records: Records, *people: str) -> None:
    """A message to each, handed over a minute after it was decided."""
    recorded(records, *(draft(f"d-{id}", profile=id) for id in people))
    claimed(records, *(f"d-{id}" for id in people))
    outcomes = [Settlement(f"d-{id}", 1, "sent", "null") for id in people]
    records.settle(outcomes, now=NOW + MINUTE)


def bought(records: Records, person: str, at: datetime) -> None:
    """What the campaign is for happens."""
    records.accept([moment(f"b-{person}-{at}", person, at, name="bought")], now=at, lease=AT_ONCE)


def click(records: Records, person: str, link: str, at: datetime, machine: str = "") -> None:
    """A link in the message to somebody is followed."""
    report = Receipt("clicked", at, f"{person}{link}{at}", message=f"d-{person}", link=link, machine=machine)
    records.receive([report], now=at)


def test_people_are_counted_from_the_hand_over_on(records: Records) -> None:
    """Each once, whatever they did twice; before it, after the time is over, or something else does not count."""
    sent(records, "u1", "u2", "u3", "u4")
    recorded(records, draft("d9", campaign="other"), draft("d8", "drop", reason="caps.exceeded", profile="u8"))
    for at in (NOW + HOUR, NOW + DAY):
        bought(records, "u1", at)
    bought(records, "u2", NOW)
    bought(records, "u3", NOW + 3 * DAY + 2 * MINUTE)
    records.accept([moment("x", "u4", NOW + HOUR)], now=NOW, lease=AT_ONCE)
    found = records.tally(AIM)
    assert (found.messages, found.sent) == (4, Group(4, 1))
    assert records.tally(Aim("none", None, AT_ONCE, NOW)) == Tally(0, *(Group(0, 0), 0, 0, 0, Group(0, 0), Group(0, 0)))


def test_clicks_of_people_are_told_from_those_of_machines(records: Records) -> None:
    """Also where only several clicks together tell."""
    sent(records, "u1", "u2", "u3", "u4")
    at = NOW + HOUR
    for link in ("a", "b"):
        click(records, "u1", link, at)  # a scanner follows both at once
        click(records, "u2", link, at)
    click(records, "u1", "a", at + HOUR)  # and then somebody follows one
    click(records, "u3", "a", at, machine="head")
    click(records, "u4", "a", at)
    click(records, "u4", "a", at + SECOND)
    bought(records, "u1", at + MINUTE)
    bought(records, "u4", at + HOUR)
    found = records.tally(AIM)
    assert (found.clicked, found.scanned, found.sent.converted, found.after_click) == (2, 2, 2, 1)


def test_those_left_out_by_lot_are_compared_with_all_who_were_chosen(records: Records) -> None:
    """Also with those whom nothing could be sent to; not with those who were never meant, nor before the time is over."""
    sent(records, "u1", "u2")
    recorded(records, draft("c1", "drop", reason="consent.missing", profile="u3"))
    recorded(records, draft("h1", "drop", reason="experiment.holdout", profile="u4"))
    recorded(records, draft("h2", "drop", reason="experiment.holdout", profile="u5", at=NOW + 8 * DAY))
    recorded(records, draft("n1", "drop", reason="segment.not_matched", profile="u6"))
    for person in ("u1", "u3", "u4", "u5", "u6"):
        bought(records, person, NOW + 30 * SECOND)
    found = records.tally(AIM)
    assert (found.sent, found.addressed, found.holdout) == (Group(2, 0), Group(3, 2), Group(1, 1))
