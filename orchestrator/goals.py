"""What campaigns move: how many people did what a campaign is for, beside those whom it left out by lot to know.

    written to ─► followed a link ─► did it         the way of those who got a message: what they did may have many causes
    addressed   against   held out                  drawn from one pot, so that what differs is the campaign's doing

A difference comes with its interval of 95 %: Newcombe's, from Wilson's for each rate, which holds for few people and for
rates near 0, too (R. G. Newcombe, Statistics in Medicine 17, 1998, method 10).
"""

from __future__ import annotations

from math import sqrt
from typing import Any, NamedTuple

from orchestrator.app import App
from orchestrator.blueprint import Campaign
from orchestrator.blueprint.durations import written
from orchestrator.ports import Aim, Group, Tally

Z = 1.959964  # of a normal distribution, 95 % lie within so many standard deviations


class Lift(NamedTuple):
    """How much higher one rate is than another (0.02 is two points), and between which bounds that most likely lies."""

    by: float
    low: float
    high: float

    @property
    def is_certain(self) -> bool:
        """Whether the campaign did move something, up or down, as far as can be told."""
        return self.low > 0 or self.high < 0


def results(app: App, campaign: Campaign) -> dict[str, Any]:
    """What became of a campaign, as JSON has it; numbers count people, but for `messages`."""
    goal, now = campaign.goal, app.clock()
    aim = Aim(campaign.name, goal.moment if goal else None, goal.within if goal else now - now, now)
    found = app.records.tally(aim)
    told: dict[str, Any] = {
        "campaign": campaign.name,
        "goal": {"moment": goal.moment, "within": written(goal.within)} if goal else None,
        "messages": found.messages,
        "sent": found.sent.people,
        "clicked": {"people": found.clicked, "machines": found.scanned},
    }
    return {**told, **_reached(found)} if goal else told


def _reached(found: Tally) -> dict[str, Any]:
    lift = compared(found.addressed, found.holdout)
    return {
        "converted": found.sent.converted,
        "converted_after_click": found.after_click,
        "rate": rate(found.sent),
        "addressed": _told(found.addressed),
        "holdout": _told(found.holdout),
        "lift": {**lift._asdict(), "certain": lift.is_certain} if lift else None,
    }


def _told(group: Group) -> dict[str, Any]:
    return {"people": group.people, "converted": group.converted, "rate": rate(group)}


def rate(group: Group) -> float | None:
    """The share of a group that did it; None of nobody."""
    return group.converted / group.people if group.people else None


def compared(group: Group, control: Group) -> Lift | None:
    """How much higher a group's rate is than the control's; None where one of them is empty."""
    mine, theirs = rate(group), rate(control)
    if mine is None or theirs is None:
        return None
    (low, high), (bottom, top) = wilson(group), wilson(control)
    by = mine - theirs
    return Lift(
        by, by - sqrt((mine - low) ** 2 + (top - theirs) ** 2), by + sqrt((high - mine) ** 2 + (theirs - bottom) ** 2)
    )


def wilson(group: Group) -> tuple[float, float]:
    """Wilson's score interval of a rate."""
    n, share = group.people, group.converted / group.people
    middle = share + Z**2 / (2 * n)
    spread = Z * sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    whole = 1 + Z**2 / n
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)
