"""Durations as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.blueprint.durations import LONGEST, parse_duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("12h", timedelta(hours=12)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(weeks=2)),
        ("1d12h", timedelta(days=1, hours=12)),
        (" 0s ", timedelta()),
        ("36525d", LONGEST),
    ],
)
def test_a_number_and_a_unit_make_a_duration(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("7", "'7' has no unit"),
        ("", "'' is no duration"),
        ("1.5h", "'1.5h' is no duration"),
        ("-1d", "'-1d' is no duration"),
        ("7 days", "'7 days' is no duration"),
        ("7D", "'7D' is no duration"),
        ("٧d", "'٧d' is no duration"),
        ("1d1d", "names a unit twice"),
        ("36526d", "longer than a century"),
        ("999999999999w", "longer than a century"),
    ],
)
def test_anything_else_is_refused_with_what_to_write(text: str, found: str) -> None:
    with pytest.raises(ValueError, match=found) as refusal:
        parse_duration(text)
    assert "'" in str(refusal.value).replace(repr(text), "")


@given(st.integers(0, 365), st.integers(0, 23), st.integers(0, 59))
def test_parts_add_up(days: int, hours: int, minutes: int) -> None:
    assert parse_duration(f"{days}d{hours}h{minutes}m") == timedelta(days=days, hours=hours, minutes=minutes)
