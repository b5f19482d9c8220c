"""Simulation: a campaign over an audience, through the one door, with no effect; and what comes of it, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from orchestrator import civil, samples, wire
from orchestrator.blueprint import Campaign
from orchestrator.checking.shapes import shapes_in
from orchestrator.claims import Claims, rebuilt
from orchestrator.compose import Ask
from orchestrator.engine import Engine
from orchestrator.material import Material
from orchestrator.model import Draft, Price
from orchestrator.stores.memory import MemoryRecords, MemoryTouches

Where = tuple[str, str, str]  # market, channel, locale


@dataclass
class Tally:
    """What a campaign would do: messages by market, channel and locale, what they cost, hours, and losses."""

    people: int = 0
    reached: Counter[Where] = field(default_factory=Counter)
    waiting: Counter[str] = field(default_factory=Counter)  # by reason
    lost: Counter[str] = field(default_factory=Counter)  # by reason
    hours: Counter[int] = field(default_factory=Counter)  # of the person's own day
    parts: Counter[Where] = field(default_factory=Counter)  # what text messages are paid by
    costs: dict[Where, Price] = field(default_factory=dict)  # where the market has a price

    def add(self, draft: Draft, zone: str | None) -> None:
        """Count one outcome."""
        self.people += 1
        if draft.outcome == "drop":
            self.lost[draft.reason or ""] += 1
            return
        local = (draft.send_at or draft.at).astimezone(civil.zone(zone) or UTC)
        self.hours[local.hour] += 1
        if draft.outcome == "hold":
            self.waiting[draft.reason or ""] += 1
            return
        where = draft.market or "", draft.channel or "", draft.locale or ""
        self.reached[where] += 1
        if draft.content and draft.content.sms:
            self.parts[where] += draft.content.sms.segments
        if draft.cost:
            self.costs[where] = _added(draft.cost, self.costs.get(where))

    def total(self) -> tuple[Price, ...]:
        """What all messages cost, in each currency."""
        sums: dict[str, Price] = {}
        for cost in self.costs.values():
            sums[cost.currency] = _added(cost, sums.get(cost.currency))
        return tuple(sums[currency] for currency in sorted(sums))

    def unpriced(self) -> int:
        """How many messages have no price where they go."""
        return sum(count for where, count in self.reached.items() if where not in self.costs)

    def told(self) -> dict[str, Any]:
        """The tally as JSON has it."""
        told = {
            "people": self.people,
            "send": sum(self.reached.values()),
            "hold": sum(self.waiting.values()),
            "drop": sum(self.lost.values()),
            "reach": [self._row(where) for where in sorted(self.reached)],
            "waiting": dict(self.waiting.most_common()),
            "losses": dict(self.lost.most_common()),
            "hours": {str(hour): self.hours[hour] for hour in sorted(self.hours)},
        }
        if self.costs:
            told["cost"] = {"total": [wire.price(cost) for cost in self.total()], "unpriced": self.unpriced()}
        return told

    def _row(self, where: Where) -> dict[str, Any]:
        row = dict(zip(("market", "channel", "locale"), where, strict=True))
        counted = row | {"messages": self.reached[where], "sms_parts": self.parts[where]}
        return counted | {"cost": wire.price(self.costs[where])} if where in self.costs else counted


def _added(cost: Price, before: Price | None) -> Price:
    return Price(cost.amount + before.amount, cost.currency) if before else cost


def simulate(
    material: Material,
    campaign: Campaign,
    lines: Iterable[Sequence[Mapping[str, Any]]],
    *,
    data: Mapping[str, Any] | None,
    consented: bool,
    now: datetime,
) -> Tally:
    """Put everybody in batches of profile lines to a campaign.

    Args:
        lines: profile lines, each perhaps with `consents`, in batches.
        data: what the moment carries; None for sample data.
        consented: pretend that everybody agreed to everything.
        now: the instant at which the moment happens to all of them.

    Raises:
        wire.Malformed: a line is none.
    """
    tally = Tally()
    moment = samples.sample(campaign, material.workspace, now, shapes_in(material.renderer, campaign.template)).moment
    moment = moment if data is None else replace(moment, data=data)
    for batch in lines:
        records = _records(material, batch, consented, now)
        claims = Claims(MemoryTouches(rebuild=partial(rebuilt, records), horizon=material.horizon), lambda: now)
        asks = [Ask(replace(moment, profile=wire.text(line, "id")), campaign) for line in batch]
        drafts = Engine(material, records, claims, lambda: now).compose(asks)
        for line, draft in zip(batch, drafts, strict=True):
            tally.add(draft, line.get("timezone"))
    return tally


def _records(material: Material, batch: Sequence[Mapping[str, Any]], consented: bool, now: datetime) -> MemoryRecords:
    records = MemoryRecords()
    records.update_profiles([wire.profile(line, at=now) for line in batch])
    entries = [
        {"profile": line["id"], **entry}
        for line in batch
        for entry in (
            samples.consents(line["id"], material.workspace, material.channels)
            if consented
            else line.get("consents", ())
        )
    ]
    records.record_consents([wire.consent(entry, at=now, recorded_at=now) for entry in entries])
    return records
