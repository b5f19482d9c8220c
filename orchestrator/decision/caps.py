"""Caps: how many touches a person may have. All caps must hold.

A window that slides is exact: a touch exactly as old as the window is out. A calendar day or week (from Monday) is
the person's own, in their zone; where that is not known, the longest that it may be counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo

from orchestrator import civil
from orchestrator.blueprint import Cap, Workspace
from orchestrator.decision.case import Case, Passes, passed, refused
from orchestrator.model import Finding, Touch

MIDNIGHT = time(0)
CALENDAR = timedelta(days=9)  # a week, with room for whatever zone
FREE = Passes("caps", "caps.free", "There is a touch left under every cap.")
EXEMPT = passed("caps", "caps.exempt", "Messages of this purpose are exempt from caps.")


def capped(case: Case, channel: str) -> Finding:
    """Is there a touch left for this message?"""
    if not case.purpose.capped:
        return EXEMPT
    counted = [touch for touch in case.touches if _counts(touch, case.workspace)]
    caps = (*case.workspace.caps, *_of_market(case, channel))
    full = [
        cap for cap in caps if cap.limit <= len(counted) and _full(cap, case, counted) and _applies(cap, case, channel)
    ]
    if not full:
        return FREE[channel]
    unrivalled = [touch for touch in counted if touch.id not in case.rivals]
    if exceeded := next((cap for cap in full if _full(cap, case, unrivalled)), None):
        return refused("caps", "caps.exceeded", f"The cap of {described(exceeded)} is reached.", channel)
    detail = f"A campaign before it took the last touch of {described(full[0])}."
    return refused("caps", "priority.lost", detail, channel)


def _counts(touch: Touch, workspace: Workspace) -> bool:
    purpose = workspace.purposes.get(touch.purpose)
    return purpose is None or purpose.capped


def _of_market(case: Case, channel: str) -> tuple[Cap, ...]:
    """How often a day the person's market permits marketing on a channel."""
    limit = case.market.daily.get(channel) if case.market and case.purpose.promotional else None
    return () if limit is None else (Cap(limit, "day", channel=channel, promotional=True),)


def _applies(cap: Cap, case: Case, channel: str) -> bool:
    return (
        cap.purpose in (None, case.purpose.name)
        and cap.channel in (None, channel)
        and (cap.when is None or cap.when.holds(case.scope(channel)))
    )


def _full(cap: Cap, case: Case, touches: Sequence[Touch]) -> bool:
    since = window_start(cap, case)
    return sum(touch.at > since and _concerns(cap, touch, case.workspace) for touch in touches) >= cap.limit


def _concerns(cap: Cap, touch: Touch, workspace: Workspace) -> bool:
    return (
        cap.purpose in (None, touch.purpose)
        and cap.channel in (None, touch.channel)
        and not (cap.promotional and _is_owed(touch, workspace))
    )


def _is_owed(touch: Touch, workspace: Workspace) -> bool:
    purpose = workspace.purposes.get(touch.purpose)
    return purpose is not None and not purpose.promotional


def window_start(cap: Cap, case: Case) -> datetime:
    """The instant after which touches count against a cap."""
    if isinstance(cap.per, timedelta):
        return case.now - cap.per
    # a touch at midnight itself belongs to the new day
    return min(_calendar_start(cap.per, case.now, zone) for zone in case.zones or (UTC,)) - timedelta.resolution


def _calendar_start(per: str, now: datetime, zone: tzinfo) -> datetime:
    day = civil.local_day(now, zone)
    if per == "week":
        day -= timedelta(days=day.weekday())
    return civil.instant(day, MIDNIGHT, zone)


def described(cap: Cap) -> str:
    """A cap in words: "3 marketing messages per 7 days"."""
    per = cap.per if isinstance(cap.per, str) else in_words(cap.per)
    what = " ".join(part for part in (cap.purpose, cap.channel, "promotional" if cap.promotional else "") if part)
    return f"{cap.limit} {what} messages per {per}".replace("  ", " ")


def in_words(length: timedelta) -> str:
    """A length of time in its largest whole unit."""
    seconds = int(length.total_seconds())
    for name, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds % size == 0 and seconds >= size:
            count = seconds // size
            return name if count == 1 else f"{count} {name}s"
    return f"{seconds} seconds"


def horizon(workspace: Workspace) -> timedelta:
    """How long a touch can matter: the longest window of any cap, calendar weeks with room for every zone."""
    lengths = [cap.per if isinstance(cap.per, timedelta) else CALENDAR for cap in workspace.caps]
    lengths += [CALENDAR for market in workspace.markets.values() if market.daily]
    return max(lengths, default=timedelta(0)) + timedelta(days=1)
