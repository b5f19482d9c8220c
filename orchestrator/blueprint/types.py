"""The types that attributes and moment data have, and whether a value is of one.

    string integer number boolean money date datetime geo list object

Asked for every moment that comes in, so it is one call of a small function per value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, get_args

from orchestrator.blueprint.codes import currencies
from orchestrator.blueprint.problems import did_you_mean

TypeName = Literal["string", "integer", "number", "boolean", "money", "date", "datetime", "geo", "list", "object"]
TYPES: tuple[TypeName, ...] = get_args(TypeName)

_AMOUNT = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class AttributeType:
    """What an attribute of a person is. Older than `fresh` counts as missing.

    A `sensitive` one may be used only by a campaign that names it under `identify`.
    """

    type: TypeName
    fresh: timedelta | None = None
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class FieldType:
    """What a field of a moment's data is."""

    type: TypeName
    required: bool = False


@dataclass(frozen=True, slots=True)
class MomentType:
    """What a moment carries, by field. What it carries besides is ignored."""

    data: Mapping[str, FieldType] = field(default_factory=dict)


def check_value(type_name: TypeName, value: Any) -> str | None:
    """What keeps `value` from being of a type, as a sentence; None where nothing does."""
    return _CHECKS[type_name](value)


def check_moment(type_: MomentType, data: Mapping[str, Any]) -> tuple[str, ...]:
    """What keeps `data` from being what a moment of this type carries: a sentence for each field, in the type's order.

    A field that is absent or null is missing, which only a required one may not be.
    """
    problems = []
    for name, wanted in type_.data.items():
        value = data.get(name)
        if value is None:
            if wanted.required:
                problems.append(f"`data.{name}` is missing and required; expected {_EXPECTED[wanted.type]}.")
        elif problem := _CHECKS[wanted.type](value):
            problems.append(f"`data.{name}`: {problem}")
    return tuple(problems)


def kind_of(value: Any) -> str:
    """What kind of value this is, without showing it: a moment's data is about a person."""
    if isinstance(value, float | Decimal) and not math.isfinite(value):
        return "a number that is not finite"
    return next((name for types, name in _KINDS if isinstance(value, types)), "something else")


_KINDS: tuple[tuple[Any, str], ...] = (
    (bool, "true or false"),
    ((int, float, Decimal), "a number"),
    (str, "a text"),
    (Mapping, "a mapping"),
    ((list, tuple), "a list"),
    (datetime, "a date and time"),
    (date, "a date"),
    (type(None), "nothing"),
)

_EXPECTED: Mapping[TypeName, str] = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a finite number",
    "boolean": "true or false",
    "money": 'a finite number, or {"amount": "12.50", "currency": "EUR"}',
    "date": "a date such as '2026-03-02'",
    "datetime": "a date and time with an offset, such as '2026-03-02T09:00:00Z'",
    "geo": '{"lat": -90 to 90, "lon": -180 to 180}',
    "list": "a list",
    "object": "a mapping",
}


def _wrong(type_name: TypeName, value: Any) -> str:
    return f"expected {_EXPECTED[type_name]}, found {kind_of(value)}."


def _is_number(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return not isinstance(value, bool)
    return isinstance(value, Decimal) and value.is_finite()


def _string(value: Any) -> str | None:
    return None if isinstance(value, str) else _wrong("string", value)


def _integer(value: Any) -> str | None:
    return None if isinstance(value, int) and not isinstance(value, bool) else _wrong("integer", value)


def _number(value: Any) -> str | None:
    return None if _is_number(value) else _wrong("number", value)


def _boolean(value: Any) -> str | None:
    return None if isinstance(value, bool) else _wrong("boolean", value)


def _list(value: Any) -> str | None:
    return None if isinstance(value, list | tuple) else _wrong("list", value)


def _object(value: Any) -> str | None:
    return None if isinstance(value, Mapping) else _wrong("object", value)


def _date(value: Any) -> str | None:
    if isinstance(value, str):
        return None if _DAY.fullmatch(value) and _parses(date.fromisoformat, value) else _wrong("date", value)
    return None if isinstance(value, date) and not isinstance(value, datetime) else _wrong("date", value)


def _datetime(value: Any) -> str | None:
    parsed = _parses(datetime.fromisoformat, value) if isinstance(value, str) else value
    if not isinstance(parsed, datetime):
        return _wrong("datetime", value)
    if parsed.utcoffset() is None:
        return f"without an offset it could be any instant of a day; expected {_EXPECTED['datetime']}."
    return None


def _parses(read: Callable[[str], Any], text: str) -> Any:
    try:
        return read(text)
    except ValueError:
        return None


def _money(value: Any) -> str | None:
    if _is_number(value):
        return None
    if not isinstance(value, Mapping) or not _is_amount(value.get("amount")):
        return _wrong("money", value)
    return _currency(value.get("currency"))


def _is_amount(amount: Any) -> bool:
    return bool(_AMOUNT.fullmatch(amount)) if isinstance(amount, str) else _is_number(amount)


def _currency(code: Any) -> str | None:
    if isinstance(code, str) and code in currencies():
        return None
    hint = did_you_mean(code, currencies()) if isinstance(code, str) else ""
    return f"expected an ISO 4217 code as the currency, found {kind_of(code)}.{hint}"


def _geo(value: Any) -> str | None:
    if isinstance(value, Mapping):
        lat: Any = value.get("lat")
        lon: Any = value.get("lon")
        if _is_number(lat) and _is_number(lon) and abs(lat) <= 90 and abs(lon) <= 180:
            return None
    return _wrong("geo", value)


_CHECKS: Mapping[TypeName, Callable[[Any], str | None]] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "money": _money,
    "date": _date,
    "datetime": _datetime,
    "geo": _geo,
    "list": _list,
    "object": _object,
}
