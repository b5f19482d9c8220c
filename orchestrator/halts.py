"""What waits for the end of a campaign's pause, and is woken by it.

Whoever ends a pause wakes what waits. Who has put something off while that happened does so, too: they look once more after
they have written it down, so that one of the two sees what the other has done.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from orchestrator.ports import Records

PAGE = 5000  # messages woken at once


def wake(records: Records, campaign: str, now: datetime) -> None:
    """What waits for the end of this campaign's pause is due."""
    while records.wake(campaign, now=now, limit=PAGE):
        pass


def wake_resumed(records: Records, halted: Collection[str], now: datetime) -> None:
    """Of these campaigns, whose messages have just been put off, those that go on meanwhile need not wait."""
    for campaign in sorted(set(halted) - records.stops().paused) if halted else ():
        wake(records, campaign, now)
