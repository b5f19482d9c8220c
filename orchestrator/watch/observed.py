"""Records that tell what passes through them: to the log, the tally and the traces; once a batch, and nothing else changes.

Everything that happens to moments and messages is put on record, so this is the one place from which all of it is seen,
and neither the engine nor the courier knows that anybody looks on.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, cast

from orchestrator.model import Draft, Facts, Finding, Moment, Outgoing, Receipt
from orchestrator.ports import NONE_IN_VAIN, Later, Outlook, Recheck, Record, Records, Settlement
from orchestrator.watch import events, metrics
from orchestrator.watch.events import is_told, tell
from orchestrator.watch.tally import Tally

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
KNOWN = 20_000  # messages whose moments are remembered between decision and outcome
GOOD = frozenset({"sent", "retry", "delivered"})


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message comes from, as long as it is in this process's hands."""

    moment: Moment
    channel: str
    since: datetime  # when it was taken in hand


class Tracer(Protocol):
    """Whoever draws spans."""

    def accepted(self, moments: Sequence[Moment], now: datetime) -> None: ...
    def decided(self, drafts: Sequence[Draft], now: datetime) -> None: ...
    def settled(self, outcomes: Sequence[Settlement], origins: Mapping[str, Origin], now: datetime) -> None: ...
    def reported(self, found: Sequence[tuple[Receipt, Record]]) -> None: ...
    def close(self) -> None: ...


class Untraced:
    """Nobody draws spans."""

    def accepted(self, moments: Sequence[Moment], now: datetime) -> None: ...
    def decided(self, drafts: Sequence[Draft], now: datetime) -> None: ...
    def settled(self, outcomes: Sequence[Settlement], origins: Mapping[str, Origin], now: datetime) -> None: ...
    def reported(self, found: Sequence[tuple[Receipt, Record]]) -> None: ...
    def close(self) -> None: ...


def tracer() -> Tracer | None:
    """Whoever draws spans, where the environment says where they go; nobody, and at no cost, where it does not."""
    if not os.environ.get(ENDPOINT):
        return None
    try:
        from orchestrator.watch.traces import exported  # optional: kairos-orchestrator[otel]
    except ImportError:
        tell(events.TRACES_NOT_DRAWN, variable=ENDPOINT)
        return None
    return exported()


def observed(records: Records, tally: Tally, tracer: Tracer | None = None) -> Records:
    """Records that behave as these do, and tell what passes."""
    return cast(Records, Observed(records, tally, tracer or Untraced()))


class Observed:
    """`Records` around others; what is not seen here passes through untouched."""

    def __init__(self, records: Records, tally: Tally, tracer: Tracer) -> None:
        self._records = records
        self._tally = tally
        self._tracer = tracer
        self._origins: dict[str, Origin] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._records, name)

    def accept(self, moments: Sequence[Moment], *, now: datetime, lease: timedelta) -> frozenset[str]:
        new = self._records.accept(moments, now=now, lease=lease)
        self._accepted(moments, new, now)
        return new

    def take_in(
        self, moments: Sequence[Moment], *, now: datetime, **more: Any
    ) -> tuple[frozenset[str], Outlook | None]:
        new, outlook = self._records.take_in(moments, now=now, **more)
        self._accepted(moments, new, now)
        return new, outlook

    def accept_page(self, moments: Sequence[Moment], *, now: datetime, **more: Any) -> frozenset[str] | None:
        new = self._records.accept_page(moments, now=now, **more)
        if new is not None:
            self._accepted(moments, new, now)
        return new

    def _accepted(self, moments: Sequence[Moment], new: frozenset[str], now: datetime) -> None:
        self._tracer.accepted([one for one in moments if one.id in new], now)
        if is_told(events.ACCEPTED):
            tell(events.ACCEPTED, moments=len(new), repeated=len(moments) - len(new), ids=" ".join(sorted(new)))

    def leave(self, moments: Sequence[str], held: Sequence[str], **more: Any) -> frozenset[str]:
        left = self._records.leave(moments, held, **more)
        if left or held:
            tell(events.LEFT, moments=len(left), messages=len(held))
        return left

    def record(self, drafts: Sequence[Draft], *, now: datetime, **more: Any) -> list[Outgoing]:
        begun = self._records.record(drafts, now=now, **more)
        if more.get("start"):
            self._remember(
                (draft.id, Origin(draft.moment, draft.channel or "", now)) for draft in drafts if draft.content
            )
        if drafts:
            self._tracer.decided(drafts, now)
            self._decided(drafts, moments=len(more["settled"]))
        return begun

    def _decided(self, drafts: Sequence[Draft], moments: int) -> None:
        reasons: Counter[tuple[str, ...]] = Counter(
            (draft.campaign or "", draft.outcome, draft.reason or "") for draft in drafts
        )
        self._tally.add(metrics.DECISIONS, reasons)
        outcomes: Counter[str] = Counter()
        for (_, outcome, _), count in reasons.items():
            outcomes[outcome] += count
        tell(events.DECIDED, moments=moments, **{name: outcomes[name] for name in ("send", "hold", "drop")})
        for draft in drafts if is_told(events.MESSAGE_DECIDED) else ():
            tell(
                events.MESSAGE_DECIDED,
                message=draft.id,
                moment=draft.moment.id,
                outcome=draft.outcome,
                reason=draft.reason or "",
            )

    def claim(self, ids: Sequence[str], *, now: datetime, recheck: Recheck, **more: Any) -> list[Outgoing]:
        def look(records: Sequence[Record], facts: Mapping[str, Facts]) -> Sequence[Finding | Later | None]:
            self._remember((one.id, Origin(one.moment, one.channel or "", now)) for one in records)
            return recheck(records, facts)

        return self._records.claim(ids, now=now, recheck=look, **more)

    def lapsed(self, *, now: datetime, limit: int) -> list[Record]:
        left = self._records.lapsed(now=now, limit=limit)
        if left:
            self._remember((one.id, Origin(one.moment, one.channel or "", now)) for one in left)
            self._tally.add(metrics.EXPIRED, {(): len(left)})
            tell(events.LEASES_EXPIRED, messages=len(left), ids=" ".join(one.id for one in left))
        return left

    def settle(self, outcomes: Sequence[Settlement], *, now: datetime, lapsed: bool = False) -> list[Record]:
        released = self._records.settle(outcomes, now=now, lapsed=lapsed)
        if outcomes:
            self._tracer.settled(outcomes, self._origins, now)
            self._settled(outcomes, now)
        return released

    def _settled(self, outcomes: Sequence[Settlement], now: datetime) -> None:
        became: Counter[tuple[str, ...]] = Counter((outcome.provider, outcome.state) for outcome in outcomes)
        self._tally.add(metrics.HANDOVERS, became)
        for (provider, state), count in became.items():
            tell(events.HANDED_OVER, messages=count, outcome=state, provider=provider)
        self._time(outcomes, now)
        for one in outcomes:
            event = events.MESSAGE_SETTLED if one.state in GOOD else events.MESSAGE_STUCK
            if is_told(event):
                tell(event, message=one.id, outcome=one.state, provider=one.provider)

    def _time(self, outcomes: Sequence[Settlement], now: datetime) -> None:
        """How long what was sent took: a campaign's messages share their instant, and are counted together."""
        origins = [origin for one in outcomes if (origin := self._origins.pop(one.id, None)) and one.state == "sent"]
        for (channel, at), count in Counter((one.channel, one.moment.at) for one in origins).items():
            self._tally.observe(metrics.DELAY, (channel,), [(max(0.0, (now - at).total_seconds()), count)])

    def _remember(self, origins: Iterable[tuple[str, Origin]]) -> None:
        if len(self._origins) > KNOWN:  # what was left to others
            self._origins.clear()
        self._origins.update(origins)

    def receive(
        self, receipts: Sequence[Receipt], *, now: datetime, lease: timedelta = timedelta(0)
    ) -> list[tuple[Receipt, Record]]:
        found = self._records.receive(receipts, now=now, lease=lease)
        self._tracer.reported(found)
        return found

    def learnt(self, keys: Sequence[str], *, in_vain: Mapping[str, str] = NONE_IN_VAIN) -> None:
        self._records.learnt(keys, in_vain=in_vain)
        for error, count in Counter(in_vain.values()).items():
            tell(events.REPORTS_SPOILT, reports=count, error=error)
