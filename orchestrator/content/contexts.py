"""What a value becomes by where it stands in HTML.

    between elements           escaped, and isolated where it runs the other way
    in a quoted attribute      escaped
    at the head of a link      escaped, and only an address of an allowed scheme
    elsewhere                  refused: without quotes, in scripts, styles and `on…` attributes nothing makes a value safe

Whatever way a template takes through its branches and loops, a value must stand in one and the same place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html import unescape

from jinja2 import nodes

from orchestrator.content.markup import Reader
from orchestrator.content.refusal import Unsound
from orchestrator.content.trees import Rewriter, Tree, append, filtered

LINKS = frozenset({
    "href", "src", "action", "formaction", "background", "poster", "cite", "data", "longdesc", "srcset", "ping", "manifest",
    "codebase", "xlink:href", "usemap", "icon", "dynsrc", "lowsrc",
})  # fmt: skip
ACTIVE = frozenset({"style", "srcdoc"})
RUNNING = ("javascript:", "data:", "vbscript:")
DECIDES = frozenset(":/?#")
_BLANK = re.compile(r"[\x00-\x20]+")
_DECIDED = "https:"  # stands for what a value that was looked at has settled


def _misplaced(node: nodes.Node, message: str) -> Unsound:
    return Unsound(node.lineno, "template.place", message)


def placed(tree: Sequence[nodes.Node]) -> Tree:
    """A copy of a localised HTML tree in which each value is treated as its place demands.

    Raises:
        Unsound: a value stands where nothing makes it safe.
    """
    return _Placer().rewritten(tree)


def address(tree: Sequence[nodes.Node]) -> Tree:
    """A copy of the tree of a field that is an address as a whole; what begins it must be of an allowed scheme.

    Raises:
        Unsound: what begins it cannot be looked at.
    """
    placer = _Placer()
    placer.reader = Reader("quoted", "a", "href", '"')
    return placer.rewritten(tree)


class _Placer(Rewriter):
    def __init__(self) -> None:
        self.reader = Reader()

    def visit_output(self, node: nodes.Output) -> Tree:
        found: Tree = []
        for child in node.nodes:
            if isinstance(child, nodes.TemplateData):
                self.reader.feed(child.data)
                append(found, child)
            else:
                append(found, self._value(child))
        return found

    def _value(self, node: nodes.Expr) -> nodes.Expr:
        where = self.reader.where
        if where == "text":
            return node
        if where == "comment" or (where == "raw" and self.reader.tag in ("title", "textarea")):
            return filtered(node, "attribute")
        if where == "quoted":
            return self._quoted(node)
        raise _misplaced(node, _REFUSALS.get(where, _REFUSALS["between"]).format(tag=self.reader.tag))

    def _quoted(self, node: nodes.Expr) -> nodes.Expr:
        name = self.reader.attribute
        if name.startswith("on") or name in ACTIVE:
            raise _misplaced(node, f"a value cannot stand in the attribute `{name}`: its text would be run or obeyed")
        if name not in LINKS:
            return filtered(node, "attribute")
        start, self.reader.value = _seen(self.reader.value), _DECIDED
        if not start:
            return filtered(node, "url")
        if start.startswith(RUNNING) or not DECIDES & set(start):
            raise _misplaced(node, f"`{name}` begins with {start!r}, which does not say where the link leads")
        return filtered(node, "attribute")

    # -- ways through the template: each must lead to the same place

    def visit_if(self, node: nodes.If) -> nodes.If:
        start = replace(self.reader)
        ends = []
        for branch in (node, *node.elif_):
            branch.body = self._from(start, branch.body)
            ends.append(self.reader)
        node.else_ = self._from(start, node.else_)
        self._join(node, [*ends, self.reader])
        return node

    def visit_for(self, node: nodes.For) -> nodes.For:
        start = replace(self.reader)
        node.body = self._from(start, node.body)
        repeated = self.reader
        node.else_ = self._from(start, node.else_)
        self._join(node, [start, repeated, self.reader])
        return node

    def visit_macro(self, node: nodes.Macro) -> nodes.Macro:
        node.body = self._apart(node, node.body)
        return node

    def visit_assign_block(self, node: nodes.AssignBlock) -> nodes.AssignBlock:
        node.body = self._apart(node, node.body)
        return node

    def visit_call_block(self, node: nodes.CallBlock) -> nodes.CallBlock:
        self._between(node)
        node.body = self._apart(node, node.body)
        return node

    def _from(self, start: Reader, body: Sequence[nodes.Node]) -> Tree:
        self.reader = replace(start)
        return self.rewritten(body)

    def _apart(self, node: nodes.Node, body: Sequence[nodes.Node]) -> Tree:
        """What is composed first and put in elsewhere stands between elements, at its beginning and at its end."""
        outer = self.reader
        found = self._from(Reader(), body)
        self._join(node, [Reader(), self.reader])
        self.reader = outer
        return found

    def _between(self, node: nodes.Node) -> None:
        if self.reader.where != "text":
            raise _misplaced(node, "this cannot stand within a tag")

    def _join(self, node: nodes.Node, ends: Sequence[Reader]) -> None:
        if len({_place(end) for end in ends}) > 1:
            message = "the branches end in different places of the HTML, such as one inside a tag and one behind it"
            raise _misplaced(node, message)
        self.reader = replace(next((end for end in ends if end.where == "tag"), ends[0]))
        if self.reader.where == "quoted":
            self.reader.value = min((end.value for end in ends), key=lambda value: len(DECIDES & set(value)))


def _seen(value: str) -> str:
    """The beginning of an address as a browser sees it."""
    return _BLANK.sub("", unescape(value)).lower()


def _place(reader: Reader) -> tuple[str, ...]:
    """What must be the same; between elements it does not matter which of them was opened last."""
    if reader.where in ("text", "comment", "declaration"):
        return (reader.where,)
    if reader.where == "tag":  # the name of the tag may end here, or go on
        return "between", reader.tag
    named = reader.where in ("attribute", "named", "equals", "quoted", "bare")
    return reader.where, reader.tag, *((reader.attribute, reader.quote) if named else ())


_REFUSALS = {
    "bare": "a value in an attribute stands in quotes",
    "equals": "a value in an attribute stands in quotes",
    "raw": "a value cannot stand in <{tag}>: its text would be run or obeyed",
    "between": "a value cannot be part of a tag; put it in quotes, as an attribute's value",
}
