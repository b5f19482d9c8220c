"""Routing: the channels of a campaign in order, each through the gates, until one lets the message pass or wait.

When every channel is refused, the refusal that came furthest along the gates is the reason: the first in the
campaign's order among equals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from orchestrator import reasons
from orchestrator.decision.caps import capped
from orchestrator.decision.case import Case, ChannelGate, Wait, refused
from orchestrator.decision.consent import consented
from orchestrator.decision.eligibility import person_gates
from orchestrator.decision.reach import has_address, has_template, unsuppressed, window_open
from orchestrator.decision.timing import timely
from orchestrator.model import Finding, OutcomeName
from orchestrator.quick import quick

CHANNEL_GATES: tuple[ChannelGate, ...] = (
    has_template,
    has_address,
    consented,
    unsuppressed,
    window_open,
    timely,
    capped,
)
NO_CHANNEL = refused("channel", "channel.no_template", "The campaign names no channel, and the market has none.")


@quick
@dataclass(frozen=True, slots=True)
class Ruling:
    """What the gates said: the outcome, with the finding that decided and the channel it concerns."""

    outcome: OutcomeName
    trace: tuple[Finding, ...]
    decisive: Finding | None = None
    channel: str | None = None
    until: datetime | None = None


def channels(case: Case) -> tuple[str, ...]:
    """The channels to try, in order. `auto` follows the market's habits until there is something to learn from."""
    wanted = case.campaign.channel
    if isinstance(wanted, tuple):
        return wanted
    if wanted == "moment":
        return case.place.channels
    return case.market.channels if case.market else ()


def decide(case: Case, channel_gates: Sequence[ChannelGate]) -> Ruling:
    """Put a case to the gates: those about the person once, then those about each channel in turn."""
    trace: list[Finding] = []
    for gate in person_gates(case.campaign):
        finding = gate(case)
        trace.append(finding)
        if not finding.passed:
            return Ruling("drop", tuple(trace), finding)
    refusals: list[Finding] = []
    for channel in channels(case):
        verdict = _try_channel(case, channel, channel_gates, trace)
        if isinstance(verdict, Wait):
            return Ruling("hold", tuple(trace), verdict.finding, channel, verdict.until)
        if verdict is None:
            return Ruling("send", tuple(trace), channel=channel)
        refusals.append(verdict)
    # `max` keeps the first of equals
    furthest = max(refusals, key=lambda finding: reasons.rank(finding.code), default=NO_CHANNEL)
    return Ruling("drop", tuple(trace), furthest, furthest.channel)


def _try_channel(case: Case, channel: str, gates: Sequence[ChannelGate], trace: list[Finding]) -> Finding | Wait | None:
    for gate in gates:
        verdict = gate(case, channel)
        finding = verdict.finding if isinstance(verdict, Wait) else verdict
        trace.append(finding)
        if not finding.passed:
            return verdict
    return None
