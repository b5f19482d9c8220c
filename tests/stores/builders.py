"""Values to put into stores, complete but for what a test is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from orchestrator.model import Consent, ConsentState, Content, Draft, Facts, Finding, Moment, OutcomeName, Touch
from orchestrator.ports import ProfileUpdate, Record, Records

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LEASE = timedelta(seconds=60)
AT_ONCE = timedelta(0)
TRACE = (
    Finding("consent", True, "consent.granted", "Granted on 2026-01-01.", "email"),
    Finding("caps", True, "caps.free", "There is a touch left.", None),
)


def person(id: str = "u1", at: datetime = NOW, **addresses: Sequence[str]) -> ProfileUpdate:
    """A person with these addresses by channel."""
    return ProfileUpdate(id, at, {"market": "ID"}, {channel: tuple(held) for channel, held in addresses.items()})


def moment(
    id: str = "m1", profile: str = "u1", at: datetime = NOW, name: str = "playlist.ready", **data: Any
) -> Moment:
    """A moment that happened."""
    return Moment(id, name, profile, at, data)


def draft(
    id: str = "d1",
    outcome: OutcomeName = "send",
    *,
    at: datetime = NOW,
    campaign: str = "day3-playlist",
    profile: str = "u1",
    reason: str | None = None,
    send_at: datetime | None = None,
    channel: str = "email",
    touched: bool = True,
    fields: Mapping[str, Any] = {"subject": "Hello", "html": "<p>Hello</p>"},
) -> Draft:
    """A decision, with a touch where it sends."""
    touch = Touch(id, at, channel, "marketing", campaign) if touched and outcome == "send" else None
    return Draft(
        id=id,
        at=at,
        campaign=campaign,
        profile=profile,
        moment=moment(f"m-{id}", profile, at),
        outcome=outcome,
        reason=reason,
        purpose="marketing",
        market="ID",
        locale="id",
        channel=channel,
        send_at=send_at,
        trace=TRACE,
        content=Content(channel, fields),
        addresses=("a@example.com",),
        touch=touch,
    )


def consent(
    profile: str = "u1",
    state: ConsentState = "granted",
    *,
    channel: str = "email",
    at: datetime = NOW,
    address: str | None = None,
    **evidence: Any,
) -> Consent:
    """An entry of the ledger."""
    return Consent(profile, channel, "marketing", state, at, at, "form", address, evidence)


def allow(records: Sequence[Record], facts: Mapping[str, Facts]) -> list[Finding | None]:
    """A recheck that lets everything pass."""
    return [None for _ in records]


def forbid(records: Sequence[Record], facts: Mapping[str, Facts]) -> list[Finding | None]:
    """A recheck that lets nothing pass."""
    return [Finding("consent", False, "consent.withdrawn", "Withdrawn.") for _ in records]


def withdrawn(records: Sequence[Record], facts: Mapping[str, Facts]) -> list[Finding | None]:
    """A recheck that stops messages to people who have withdrawn."""
    refusal = Finding("consent", False, "consent.withdrawn", "Withdrawn.")
    return [
        refusal if any(entry.state == "withdrawn" for entry in facts[record.profile].consents) else None
        for record in records
    ]


def recorded(records: Records, *drafts: Draft, now: datetime = NOW) -> None:
    """Put drafts on record."""
    records.record(drafts, settled=[], now=now)


def claimed(records: Records, *ids: str, now: datetime = NOW) -> list[str]:
    """Claim messages; returns the ids of those that were got."""
    return [message.id for message in records.claim(ids, now=now, lease=LEASE, recheck=allow)]


def state(records: Records, id: str) -> str:
    """The state of a message on record."""
    record = records.message(id)
    assert record is not None
    return record.state
