"""Values: frozen, though they are made as fast as if they were not."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, replace
from datetime import UTC, datetime

import pytest

from orchestrator.model import Moment, Touch
from orchestrator.quick import quick

NOW = datetime(2026, 3, 2, tzinfo=UTC)
TOUCH = Touch("m1", NOW, "sms", "marketing", "news")


def test_a_value_is_what_was_given_in_order_or_by_name() -> None:
    assert Touch(id="m1", at=NOW, channel="sms", purpose="marketing", campaign="news") == TOUCH
    assert (TOUCH.id, TOUCH.at, TOUCH.channel, TOUCH.purpose, TOUCH.campaign) == ("m1", NOW, "sms", "marketing", "news")
    assert type(TOUCH) is Touch


def test_a_value_never_changes() -> None:
    with pytest.raises(FrozenInstanceError):
        TOUCH.id = "m2"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del TOUCH.id


@pytest.mark.parametrize("given", [("m1",), ("m1", NOW, "sms", "marketing", "news", "more")])
def test_what_is_missing_or_too_much_is_refused(given: tuple[object, ...]) -> None:
    with pytest.raises(TypeError, match="__init__"):
        Touch(*given)  # type: ignore[arg-type]


def test_what_is_not_given_is_made_for_each_value() -> None:
    """And what is given stays as it is, nothing included: what a service sent is on record."""
    first, second = (Moment("m", "order.shipped", "p", NOW) for _ in range(2))
    assert first.data == second.data == {}
    assert first.data is not second.data
    assert Moment("m", "order.shipped", "p", NOW, None).data is None  # type: ignore[arg-type]


def test_a_value_can_be_copied_stored_and_varied() -> None:
    assert copy.deepcopy(TOUCH) == pickle.loads(pickle.dumps(TOUCH)) == TOUCH
    assert replace(TOUCH, channel="push") == Touch("m1", NOW, "push", "marketing", "news")
    assert len({TOUCH, replace(TOUCH)}) == 1


def test_nothing_inherits_from_a_value() -> None:
    """It would be made a value of another class: it is not made at all."""

    @quick
    @dataclass(frozen=True, slots=True)
    class Own:
        name: str
        more: list[str] = field(default_factory=list)

    class Heir(Own):
        pass

    assert Own("a", ["b"]).more == ["b"]
    with pytest.raises(TypeError, match="layout"):
        Heir("a")
