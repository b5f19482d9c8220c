"""Addresses and codes that are put together from values and literal characters, kept whole in plain text.

    {{ site }}/orders/{{ id }}      one value, not two

Isolating each value by itself would tear the address apart where the text runs the other way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from jinja2 import nodes

from orchestrator.content.trees import Rewriter, Tree

_GOES_ON = re.compile(r"[/?#=&]\S*")
_LEADS_IN = re.compile(r"\S*[/?#=&]$")


def glued(tree: Sequence[nodes.Node]) -> Tree:
    """A copy of a localised plain tree in which a value and what touches it are one."""
    return _Glue().rewritten(tree)


class _Glue(Rewriter):
    def visit_output(self, node: nodes.Output) -> nodes.Output:
        node.nodes = list(_glued(list(_split(node.nodes))))
        return node


def _split(children: list[nodes.Expr]) -> Iterator[nodes.Expr]:
    """The children, with literals cut where what is glued to a value before or behind them ends."""
    for child in children:
        if not isinstance(child, nodes.TemplateData):
            yield child
            continue
        head = _GOES_ON.match(child.data)
        start = head.end() if head else 0
        tail = _LEADS_IN.search(child.data, start)
        stop = tail.start() if tail else len(child.data)
        for piece in (child.data[:start], child.data[start:stop], child.data[stop:]):
            if piece:
                yield nodes.TemplateData(piece, lineno=child.lineno)


def _glued(children: list[nodes.Expr]) -> Iterator[nodes.Expr]:
    """Runs of values and the literals that touch them as one value each; all else as it is."""
    run: list[nodes.Expr] = []
    for child in [*children, None]:
        if child is not None and run and _touch(run[-1], child):
            run.append(child)
            continue
        yield from _joined(run)
        run = [child] if child is not None else []


def _touch(left: nodes.Expr, right: nodes.Expr) -> bool:
    if isinstance(right, nodes.TemplateData):
        return not isinstance(left, nodes.TemplateData) and bool(_GOES_ON.match(right.data))
    return isinstance(left, nodes.TemplateData) and bool(_LEADS_IN.search(left.data))


def _joined(run: list[nodes.Expr]) -> Iterator[nodes.Expr]:
    if len(run) < 2:
        yield from run
        return
    parts = [nodes.Const(part.data) if isinstance(part, nodes.TemplateData) else part for part in run]
    yield nodes.Concat(parts, lineno=run[0].lineno)
