"""Jinja's syntax trees: copied, walked and rewritten."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeGuard, TypeVar, cast

from jinja2 import nodes
from jinja2.visitor import NodeVisitor

from orchestrator.content.refusal import Unsound

N = TypeVar("N", bound=nodes.Node)
Tree = list[nodes.Node]

_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


class Visitor(NodeVisitor):
    """Calls `visit_call_block` for a `CallBlock`, and so on."""

    def get_visitor(self, node: nodes.Node) -> Any:
        return getattr(self, f"visit_{_CAPITAL.sub('_', type(node).__name__).lower()}", None)


class Compiler(Visitor):
    """Knows every kind of node that it may meet, and stops at any other."""

    def generic_visit(self, node: nodes.Node, *_: Any, **__: Any) -> Any:
        raise Unsound(node.lineno, "template.unsafe", f"{type(node).__name__} cannot be compiled here.")


class Rewriter(Visitor):
    """Puts what its methods return in the place of what they were given: a node, or for a statement a list."""

    def generic_visit(self, node: N, *_: Any, **__: Any) -> N:
        for key, value in node.iter_fields():
            if isinstance(value, nodes.Node):
                setattr(node, key, self.visit(value))
            elif isinstance(value, list):
                setattr(node, key, [new for item in value for new in self._each(item)])
        return node

    def _each(self, item: Any) -> list[Any]:
        new = self.visit(item) if isinstance(item, nodes.Node) else item
        return new if isinstance(new, list) else [new]

    def rewritten(self, tree: Sequence[nodes.Node]) -> Tree:
        """A copy of the tree, rewritten."""
        return [new for node in tree for new in self._each(clone(node))]

    def expression(self, node: nodes.Expr) -> nodes.Expr:
        """A copy of an expression, rewritten."""
        return cast(nodes.Expr, self.visit(clone(node)))


def clone(node: N) -> N:
    """A copy of a tree; the environment that it was parsed in is shared."""
    copy = object.__new__(type(node))
    copy.__dict__.update(node.__dict__)
    for key, value in node.iter_fields():
        if isinstance(value, nodes.Node):
            setattr(copy, key, clone(value))
        elif isinstance(value, list):
            setattr(copy, key, [clone(item) if isinstance(item, nodes.Node) else item for item in value])
    return copy


def walk(tree: Sequence[nodes.Node], kind: type[N]) -> Iterator[N]:
    """All nodes of a kind in the tree, in the order in which they are written."""
    for node in tree:
        if isinstance(node, kind):
            yield node
        yield from walk(list(node.iter_child_nodes()), kind)


def depth(tree: Sequence[nodes.Node]) -> int:
    """How many levels of nodes are nested; counted level by level, since what is too deep cannot be walked."""
    level, found = list(tree), 0
    while level:
        level = [child for node in level for child in node.iter_child_nodes()]
        found += 1
    return found


def calls(node: nodes.Node, name: str) -> TypeGuard[nodes.Call]:
    """Whether the node calls the function of this name."""
    return isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == name


def filtered(node: nodes.Expr | None, name: str, *args: nodes.Expr, lineno: int | None = None) -> nodes.Filter:
    """`node|name(args)`; without a node, a filter for what a block has composed."""
    return nodes.Filter(node, name, list(args), [], None, None, lineno=lineno or (node.lineno if node else 1))


def load(name: str, lineno: int) -> nodes.Name:
    """A name that is read."""
    return nodes.Name(name, "load", lineno=lineno)


def equals(left: nodes.Expr, right: Any) -> nodes.Compare:
    """`left == right`, for a constant on the right."""
    return nodes.Compare(left, [nodes.Operand("eq", nodes.Const(right))], lineno=left.lineno)


def append(output: Tree, node: nodes.Node) -> None:
    """Put an expression into the output that stands last, or into a new one; a statement as it is."""
    if not isinstance(node, nodes.Expr):
        output.append(node)
        return
    last = output[-1] if output else None
    if isinstance(last, nodes.Output):
        last.nodes.append(node)
    else:
        output.append(nodes.Output([node], lineno=node.lineno))
