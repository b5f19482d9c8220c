"""Values at which templates break: nothing, one, a million; names that are long, or run the other way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.blueprint import check_value
from orchestrator.blueprint.types import TypeName
from orchestrator.samples.values import ADDRESS, PLAIN, Shape, items, parts

COUNTS = (0, 1, 2, 5, 11, 21, 100)
"""Between them they reach every plural form of almost every language, and lists that are empty, and long."""
MILLION = 1_000_000  # what French, Spanish and others have a form of its own for
_TEXTS = (
    "A",
    "Maria Magdalena " * 12 + "Costa",
    "عبد الرحمن بن خالد",
    "👩‍👩‍👧‍👦 Zoë",
    '<b>"O\'Neil" & Co.</b> {{ 7 * 7 }} %(name)s %',
    "山田\n太郎",
)


def boundaries(type_: TypeName, shape: Shape = PLAIN) -> Iterator[Any]:
    """Values of a type at which templates break; all of them are of the type."""
    yield from (literal for literal in shape.literals if check_value(type_, literal) is None)
    yield from _BOUNDARIES.get(type_, ()) if "url" not in shape.roles else (f"{ADDRESS}?a=1&b=%20'\"",)
    if type_ == "list":
        yield from (items(shape.item or PLAIN, count) for count in COUNTS)
        yield from _mixed(shape.item or PLAIN)
    elif type_ == "object":
        yield from _objects(shape)


def _mixed(shape: Shape) -> Iterator[list[Any]]:
    """Lists of items that differ from each other."""
    if shape.parts:
        yield list(_objects(shape))
    if "print" in shape.roles or not shape.parts:
        yield list(_TEXTS)


def _objects(shape: Shape) -> Iterator[dict[str, Any]]:
    """An object with all of its parts, with each of them at its boundaries, without each of them, and without all.

    What is printed where a part is missing is a text in its place, so then no part is taken out.
    """
    whole = parts(shape)
    yield whole
    for name, part in shape.parts.items():
        yield from ({**whole, name: other} for other in boundaries(part.type, part))
    if "print" not in shape.roles:
        yield from ({key: inner for key, inner in whole.items() if key != name} for name in shape.parts)
        yield {}


_BOUNDARIES: Mapping[TypeName, tuple[Any, ...]] = {
    "string": _TEXTS,
    "integer": (*COUNTS, MILLION),
    "number": (*COUNTS, MILLION, 0.5, 1.5, -2.25),
    "boolean": (True, False),
    "money": (0, 1, 0.01, 1234.56, MILLION, {"amount": "12.50", "currency": "EUR"}),
    "date": ("2026-01-01", "2028-02-29"),
    "datetime": ("2026-01-01T00:00:00Z", "2028-02-29T23:59:59+14:00"),
    "geo": ({"lat": -90, "lon": 180}, {"lat": 0, "lon": 0}),
}
