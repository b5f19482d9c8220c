"""What a campaign moved, counted in people: those written to, those who followed a link, those who did what it is for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

BURST = timedelta(seconds=3)
"""Within this time nobody follows two links of one message: what did was a machine."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What is counted: the moment that should follow a message of the campaign, and within what time.

    Without a moment nothing counts as done.
    """

    campaign: str
    moment: str | None
    within: timedelta
    now: datetime


@dataclass(frozen=True, slots=True)
class Group:
    """So many people, of whom so many did it."""

    people: int
    converted: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of a campaign's messages.

    Attributes:
        messages: those handed over (one whose answer was lost may have been, and counts).
        sent: the people they went to; converted: those to whom the moment happened in time after a hand-over.
        clicked: the people who followed a link; scanned: those whose links only machines followed.
        after_click: those to whom the moment happened in time after a hand-over, and after they had followed a link.
        addressed: all whom the campaign chose, whether or not it could write to them; and
        holdout: all whom it chose and left out by lot. Both count from the decision, and only once the time is over: the
            two groups differ in nothing but the lot, so that they can be compared.
    """

    messages: int
    sent: Group
    clicked: int
    scanned: int
    after_click: int
    addressed: Group
    holdout: Group
