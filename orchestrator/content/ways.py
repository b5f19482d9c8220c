"""HTML trees walked as they will be printed: at each place we know where in the document it is, whatever way leads there.

{% if %} {% for %}          every branch starts where the statement stands, and all of them should end in one place
{% macro %} {% set %}       what is composed first and put in elsewhere starts between elements
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from jinja2 import nodes

from orchestrator.content.markup import Reader
from orchestrator.content.refusal import Unsound
from orchestrator.content.trees import Rewriter, Tree

ACTIVE = frozenset({"style", "srcdoc"})
_WORDS_ONLY = frozenset({"title", "textarea"})  # elements in which a tag is nothing but text


def misplaced(node: nodes.Node, message: str) -> Unsound:
    """What is wrong with a template in which something stands where it must not."""
    return Unsound(node.lineno, "template.place", message)


def objection(reader: Reader) -> str | None:
    """Why nothing that is not the template's own may be put in here; None where it may."""
    where = reader.where
    if where in ("text", "comment") or (where == "raw" and reader.tag in _WORDS_ONLY):
        return None
    if where != "quoted":
        return _OBJECTIONS.get(where, _OBJECTIONS["between"]).format(tag=reader.tag)
    name = reader.attribute
    is_active = name.startswith("on") or name in ACTIVE
    return f"a value cannot stand in the attribute `{name}`: its text would be run or obeyed" if is_active else None


class Ways(Rewriter):
    """Rewrites a tree; `reader` is where in the document we are."""

    def __init__(self) -> None:
        self.reader = Reader()

    def visit_if(self, node: nodes.If) -> nodes.If:
        start = replace(self.reader)
        ends = []
        for branch in (node, *node.elif_):
            branch.test = self.visit(branch.test)
            branch.body = self.starting_at(start, branch.body)
            ends.append(self.reader)
        node.else_ = self.starting_at(start, node.else_)
        self.join(node, [*ends, self.reader])
        return node

    def visit_for(self, node: nodes.For) -> nodes.For:
        node.iter = self.visit(node.iter)
        node.test = self.visit(node.test) if node.test else None
        start = replace(self.reader)
        node.body = self.starting_at(start, node.body)
        repeated = self.reader
        node.else_ = self.starting_at(start, node.else_)
        self.join(node, [start, repeated, self.reader])
        return node

    def visit_macro(self, node: nodes.Macro) -> nodes.Macro:
        node.defaults = [self.visit(default) for default in node.defaults]
        node.body = self.apart(node, node.body)
        return node

    def visit_assign_block(self, node: nodes.AssignBlock) -> nodes.AssignBlock:
        node.body = self.apart(node, node.body)
        return node

    def visit_call_block(self, node: nodes.CallBlock) -> nodes.CallBlock:
        node.call = self.visit(node.call)
        node.body = self.apart(node, node.body)
        return node

    def starting_at(self, start: Reader, body: Sequence[nodes.Node]) -> Tree:
        """A body, rewritten as it stands there; the reader stands behind it then."""
        self.reader = replace(start)
        return self.rewritten(body)

    def apart(self, node: nodes.Node, body: Sequence[nodes.Node]) -> Tree:
        """A body, rewritten as what stands between elements, at its beginning and at its end."""
        outer = self.reader
        found = self.starting_at(Reader(), body)
        self.join(node, [Reader(), self.reader])
        self.reader = outer
        return found

    def join(self, _: nodes.Node, ends: Sequence[Reader]) -> None:
        """Go on from where several ways have led; where the name of a tag may yet go on, it does."""
        self.reader = replace(next((end for end in ends if end.where == "tag"), ends[0]))


_OBJECTIONS = {
    "bare": "a value in an attribute stands in quotes",
    "equals": "a value in an attribute stands in quotes",
    "raw": "a value cannot stand in <{tag}>: its text would be run or obeyed",
    "between": "a value cannot be part of a tag; put it in quotes, as an attribute's value",
}
