"""From a checked syntax tree to one Python expression that says whether the condition surely holds.

Three-valued logic needs no third value at run time as long as one question is asked throughout: "surely true?"
or "surely false?". `not` turns the one into the other, and `and` into `or`; what is left are single comparisons, which
are False to either question when something is missing. Only a condition inside of a comparison is computed as a value.

    not (a < 3 and b == 'x')       surely true?
    a < 3        or  b == 'x'      surely false?
    a >= 3 known or  b != 'x' known
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Protocol

from orchestrator.blueprint import condition_values as values
from orchestrator.blueprint.condition_syntax import ConditionError
from orchestrator.blueprint.durations import parse_duration
from orchestrator.blueprint.problems import did_you_mean, unknown

FUNCTIONS = {
    "count": "count('moment', '7d')",
    "since": "since('moment')",
    "distance_km": "distance_km(place, place) or distance_km(place, latitude, longitude)",
}
MARKET = {
    **{"name": "string", "territory": "string", "currency": "string"},
    **{"locales": "list", "timezones": "list", "channels": "list", "terms": "object"},
}
LITERALS = {"true": True, "false": False, "none": None}
RESERVED = frozenset({"data", "market", "channel", "defined", "undefined", *LITERALS})

_DATES = ("date", "datetime")
_NUMERIC = ("number", "duration")
_RANKS: dict[type[ast.cmpop], tuple[int, ...]] = {ast.Lt: (-1,), ast.LtE: (-1, 0), ast.Gt: (1,), ast.GtE: (0, 1)}
_SYMBOLS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", ">="),
    ast.LtE: ("<=", ">"),
    ast.Gt: (">", "<="),
    ast.GtE: (">=", "<"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}
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
    **dict.fromkeys(_DATES, "a date"),
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
class _Operand:
    """One side of a comparison: the code that computes it, and what is known of it beforehand.

    `raw` is the code of the value as it was given, before it is read as its type has it. `sure` says that it is
    never missing, `elements` are those of a list that is written out.
    """

    code: str
    type: str | None = None
    raw: str = ""
    sure: bool = False
    literal: bool | int | float | str | None = None
    elements: tuple[_Operand, ...] | None = None
    offset: int = 0

    @property
    def given(self) -> str:
        return self.raw or self.code


class Compiler:
    """Compiles one condition, and collects what it uses and what is wrong with it."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.attributes: set[str] = set()
        self.counts: dict[str, timedelta] = {}
        self.sinces: set[str] = set()
        self.problems: dict[ConditionProblem, None] = {}
        self.constants: dict[str, Any] = {}
        self._temporaries = 0

    def surely(self, node: ast.expr, wanted: bool = True) -> str:
        """Code that is True if `node` is known to be `wanted`, else False."""
        match node:
            case ast.BoolOp(op=op, values=parts):
                joint = " and " if isinstance(op, ast.And) is wanted else " or "
                return f"({joint.join(self.surely(part, wanted) for part in parts)})"
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return self.surely(inner, not wanted)
            case ast.Compare(ops=[op], comparators=[right]):
                return self._surely_compared(node.left, op, right, wanted)
            case ast.Compare():
                return self.surely(_unchained(node), wanted)
        operand = self._operand(node)
        return f"({operand.code} is {wanted})" if operand.type == "boolean" else f"(truth({operand.code}) is {wanted})"

    def _surely_compared(self, left: ast.expr, op: ast.cmpop, right: ast.expr, wanted: bool) -> str:
        if isinstance(op, ast.Is | ast.IsNot):
            return f"({self._presence(left, op, right)} is {wanted})"
        sides = self._sides(left, op, right)
        quick = self._texts_compared(*sides, op, wanted) or self._numbers_compared(*sides, op, wanted)
        return quick or f"({_relation(*sides, op)} is {wanted is not isinstance(op, ast.NotEq | ast.NotIn)})"

    def _texts_compared(self, left: _Operand, right: _Operand, op: ast.cmpop, wanted: bool) -> str | None:
        """The quick way for `name == 'text'` and `name in ['text', …]`, where Python's own comparison cannot err."""
        if not _is_text_test(op, right):
            return None
        symbol = _SYMBOLS[type(op)][not wanted]
        if symbol in ("==", "in"):
            return f"({left.code} {symbol} {right.code})"
        value = self._temporary()
        return f"(({value} := {left.code}) is not None and {value} == {value} and {value} {symbol} {right.code})"

    def _numbers_compared(self, left: _Operand, right: _Operand, op: ast.cmpop, wanted: bool) -> str | None:
        """The quick way for two sides that are declared as numbers."""
        quick = type(op) in _RANKS or (isinstance(op, ast.Eq) and wanted)
        if not quick or left.type not in _NUMERIC or right.type not in _NUMERIC:
            return None
        tests: list[str] = []
        first, second = self._guarded(left, tests), self._guarded(right, tests)
        return f"({' and '.join([*tests, f'{first} {_SYMBOLS[type(op)][not wanted]} {second}'])})"

    def _guarded(self, side: _Operand, tests: list[str]) -> str:
        if side.sure:
            return side.code
        value = self._temporary()
        tests.append(f"type({value} := {side.code}) in NUMBERS")
        return value

    def _verdict(self, node: ast.expr) -> str:
        """Code for the three-valued verdict on a condition that stands where a value is expected."""
        match node:
            case ast.BoolOp(op=op, values=parts):
                function = "conjunction" if isinstance(op, ast.And) else "disjunction"
                return f"{function}([{', '.join(map(self._verdict, parts))}])"
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return f"negation({self._verdict(inner)})"
            case ast.Compare(left=left, ops=[op], comparators=[right]) if isinstance(op, ast.Is | ast.IsNot):
                return self._presence(left, op, right)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                relation = _relation(*self._sides(left, op, right), op)
                return f"negation({relation})" if isinstance(op, ast.NotEq | ast.NotIn) else relation
            case ast.Compare():
                return self._verdict(_unchained(node))
        operand = self._operand(node)
        return f"{'boolean' if operand.type == 'boolean' else 'truth'}({operand.code})"

    def _presence(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> str:
        """Code for `x is defined` and its like, which are never unknown."""
        wanted = _presence_wanted(right) is isinstance(op, ast.Is)
        return f"({'not ' if wanted else ''}is_missing({self._operand(left).given}))"

    def _sides(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> tuple[_Operand, _Operand]:
        """Both sides of a comparison, a literal read as the other side's type."""
        first, second = self._operand(left), self._operand(right)
        if not isinstance(op, ast.In | ast.NotIn):
            first, second = self._read_as(second.type, first), self._read_as(first.type, second)
            self._note_mismatch(first, second)
        elif second.elements is not None:
            second = _listed(tuple(self._read_as(first.type, element) for element in second.elements), second.offset)
        return first, second

    def _read_as(self, kind: str | None, operand: _Operand) -> _Operand:
        if kind == "duration" and isinstance(operand.literal, str):
            return _literal(_duration(operand.literal, operand.offset).total_seconds(), operand.offset)
        if kind not in _DATES or operand.type not in (None, "string"):
            return operand
        if isinstance(operand.literal, str):
            return self._date(kind, operand.literal, operand.offset)
        return replace(operand, code=f"instant({operand.code})", type=kind)

    def _date(self, kind: str, text: str, offset: int) -> _Operand:
        moment = values.day(text) if kind == "date" else values.instant(text)
        if moment is None:
            self._note(offset, f"{text!r} is no date; expected one such as '2026-03-01' or '2026-03-01T09:00:00Z'.")
            return _Operand("None", kind, offset=offset)
        return _Operand(self._constant(moment), kind, sure=True, offset=offset)

    def _note_mismatch(self, left: _Operand, right: _Operand) -> None:
        kinds = [_KINDS.get(side.type or "") for side in (left, right)]
        if all(kinds) and kinds[0] != kinds[1]:
            self._note(
                right.offset, f"This compares {kinds[0]} with {kinds[1]}; they are never equal, and have no order."
            )
        for side in (left, right):
            if side.code == "None" and side.type is None:
                self._note(side.offset, "Nothing can be compared with `none`; write `is defined` or `is not defined`.")

    def _operand(self, node: ast.expr) -> _Operand:
        match node:
            case ast.Constant(value=value):
                return _literal(value, node.col_offset)  # type: ignore[arg-type]  # the parser let only literals pass
            case ast.Name() | ast.Attribute() | ast.Subscript():
                return replace(self._path(*_keys(node)), offset=node.col_offset)
            case ast.Call():
                return replace(self._call(node), offset=node.col_offset)
            case ast.BinOp(left=left, op=op, right=right):
                return self._computed(_ARITHMETIC[type(op)], self._operand(left), self._operand(right))
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return self._negative(self._operand(inner))
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                return _listed(tuple(map(self._operand, elements)), node.col_offset)
        return _Operand(self._verdict(node), "boolean", offset=node.col_offset)

    def _computed(self, function: str, left: _Operand, right: _Operand) -> _Operand:
        kinds = {left.type, right.type}
        kind = "money" if "money" in kinds else "number" if kinds <= {*_NUMERIC} else None
        return _Operand(f"{function}({left.code}, {right.code})", kind, offset=left.offset)

    def _negative(self, operand: _Operand) -> _Operand:
        if isinstance(operand.literal, int | float) and operand.type == "number":
            return _literal(-operand.literal, operand.offset)
        return self._computed("subtract", _literal(0, operand.offset), operand)

    def _path(self, root: ast.Name, keys: list[str | int]) -> _Operand:
        base, rest = self._base(root, keys)
        if base.type == "money" and rest in (["amount"], ["currency"]):
            return base if rest == ["amount"] else _Operand(f"currency({base.raw}, {_market('currency')})", "string")
        for key in rest:
            base = _Operand(f"at({base.given}, {key!r})")
        return base

    def _base(self, root: ast.Name, keys: list[str | int]) -> tuple[_Operand, list[str | int]]:
        """What a path starts from, and the keys that lead on from there."""
        match root.id, keys:
            case "data", [str(key), *rest]:
                return self._field(key, root.col_offset), rest
            case "data", _:
                return _Operand("scope.data", "object"), keys
            case "market", [str(key), *rest]:
                self._expect("market field", key, MARKET, root.col_offset)
                return _Operand(_market(key), MARKET.get(key)), rest
            case "market", _:
                return _Operand(_market("name"), "string"), keys
            case "channel", _:
                return _Operand("scope.channel", "string"), keys
            case name, _ if name in LITERALS:
                return _literal(LITERALS[name], root.col_offset), keys
        return self._attribute(root), keys

    def _attribute(self, root: ast.Name) -> _Operand:
        if root.id in _WRITE_INSTEAD and root.id not in self.names.attributes:
            self._note(root.col_offset, _WRITE_INSTEAD[root.id])
        else:
            self._expect("attribute", root.id, self.names.attributes, root.col_offset)
        self.attributes.add(root.id)
        return _typed(f"scope.attributes.get({root.id!r})", self.names.attributes.get(root.id))

    def _field(self, key: str, offset: int) -> _Operand:
        code = f"scope.data.get({key!r})"
        if self.names.data is None:
            return _Operand(code)
        self._expect("data field", key, self.names.data, offset)
        return _typed(code, self.names.data.get(key))

    def _call(self, node: ast.Call) -> _Operand:
        match node.func, node.args:
            case ast.Name("count"), [ast.Constant(str(moment)), ast.Constant(str(window))]:
                return self._count(moment, _duration(window, node.args[1].col_offset), node.args[0].col_offset)
            case ast.Name("since"), [ast.Constant(str(moment))]:
                self._expect("moment", moment, self.names.moments, node.args[0].col_offset)
                self.sinces.add(moment)
                return _Operand(f"since(scope, {moment!r})", "duration")
            case ast.Name("distance_km"), [_, _] | [_, _, _]:
                arguments = ", ".join(self._operand(argument).given for argument in node.args)
                return _Operand(f"distance_km({arguments})", "number")
        raise _no_call(node)

    def _count(self, moment: str, window: timedelta, offset: int) -> _Operand:
        self._expect("moment", moment, self.names.moments, offset)
        self.counts[moment] = max(window, self.counts.get(moment, window))
        return _Operand(f"count(scope, {moment!r}, {self._constant(window)})", "number", sure=True)

    def _expect(self, kind: str, name: str, allowed: Collection[str], offset: int) -> None:
        if name not in allowed:
            self._note(offset, unknown(kind, name, allowed))

    def _note(self, offset: int, message: str) -> None:
        self.problems[ConditionProblem(offset, message)] = None

    def _constant(self, value: Any) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants[name] = value
        return name

    def _temporary(self) -> str:
        self._temporaries += 1
        return f"value_{self._temporaries}"


def _relation(left: _Operand, right: _Operand, op: ast.cmpop) -> str:
    """Code for the three-valued verdict on a comparison, that of `==` for `!=`, and of `in` for `not in`."""
    if ranks := _RANKS.get(type(op)):
        return f"ordered({left.code}, {right.code}, {ranks})"
    function = "member" if isinstance(op, ast.In | ast.NotIn) else "equal"
    return f"{function}({left.code}, {right.code})"


def _is_text_test(op: ast.cmpop, right: _Operand) -> bool:
    if isinstance(op, ast.In | ast.NotIn):
        return right.elements is not None and all(isinstance(element.literal, str) for element in right.elements)
    return isinstance(op, ast.Eq | ast.NotEq) and isinstance(right.literal, str)


def _unchained(node: ast.Compare) -> ast.BoolOp:
    """`a < b < c` as `a < b and b < c`."""
    sides = [node.left, *node.comparators]
    for side in sides[1:-1]:
        if any(isinstance(part, ast.Compare | ast.BoolOp) for part in ast.walk(side)):
            raise ConditionError(
                "Take this condition out of the chain of comparisons, and join it by `and`.", side.col_offset
            )
    pairs = zip(sides, node.ops, sides[1:], strict=False)
    return ast.BoolOp(
        ast.And(), [ast.Compare(left, [op], [right], col_offset=left.col_offset) for left, op, right in pairs]
    )


def _presence_wanted(right: ast.expr) -> bool:
    match right:
        case ast.Name("defined"):
            return True
        case ast.Name("undefined" | "none") | ast.Constant(None):
            return False
    raise ConditionError("After `is` stands `defined` or `not defined`; write `==` to compare.", right.col_offset)


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


def _typed(code: str, declared: Typed | None) -> _Operand:
    """The operand for a value of a declared type, as it is read from what was given."""
    kind = None if declared is None else "number" if declared.type == "integer" else declared.type
    if kind in ("date", "datetime"):
        return _Operand(f"{'day' if kind == 'date' else 'instant'}({code})", kind, code)
    if kind == "money":
        return _Operand(f"amount({code}, {_market('currency')})", kind, code)
    return _Operand(code, kind)


def _market(key: str) -> str:
    return f"scope.market.get({key!r})"


def _literal(value: bool | int | float | str | None, offset: int) -> _Operand:
    if value is None:
        return _Operand("None", offset=offset)
    kind = "boolean" if isinstance(value, bool) else "string" if isinstance(value, str) else "number"
    return _Operand(repr(value), kind, sure=True, literal=value, offset=offset)


def _listed(elements: tuple[_Operand, ...], offset: int) -> _Operand:
    code = f"[{', '.join(element.code for element in elements)}]"
    return _Operand(code, "list", elements=elements, offset=offset)


def _duration(text: str, offset: int) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ConditionError(f"{error}.", offset) from None


def _no_call(node: ast.Call) -> ConditionError:
    if not isinstance(node.func, ast.Name):
        return ConditionError(
            "Values have no methods here; only count(), since() and distance_km() can be called.", node.col_offset
        )
    if usage := FUNCTIONS.get(node.func.id):
        return ConditionError(f"{node.func.id}() is written as {usage}.", node.col_offset)
    hint = did_you_mean(node.func.id, FUNCTIONS)
    message = f"There is no function {node.func.id!r}.{hint} There is count(), since() and distance_km()."
    return ConditionError(message, node.col_offset)
