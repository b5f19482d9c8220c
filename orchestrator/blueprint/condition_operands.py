"""What stands beside an operator: from the names, paths, calls and literals of a condition to code that fetches a value.

    tenure_days          scope.attributes.get('tenure_days')
    market.terms.pay     at(scope.market.get('terms'), 'pay')
    data.eta             instant(scope.data.get('eta'))
    count('a.b', '7d')   count(scope, 'a.b', constant_0)

A value of a declared type is read as that type; what cannot be read so is missing.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Protocol

from orchestrator.blueprint import condition_values as values
from orchestrator.blueprint.condition_syntax import ConditionError
from orchestrator.blueprint.durations import parse_duration
from orchestrator.blueprint.problems import did_you_mean, unknown

DATES = ("date", "datetime")
NUMERIC = ("number", "duration")

_FUNCTIONS = {
    "count": "count('moment', '7d')",
    "since": "since('moment')",
    "distance_km": "distance_km(place, place) or distance_km(place, latitude, longitude)",
}
MARKET_FIELDS = {
    **{"name": "string", "territory": "string", "currency": "string"},
    **{"locales": "list", "terms": "object"},
}
_LITERALS = {"true": True, "false": False, "none": None}

_ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.FloorDiv: "floor_divide",
    ast.Mod: "modulo",
}
_WRITE_INSTEAD = {
    "profile": "An attribute stands by its bare name, without `profile.` before it.",
    "attributes": "An attribute stands by its bare name, without `attributes.` before it.",
    "moment": "What the moment carries is `data`, as in `data.total`.",
    "null": "Write `none`, or `is not defined`.",
    "now": "There is no `now`; use since() or count(), or compare with a date in quotes.",
}
_KINDS = {
    **dict.fromkeys(("number", "duration", "money"), "a number"),
    **dict.fromkeys(DATES, "a date"),
    **{"string": "a text", "boolean": "true or false", "geo": "a place", "list": "a list", "object": "a map"},
}


class Typed(Protocol):
    """Whatever declares a type: one of string integer number boolean money date datetime geo list object."""

    @property
    def type(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Names:
    """What a condition may name. `data` is None where the moment, and so what it carries, is not known."""

    attributes: Mapping[str, Typed]
    data: Mapping[str, Typed] | None
    moments: Collection[str]


@dataclass(frozen=True, slots=True)
class ConditionProblem:
    """Something that makes part of a condition unknown for everybody; `offset` is its place in the text."""

    offset: int
    message: str


@dataclass(frozen=True, slots=True)
class Operand:
    """One side of a comparison: the code that computes it, and what is known of it beforehand.

    `raw` is the code of the value as it was given, before it is read as its type has it. `sure` says that it is
    never missing, `elements` are those of a list that is written out.
    """

    code: str
    type: str | None = None
    raw: str = ""
    sure: bool = False
    literal: bool | int | float | str | None = None
    elements: tuple[Operand, ...] | None = None
    offset: int = 0

    @property
    def given(self) -> str:
        """The code of the value as it was given."""
        return self.raw or self.code


class Operands:
    """Reads the operands of one condition, and collects what they use and what is wrong with them.

    `verdict` gives the code for a condition that is itself an operand.
    """

    def __init__(self, names: Names, verdict: Callable[[ast.expr], str]) -> None:
        self.names = names
        self.verdict = verdict
        self.attributes: set[str] = set()
        self.counts: dict[str, timedelta] = {}
        self.sinces: set[str] = set()
        self.problems: dict[ConditionProblem, None] = {}
        self.constants: dict[str, Any] = {}

    def read(self, node: ast.expr) -> Operand:
        """The operand that `node` writes.

        Raises:
            ConditionError: an unknown function or duration, or a part of something that has none.
        """
        match node:
            case ast.Constant(value=value):
                return _literal(value, node.col_offset)  # type: ignore[arg-type]  # the parser lets no others pass
            case ast.Name() | ast.Attribute() | ast.Subscript():
                return replace(self._path(*_keys(node)), offset=node.col_offset)
            case ast.Call():
                return replace(self._call(node), offset=node.col_offset)
            case ast.BinOp(left=left, op=op, right=right):
                return self._computed(_ARITHMETIC[type(op)], self.read(left), self.read(right))
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return self._negative(self.read(inner))
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                return listed(map(self.read, elements), node.col_offset)
        return Operand(self.verdict(node), "boolean", offset=node.col_offset)

    def read_as(self, kind: str | None, operand: Operand) -> Operand:
        """`operand` as it reads beside one of type `kind`: a literal as a date or duration, money as a bare number.

        Raises:
            ConditionError: a literal beside a duration is none.
        """
        if kind in DATES and operand.type in (None, "string"):
            return self._date(kind, operand)
        if kind == "duration" and isinstance(operand.literal, str):
            return _literal(_duration(operand.literal, operand.offset).total_seconds(), operand.offset)
        return replace(operand, code=operand.given) if kind in NUMERIC and operand.type == "money" else operand

    def _date(self, kind: str, operand: Operand) -> Operand:
        if not isinstance(operand.literal, str):
            return replace(operand, code=f"instant({operand.code})", type=kind)
        moment = values.day(operand.literal) if kind == "date" else values.instant(operand.literal)
        if moment is None:
            expected = "expected one such as '2026-03-01' or '2026-03-01T09:00:00Z'"
            self._note(operand.offset, f"{operand.literal!r} is no date; {expected}.")
        return Operand(self._constant(moment), kind, sure=moment is not None, offset=operand.offset)

    def note_mismatch(self, left: Operand, right: Operand) -> None:
        """Notes what no person's values can make true: sides of different types, or one that is `none`."""
        for side in (left, right):
            if side.code == "None":
                self._note(side.offset, "Nothing can be compared with `none`; write `is defined` or `is not defined`.")
        kinds = [_KINDS.get(side.type or "") for side in (left, right)]
        if all(kinds) and kinds[0] != kinds[1]:
            message = f"This compares {kinds[0]} with {kinds[1]}; they are never equal, and have no order."
            self._note(right.offset, message)

    def _computed(self, function: str, left: Operand, right: Operand) -> Operand:
        kinds = {left.type, right.type}
        kind = "money" if "money" in kinds else "number" if kinds <= {*NUMERIC} else None
        return Operand(f"{function}({left.code}, {right.code})", kind, offset=left.offset)

    def _negative(self, operand: Operand) -> Operand:
        if isinstance(operand.literal, int | float) and operand.type == "number":
            return _literal(-operand.literal, operand.offset)
        return self._computed("subtract", _literal(0, operand.offset), operand)

    def _path(self, root: ast.Name, keys: list[str | int]) -> Operand:
        base, rest = self._base(root, keys)
        if base.type == "money" and rest in (["amount"], ["currency"]):
            return base if rest == ["amount"] else Operand(f"currency({base.raw}, {_market('currency')})", "string")
        for key in rest:
            base = Operand(f"at({base.given}, {key!r})")
        return base

    def _base(self, root: ast.Name, keys: list[str | int]) -> tuple[Operand, list[str | int]]:
        """What a path starts from, and the keys that lead on from there."""
        match root.id, keys:
            case "data", [str(key), *rest]:
                return self._field(key, root.col_offset), rest
            case "data", _:
                return Operand("scope.data", "object"), keys
            case "market", [str(key), *rest]:
                self._expect("market field", key, MARKET_FIELDS, root.col_offset)
                return Operand(_market(key), MARKET_FIELDS.get(key)), rest
            case "market", _:
                return Operand(_market("name"), "string"), keys
            case "channel", _:
                return Operand("scope.channel", "string"), keys
            case name, _ if name in _LITERALS:
                return _literal(_LITERALS[name], root.col_offset), keys
        return self._attribute(root), keys

    def _attribute(self, root: ast.Name) -> Operand:
        if root.id in _WRITE_INSTEAD and root.id not in self.names.attributes:
            self._note(root.col_offset, _WRITE_INSTEAD[root.id])
        else:
            self._expect("attribute", root.id, self.names.attributes, root.col_offset)
        self.attributes.add(root.id)
        return _typed(f"scope.attributes.get({root.id!r})", self.names.attributes.get(root.id))

    def _field(self, key: str, offset: int) -> Operand:
        code = f"scope.data.get({key!r})"
        if self.names.data is None:
            return Operand(code)
        self._expect("data field", key, self.names.data, offset)
        return _typed(code, self.names.data.get(key))

    def _call(self, node: ast.Call) -> Operand:
        match node.func, node.args:
            case ast.Name("count"), [ast.Constant(str(moment)), ast.Constant(str(window))]:
                return self._count(moment, _duration(window, node.args[1].col_offset), node.args[0].col_offset)
            case ast.Name("since"), [ast.Constant(str(moment))]:
                self._expect("moment", moment, self.names.moments, node.args[0].col_offset)
                self.sinces.add(moment)
                return Operand(f"since(scope, {moment!r})", "duration")
            case ast.Name("distance_km"), [_, _] | [_, _, _]:
                arguments = ", ".join(self.read(argument).given for argument in node.args)
                return Operand(f"distance_km({arguments})", "number")
        raise _no_call(node)

    def _count(self, moment: str, window: timedelta, offset: int) -> Operand:
        self._expect("moment", moment, self.names.moments, offset)
        self.counts[moment] = max(window, self.counts.get(moment, window))
        return Operand(f"count(scope, {moment!r}, {self._constant(window)})", "number", sure=True)

    def _expect(self, kind: str, name: str, allowed: Collection[str], offset: int) -> None:
        if name not in allowed:
            self._note(offset, unknown(kind, name, allowed))

    def note_list(self, offset: int) -> None:
        """Note that a list stands where a condition is expected: it only says whether it has any entries."""
        self._note(offset, "A list is no condition. Write `and` or `or` between its parts.")

    def _note(self, offset: int, message: str) -> None:
        self.problems[ConditionProblem(offset, message)] = None

    def _constant(self, value: Any) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants[name] = value
        return name


def _keys(node: ast.expr) -> tuple[ast.Name, list[str | int]]:
    """The name a path starts from, and its keys: `data.items[0]` is `data`, `items`, 0."""
    keys: list[str | int] = []
    while not isinstance(node, ast.Name):
        match node:
            case ast.Attribute(value=inner, attr=key):
                keys.append(key)
            case ast.Subscript(value=inner, slice=ast.Constant(value=str(key) | int(key))) if not isinstance(key, bool):
                keys.append(key)
            case ast.Subscript():
                raise ConditionError("Write a key in quotes or a number in the brackets.", node.slice.col_offset)
            case _:
                raise ConditionError("Only attributes, `data` and `market` have parts.", node.col_offset)
        node = inner
    return node, keys[::-1]


def _typed(code: str, declared: Typed | None) -> Operand:
    """The operand for a value of a declared type, as it is read from what was given."""
    kind = None if declared is None else "number" if declared.type == "integer" else declared.type
    if kind in ("date", "datetime"):
        return Operand(f"{'day' if kind == 'date' else 'instant'}({code})", kind, code)
    if kind == "money":
        return Operand(f"amount({code}, {_market('currency')})", kind, code)
    return Operand(code, kind)


def _market(key: str) -> str:
    return f"scope.market.get({key!r})"


def _literal(value: bool | int | float | str | None, offset: int) -> Operand:
    if value is None:
        return Operand("None", offset=offset)
    kind = "boolean" if isinstance(value, bool) else "string" if isinstance(value, str) else "number"
    return Operand(repr(value), kind, sure=True, literal=value, offset=offset)


def listed(elements: Iterable[Operand], offset: int) -> Operand:
    """The operand for a list that is written out."""
    found = tuple(elements)
    code = f"[{', '.join(element.code for element in found)}]"
    return Operand(code, "list", elements=found, offset=offset)


def _duration(text: str, offset: int) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ConditionError(f"{error}.", offset) from None


def _no_call(node: ast.Call) -> ConditionError:
    name = node.func.id if isinstance(node.func, ast.Name) else None
    if name is None:
        message = "Values have no methods here; only count(), since() and distance_km() can be called."
    elif usage := _FUNCTIONS.get(name):
        message = f"{name}() is written as {usage}."
    else:
        message = f"There is no function {name!r}.{did_you_mean(name, _FUNCTIONS)} There are count(), since() and distance_km()."
    return ConditionError(message, node.col_offset)
