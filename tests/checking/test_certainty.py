"""What a condition cannot hold without: taken away, it holds no more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from orchestrator.blueprint import AttributeType, FieldType, Names, Scope, compile_condition
from orchestrator.checking.certainty import needed_by
from orchestrator.checking.values import written

NAMES = Names(
    {"age": AttributeType("integer"), "city": AttributeType("string"), "vip": AttributeType("boolean"),
     "place": AttributeType("geo"), "tags": AttributeType("list")},
    {"total": FieldType("number"), "garage": FieldType("geo")},
    ("order.placed",),
)  # fmt: skip
ATTRIBUTES: dict[str, Any] = {
    "age": 30, "city": "Berlin", "vip": True, "place": {"lat": 52.5, "lon": 13.4}, "tags": ["a", "b"],
}  # fmt: skip
DATA: dict[str, Any] = {"total": 120, "garage": {"lat": 52.5, "lon": 13.5}}


def scope(without: tuple[str, ...] = ()) -> Scope:
    """A person and a moment of whom all is known, but for one thing."""
    attributes = {name: value for name, value in ATTRIBUTES.items() if ("profile", name) != without}
    data = {name: value for name, value in DATA.items() if ("moment", "data", name) != without}
    market = {"name": "DE", "terms": {}}
    return Scope(
        attributes, data, market, "sms", {"order.placed": ()}, "order.placed", datetime(2026, 3, 2, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("age >= 18", {"profile.age"}),
        ("age >= 18 and city == 'Berlin'", {"profile.age", "profile.city"}),
        ("age >= 18 or city == 'Berlin'", set()),
        ("(age >= 18 and vip) or (age < 18 and city == 'x')", {"profile.age"}),
        ("not (age < 18)", {"profile.age"}),
        ("not (age < 18 or city == 'Paris')", {"profile.age", "profile.city"}),
        ("not (age < 18 and city == 'Paris')", set()),
        ("data.total > 100 and vip", {"moment.data.total", "profile.vip"}),
        ("distance_km(place, data.garage) <= 25", {"profile.place", "moment.data.garage"}),
        ("'a' in tags", {"profile.tags"}),
        ("age is defined", {"profile.age"}),
        ("city is not none and age + 1 > 2", {"profile.city", "profile.age"}),
        ("18 <= age < 99", {"profile.age"}),
        ("count('order.placed', '7d') <= 9", set()),
        ("true", set()),
        ("market == 'DE' and channel == 'sms'", set()),
    ],
)
def test_what_must_be_known(text: str, needed: set[str]) -> None:
    """It holds of somebody of whom all is known, and of nobody of whom one of these is not."""
    condition = compile_condition(text, NAMES)
    found = needed_by(condition)
    assert {written(path) for path in found} == needed
    assert condition.holds(scope())
    assert not any(condition.holds(scope(path)) for path in found)


def test_no_condition_needs_nothing() -> None:
    """Everybody is in."""
    assert needed_by(None) == frozenset()
