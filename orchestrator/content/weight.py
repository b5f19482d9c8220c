"""How much a template could at most make of itself, so that one that would never end, or fill the memory, is refused.

What is joined adds up, what a loop repeats is multiplied, and a macro or a name that is set weighs what it stands
for at each place where it is used. Values count as one: how large they are is decided where they come in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import cast

from jinja2 import nodes

from orchestrator.content.syntax import MOST_ITEMS
from orchestrator.content.trees import Visitor, calls

HEAVIEST = 1_000_000
TOO_MUCH = "This could grow without bound; loop less, or over less."
_USUAL_ITEMS = 10  # of a list that comes with the data


def weight(tree: Sequence[nodes.Node]) -> int:
    """The weight of a linked tree; above `HEAVIEST` it must not run."""
    return _Scales().all(tree)


class _Scales(Visitor):
    def __init__(self) -> None:
        self.known: dict[str, int] = {}

    def all(self, tree: Iterable[nodes.Node]) -> int:
        """The weight of several nodes together."""
        return sum(map(self.one, tree))

    def one(self, node: nodes.Node) -> int:
        """The weight of a node."""
        return cast(int, self.visit(node))

    def generic_visit(self, node: nodes.Node, *_: object, **__: object) -> int:
        return 1 + self.all(node.iter_child_nodes())

    def visit_const(self, node: nodes.Const) -> int:
        return max(1, len(node.value)) if isinstance(node.value, str) else 1

    def visit_name(self, node: nodes.Name) -> int:
        return self.known.get(node.name, 1) if node.ctx == "load" else 1

    def visit_assign(self, node: nodes.Assign) -> int:
        return self._set(node.target, self.one(node.node))

    def visit_assign_block(self, node: nodes.AssignBlock) -> int:
        return self._set(node.target, self.all(node.body))

    def visit_with(self, node: nodes.With) -> int:
        given = [self._set(target, self.one(value)) for target, value in zip(node.targets, node.values, strict=True)]
        return sum(given) + self.all(node.body)

    def _set(self, target: nodes.Node, found: int) -> int:
        for name in (target, *target.find_all(nodes.Name)):
            if isinstance(name, nodes.Name):
                self.known[name.name] = max(found, self.known.get(name.name, 1))
        return found

    def visit_for(self, node: nodes.For) -> int:
        once = self.one(node.iter)
        self._set(node.target, once)
        return once + self._items(node.iter) * self.all((*node.body, *node.else_))

    def _items(self, node: nodes.Node) -> int:
        """How often a loop may go round."""
        while isinstance(node, nodes.Filter) and node.name == "each" and node.node is not None:
            node = node.node
        if not calls(node, "range"):
            return _USUAL_ITEMS
        bounds = [arg.value for arg in node.args if isinstance(arg, nodes.Const)]
        return len(range(*bounds)) if len(bounds) == len(node.args) else MOST_ITEMS

    def visit_filter(self, node: nodes.Filter) -> int:
        """A filter may put its arguments in the place of every part of the value."""
        args = [self.one(arg) for arg in (*node.args, *(pair.value for pair in node.kwargs))]
        return 1 + (self.one(node.node) if node.node else 1) * prod(args)

    def visit_macro(self, node: nodes.Macro) -> int:
        self.known[node.name] = self.all((*node.defaults, *node.body))
        return 1

    def visit_call(self, node: nodes.Call) -> int:
        """A macro may print its arguments at each place of its body."""
        args = self.all((*node.args, *(pair.value for pair in node.kwargs)))
        return 1 + self.one(node.node) * max(1, args)

    def visit_call_block(self, node: nodes.CallBlock) -> int:
        return self.one(node.call) * self.all(node.body)
