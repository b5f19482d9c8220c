"""What the operations of a condition mean, in three-valued logic: True, False, or None for unknown.

An operand is missing when its key is absent, it is null, it is not a number (NaN), or its type is wrong for
the operation. What is computed from something missing is missing, what is compared with it is unknown.
Nothing here raises for values as they come from JSON.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

NUMBERS = frozenset({int, float})  # by exact type: a boolean is not a number
_ORDERED = frozenset({str, datetime})
_PLAIN = NUMBERS | _ORDERED | {bool}
_MIDNIGHT = time(tzinfo=UTC)
RUNTIME = (  # what compiled conditions call
    *("NUMBERS", "ordered", "numbers_ordered", "equal", "member", "is_missing"),
    *("truth", "boolean", "negation", "conjunction", "disjunction"),
    *("at", "add", "subtract", "multiply", "divide", "floor_divide", "modulo"),
    *("amount", "currency", "instant", "day", "count", "since", "distance_km"),
)
_EARTH_RADIUS_KM = 6_371.0088  # mean radius, IUGG


@dataclass(slots=True)
class Scope:
    """All that a condition sees: one person, at one moment, perhaps on one channel.

    `attributes` holds plain values, those that are too old left out; `market` has the market's `name`, `territory`,
    `currency`, `locales` and `terms`. `history` maps a moment's name to the instants at which it happened, in any
    order and with the moment at hand among them; `moment` is the name of that one.
    """

    attributes: Mapping[str, Any]
    data: Mapping[str, Any]
    market: Mapping[str, Any]
    channel: str | None
    history: Mapping[str, tuple[datetime, ...]]
    moment: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Amount:
    """Money: `value` in `currency` (None: whatever it is compared with)."""

    value: Decimal
    currency: str | None


def ordered(left: Any, right: Any, ranks: tuple[int, ...]) -> bool | None:
    """Whether left stands to right as one of `ranks` says: -1 before, 0 level, 1 after."""
    if not _comparable(left, right):
        left, right = _amounts(left, right) or (None, None)
        if left is None:
            return None
    rank = -1 if left < right else 1 if left > right else 0 if left == right else None
    return None if rank is None else rank in ranks


def numbers_ordered(left: Any, right: Any, ranks: tuple[int, ...]) -> bool | None:
    """As `ordered`, for two sides declared as numbers: any other type is wrong there."""
    return ordered(left, right, ranks) if type(left) in NUMBERS and type(right) in NUMBERS else None


def _comparable(left: Any, right: Any) -> bool:
    kind = type(left)
    return type(right) in NUMBERS if kind in NUMBERS else kind in _ORDERED and type(right) is kind


def equal(left: Any, right: Any) -> bool | None:
    """Whether two values are the same; those of different types are not, amounts of different currencies may be."""
    if is_missing(left) or is_missing(right):
        return None
    if type(left) in _PLAIN and type(right) in _PLAIN:
        return bool(left == right) and (type(left) is type(right) or _comparable(left, right))
    if _is_money(left) or _is_money(right):
        return _equal_amounts(left, right)
    try:
        return type(left) is type(right) and bool(left == right)
    except RecursionError:
        return None


def _equal_amounts(left: Any, right: Any) -> bool | None:
    if not all(_is_money(side) or type(side) in NUMBERS for side in (left, right)):
        return False
    amounts = _amounts(left, right)
    return None if amounts is None else amounts[0] == amounts[1]


def member(item: Any, container: Any) -> bool | None:
    """Whether `item` is an element of a list, a key of a map, or a part of a text."""
    if is_missing(item):
        return None
    if isinstance(container, list | tuple):
        return disjunction(equal(item, element) for element in container)
    if isinstance(item, str) and isinstance(container, str | Mapping):
        return item in container
    return None


def is_missing(value: Any) -> bool:
    """Whether there is no value: null, or not a number."""
    return value is None or bool(value != value)


def truth(value: Any) -> bool | None:
    """A value that stands where a condition is expected: empty, zero and false are false."""
    return None if is_missing(value) else bool(value)


def boolean(value: Any) -> bool | None:
    """A value declared as boolean that stands where a condition is expected; any other type is wrong there."""
    return value if isinstance(value, bool) else None


def negation(verdict: bool | None) -> bool | None:
    """`not`: the opposite of unknown is unknown."""
    return None if verdict is None else not verdict


def conjunction(verdicts: Iterable[bool | None]) -> bool | None:
    """`and`: false if one is false, else unknown if one is unknown."""
    return negation(disjunction(map(negation, verdicts)))


def disjunction(verdicts: Iterable[bool | None]) -> bool | None:
    """`or`: true if one is true, else unknown if one is unknown."""
    found = set(verdicts)
    return True if True in found else None if None in found else False


def at(container: Any, key: str | int) -> Any:
    """The value under a key of a map, or at a place of a list."""
    if isinstance(key, str):
        return container.get(key) if isinstance(container, Mapping) else None
    inside = isinstance(container, list | tuple) and key < len(container)
    return container[key] if inside else None


def _arithmetic(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def compute(left: Any, right: Any) -> Any:
        plain = type(left) in NUMBERS and type(right) in NUMBERS
        pair = (left, right) if plain else _amounts(left, right)
        if pair is None:
            return None
        try:
            result = operation(*pair)
            finite = math.isfinite(result)
        except (ArithmeticError, ValueError):
            return None
        if not finite:
            return None
        return result if plain else Amount(result, _currency(left) or _currency(right))

    return compute


add = _arithmetic(operator.add)
subtract = _arithmetic(operator.sub)
multiply = _arithmetic(operator.mul)
divide = _arithmetic(operator.truediv)
floor_divide = _arithmetic(operator.floordiv)
modulo = _arithmetic(operator.mod)


def amount(value: Any, currency: Any) -> Amount | None:
    """Money as it is written: a number in `currency`, or a map of `amount` and perhaps `currency`."""
    if isinstance(value, Mapping):
        number, currency = _decimal(value.get("amount")), value.get("currency", currency)
    else:
        number = None if isinstance(value, str) else _decimal(value)
    return None if number is None else Amount(number, currency if isinstance(currency, str) else None)


def currency(value: Any, default: Any) -> Any:
    """The currency of money as it is written."""
    return None if (money := amount(value, default)) is None else money.currency


def _decimal(value: Any) -> Decimal | None:
    if type(value) not in NUMBERS and not isinstance(value, str | Decimal):
        return None
    try:
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    except (ArithmeticError, ValueError):
        return None
    return number if number.is_finite() else None


def _is_money(value: Any) -> bool:
    if type(value) in _PLAIN:
        return False
    return isinstance(value, Amount) or (isinstance(value, Mapping) and "amount" in value)


def _currency(value: Any) -> str | None:
    return value.currency if isinstance(value, Amount) else currency(value, None)


def _amounts(left: Any, right: Any) -> tuple[Decimal, Decimal] | None:
    """The bare amounts of two values of which one at least is money, unless their currencies differ."""
    if not (_is_money(left) or _is_money(right)):
        return None
    first, second = (side if isinstance(side, Amount) else amount(side, None) for side in (left, right))
    if first is None or second is None:
        return None
    if first.currency and second.currency and first.currency != second.currency:
        return None
    return first.value, second.value


def instant(value: Any) -> datetime | None:
    """The instant that an ISO 8601 text names; one without a zone is read as UTC, a date as its first instant there."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value if value.utcoffset() is not None else value.replace(tzinfo=UTC)
    return datetime.combine(value, _MIDNIGHT) if isinstance(value, date) else None


def day(value: Any) -> datetime | None:
    """The first instant (in UTC) of the date that an ISO 8601 text names; a time of the day is passed over."""
    found = instant(value)
    return None if found is None else datetime.combine(found, _MIDNIGHT)


def count(scope: Scope, moment: str, window: timedelta) -> int:
    """How often `moment` happened within `window` up to now; the moment at hand always counts, but once.

    What is exactly as old as the window is outside of it.
    """
    now = scope.now
    start = now - window
    found = sum(1 for happened in scope.history.get(moment, ()) if start < happened <= now)
    return max(found, 1) if scope.moment == moment else found


def since(scope: Scope, moment: str) -> float | None:
    """The seconds since `moment` last happened before the one at hand; None if it never did."""
    past = sorted(happened for happened in scope.history.get(moment, ()) if happened <= scope.now)
    if scope.moment == moment:
        past = past[:-1]
    return (scope.now - past[-1]).total_seconds() if past else None


def distance_km(place: Any, *other: Any) -> float | None:
    """The great-circle distance in kilometres between two places, or a place and a latitude and longitude."""
    here = _radians(at(place, "lat"), at(place, "lon"))
    there = _radians(*other) if len(other) == 2 else _radians(at(other[0], "lat"), at(other[0], "lon"))
    if here is None or there is None:
        return None
    (lat1, lon1), (lat2, lon2) = here, there
    chord = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_RADIUS_KM * math.asin(math.sqrt(min(chord, 1.0)))


def _radians(latitude: Any, longitude: Any) -> tuple[float, float] | None:
    if type(latitude) not in NUMBERS or type(longitude) not in NUMBERS:
        return None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    return math.radians(latitude), math.radians(longitude)
