"""What is wrong is told in words, with what to do; what is well is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orchestrator.ports import Backlog, Queue, Stuck
from orchestrator.watch.alarms import alarms
from orchestrator.watch.canary import Canary
from orchestrator.watch.exposition import exposed
from orchestrator.watch.status import Account, Status

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(minutes=7)
WELL = Status(
    at=NOW,
    patience=timedelta(seconds=60),
    backlog=Backlog(1, NOW),
    queues=(Queue("held", "news", "email", 3, LONG_AGO, NOW + timedelta(hours=1)),),
    canaries={lane: Canary(lane, NOW, NOW, "here:1") for lane in ("urgent", "bulk")},
    leader=("here:2", NOW + timedelta(seconds=9)),
    workers=("here:1",),
    accounts=(Account("sms:twilio", False, None, 0.1, 9, 1),),
    counted={("kairos_handovers", "twilio", "sent"): 3.0},
)
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "database.away": ({"away": {"database": "Connection refused"}}, "nothing is accepted"),
    "redis.away": ({"away": {"redis": "Connection refused"}}, "Redis does not answer"),
    "workspace.broken": ({"broken": "campaigns/a.yaml:1:11: no flow"}, "cannot be loaded: campaigns/a.yaml:1:11"),
    "workspace.differs": ({"others": ("here:1",)}, "1 of 1 worker processes"),
    "scheduler.gone": ({"leader": ("here:2", LONG_AGO)}, "No scheduler leads"),
    "lane.silent": ({"canaries": {"bulk": WELL.canaries["bulk"]}}, "through the urgent lane within 60 s"),
    "moments.late": ({"backlog": Backlog(9, LONG_AGO)}, "9 moments wait to be decided, the oldest for 7 min"),
    "messages.late": (
        {"queues": (Queue("ready", "news", "sms", 4, LONG_AGO, LONG_AGO),)},
        "4 messages of news on sms are ready, the first overdue for 7 min",
    ),
    "handovers.left": ({"queues": (Queue("sending", "news", "sms", 4, LONG_AGO, LONG_AGO),)}, "Up to 4 hand-overs"),
    "messages.stuck": (
        {"stuck": (Stuck("unknown", "news", "sms", 4, LONG_AGO),)},
        "4 messages of news on sms are unknown, the last for 7 min",
    ),
    "provider.broken": ({"accounts": (Account("sms:twilio", True, NOW, 0.0, 9, 9),)}, "sms:twilio gets no messages"),
    "provider.troubled": ({"accounts": (Account("sms:twilio", False, None, 0.3, 9, 1),)}, "30% of the whole"),
    "redis.at_risk": ({"redis": {"risks": ["appendonly is off: tasks are lost; set it to yes"]}}, "appendonly is off"),
}


@pytest.mark.parametrize("code", WRONG)
def test_each_fault_raises_its_alarm_and_no_other(code: str) -> None:
    """Prometheus is told of it, too."""
    changes, sentence = WRONG[code]
    status = replace(WELL, **changes)
    (alarm,) = alarms(status)
    assert (alarm.code, sentence in alarm.sentence, alarm.remedy.endswith(".")) == (code, True, True)
    assert f'kairos_alarm{{alarm="{code}"}} 1.0' in exposed(status).decode()


def test_what_is_well_raises_none() -> None:
    """Nor does what has been waiting for a person for an hour, which is shown all the same."""
    assert alarms(WELL) == []
    waits = replace(WELL, stuck=(Stuck("dead", "news", "sms", 4, NOW - timedelta(hours=2)),))
    assert alarms(waits) == []
    assert 'kairos_messages_stuck{channel="sms",state="dead"} 4.0' in exposed(waits).decode()


def test_numbers_are_told_as_prometheus_reads_them() -> None:
    """Counters summed over all workers, histograms cumulated, what waits, who serves, how providers fare."""
    counted = {
        ("kairos_handovers", "twilio", "sent"): 3.0,
        ("kairos_moment_to_handover_seconds_bucket", "sms", "0.05"): 1.0,
        ("kairos_moment_to_handover_seconds_bucket", "sms", "+Inf"): 2.0,
        ("kairos_moment_to_handover_seconds_sum", "sms"): 7.5,
        ("kairos_moment_to_handover_seconds_count", "sms"): 3.0,
    }
    told = exposed(replace(WELL, counted=counted)).decode().splitlines()
    assert {
        'kairos_handovers_total{outcome="sent",provider="twilio"} 3.0',
        'kairos_moment_to_handover_seconds_bucket{channel="sms",le="0.05"} 1.0',
        'kairos_moment_to_handover_seconds_bucket{channel="sms",le="86400"} 1.0',
        'kairos_moment_to_handover_seconds_bucket{channel="sms",le="+Inf"} 3.0',
        'kairos_moment_to_handover_seconds_sum{channel="sms"} 7.5',
        'kairos_messages{channel="email",state="held"} 3.0',
        'kairos_canary_age_seconds{lane="bulk"} 0.0',
        'kairos_breaker_open{account="sms:twilio"} 0.0',
        "kairos_scheduler_leads 1.0",
    } <= set(told)
    assert "# TYPE kairos_leases_expired_total counter" in told
    assert "# TYPE kairos_decisions_total counter" in told
