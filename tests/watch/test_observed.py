"""What passes through the records is counted once a batch, whichever way a message takes, and changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

import pytest

from orchestrator.model import Delivery, Moment
from orchestrator.ports import Records, Touches
from orchestrator.stores.memory import MemoryTouches
from orchestrator.watch import metrics
from orchestrator.watch.observed import observed
from orchestrator.watch.tally import Tally
from tests.engine.conftest import House
from tests.support import material, workspace

Make = Callable[..., House]


@pytest.fixture
def tally() -> Tally:
    """What was counted."""
    return Tally()


@pytest.fixture
def here(records: Records, tally: Tally) -> House:
    """A house whose records are observed, with somebody who agreed to everything."""
    touches: Touches = MemoryTouches(horizon=timedelta(days=2))
    made = House(material(workspace()), observed(records, tally), touches)
    made.know()
    return made


def test_decisions_and_handovers_are_counted(here: House, tally: Tally, caplog: pytest.LogCaptureFixture) -> None:
    """By campaign, outcome and reason; by provider and outcome; with the time since the moment."""
    caplog.set_level(logging.INFO, "kairos")
    drafts = [*here.happen("m1"), *here.happen("m2", profile="nobody")]
    here.later(seconds=3)
    here.hand_over(drafts)
    assert tally.take() == {
        ("kairos_decisions", "news", "send", ""): 1,
        ("kairos_decisions", "news", "drop", "profile.unknown"): 1,
        ("kairos_handovers", "fake", "sent"): 1,
        ("kairos_moment_to_handover_seconds_bucket", "email", "5"): 1,
        ("kairos_moment_to_handover_seconds_sum", "email"): 3.0,
        ("kairos_moment_to_handover_seconds_count", "email"): 1,
    }
    assert tally.take() == {}
    assert "1 moments decided: 1 to send, 0 held, 0 refused" in caplog.messages
    assert "1 messages sent at fake" in caplog.messages


def test_what_leaves_as_it_is_decided_is_counted_too(here: House, tally: Tally) -> None:
    """The express has no claim of its own in which it could be seen."""
    here.express([Moment("m1", "ping", "a", here.now)])
    counted = tally.take()
    assert counted["kairos_handovers", "fake", "sent"] == 1
    assert counted["kairos_moment_to_handover_seconds_count", "email"] == 1


def test_hand_overs_of_a_worker_that_is_gone_are_counted(
    here: House, tally: Tally, caplog: pytest.LogCaptureFixture
) -> None:
    """With their ids in the log, and what becomes of them."""
    (draft,) = here.happen("m1")
    here.records.claim(
        [draft.id],
        now=here.now,
        lease=timedelta(seconds=9),
        recheck=lambda records, facts: [None] * len(records),
        route=lambda messages: ["fake"] * len(messages),
    )
    here.later(seconds=10)
    tally.take()
    here.courier.recover()
    counted = tally.take()
    assert counted["kairos_leases_expired",] == 1
    assert counted["kairos_handovers", "fake", "unknown"] == 1
    assert f"1 hand-overs were left by a worker that is gone: {draft.id}" in caplog.messages
    assert f"message {draft.id} is unknown after fake" in caplog.messages


def test_counts_that_could_not_be_reported_are_kept() -> None:
    """And go with those that come after."""
    tally = Tally()
    tally.add(metrics.EXPIRED, {(): 2})
    tally.observe(metrics.DELAY, ("sms",), [(0.05, 1), (1e9, 2)])
    tally.put_back(tally.take())
    tally.add(metrics.EXPIRED, {(): 1})
    counted = tally.take()
    assert counted["kairos_leases_expired",] == 3
    assert counted["kairos_moment_to_handover_seconds_bucket", "sms", "0.05"] == 1
    assert counted["kairos_moment_to_handover_seconds_bucket", "sms", "+Inf"] == 2


def test_a_provider_that_fails_is_counted_by_what_became_of_it(here: House, tally: Tally) -> None:
    here.provider.answers = [Delivery("rejected", detail="no")]
    here.hand_over(here.happen("m1"))
    assert tally.take()["kairos_handovers", "fake", "failed"] == 1
