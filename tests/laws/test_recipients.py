"""The laws of `recipients`, for as many stories as there is time for."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.laws.recipients import Recipients

QUICK = settings(max_examples=70, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))


def test_no_story_breaks_a_law() -> None:
    """Grants, withdrawals, moments, receipts, crashes and clock moves."""
    run_state_machine_as_test(Recipients, settings=QUICK)


@pytest.mark.slow
def test_no_long_story_breaks_a_law() -> None:
    """As above, more and longer."""
    run_state_machine_as_test(Recipients, settings=settings(QUICK, max_examples=250, stateful_step_count=80))
