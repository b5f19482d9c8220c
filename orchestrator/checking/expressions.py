"""Expressions of a template, read without anybody's values: what each may be, and what is there if it is true."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import cast

from jinja2 import nodes

from orchestrator.checking.uses import Misuse, Use
from orchestrator.checking.values import (
    GIVES,
    ITEM,
    LENIENT,
    ONE,
    PRINTS,
    SAME,
    TAKES,
    TEXT,
    UNKNOWN,
    Datum,
    Literal,
    Path,
    Value,
    declared,
    either,
    made,
)
from orchestrator.content.trees import Visitor
from orchestrator.content.values import ROOTS

_KINDS = {bool: "boolean", int: "integer", float: "number", str: "text"}
_ORDERS = frozenset({"lt", "gt", "lteq", "gteq"})
_COPING = frozenset({"ask", "equal", "in"})
"""What may be done with a value that is missing, and is false then."""
_CERTAIN = frozenset({"string", "number", "integer", "float", "boolean", "mapping", "sequence", "iterable", "defined"})
"""Tests that hold only of what is there."""
_BY_ATTRIBUTE = frozenset({"selectattr", "rejectattr", "groupby"})
_LOOP = {"first": "boolean", "last": "boolean", "previtem": None, "nextitem": None}

Present = frozenset[Path]
NOTHING: Present = frozenset()
Outcomes = tuple[Present, Present]
"""What is there for certain where a test is true, and where it is false."""


@dataclass
class Expressions(Visitor):
    """Goes through expressions; `visit_…` gives what one may be.

    Attributes:
        names: what the template has set, by name.
        told: what the tests say that the template has kept under a name.
        present: what is there for certain on the way that we are on.
    """

    uses: set[Use] = field(default_factory=set)
    misuses: set[Misuse] = field(default_factory=set)
    names: dict[str, Value] = field(default_factory=dict)
    told: dict[str, Outcomes] = field(default_factory=dict)
    present: Present = NOTHING

    # -- what is done with values

    def take(self, value: Value, role: str, node: nodes.Node, literals: tuple[Literal, ...] = ()) -> None:
        """Note that a value is used; it has to be there unless `role` is one that copes."""
        copes = role in LENIENT or role in _COPING
        for datum in value:
            if datum.path:
                sure = copes or datum.known or self.is_present(datum.path)
                self.uses.add(Use(datum.path, node.lineno, role, sure, literals))
            elif datum.kind and datum.kind not in TAKES.get(role, (datum.kind,)):
                self.misuses.add(Misuse(node.lineno, role, datum.kind))

    def is_present(self, path: Path) -> bool:
        """Whether what is declared of a path is there for certain."""
        return declared(path) in self.present

    @contextmanager
    def given(self, present: Present) -> Iterator[None]:
        """Within, this is there as well."""
        outer, self.present = self.present, self.present | present
        yield
        self.present = outer

    def value(self, node: nodes.Node) -> Value:
        """What an expression may be."""
        found = cast("Value | None", self.visit(node))
        return UNKNOWN if found is None else found

    def generic_visit(self, node: nodes.Node, *_: object, **__: object) -> None:
        for child in node.iter_child_nodes():
            self.visit(child)

    # -- tests

    def test(self, node: nodes.Node) -> Outcomes:
        """What an expression that is asked for its truth says of what is there."""
        match node:
            case nodes.Not():
                true, false = self.test(node.node)
                return false, true
            case nodes.And():
                return self._both(node, 0)
            case nodes.Or():
                return self._both(node, 1)
            case nodes.Compare(ops=[operand]):
                return self._compared(node, operand)
            case nodes.Test():
                return self._tested(node)
        value = self.value(node)
        self.take(value, "ask", node)
        if isinstance(node, nodes.Name) and node.name in self.told:
            return self.told[node.name]
        return paths(value), NOTHING

    def _both(self, node: nodes.And | nodes.Or, decides: int) -> Outcomes:
        """`and` goes on where the left side is true (0), `or` where it is false (1)."""
        left = self.test(node.left)
        with self.given(left[decides]):
            right = self.test(node.right)
        joined = left[decides] | right[decides], left[1 - decides] & right[1 - decides]
        return joined if decides == 0 else (joined[1], joined[0])

    def _compared(self, node: nodes.Compare, operand: nodes.Operand) -> Outcomes:
        left = self.value(node.expr)
        both = paths(left) | paths(self._compare(node, left, operand))
        if operand.op in ("eq", "in"):
            return both, NOTHING
        return (NOTHING, both) if operand.op in ("ne", "notin") else (both, both)

    def _tested(self, node: nodes.Test) -> Outcomes:
        value = self.value(node.node)
        self.take(value, "ask" if node.name in (*_CERTAIN, "none", "undefined") else "argument", node)
        for arg in node.args:
            self.take(self.value(arg), "ask", node)
        if node.name in ("none", "undefined"):
            return NOTHING, paths(value)
        return (paths(value) if node.name in _CERTAIN else NOTHING), NOTHING

    def visit_compare(self, node: nodes.Compare) -> Value:
        left = self.value(node.expr)
        for operand in node.ops:
            left = self._compare(node, left, operand)
        return made("boolean")

    def _compare(self, node: nodes.Compare, left: Value, operand: nodes.Operand) -> Value:
        """Note a comparison; gives its right side."""
        right = self.value(operand.expr)
        if operand.op in ("in", "notin"):
            self.take(left, "equal", node, _items(operand.expr))
            self.take(right, "in", node, _literals(left))
        else:
            role = "order" if operand.op in _ORDERS else "equal"
            self.take(left, role, node, _literals(right))
            self.take(right, role, node, _literals(left))
        return right

    def visit_test(self, node: nodes.Test) -> Value:
        self._tested(node)
        return made("boolean")

    def visit_not(self, node: nodes.Not) -> Value:
        self.test(node)
        return made("boolean")

    def visit_and(self, node: nodes.And) -> Value:
        true, _ = self.test(node.left)
        left = self.value(node.left)
        with self.given(true):
            return either(left, self.settled(self.value(node.right)))

    def visit_or(self, node: nodes.Or) -> Value:
        true, false = self.test(node.left)
        with self.given(true):
            left = self.settled(self.value(node.left))
        with self.given(false):
            return either(left, self.settled(self.value(node.right)))

    def visit_cond_expr(self, node: nodes.CondExpr) -> Value:
        true, false = self.test(node.test)
        with self.given(true):
            first = self.settled(self.value(node.expr1))
        with self.given(false):
            return either(first, self.settled(self.value(node.expr2)) if node.expr2 else TEXT)

    def settled(self, value: Value) -> Value:
        """A value as it leaves the place where something is known of it."""
        return tuple(
            Datum(d.path, d.kind, d.known or bool(d.path and self.is_present(d.path)), d.literal) for d in value
        )

    # -- what is looked up

    def visit_name(self, node: nodes.Name) -> Value:
        if node.name in self.names:
            return self.names[node.name]
        if node.name == "now":
            return made("datetime")
        return (Datum((node.name,)),) if node.name in ROOTS else UNKNOWN

    def visit_getattr(self, node: nodes.Getattr) -> Value:
        if isinstance(node.node, nodes.Name) and node.node.name == "loop":
            kind = _LOOP.get(node.attr, "integer")
            return made(kind) if kind else UNKNOWN
        return part(self.value(node.node), node.attr)

    def visit_getitem(self, node: nodes.Getitem) -> Value:
        holder = self.value(node.node)
        if isinstance(node.arg, nodes.Slice):
            return holder
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            return part(holder, node.arg.value)
        self.take(self.value(node.arg), "argument", node)
        return part(holder, ITEM)

    # -- what the template makes

    def visit_const(self, node: nodes.Const) -> Value:
        kind = _KINDS.get(type(node.value))
        return (Datum(kind=kind, known=True, literal=node.value),) if kind else UNKNOWN

    def visit_template_data(self, node: nodes.TemplateData) -> Value:
        return TEXT

    def visit_list(self, node: nodes.List | nodes.Tuple) -> Value:
        for item in node.items:
            self.value(item)
        return made("list")

    visit_tuple = visit_list

    def visit_dict(self, node: nodes.Dict) -> Value:
        for pair in node.items:
            self.value(pair.value)
        return made("object")

    def visit_concat(self, node: nodes.Concat) -> Value:
        for part in node.nodes:
            self.take(self.value(part), "print", part)
        return TEXT

    def visit_sub(self, node: nodes.BinExpr | nodes.UnaryExpr) -> Value:
        for side in node.iter_child_nodes():
            self.take(self.value(side), "calculate", node)
        return made("number")

    visit_mul = visit_div = visit_floor_div = visit_mod = visit_neg = visit_pos = visit_sub

    def visit_add(self, node: nodes.Add) -> Value:
        for side in (node.left, node.right):
            self.take(self.value(side), "add", node)
        return UNKNOWN

    def visit_filter(self, node: nodes.Filter) -> Value:
        if node.node is None:
            return TEXT
        value = self.value(node.node)
        if node.name in ("default", "d"):
            return self._defaulted(node, value)
        for arg in (*node.args, *(pair.value for pair in node.kwargs)):
            self.take(self.value(arg), "argument", node)
        role = "print" if node.name in PRINTS else node.name
        if role != "text":
            self.take(value, role, node)
        if name := _attribute(node):
            each = tuple(replace(datum, known=True) for datum in part(part(value, ITEM), name))
            self.take(each, "calculate" if node.name == "sum" else "argument", node)
        if node.name in SAME:
            return value
        return part(value, ITEM) if node.name in ONE else made(GIVES[node.name]) if node.name in GIVES else UNKNOWN

    def _defaulted(self, node: nodes.Filter, value: Value) -> Value:
        self.take(value, "default", node)
        there = tuple(Datum(datum.path, datum.kind, True, datum.literal) for datum in value)
        return either(there, *(self.settled(self.value(arg)) for arg in node.args[:1])) if node.args else there


def part(holder: Value, name: str) -> Value:
    """What is in a value under a name."""
    return either((Datum((*datum.path, name)) if datum.path else Datum(known=True)) for datum in holder)


def paths(value: Value) -> Present:
    """What is there for certain if the value is."""
    paths = [datum.path for datum in value]
    return frozenset({declared(paths[0])}) if len(paths) == 1 and paths[0] else NOTHING


def _attribute(node: nodes.Filter) -> str | None:
    """What a filter looks at in each item of a list: `sum(attribute='price')`, `selectattr('new')`."""
    named = {str(pair.key): pair.value for pair in node.kwargs}
    first = node.args[0] if node.args and node.name in _BY_ATTRIBUTE else None
    given = named.get("attribute", first)
    return given.value if isinstance(given, nodes.Const) and isinstance(given.value, str) else None


def _literals(value: Value) -> tuple[Literal, ...]:
    return tuple(datum.literal for datum in value if datum.literal is not None)


def _items(node: nodes.Node) -> tuple[Literal, ...]:
    """The literals in a list that is written out."""
    items = node.items if isinstance(node, nodes.List | nodes.Tuple) else []
    return tuple(item.value for item in items if isinstance(item, nodes.Const) and item.value is not None)
