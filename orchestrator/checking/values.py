"""What an expression of a template may be, as far as that can be said before anybody's values are there.

    {{ moment.data.eta|default('soon') }}      Datum(path=moment.data.eta, known) or Datum(kind="text")

A `Value` lists all that an expression may be. A `Datum` stands for something in a person's values (by its path), or for
something that the template makes itself (by its kind).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Path = tuple[str, ...]
Literal = str | int | float | bool

ITEM = "*"
"""Stands in a path for any item of a list."""

SCALARS = frozenset({"string", "text", "integer", "number", "boolean", "date", "datetime"})
WRITTEN = frozenset({"date", "datetime", "boolean"})
"""What can be printed as it is, but reads like a machine's output."""
_NUMBERS = frozenset({"integer", "number"})
_LISTS = frozenset({"list"})
_MANY = frozenset({"list", "object"})
_ANY_NUMBER = frozenset({"integer", "number", "money"})

TAKES: Mapping[str, frozenset[str]] = {
    "money": _ANY_NUMBER,
    "date": frozenset({"date", "datetime"}),
    "time": frozenset({"datetime"}),
    "datetime": frozenset({"datetime"}),
    "relative": frozenset({"date", "datetime"}),
    "name": frozenset({"string", "text"}),
    "url": frozenset({"string", "text"}),
    "each": _MANY,
    "in": frozenset({"list", "object", "string", "text"}),
    **dict.fromkeys(("number", "percent", "unit", "plural", "abs", "round", "calculate", "range"), _NUMBERS),
    **dict.fromkeys(("items", "dictsort"), frozenset({"object"})),
    **dict.fromkeys(("length", "count"), frozenset({"list", "object", "string", "text"})),
    **dict.fromkeys(("first", "last", "reverse"), frozenset({"list", "string", "text"})),
    **dict.fromkeys(
        ("list", "join", "sort", "unique", "batch", "slice", "sum", "min", "max", "map", "select", "reject", "selectattr",
         "rejectattr", "groupby"), _LISTS
    ),
    **dict.fromkeys(
        ("print", "upper", "lower", "capitalize", "title", "trim", "truncate", "wordwrap", "wordcount", "replace",
         "striptags", "center", "indent", "urlencode", "string", "int", "float"), SCALARS
    ),
}  # fmt: skip
"""The kinds of value that a place or a filter takes; what is not here takes any."""

GIVES: Mapping[str, str] = {
    **dict.fromkeys(
        ("money", "number", "percent", "unit", "date", "time", "datetime", "relative", "list", "join", "upper", "lower",
         "capitalize", "title", "trim", "truncate", "wordwrap", "replace", "striptags", "center", "indent", "urlencode",
         "string", "e", "escape", "url", "attribute", "in_title", "shown"), "text"
    ),
    **dict.fromkeys(("length", "count", "wordcount", "int", "plural"), "integer"),
    **dict.fromkeys(("float", "round", "abs", "sum"), "number"),
    **dict.fromkeys(("map", "batch", "slice", "groupby", "items", "dictsort"), "list"),
}  # fmt: skip
"""What a filter makes of a value."""

SAME = frozenset({"name", "text", "each", "sort", "unique", "reverse", "select", "reject", "selectattr", "rejectattr"})
"""Filters whose result is of the value's own kind."""
ONE = frozenset({"first", "last", "min", "max"})
"""Filters that take an item out of a list."""
LENIENT = frozenset({"default", "d", "name", "text"})
"""Filters that do not fail where a value is missing."""
PRINTS = frozenset({"shown", "attribute", "in_title", "e", "escape"})
"""Filters that print a value into its place."""


@dataclass(frozen=True, slots=True)
class Datum:
    """One thing that an expression may be.

    Attributes:
        path: where in a person's values it is from; empty where the template makes it.
        kind: what the template made; None where that is for the workspace to say, or not known.
        known: it is there for certain.
        literal: what stands in the template, if it is a literal.
    """

    path: Path = ()
    kind: str | None = None
    known: bool = False
    literal: Literal | None = None


Value = tuple[Datum, ...]
TEXT: Value = (Datum(kind="text", known=True),)
UNKNOWN: Value = (Datum(known=True),)


def made(kind: str) -> Value:
    """A value that the template itself makes."""
    return (Datum(kind=kind, known=True),)


def either(*values: Iterable[Datum]) -> Value:
    """All that any of the values may be."""
    return tuple(dict.fromkeys(datum for value in values for datum in value))


def declared(path: Path) -> Path:
    """The part of a path that a workspace can declare: an attribute, a field of a moment, a term of a market."""
    return path[: 3 if path[:2] in (("moment", "data"), ("market", "terms")) else 2]


def written(path: Path) -> str:
    """A path as a template has it."""
    return ".".join("…" if part == ITEM else part for part in path)
