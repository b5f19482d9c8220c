"""What an operator has stopped: whole campaigns, or single runs of scheduled ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

Stop = Literal["paused", "cancelled"]
SELDOM = timedelta(minutes=10)  # between two looks at what waits for the end of a pause, which wakes it


@dataclass(frozen=True, slots=True)
class Stops:
    """Paused campaigns, and what was cancelled with its instant: (campaign, run), run "" for all of a campaign.

    A run is named by its local time, as the ids of its moments have it: `campaign:run:person`.
    """

    paused: frozenset[str] = frozenset()
    cancelled: Mapping[tuple[str, str], datetime] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.paused or self.cancelled)

    def of(self, campaign: str, moment: str) -> Stop | None:
        """Why nothing is sent for this campaign and moment (by its id), if that is so. Cancelled outweighs paused."""
        if any(name == campaign and moment.startswith(_raised_by(name, run)) for name, run in self.cancelled):
            return "cancelled"
        return "paused" if campaign in self.paused else None

    def concerns(self, campaign: str) -> bool:
        """Whether anything of this campaign is stopped."""
        return campaign in self.paused or any(name == campaign for name, _ in self.cancelled)


def _raised_by(campaign: str, run: str) -> str:
    """How the ids of a run's moments begin; those of a whole campaign may begin anyhow."""
    return f"{campaign}:{run}:" if run else ""


NOTHING_STOPPED = Stops()
