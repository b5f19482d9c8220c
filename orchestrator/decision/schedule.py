"""Scheduled campaigns: who is written to at which instant.

A run is one local time of one campaign, for all people whose clocks show it at that instant. It raises a moment for
each of them whose id derives from the campaign, the local time and the person: whoever changes zone in between,
and however often a run is repeated, gets one message.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from orchestrator import civil
from orchestrator.blueprint import Campaign, Workspace
from orchestrator.model import Moment

SCHEDULED = "schedule:"  # begins the names of moments that a run raises
Place = tuple[str | None, str | None]  # (market, time zone), as profiles have them


@dataclass(frozen=True, slots=True)
class Run:
    """One occurrence of a scheduled campaign: its instant, the local time it stands for, and the places where it is due."""

    at: datetime
    campaign: str
    label: str
    places: tuple[Place, ...]

    @property
    def key(self) -> str:
        """Names the run: the same one has the same key, wherever and however often it is computed."""
        return f"{self.campaign}@{self.label}@{civil.rfc3339(self.at)}"


def runs(workspace: Workspace, places: Sequence[Place], after: datetime, until: datetime) -> list[Run]:
    """The runs of all scheduled campaigns in (after, until], by instant, then by precedence."""
    found = [
        run
        for campaign in workspace.campaigns.values()
        if campaign.moment.every
        for run in _of(campaign, workspace, places, after, until)
    ]
    return sorted(found, key=lambda run: (run.at, -workspace.campaigns[run.campaign].priority, run.campaign))


def _of(
    campaign: Campaign, workspace: Workspace, places: Iterable[Place], after: datetime, until: datetime
) -> Iterable[Run]:
    assert campaign.moment.every is not None
    due: dict[tuple[datetime, str], list[Place]] = defaultdict(list)
    by_zone: dict[ZoneInfo, list[Place]] = defaultdict(list)
    for place in places:
        if campaign.markets is None or place[0] in campaign.markets:
            by_zone[_zone(campaign, workspace, place)].append(place)
    for zone, there in by_zone.items():
        for at, label in campaign.moment.every.occurrences(zone, after, until):
            due[at, label] += there
    return [Run(at, campaign.name, label, tuple(there)) for (at, label), there in due.items()]


def _zone(campaign: Campaign, workspace: Workspace, place: Place) -> ZoneInfo:
    market, name = place
    if campaign.moment.clock == "utc":
        return ZoneInfo("UTC")
    declared = workspace.markets.get(market or "")
    home = declared.timezones[0] if declared and declared.timezones else None
    return civil.zone(name) or civil.zone(home) or ZoneInfo("UTC")


def moment_name(campaign: str) -> str:
    """The name of the moments that a scheduled campaign's runs raise."""
    return f"{SCHEDULED}{campaign}"


def moment_of(run: Run, profile: str) -> Moment:
    """The moment that a run is for one person."""
    at = run.at.astimezone(UTC)
    return Moment(f"{run.campaign}:{run.label}:{profile}", moment_name(run.campaign), profile, at)


def is_scheduled(moment: Moment) -> bool:
    """Whether a scheduled campaign's run raised this moment."""
    return moment.name.startswith(SCHEDULED)
