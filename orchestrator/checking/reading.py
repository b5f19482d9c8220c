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

from jinja2 import nodes

from orchestrator.checking.expressions import NOTHING, Expressions, Present, part
from orchestrator.checking.uses import Reading
from orchestrator.checking.values import ITEM, TEXT, UNKNOWN, Value, declared, either, made

_TESTS = (nodes.Test, nodes.Compare, nodes.And, nodes.Or, nodes.Not)


def read(tree: Sequence[nodes.Node]) -> Reading:
    """Read the tree of one field."""
    reader = Reader()
    reader.statements(tree)
    return Reading(frozenset(reader.uses), frozenset(reader.misuses))


@dataclass
class Reader(Expressions):
    """Goes through statements, in all ways; macros are gone through at each place that calls them."""

    macros: dict[str, nodes.Macro] = field(default_factory=dict)
    within: tuple[nodes.Node, ...] = ()
    called_by: tuple[nodes.CallBlock, ...] = ()

    # -- macros

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
            self._bind(node.target, part(value, ITEM))
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
        self._bind(node.target, self.settled(self.value(node.node)))
        if isinstance(node.target, nodes.Name) and isinstance(node.node, _TESTS):
            self.told[node.target.name] = self.test(node.node)

    def visit_assign_block(self, node: nodes.AssignBlock) -> None:
        with self._inner():
            self.statements(node.body)
        self._bind(node.target, TEXT)

    def _bind(self, target: nodes.Node, value: Value) -> None:
        if isinstance(target, nodes.Name):
            self.names[target.name] = value
            self.told.pop(target.name, None)
        else:
            self.names |= {name.name: UNKNOWN for name in target.find_all(nodes.Name)}
