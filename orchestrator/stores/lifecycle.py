"""A message's life as pure steps from record to record, and what a profile becomes by an update.

The instant at which a record `wakes` is the one thing that all sweepers ask for:

    held      when it falls due            retry     when it is due again
    ready     at once                      sending   when the lease of the hand-over runs out
    others    never
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from orchestrator.addresses import reachable
from orchestrator.model import PAUSE, Draft, Finding, Known, OutcomeName, Profile
from orchestrator.ports import ProfileUpdate, Record, Settlement, State
from orchestrator.reasons import SENTENCES

DECIDED: Mapping[OutcomeName, State] = {"send": "ready", "hold": "held", "drop": "dropped"}
OPEN: frozenset[State] = frozenset(
    {"sending", "retry", "unknown", "ready"}
)  # what an attempt's outcome may still change
HANDED_OVER: frozenset[State] = frozenset({"sent", "unknown"})
REVIVABLE: frozenset[State] = frozenset({"dead", "failed", "unknown"})
DELIVERABLE: frozenset[State] = frozenset({"ready", "retry"})
AWAKE: tuple[State, ...] = ("held", "ready", "retry", "sending")  # somebody still has to look at these
WAITING: frozenset[State] = frozenset({"held", "ready", "retry"})
LONGEST_LEASE = timedelta(minutes=10)  # no lease lasts longer
PAUSED = "timing.paused"  # the reason of what waits for the end of a person's pause
HALTED = "campaign.paused"  # the reason of what waits for the end of a campaign's pause
HALTED_AT_DOOR = SENTENCES[HALTED]  # the detail of what was ready by then, and waits likewise
UNDECIDED = "moment.undecidable"  # the reason of what was set aside
FORGOTTEN = "forgotten"  # the reason for which an address is not written to whose owner asked to be erased
CANCELLED = Finding(
    "campaign", False, "campaign.cancelled", SENTENCES["campaign.cancelled"]
)  # what an operator dropped
LATE_MATCH = timedelta(hours=1)  # how long a report waits for the message that it is about


def state_of(draft: Draft) -> State:
    """The state in which a decision is put on record."""
    return "dead" if draft.reason == UNDECIDED else DECIDED[draft.outcome]


def drafted(draft: Draft) -> Record:
    """What a draft is on record."""
    sends = draft.outcome == "send"
    return Record(
        id=draft.id,
        moment=draft.moment,
        campaign=draft.campaign or "",
        profile=draft.profile,
        purpose=draft.purpose or "",
        state=state_of(draft),
        reason=draft.reason,
        at=draft.at,
        due=draft.send_at if draft.outcome == "hold" else None,
        channel=draft.channel,
        market=draft.market,
        locale=draft.locale,
        variant=draft.variant,
        addresses=draft.addresses,
        content=draft.content,
        trace=draft.trace,
        touch=draft.touch if sends else None,
    )


def wakes(record: Record) -> datetime | None:
    """When a sweeper must look at a record that was just decided."""
    if record.state == "held":
        return record.due or record.at
    return record.at if record.state == "ready" else None


def settled(record: Record, outcome: Settlement, now: datetime) -> Record:
    """The record after an outcome of its present attempt. Once a receipt has moved it on, only gaps are filled."""
    handed_over = now if outcome.state in HANDED_OVER or outcome.doubtful else None
    if record.state not in OPEN:
        return replace(
            record,
            provider=record.provider or outcome.provider,
            provider_id=record.provider_id or outcome.provider_id,
            handed_over=record.handed_over or handed_over,
        )
    return replace(
        record,
        state=outcome.state,
        due=(outcome.due or now) if outcome.state == "retry" else None,
        provider=outcome.provider,
        provider_id=outcome.provider_id or record.provider_id,
        detail=outcome.detail,
        handed_over=handed_over or record.handed_over,
        touch=None if outcome.release else record.touch,
    )


def merged(standing: Profile | None, update: ProfileUpdate) -> Profile:
    """The profile after an update: what it names is replaced, attributes are merged by name."""
    profile = standing or Profile(update.id)
    fields: dict[str, Any] = dict(update.fields)
    if "preferences" in fields:
        fields["preferences"] = _preferred(profile.preferences, fields["preferences"])
    if update.addresses:
        addresses = {**profile.addresses, **{name: tuple(held) for name, held in update.addresses.items()}}
        fields["addresses"] = {name: held for name, held in addresses.items() if held}
        fields["reachable"] = {name: reachable(name, held) for name, held in fields["addresses"].items()} or None
    if update.attributes:
        known = {name: Known(value, update.at) for name, value in update.attributes.items() if value is not None}
        kept = {name: value for name, value in profile.attributes.items() if name not in update.attributes}
        fields["attributes"] = kept | known
    return replace(profile, **fields)


def is_paused_anew(before: Profile | None, after: Profile) -> bool:
    """Whether a person's pause is another one than it was, or there is none any more."""
    return (before.preferences.get(PAUSE) if before else None) != after.preferences.get(PAUSE)


def _preferred(standing: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The preferences that are given. A pause is the person's own, and ends by its name only, not by being left out."""
    pause = given.get(PAUSE) if PAUSE in given else standing.get(PAUSE)
    rest = {name: value for name, value in given.items() if name != PAUSE}
    return rest if pause is None else {**rest, PAUSE: pause}
