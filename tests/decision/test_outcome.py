"""What follows from a provider's answer, and what a receipt teaches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.blueprint import Purpose
from orchestrator.decision.outcome import ATTEMPTS, LONGEST_DELAY, delay, lesson, settlement
from orchestrator.model import Content, Delivery, Moment, Outgoing, Receipt
from orchestrator.ports import Record, Settlement, State

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
BILL, NEWS = Purpose("transactional", "none"), Purpose("marketing", "market")


def settle(
    kind: Any,
    *,
    attempt: int = 1,
    idempotent: bool = False,
    purpose: Purpose | None = NEWS,
    age: timedelta = timedelta(0),
    repeated: bool = False,
) -> Settlement:
    """The settlement of one attempt at a message."""
    message = Outgoing(
        "m", "news", "a", "marketing", "email", "US", "en", ("a@example.com",), Content("email", {"subject": "Hello"}), NOW - age,
        attempt, fence=attempt, repeated=repeated,
    )  # fmt: skip
    return settlement(
        message, Delivery(kind, provider_id="p"), provider="box", idempotent=idempotent, purpose=purpose, now=NOW
    )


@pytest.mark.parametrize(
    ("kind", "options", "state", "released"),
    [
        ("accepted", {}, "sent", False),
        ("rejected", {}, "failed", True),
        ("retry", {}, "retry", False),
        ("retry", {"attempt": ATTEMPTS}, "dead", True),
        ("retry", {"age": timedelta(hours=25)}, "dead", True),
        ("unknown", {}, "unknown", False),
        ("unknown", {"idempotent": True}, "retry", False),
        ("unknown", {"purpose": BILL}, "retry", False),
        ("unknown", {"purpose": BILL, "repeated": True}, "unknown", False),
        ("rejected", {"repeated": True}, "unknown", False),
        ("rejected", {"repeated": True, "idempotent": True}, "failed", True),
        ("accepted", {"repeated": True}, "sent", False),
        ("retry", {"repeated": True, "attempt": ATTEMPTS}, "unknown", False),
        ("unknown", {"purpose": None}, "unknown", False),
        ("unknown", {"idempotent": True, "attempt": ATTEMPTS}, "unknown", False),
    ],
)
def test_each_answer_leads_to_one_state(kind: str, options: dict[str, Any], state: State, released: bool) -> None:
    """A lost answer is repeated only where the provider recognises it, or where twice is better than never, and once."""
    found = settle(kind, **options)
    assert (found.state, found.release) == (state, released)
    assert (found.due is not None) == (state == "retry")


@given(st.text(), st.integers(1, 100), st.floats(0, 1e9) | st.none())
def test_a_delay_is_bounded_repeatable_and_never_shorter_than_asked(
    message: str, attempt: int, asked: float | None
) -> None:
    """Jitter derives from the message, so that a replay waits as long."""
    waited = delay(message, attempt, asked)
    assert waited == delay(message, attempt, asked)
    assert timedelta(0) <= waited <= max(LONGEST_DELAY, timedelta(days=1))
    assert waited >= timedelta(seconds=min(asked or 0, 86400))


def record(state: State) -> Record:
    """A message in a state."""
    moment = Moment("m1", "ping", "a", NOW)
    return Record(
        "m", moment, "news", "a", "marketing", state, None, NOW, None, "email", "US", "en", None, ("a@example.com",), None, (), None
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "permanent", "before", "state", "released", "suppressed"),
    [
        ("delivered", False, "sent", "delivered", False, False),
        ("delivered", False, "failed", None, False, False),
        ("bounced", True, "sent", "failed", True, True),
        ("bounced", True, "delivered", "failed", True, True),
        ("bounced", True, "failed", None, False, True),
        ("bounced", False, "sent", None, False, False),
        ("failed", True, "sent", "failed", True, True),
        ("failed", False, "sent", "failed", True, False),
        ("expired", False, "unknown", "failed", True, False),
        ("complained", False, "delivered", None, False, True),
        ("opened", False, "sent", None, False, False),
    ],
)
def test_a_receipt_moves_a_message_forward_only(
    kind: Any, permanent: bool, before: State, state: State | None, released: bool, suppressed: bool
) -> None:
    """And gives a touch back once."""
    learnt = lesson(Receipt(kind, NOW, "k", permanent=permanent), record(before))
    assert (learnt.state, learnt.release, learnt.suppress) == (state, released, suppressed)


@pytest.mark.parametrize(
    ("before", "recount"), [("dead", True), ("dropped", True), ("sent", False), ("unknown", False)]
)
def test_what_is_delivered_after_it_was_given_up_counts_again(before: State, recount: bool) -> None:
    """Its touch was given back too soon."""
    learnt = lesson(Receipt("delivered", NOW, "k"), record(before))
    assert (learnt.state, learnt.recount) == ("delivered", recount)
