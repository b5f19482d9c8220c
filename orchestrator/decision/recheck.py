"""The last look before a message is handed over: is it still permitted, by what has become known since?

Consent, suppression and hours are asked again, with the very gates that decided. What changed for the worse stops it;
what has become untimely, by an outage or because the person has asked for a pause, waits for its hour or expires. If
nobody has tried to hand it over yet, it is decided anew then: what was decided weeks ago may be true no more. What is
late within its hours has to find a place under the caps as they are by then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from orchestrator.blueprint import Workspace, notices
from orchestrator.decision.caps import capped
from orchestrator.decision.case import Case, Wait, refused
from orchestrator.decision.consent import consented, on_topic
from orchestrator.decision.reach import has_address, unsuppressed
from orchestrator.decision.timing import is_paused, timely
from orchestrator.model import Facts, Finding
from orchestrator.ports import NOTHING_STOPPED, SELDOM, Later, Record, Stop, Stops
from orchestrator.reasons import SENTENCES

STILL = (has_address, consented, unsuppressed)
GRACE = timedelta(minutes=5)  # a message that was decided within permitted hours may be this late
STRANGE = timedelta(hours=1)
"""For how long what is of a campaign that is not known here is left to others: their workspace may be newer."""
SOON = timedelta(seconds=30)  # when it is looked at again
GONE = "The campaign or its purpose is gone from the workspace."
OUTDATED = "It has waited long: its place under the caps is claimed anew."
UNKNOWN = "The worker that was to hand it over does not know its campaign: a newer workspace may."
PAUSED = SENTENCES["campaign.paused"]


def recheck(
    records: Sequence[Record],
    facts: Mapping[str, Facts],
    workspace: Workspace,
    now: datetime,
    stops: Stops = NOTHING_STOPPED,
) -> list[Finding | Later | None]:
    """For each message about to be handed over, the finding that forbids it, until when it must wait, or None."""
    return [
        _halt(stop, now)
        if stops and (stop := stops.of(record.campaign, record.moment.id))
        else _verdict(record, facts.get(record.profile), workspace, now)
        for record in records
    ]


def is_outdated(record: Record, workspace: Workspace, now: datetime) -> bool:
    """Whether a message's place under the caps may be another's by now: it waits for long, and did not arrive meanwhile."""
    if record.touch is None or record.handed_over is not None or now - record.touch.at <= GRACE:
        return False
    market = workspace.markets.get(record.market or "")
    return bool(workspace.caps or (market and market.daily))


def has_place(record: Record, facts: Facts, workspace: Workspace, now: datetime) -> Finding:
    """Whether the caps permit that a message is sent now which was decided a while ago."""
    campaign, channel = notices.campaign(workspace, record.campaign), record.channel
    if campaign is None or channel is None:
        return refused("campaign", "campaign.paused", GONE)
    others = tuple(touch for touch in facts.touches if touch.id != record.id)
    purpose = workspace.purposes[record.purpose]
    return capped(Case(workspace, campaign, purpose, record.moment, record.id, facts, now, touches=others), channel)


def _halt(stop: Stop, now: datetime) -> Finding | Later:
    if stop == "cancelled":
        return refused("campaign", "campaign.cancelled")
    return Later(now + SELDOM, PAUSED)


def _verdict(record: Record, facts: Facts | None, workspace: Workspace, now: datetime) -> Finding | Later | None:
    campaign = notices.campaign(workspace, record.campaign)
    purpose = workspace.purposes.get(record.purpose)
    if campaign is None or purpose is None or record.channel is None:
        if now - record.at <= STRANGE:
            return Later(now + SOON, UNKNOWN)
        return refused("campaign", "campaign.paused", GONE)
    if facts is None or facts.profile is None:
        return refused("profile", "profile.unknown")
    case = Case(workspace, campaign, purpose, record.moment, record.id, facts, now)
    if not (wanted := on_topic(case)).passed:
        return wanted
    for gate in STILL:
        finding = gate(case, record.channel)
        if not finding.passed:
            return finding
    if now - record.at <= GRACE and not is_paused(case):
        return None
    verdict = timely(case, record.channel)
    if isinstance(verdict, Wait):
        untouched = record.attempt == 0
        return Later(verdict.until, verdict.finding.detail, verdict.finding.code if untouched else None)
    return None if verdict.passed else verdict
