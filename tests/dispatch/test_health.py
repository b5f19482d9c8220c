"""What follows from how an account fares: laws of shares, the breaker's course, and what is worth telling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.decision.health import (
    COOL_DOWN,
    IN_A_ROW,
    LONGEST_COOL_DOWN,
    TRIAL,
    Tally,
    cool_down,
    drawn,
    free_at,
    is_well,
    lowered,
    observed,
    on_trial,
    shares,
    tally,
)
from orchestrator.model import Delivery
from orchestrator.ports import Vitals

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
GOOD, BAD = Tally(1, 0), Tally(1, 1, 0, 1)
FIFTY = Tally(50, 5, 0, 0)
WELL = Vitals()

HOUR_AGO = NOW - timedelta(hours=1)
"""What the clock says after it was set back."""

weights = st.lists(st.floats(0, 1000), min_size=1, max_size=5)
points = st.floats(0, 1)


@st.composite
def pools(draw: st.DrawFn) -> tuple[list[float], list[float]]:
    """Weights, and what is taken from each."""
    held = draw(weights)
    return held, draw(st.lists(points, min_size=len(held), max_size=len(held)))


def after(*tallies: Tally, vitals: Vitals = WELL, every: timedelta = SECOND) -> tuple[Vitals, datetime]:
    """The vitals after one batch at each step of time, and when that is."""
    now = NOW
    for seen in tallies:
        now += every
        vitals = observed(vitals, seen, now)
    return vitals, now


@given(pools())
def test_shares_sum_to_the_whole_and_are_never_negative(pool: tuple[list[float], list[float]]) -> None:
    """Whatever is taken from whom."""
    parts = shares(*pool)
    assert sum(parts) == pytest.approx(1.0)
    assert min(parts) >= 0.0


@given(weights)
def test_shares_are_as_configured_while_all_are_well(held: list[float]) -> None:
    """In proportion to the weights; without any, the first has all."""
    parts = shares(held, [0.0] * len(held))
    total = sum(held)
    expected = [weight / total for weight in held] if total else [1.0] + [0.0] * (len(held) - 1)
    assert parts == pytest.approx(expected)


@given(pools(), points)
def test_who_fares_worse_never_gets_more(pool: tuple[list[float], list[float]], more: float) -> None:
    """And nobody else gets less."""
    held, taken = pool
    worse = [max(taken[0], more), *taken[1:]]
    assert shares(held, worse)[0] <= shares(held, taken)[0] + 1e-9


@pytest.mark.parametrize(
    ("held", "taken", "expected"),
    [
        ([50, 50], [0.1, 0.0], [0.4, 0.6]),
        ([70, 20, 10], [0.1, 0.0, 0.0], [0.6, 0.2 + 0.2 / 3, 0.1 + 0.1 / 3]),
        ([50, 50], [0.1, 0.1], [0.5, 0.5]),
        ([50, 50], [1.0, 1.0], [0.5, 0.5]),
        ([0, 0, 0], [0.3, 0.0, 0.0], [0.7, 0.3, 0.0]),
        ([0, 0, 0], [1.0, 0.5, 0.0], [0.0, 0.5, 0.5]),
        ([1, 0], [1.0, 1.0], [1.0, 0.0]),
        ([7], [0.9], [1.0]),
    ],
)
def test_what_one_loses_the_others_get(
    held: Sequence[float], taken: Sequence[float], expected: Sequence[float]
) -> None:
    """Ten points of the whole are ten points; who stands by comes in, in order."""
    assert shares(held, taken) == pytest.approx(expected)


@given(pools(), st.floats(0, 1, exclude_max=True))
def test_a_draw_falls_on_somebody_with_a_share(pool: tuple[list[float], list[float]], at: float) -> None:
    """At the edges, too."""
    parts = shares(*pool)
    assert parts[drawn(parts, at)] > 0


@given(st.lists(st.tuples(st.integers(1, 40), st.floats(0, 1)), max_size=40))
def test_what_is_taken_comes_back_by_itself(batches: list[tuple[int, float]]) -> None:
    """However an account fared, it has its configured share again in time, and never loses more than all."""
    tallies = [Tally(calls, int(calls * rate), 0, int(calls * rate) if rate == 1 else 0) for calls, rate in batches]
    vitals, now = after(*tallies, every=30 * SECOND)
    assert 0.0 <= lowered(vitals, now) <= 1.0
    steps = [lowered(vitals, now + minutes * MINUTE) for minutes in range(0, 120, 10)]
    assert steps == sorted(steps, reverse=True)
    assert steps[-1] == 0.0


def test_a_share_is_lowered_by_ten_points_once_a_minute_while_calls_fail() -> None:
    """And drifts back by a point a minute."""
    vitals, now = after(FIFTY)
    assert lowered(vitals, now) == pytest.approx(0.1)
    vitals, now = after(*[FIFTY] * 20, vitals=vitals)
    assert lowered(vitals, now) < 0.1
    vitals = observed(vitals, FIFTY, NOW + 2 * MINUTE)
    assert lowered(vitals, NOW + 2 * MINUTE) == pytest.approx(0.2, abs=0.02)
    assert lowered(vitals, NOW + 7 * MINUTE) == pytest.approx(0.15, abs=0.02)


def test_slowness_lowers_a_share_and_opens_no_breaker() -> None:
    """A slow provider still delivers."""
    vitals, now = after(Tally(50, 0, 50))
    assert lowered(vitals, now) == pytest.approx(0.1)
    assert free_at(vitals, now) == now


def test_a_few_faults_among_many_calls_change_nothing() -> None:
    """Nor do two of two."""
    for tallies in ([Tally(1000, 5)], [BAD, BAD]):
        vitals, now = after(*tallies)
        assert (lowered(vitals, now), vitals.trips) == (0.0, 0)


def test_a_breaker_opens_after_faults_in_a_row_and_lets_one_try_when_it_has_cooled_down() -> None:
    """A trial that goes well closes it, one that does not keeps it open for twice as long."""
    vitals, now = after(*[BAD] * IN_A_ROW)
    assert free_at(vitals, now) == now + COOL_DOWN
    later = now + COOL_DOWN
    trial = on_trial(vitals, later)
    assert free_at(trial, later + SECOND) == later + TRIAL
    assert observed(trial, GOOD, later + SECOND) == Vitals(moved=vitals.moved, lowered=vitals.lowered)
    worse = observed(trial, BAD, later + SECOND)
    assert free_at(worse, later + SECOND) == later + SECOND + 2 * COOL_DOWN


def test_a_breaker_opens_after_two_silences() -> None:
    """Each keeps a worker for as long as a call may take."""
    silence = Tally(1, 1, 1, 1)
    assert after(silence)[0].trips == 0
    assert after(silence, silence)[0].trips == 1
    assert after(silence, GOOD, silence)[0].trips == 0


def test_a_call_that_goes_well_breaks_the_row() -> None:
    """Faults must be in a row."""
    vitals, _ = after(*[BAD] * (IN_A_ROW - 1), GOOD, BAD)
    assert (vitals.trips, vitals.streak) == (0, 1)


def test_a_breaker_opens_when_half_of_the_calls_fail() -> None:
    """Within the last minute, and only if there were enough."""
    assert after(Tally(30, 15))[0].trips == 1
    assert after(Tally(10, 5))[0].trips == 0
    assert after(Tally(10, 5), Tally(10, 5), every=2 * MINUTE)[0].trips == 0


def test_what_began_before_the_breaker_opened_neither_closes_nor_prolongs_it() -> None:
    """Late answers are no trial."""
    vitals, now = after(*[BAD] * IN_A_ROW)
    for late in (GOOD, BAD):
        assert free_at(observed(vitals, late, now + SECOND), now) == now + COOL_DOWN


def test_a_trial_of_which_nobody_tells_is_anybodys() -> None:
    """The worker may have died."""
    vitals, now = after(*[BAD] * IN_A_ROW)
    trial = on_trial(vitals, now + COOL_DOWN)
    assert free_at(trial, now + COOL_DOWN + TRIAL) == now + COOL_DOWN + TRIAL


def test_a_trial_in_which_nothing_was_tried_is_the_next_messages() -> None:
    """At once: nobody has to wait for its outcome."""
    vitals, now = after(*[BAD] * IN_A_ROW)
    later = now + COOL_DOWN
    assert free_at(observed(on_trial(vitals, later), Tally(0, 0), later), later) == later


@given(st.integers(1, 1000))
def test_a_breaker_cools_down_longer_each_time_up_to_a_minute(trips: int) -> None:
    """So that somebody finds out soon when the provider is back."""
    assert COOL_DOWN <= cool_down(trips) <= cool_down(trips + 1) <= LONGEST_COOL_DOWN


def test_an_account_that_asks_for_patience_is_left_alone() -> None:
    """For as long as it asks, up to five minutes; that is no fault."""
    vitals, now = after(tally([Delivery("retry", retry_after=7.0)], slow=False))
    assert (free_at(vitals, now), vitals.streak) == (now + 7 * SECOND, 0)
    vitals, now = after(tally([Delivery("retry", retry_after=86_400.0)], slow=False))
    assert free_at(vitals, now) == now + 5 * MINUTE


def test_answers_are_counted_by_what_they_say_of_the_account() -> None:
    """A refusal of one message, or a wait for one recipient, is none of its faults."""
    answers = [
        Delivery("unknown"),
        Delivery("accepted"),
        Delivery("rejected"),
        Delivery("retry", retry_after=0.0),
        Delivery("retry"),
        Delivery("unknown"),
    ]
    assert tally(answers, slow=False) == Tally(6, 3, 0, 2)
    assert tally(answers[1:4], slow=True) == Tally(3, 0, 3, 0)


def test_what_is_well_is_not_worth_telling() -> None:
    """Until something was wrong: from then on good news counts, for a minute."""
    assert is_well(Vitals(), GOOD, NOW)
    assert not is_well(Vitals(), BAD, NOW)
    vitals, now = after(BAD, GOOD)
    assert not is_well(vitals, GOOD, now)
    assert is_well(vitals, GOOD, now + MINUTE + 10 * SECOND)


def test_a_clock_that_is_set_back_keeps_no_breaker_open() -> None:
    """Nor a share lowered, nor an account at rest: what is of the future does not count."""
    broken = observed(WELL, Tally(9, 9, 0, 9), NOW)
    assert free_at(broken, NOW) > NOW
    assert free_at(broken, HOUR_AGO) == HOUR_AGO
    assert free_at(on_trial(broken, NOW), HOUR_AGO) == HOUR_AGO
    resting = observed(WELL, Tally(1, 0, rest=MINUTE), NOW)
    assert (free_at(resting, NOW), free_at(resting, HOUR_AGO)) == (NOW + MINUTE, HOUR_AGO)
    poor = observed(WELL, FIFTY, NOW)
    assert lowered(poor, NOW) > 0
    assert lowered(poor, HOUR_AGO) == 0
    assert is_well(replace(poor, streak=0), GOOD, HOUR_AGO)
    assert lowered(observed(poor, FIFTY, HOUR_AGO), HOUR_AGO) > 0
