"""Drafts that no gate has made: what becomes of messages that are not put to the door now, or cannot be any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from orchestrator.compose import Ask
from orchestrator.decision.case import refused
from orchestrator.decision.schedule import is_scheduled
from orchestrator.model import Draft
from orchestrator.ports import SELDOM, Record, Stop, Stops

CONTENDED = timedelta(seconds=2)  # when a message is composed again that lost all its races


def contended(ask: Ask, now: datetime) -> Draft:
    """A message that has lost all its races."""
    return Draft(
        id=ask.message,
        at=now,
        campaign=ask.campaign.name,
        profile=ask.moment.profile,
        moment=ask.moment,
        outcome="hold",
        reason="claim.contended",
        purpose=ask.campaign.purpose,
        send_at=now + CONTENDED,
        trace=(refused("claim", "claim.contended"),),
    )


def halted(asks: Sequence[Ask], stops: Stops, now: datetime) -> tuple[list[Ask], list[Draft]]:
    """What may be decided, and what becomes of the rest: a run that is paused goes on later, what was cancelled is dropped.

    What merely happens while a campaign is paused is refused by its gate.
    """
    going, beside = list[Ask](), list[Draft]()
    for ask in asks:
        stop = stops.of(ask.campaign.name, ask.moment.id)
        if stop == "cancelled" or (stop and is_scheduled(ask.moment)):
            beside.append(_stopped(contended(ask, now), stop, now))
        else:
            going.append(ask)
    return going, beside


def halt(record: Record, stops: Stops, now: datetime) -> Draft | None:
    """What becomes of a held message whose campaign or run is stopped, if it is: while paused, it keeps its place."""
    stop = stops.of(record.campaign, record.moment.id)
    return _stopped(orphaned(record, now), stop, now) if stop else None


def _stopped(draft: Draft, stop: Stop, now: datetime) -> Draft:
    code, waits = f"campaign.{stop}", stop == "paused"
    return replace(
        draft,
        outcome="hold" if waits else "drop",
        reason=code,
        send_at=now + SELDOM if waits else None,
        trace=(refused("campaign", code),),
    )


def orphaned(record: Record, now: datetime) -> Draft:
    """A held message of a campaign that is gone from the workspace."""
    detail = f"The workspace has no campaign {record.campaign!r} any more."
    return Draft(
        id=record.id,
        at=now,
        campaign=record.campaign,
        profile=record.profile,
        moment=record.moment,
        outcome="drop",
        reason="campaign.paused",
        purpose=record.purpose,
        market=record.market,
        trace=(refused("campaign", "campaign.paused", detail),),
    )
