"""What a value becomes by where it stands in HTML.

    between elements           escaped, and isolated where it runs the other way
    in a quoted attribute      escaped
    in <title>                 escaped, and on one line, as the template's own words there
    at the head of a link      escaped, and only an address of an allowed scheme
    elsewhere                  refused: without quotes, in scripts, styles and `on…` attributes nothing makes a value safe

Whatever way a template takes through its branches and loops, a value must stand in one and the same place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape

from jinja2 import nodes

from orchestrator.content.lines import unbroken
from orchestrator.content.markup import Reader
from orchestrator.content.trees import Tree, append, filtered
from orchestrator.content.ways import Ways, misplaced, objection

LINKS = frozenset({
    "href", "src", "action", "formaction", "background", "poster", "cite", "data", "longdesc", "srcset", "ping", "manifest",
    "codebase", "xlink:href", "usemap", "icon", "dynsrc", "lowsrc",
})  # fmt: skip
RUNNING = ("javascript:", "data:", "vbscript:")
DECIDES = frozenset(":/?#")
_BLANK = re.compile(r"[\x00-\x20]+")
_DECIDED = "https:"  # stands for what a value that was looked at has settled


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


class _Placer(Ways):
    def visit_output(self, node: nodes.Output) -> Tree:
        found: Tree = []
        for child in node.nodes:
            append(found, self._literal(child) if isinstance(child, nodes.TemplateData) else self._value(child))
        return found

    def _literal(self, node: nodes.TemplateData) -> nodes.TemplateData:
        """Read on; what of it stands in `<title>` is brought onto one line."""
        inside = [token for token in self.reader.read(node.data) if token.kind == "raw" and self.reader.tag == "title"]
        for token in reversed(inside):
            node.data = node.data[: token.start] + unbroken(token.text) + node.data[token.stop :]
        return node

    def _value(self, node: nodes.Expr) -> nodes.Expr:
        if said := objection(self.reader):
            raise misplaced(node, said)
        if self.reader.where == "text":
            return node
        if self.reader.where == "raw" and self.reader.tag == "title":
            return filtered(node, "in_title")
        in_link = self.reader.where == "quoted" and self.reader.attribute in LINKS
        return self._link(node) if in_link else filtered(node, "attribute")

    def _link(self, node: nodes.Expr) -> nodes.Expr:
        name = self.reader.attribute
        start, self.reader.value = _seen(self.reader.value), _DECIDED
        if not start:
            return filtered(node, "url")
        if start.startswith(RUNNING) or not DECIDES & set(start):
            raise misplaced(node, f"`{name}` begins with {start!r}, which does not say where the link leads")
        return filtered(node, "attribute")

    def visit_call_block(self, node: nodes.CallBlock) -> nodes.CallBlock:
        if self.reader.where != "text":
            raise misplaced(node, "this cannot stand within a tag")
        return super().visit_call_block(node)

    def join(self, node: nodes.Node, ends: Sequence[Reader]) -> None:
        """All ways must lead to one place."""
        if len({_place(end) for end in ends}) > 1:
            message = "the branches end in different places of the HTML, such as one inside a tag and one behind it"
            raise misplaced(node, message)
        super().join(node, ends)
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
