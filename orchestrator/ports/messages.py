"""A message on record, what becomes of its hand-overs, and who may forbid or route one.

A message's life (`State`):

    held ◄─► ready ──► sending ──► sent ──► delivered        (receipts move it on from there)
      │        ▲          ├──────► retry ──► sending …
      │        └──────────┤
      └──► dropped        ├──────► failed                    refused for good: its touch is given back
           (also from     └──────► unknown                   the answer was lost, and it must not be repeated blindly
            ready/retry: consent or suppression at hand-over)     dead: gave up after N attempts
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from orchestrator.model import Content, Draft, Facts, Finding, Moment, Outgoing, Touch
from orchestrator.quick import quick

State = Literal[
    "held",
    "ready",
    "sending",
    "retry",
    "sent",
    "delivered",
    "dropped",
    "failed",
    "dead",
    "unknown",
]


TERMINAL: frozenset[State] = frozenset({"sent", "delivered", "dropped", "failed", "dead", "unknown"})


@quick
@dataclass(frozen=True, slots=True)
class Record:
    """A message as it is on record; `reason` and `trace` tell why it went the way it did."""

    id: str
    moment: Moment
    campaign: str
    profile: str
    purpose: str
    state: State
    reason: str | None
    at: datetime  # of the decision on record
    due: datetime | None
    channel: str | None
    market: str | None
    locale: str | None
    variant: str | None
    addresses: tuple[str, ...]
    content: Content | None
    trace: tuple[Finding, ...]
    touch: Touch | None  # None where it made none, or gave it back
    attempt: int = 0
    fence: int = 0
    provider: str | None = None
    provider_id: str | None = None
    detail: str = ""
    handed_over: datetime | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """Messages of one campaign, channel and state that somebody still has to look at.

    `since` is when the oldest of them was decided, `due` when the first wants to be looked at: in the past, it is late.
    """

    state: State
    campaign: str
    channel: str
    count: int
    since: datetime
    due: datetime


@dataclass(frozen=True, slots=True)
class Stuck:
    """Messages of one campaign and channel that wait for a person, unknown or dead; the `last` of them ended so then."""

    state: State
    campaign: str
    channel: str
    count: int
    last: datetime


@quick
@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of one hand-over attempt. It takes effect only while the message still has this fence."""

    id: str
    fence: int
    state: State
    provider: str
    provider_id: str | None = None
    detail: str = ""
    due: datetime | None = None  # for `retry`
    release: bool = False  # give the touch back
    doubtful: bool = False  # it may have arrived, though it is to be tried again


@dataclass(frozen=True, slots=True)
class Attempt:
    """One hand-over that was begun. `outcome` is the state it led to, None while that is not known."""

    message: str
    attempt: int
    fence: int
    begun_at: datetime
    provider: str | None = None
    outcome: State | None = None
    detail: str = ""
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """Messages to begin without another look at their people, each while nothing else has become known of the person.

    `messages` by id, not tried yet, with the account that is to carry each; `revisions` of the people by whose facts they were decided.
    """

    messages: Mapping[str, Outgoing]
    revisions: Mapping[str, int]
    lease: timedelta


@dataclass(frozen=True, slots=True)
class Later:
    """A message's way is not open before an instant, and why.

    With a reason code, it is not only the way: the message is held again, gives its touch back, and is decided anew then.
    """

    until: datetime
    why: str
    held: str | None = None


Recheck = Callable[[Sequence[Record], Mapping[str, Facts]], Sequence[Finding | Later | None]]
"""Pure: for each message about to be handed over, the finding that forbids it, until when it must wait, or None."""


Route = Callable[[Sequence[Outgoing]], Sequence[str | Later]]
"""For each message about to be handed over, the account that is to carry it, or until when it has to wait."""


def departing(draft: Draft, account: str = "", attempt: int = 0) -> Outgoing:
    """A message that was just decided, as an adapter may know it; its first attempt has the first fence."""
    if draft.content is None:
        raise ValueError(f"message {draft.id} has no content to hand over: it is to {draft.outcome}")
    return Outgoing(
        id=draft.id,
        campaign=draft.campaign or "",
        profile=draft.profile,
        purpose=draft.purpose or "",
        channel=draft.channel or "",
        market=draft.market or "",
        locale=draft.locale or "",
        addresses=draft.addresses,
        content=draft.content,
        at=draft.at,
        attempt=attempt,
        fence=attempt,
        account=account,
    )


def outgoing(record: Record) -> Outgoing:
    """A recorded message as an adapter may know it."""
    if record.content is None:
        raise ValueError(f"message {record.id} has no content to hand over: it is {record.state}")
    return Outgoing(
        id=record.id,
        campaign=record.campaign,
        profile=record.profile,
        purpose=record.purpose,
        channel=record.channel or "",
        market=record.market or "",
        locale=record.locale or "",
        addresses=record.addresses,
        content=record.content,
        at=record.at,
        attempt=record.attempt,
        fence=record.fence,
        account=record.provider or "",
        repeated=record.handed_over is not None,
    )
