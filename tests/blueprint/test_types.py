"""A value is of a type, or there is a sentence that says why not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.blueprint.types import TYPES, FieldType, MomentType, TypeName, check_moment, check_value

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
GOOD: dict[TypeName, list[object]] = {
    "string": ["", "x"],
    "integer": [0, -3, 10**30],
    "number": [0, 1.5, Decimal("1.10")],
    "boolean": [True, False],
    "money": [12, 12.5, Decimal("12.50"), {"amount": "12.50", "currency": "EUR"}, {"amount": -3, "currency": "JPY"}],
    "date": ["2026-03-02", date(2026, 3, 2)],
    "datetime": ["2026-03-02T09:00:00Z", "2026-03-02T09:00:00.5+05:45", AT],
    "geo": [{"lat": -90, "lon": 180.0}, {"lat": 0, "lon": 0, "accuracy": 5}],
    "list": [[], [1], (1, 2)],
    "object": [{}, {"a": 1}],
}
BAD: dict[TypeName, list[object]] = {
    "string": [1, None, [], True],
    "integer": [True, 1.0, "1", float("nan"), Decimal(1)],
    "number": [True, "1", float("inf"), float("nan"), Decimal("NaN"), None],
    "boolean": [0, "true", None],
    "money": [
        *(True, "12.50", float("inf"), {"amount": "1"}, {"currency": "EUR"}),
        *({"amount": amount, "currency": "EUR"} for amount in ("12,50", "1e3", "NaN", "١", None)),
        *({"amount": 1, "currency": currency} for currency in ("QQQ", ["EUR"], None)),
    ],
    "date": ["2026-02-30", "20260302", "2026-W10-1", "2.3.2026", AT, 1],
    "datetime": ["2026-03-02T09:00:00", "2026-03-02", AT.replace(tzinfo=None), date(2026, 3, 2), "soon", 0],
    "geo": [
        *({"lat": lat, "lon": 0} for lat in (91, "0", True, None, float("nan"))),
        *({"lat": 0, "lon": -181}, [0, 0], {}),
    ],
    "list": ["x", {}, {1}],
    "object": [[], "x"],
}


@pytest.mark.parametrize(("type_name", "value"), [(name, value) for name in TYPES for value in GOOD[name]])
def test_a_value_of_its_type_is_left_alone(type_name: TypeName, value: object) -> None:
    assert check_value(type_name, value) is None


@pytest.mark.parametrize(("type_name", "value"), [(name, value) for name in TYPES for value in BAD[name]])
def test_a_value_of_another_type_is_explained(type_name: TypeName, value: object) -> None:
    problem = check_value(type_name, value)
    assert problem
    assert problem.endswith((".", "?"))


def test_an_unknown_currency_is_guessed() -> None:
    assert "Did you mean 'EUR'?" in (check_value("money", {"amount": "1", "currency": "EURO"}) or "")


SHIPPED = MomentType(
    {"order_id": FieldType("string", required=True), "total": FieldType("money"), "n": FieldType("integer")}
)


def test_a_moment_that_carries_what_its_type_declares_has_no_problems() -> None:
    assert check_moment(SHIPPED, {"order_id": "A1", "total": 3}) == ()


def test_a_field_that_nobody_declared_is_ignored() -> None:
    assert check_moment(SHIPPED, {"order_id": "A1", "colour": object()}) == ()


@pytest.mark.parametrize("data", [{}, {"order_id": None}])
def test_a_required_field_must_be_there(data: dict[str, object]) -> None:
    (problem,) = check_moment(SHIPPED, data)
    assert "`data.order_id` is missing" in problem


def test_an_optional_field_may_be_null() -> None:
    assert check_moment(SHIPPED, {"order_id": "A1", "total": None}) == ()


def test_every_wrong_field_is_named() -> None:
    problems = check_moment(SHIPPED, {"total": "3", "n": True})
    assert [problem.split("`")[1] for problem in problems] == ["data.order_id", "data.total", "data.n"]


def test_a_problem_does_not_show_the_value() -> None:
    """A moment's data is about a person, and problems end up in traces."""
    assert all(
        "Jane" not in problem for problem in check_moment(SHIPPED, {"order_id": "A1", "total": "Jane", "n": "Jane"})
    )


@given(st.sampled_from(TYPES), st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists))
def test_no_value_breaks_a_check(type_name: TypeName, value: object) -> None:
    problem = check_value(type_name, value)
    assert problem is None or problem.endswith((".", "?"))
