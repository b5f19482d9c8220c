"""Times of day, and ranges of them, as people write them."""

from __future__ import annotations

from datetime import time

import pytest

from orchestrator.blueprint.clock import ClockRange, parse_clock, parse_range


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("07:00-09:00", time(7), time(9)),
        ("7:05 - 9:10", time(7, 5), time(9, 10)),
        ("22:00–02:00", time(22), time(2)),
        ("18:00-24:00", time(18), time(0)),
        ("00:00-23:59", time(0), time(23, 59)),
    ],
)
def test_a_range_has_a_start_and_an_end_and_may_cross_midnight(text: str, start: time, end: time) -> None:
    assert parse_range(text) == ClockRange(start, end)


@pytest.mark.parametrize(
    "text", ["07:00", "7-9", "07:00-", "25:00-26:00", "07:60-08:00", "07:00-07:00", "24:00-00:00", ""]
)
def test_what_is_no_range_says_what_one_looks_like(text: str) -> None:
    with pytest.raises(ValueError, match=r"07:00-09:00|07:30|make the two times differ"):
        parse_range(text)


@pytest.mark.parametrize("text", ["730", "07.30", "7h30", "24:01", "-1:00", "0７:30", " 07:30"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no time of day"):
        parse_clock(text)


def test_a_range_is_shown_as_it_is_written() -> None:
    assert str(parse_range("22:00-02:00")) == "22:00-02:00"
