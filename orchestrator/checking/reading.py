"""A template read without anybody's values: what it looks up, what it does with that, and where it can cope without.

    {% if moment.data.eta %}{{ moment.data.eta|date }}{% endif %}

    Use(moment.data.eta, "ask", sure)          nothing fails where it is missing
    Use(moment.data.eta, "date", sure)         here it is there, or we would not have come here

Read are the very trees that are compiled: localised into the source language, with values put in their places. All ways
through a template are gone, whatever the values; `present` is what is there for certain on the way that we are on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

from jinja2 import nodes

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
_ORDERS = {"lt", "gt", "lteq", "gteq"}
_CERTAIN = {"string", "number", "integer", "float", "boolean", "mapping", "sequence", "iterable", "defined"}
_LOOP = {"first": "boolean", "last": "boolean", "previtem": None, "nextitem": None}

Present = frozenset[Path]
NOTHING: Present = frozenset()
Outcomes = tuple[Present, Present]
"""What is there for certain where a test is true, and where it is false."""


@dataclass(frozen=True, slots=True)
class Use:
    """A value that a template looks up.

    Attributes:
        role: the filter, or else what is done with it: print, ask, default, equal, order, calculate, each, in, argument.
        sure: the template has made certain that it is there, or does not mind.
        literals: what it is compared with.
    """

    path: Path
    position: int
    role: str
    sure: bool
    literals: tuple[Literal, ...] = ()


@dataclass(frozen=True, slots=True)
class Misuse:
    """Something that the template itself makes, and then uses as what it is not."""

    position: int
    role: str
    kind: str


@dataclass(frozen=True, slots=True)
class Reading:
    """All uses in a field, and what is wrong whatever the values are."""

    uses: frozenset[Use]
    misuses: frozenset[Misuse]


def read(tree: Sequence[nodes.Node]) -> Reading:
    """Read the tree of one field."""
    reader = Reader()
    reader.statements(tree)
    return Reading(frozenset(reader.uses), frozenset(reader.misuses))


@dataclass
class Reader(Visitor):
    """Goes through a tree; `visit_…` of an expression gives its value."""

    uses: set[Use] = field(default_factory=set)
    misuses: set[Misuse] = field(default_factory=set)
    names: dict[str, Value] = field(default_factory=dict)
    macros: dict[str, nodes.Macro] = field(default_factory=dict)
    present: Present = NOTHING
    within: tuple[nodes.Node, ...] = ()
    called_by: tuple[nodes.CallBlock, ...] = ()

    # -- what is done with values

    def take(self, value: Value, role: str, node: nodes.Node, literals: tuple[Literal, ...] = ()) -> None:
        """Note that a value is used; it has to be there unless `role` is one that copes."""
        copes = role in LENIENT or role in ("ask", "equal")
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
                true, false = self._both(node, 1)
                return true, false
            case nodes.Compare(ops=[operand]):
                return self._compared(node, operand)
            case nodes.Test():
                return self._tested(node)
        value = self.value(node)
        self.take(value, "ask", node)
        return _paths(value), NOTHING

    def _both(self, node: nodes.And | nodes.Or, decides: int) -> Outcomes:
        """`and` goes on where the left side is true (0), `or` where it is false (1)."""
        left = self.test(node.left)
        with self.given(left[decides]):
            right = self.test(node.right)
        joined = left[decides] | right[decides], left[1 - decides] & right[1 - decides]
        return joined if decides == 0 else (joined[1], joined[0])

    def _compared(self, node: nodes.Compare, operand: nodes.Operand) -> Outcomes:
        left = self.value(node.expr)
        self._compare(node, left, operand)
        if operand.op in ("eq", "in"):
            return _paths(left), NOTHING
        if operand.op in ("ne", "notin"):
            return NOTHING, _paths(left)
        return _paths(left), _paths(left)

    def _tested(self, node: nodes.Test) -> Outcomes:
        value = self.value(node.node)
        self.take(value, "ask" if node.name in (*_CERTAIN, "none", "undefined") else "argument", node)
        for arg in node.args:
            self.take(self.value(arg), "ask", node)
        if node.name in ("none", "undefined"):
            return NOTHING, _paths(value)
        return (_paths(value) if node.name in _CERTAIN else NOTHING), NOTHING

    def visit_compare(self, node: nodes.Compare) -> Value:
        left = self.value(node.expr)
        for operand in node.ops:
            self._compare(node, left, operand)
            left = self.value(operand.expr)
        return made("boolean")

    def _compare(self, node: nodes.Compare, left: Value, operand: nodes.Operand) -> None:
        right = self.value(operand.expr)
        if operand.op in ("in", "notin"):
            self.take(left, "equal", node, _items(operand.expr))
            self.take(right, "in", node, _literals(left))
            return
        role = "order" if operand.op in _ORDERS else "equal"
        self.take(left, role, node, _literals(right))
        self.take(right, role, node, _literals(left))

    def visit_test(self, node: nodes.Test) -> Value:
        self._tested(node)
        return made("boolean")

    def visit_not(self, node: nodes.Not) -> Value:
        self.test(node)
        return made("boolean")

    def visit_and(self, node: nodes.And) -> Value:
        true, _ = self.test(node.left)
        with self.given(true):
            return either(self.value(node.left), self.value(node.right))

    def visit_or(self, node: nodes.Or) -> Value:
        true, false = self.test(node.left)
        with self.given(true):
            left = self._settled(self.value(node.left))
        with self.given(false):
            return either(left, self._settled(self.value(node.right)))

    def visit_cond_expr(self, node: nodes.CondExpr) -> Value:
        true, false = self.test(node.test)
        with self.given(true):
            first = self._settled(self.value(node.expr1))
        with self.given(false):
            return either(first, self._settled(self.value(node.expr2)) if node.expr2 else TEXT)

    def _settled(self, value: Value) -> Value:
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
        return _part(self.value(node.node), node.attr)

    def visit_getitem(self, node: nodes.Getitem) -> Value:
        holder = self.value(node.node)
        if isinstance(node.arg, nodes.Slice):
            return holder
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            return _part(holder, node.arg.value)
        self.take(self.value(node.arg), "argument", node)
        return _part(holder, ITEM)

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
        if node.name in SAME:
            return value
        return _part(value, ITEM) if node.name in ONE else made(GIVES[node.name]) if node.name in GIVES else UNKNOWN

    def _defaulted(self, node: nodes.Filter, value: Value) -> Value:
        self.take(value, "default", node)
        there = tuple(Datum(datum.path, datum.kind, True, datum.literal) for datum in value)
        return either(there, *(self._settled(self.value(arg)) for arg in node.args[:1])) if node.args else there

    # -- macros are gone through at each place that calls them

    def visit_call(self, node: nodes.Call) -> Value:
        given = [self.value(arg) for arg in node.args]
        named = {pair.key: self.value(pair.value) for pair in node.kwargs}
        if isinstance(node.node, nodes.Getattr):
            return either(*given) if given else UNKNOWN  # loop.cycle
        name = node.node.name if isinstance(node.node, nodes.Name) else ""
        if name == "range":
            for value in given:
                self.take(value, "range", node)
            return made("list")
        if name == "caller" and self.called_by:
            self._call_back()
        elif name in self.macros:
            self._call(self.macros[name], given, named)
        return TEXT

    def _call(self, macro: nodes.Macro, given: Sequence[Value], named: Mapping[str, Value]) -> None:
        if macro in self.within:
            return
        names = [arg.name for arg in macro.args]
        own = dict(zip(reversed(names), map(self.value, reversed(macro.defaults)), strict=False))
        own |= {**dict(zip(names, given, strict=False)), **named}
        outer, self.names = self.names, {**self.names, **{name: own.get(name, UNKNOWN) for name in names}}
        self.within = (*self.within, macro)
        self.statements(macro.body)
        self.names, self.within = outer, self.within[:-1]

    def _call_back(self) -> None:
        *outer, block = self.called_by
        self.called_by = tuple(outer)
        self.statements(block.body)
        self.called_by = (*outer, block)

    def visit_macro(self, node: nodes.Macro) -> None:
        self.macros[node.name] = node

    def visit_call_block(self, node: nodes.CallBlock) -> None:
        self.called_by = (*self.called_by, node)
        self.value(node.call)
        self.called_by = self.called_by[:-1]

    # -- statements

    def statements(self, body: Iterable[nodes.Node]) -> None:
        """Go through statements one after the other."""
        for node in body:
            self.visit(node)

    def visit_output(self, node: nodes.Output) -> None:
        for child in node.nodes:
            self.take(self.value(child), "print", child)

    def visit_if(self, node: nodes.If) -> None:
        start, present, ends = self.names, NOTHING, []
        for branch in (node, *node.elif_):
            with self.given(present):
                true, false = self.test(branch.test)
            ends.append(self._branch(branch.body, start, present | true))
            present |= false
        ends.append(self._branch(node.else_, start, present))
        names = {name for end in ends for name in end}
        self.names = {name: either(*(end.get(name, UNKNOWN) for end in ends)) for name in names}

    def _branch(self, body: Sequence[nodes.Node], names: Mapping[str, Value], present: Present) -> Mapping[str, Value]:
        """The names behind a branch."""
        self.names = dict(names)
        with self.given(present):
            self.statements(body)
        return self.names

    def visit_for(self, node: nodes.For) -> None:
        value = self.value(node.iter)
        gone_through = frozenset(declared(datum.path) for datum in value if datum.path)
        with self._inner(), self.given(gone_through):
            self._bind(node.target, _part(value, ITEM))
            true = self.test(node.test)[0] if node.test else NOTHING
            with self.given(true):
                self.statements(node.body)
        with self._inner():
            self.statements(node.else_)

    @contextmanager
    def _inner(self) -> Iterator[None]:
        outer = dict(self.names)
        yield
        self.names = outer

    def visit_scope(self, node: nodes.Scope) -> None:
        with self._inner():
            self.statements(node.body)

    def visit_with(self, node: nodes.With) -> None:
        given = [self.value(value) for value in node.values]
        with self._inner():
            for target, value in zip(node.targets, given, strict=True):
                self._bind(target, value)
            self.statements(node.body)

    def visit_assign(self, node: nodes.Assign) -> None:
        self._bind(node.target, self._settled(self.value(node.node)))

    def visit_assign_block(self, node: nodes.AssignBlock) -> None:
        with self._inner():
            self.statements(node.body)
        self._bind(node.target, TEXT)

    def _bind(self, target: nodes.Node, value: Value) -> None:
        if isinstance(target, nodes.Name):
            self.names[target.name] = value
        else:
            self.names |= {name.name: UNKNOWN for name in target.find_all(nodes.Name)}


def _part(holder: Value, name: str) -> Value:
    """What is in a value under a name."""
    return either((Datum((*datum.path, name)) if datum.path else Datum(known=True)) for datum in holder)


def _paths(value: Value) -> Present:
    """What is there for certain if the value is."""
    paths = [datum.path for datum in value]
    return frozenset({declared(paths[0])}) if len(paths) == 1 and paths[0] else NOTHING


def _literals(value: Value) -> tuple[Literal, ...]:
    return tuple(datum.literal for datum in value if datum.literal is not None)


def _items(node: nodes.Node) -> tuple[Literal, ...]:
    """The literals in a list that is written out."""
    items = node.items if isinstance(node, nodes.List | nodes.Tuple) else []
    return tuple(item.value for item in items if isinstance(item, nodes.Const) and item.value is not None)
