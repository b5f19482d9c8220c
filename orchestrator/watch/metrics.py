"""Every number that Prometheus is told, in one place.

Labels are names of things in the workspace, states and kinds: never an id, an address, or anything about a person.
Three ways lead to a number:

    COUNTED   workers count in their own memory, once a batch, and add up in Redis every few seconds (`tally`)
    LOOKED    looked up in the records and in Redis when somebody asks (`status`)
    SERVED    counted by the API process that is asked, about itself
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One number, or one for each combination of labels; `buckets` are the upper ends of a histogram's, in its unit."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


DELAYS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86_400)  # seconds
ANSWERS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)  # seconds

DECISIONS = Metric(
    "kairos_decisions", "counter", "Messages decided, by outcome and reason.", ("campaign", "outcome", "reason")
)
HANDOVERS = Metric(
    "kairos_handovers", "counter", "Hand-overs settled, by provider and what became of them.", ("provider", "outcome")
)
DELAY = Metric(
    "kairos_moment_to_handover_seconds",
    "histogram",
    "From when a moment happened until a provider took its message; what is held for its hour counts as well.",
    ("channel",),
    DELAYS,
)
EXPIRED = Metric("kairos_leases_expired", "counter", "Hand-overs left behind by a worker that is gone.")
COUNTED = (DECISIONS, HANDOVERS, DELAY, EXPIRED)

WAITING = Metric("kairos_moments_waiting", "gauge", "Accepted moments that nobody has decided yet.")
WAITING_AGE = Metric("kairos_moments_oldest_seconds", "gauge", "How long the oldest of them has waited.")
MESSAGES = Metric(
    "kairos_messages", "gauge", "Messages that are not done, up to 100,000 a state.", ("state", "channel")
)
MESSAGES_LATE = Metric(
    "kairos_messages_late_seconds", "gauge", "How long the most overdue of them is overdue.", ("state", "channel")
)
STUCK = Metric(
    "kairos_messages_stuck", "gauge", "Messages of the last week that wait for a person.", ("state", "channel")
)
HINTS = Metric("kairos_queue_length", "gauge", "Tasks in a queue of the broker.", ("queue",))
CANARY_AGE = Metric("kairos_canary_age_seconds", "gauge", "Since a canary last came back through a lane.", ("lane",))
LEADER = Metric("kairos_scheduler_leads", "gauge", "1 while a scheduler leads.")
BREAKER = Metric("kairos_breaker_open", "gauge", "1 while a provider's account gets no messages.", ("account",))
LOWERED = Metric("kairos_share_lowered", "gauge", "The part of the whole taken from an account's share.", ("account",))
AWAY = Metric("kairos_store_away", "gauge", "1 while a store does not answer.", ("store",))
ALARMS = Metric("kairos_alarm", "gauge", "1 for each alarm that `kairos status` would show.", ("alarm",))
LOOKED = (
    WAITING,
    WAITING_AGE,
    MESSAGES,
    MESSAGES_LATE,
    STUCK,
    HINTS,
    CANARY_AGE,
    LEADER,
    BREAKER,
    LOWERED,
    AWAY,
    ALARMS,
)

REQUESTS = Metric("kairos_http_seconds", "histogram", "How long answers took.", ("method", "route", "status"), ANSWERS)
MOMENTS = Metric("kairos_api_moments", "counter", "Moments that services reported.", ("became",))
RECEIPTS = Metric("kairos_api_receipts", "counter", "Reports of providers, by kind.", ("adapter", "kind"))
SERVED = (REQUESTS, MOMENTS, RECEIPTS)
