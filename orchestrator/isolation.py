"""What cannot be decided is found out, and set aside, so that nothing else waits for it.

Three ways in which deciding a batch can fail, and what follows:

    a store is away, or    nothing is wrong with the batch: it is put back as it was
    others have it
    it raises              it is halved until what raises stands alone; that is set aside with what it raised
    it takes the process   nobody is left to halve it: the records give what was taken in vain out again, in ever
                           smaller company, and for the last time alone; then it is set aside, too

What is set aside is on record as dead, and can be retried by a person.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from orchestrator.blueprint import Campaign
from orchestrator.compose import undeclared
from orchestrator.decision.case import refused
from orchestrator.decision.message_ids import message_id
from orchestrator.model import Draft, Moment
from orchestrator.ports import COMPANY, Away, Overtaken, Superseded

T = TypeVar("T")
GONE = f"Whoever took it up was gone before it was decided, {len(COMPANY)} times."
UNDECIDABLE = "moment.undecidable"


def decided_apart(
    batch: Sequence[T], decide: Callable[[Sequence[T]], list[Draft]], give_up: Callable[[T, str], list[Draft]]
) -> list[Draft]:
    """Decide a batch; what in it cannot be decided is given up by itself, with a reason in plain words.

    Raises:
        Away, Superseded, Overtaken: nothing is wrong with the batch.
    """
    try:
        return decide(batch)
    except (Away, Superseded, Overtaken):
        raise
    except Exception as fault:  # whatever a gate, a template or a value may raise
        if len(batch) == 1:
            return give_up(batch[0], described(fault))
    half = len(batch) // 2
    return decided_apart(batch[:half], decide, give_up) + decided_apart(batch[half:], decide, give_up)


def described(fault: Exception) -> str:
    """A fault by its kind and place; its text may quote anything, and is left out."""
    frame = traceback.extract_tb(fault.__traceback__)[-1]
    place = f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
    return f"Deciding it raised {type(fault).__name__} at {place}."


def undecidable(moment: Moment, campaigns: Sequence[Campaign], why: str, now: datetime) -> list[Draft]:
    """What is on record of a moment that cannot be decided: a dead message for each campaign that it concerns."""
    trace = (refused("moment", UNDECIDABLE, why),)
    told = replace(undeclared(moment, now), reason=UNDECIDABLE, trace=trace)
    each = [
        replace(told, id=message_id(moment, campaign.name), campaign=campaign.name, purpose=campaign.purpose)
        for campaign in campaigns
    ]
    return each or [told]
