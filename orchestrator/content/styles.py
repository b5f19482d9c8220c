"""The rules of `<style>` put on the elements they match, once, for mail programs that drop `<style>`.

    tree ──skeleton──► HTML with every opening tag numbered ──css-inline──► a style for each number ──► tree

Only `style` attributes are taken from what css-inline makes of the skeleton: not a character of the template is
written anew. Rules that cannot be put on elements (media queries, `:hover`) stay in `<style>` and keep working there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import css_inline
from jinja2 import nodes

from orchestrator.content.markup import Reader, Token
from orchestrator.content.trees import Tree, Visitor, clone, walk

_INLINER = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)
_NUMBER = "data-kairos"
_OPENING = re.compile(r'<[A-Za-z][^\s/>]*(?P<attributes>(?:\s+[^\s=>"]+(?:="[^"]*")?)*)\s*/?>')
_ATTRIBUTE = re.compile(r'(?P<name>[^\s=>"]+)="(?P<value>[^"]*)"')


@dataclass(slots=True)
class _Tag:
    """An opening tag: the literal that holds its name, where the name ends, and its own style, if it has one."""

    literal: nodes.TemplateData
    name_end: int
    style: tuple[nodes.TemplateData, int, int] | None = None
    certain: bool = True  # the same whichever way the template takes


@dataclass(slots=True)
class _Edits:
    """What is to be written into a literal: from, to, and the new characters."""

    of: dict[int, list[tuple[int, int, str]]] = field(default_factory=dict)

    def add(self, literal: nodes.TemplateData, start: int, stop: int, text: str) -> None:
        self.of.setdefault(id(literal), []).append((start, stop, text))

    def apply(self, literal: nodes.TemplateData) -> None:
        for start, stop, text in sorted(self.of.get(id(literal), ()), reverse=True):
            literal.data = literal.data[:start] + text + literal.data[stop:]


def inlined(tree: Sequence[nodes.Node]) -> Tree:
    """A copy of a localised HTML tree with its style sheets put on the elements; the sheets stay, too."""
    copy = [clone(node) for node in tree]
    if not any("<style" in literal.data for literal in walk(copy, nodes.TemplateData)):
        return copy
    skeleton = _Skeleton(copy)
    try:
        styles = _styles(_INLINER.inline(skeleton.html))
    except css_inline.InlineError:
        return copy  # a style sheet that cannot be read stays what it is: nothing is lost but its inlining
    edits = _Edits()
    for number, tag in enumerate(skeleton.tags):
        found = styles.get(number, set())
        if len(found) == 1 and tag.certain:
            _restyle(tag, found.pop(), edits)
    for literal in walk(copy, nodes.TemplateData):
        edits.apply(literal)
    return copy


def _restyle(tag: _Tag, style: str, edits: _Edits) -> None:
    if tag.style:
        edits.add(*tag.style, "")
    edits.add(tag.literal, tag.name_end, tag.name_end, f' style="{style}"')


def _styles(html: str) -> Mapping[int, set[str]]:
    """The styles that each numbered tag has in the document; several where it occurs more than once."""
    found: dict[int, set[str]] = {}
    for tag in _OPENING.finditer(html):
        attributes = {match["name"]: match["value"] for match in _ATTRIBUTE.finditer(tag["attributes"])}
        if _NUMBER in attributes and "style" in attributes:
            found.setdefault(int(attributes[_NUMBER]), set()).add(attributes["style"])
    return found


class _Skeleton(Visitor):
    """The HTML of a tree with all branches taken one after the other, every opening tag numbered."""

    def __init__(self, tree: Sequence[nodes.Node]) -> None:
        self.tags: list[_Tag] = []
        self._numbers: dict[tuple[int, int], int] = {}
        self._macros = {node.name: node for node in walk(tree, nodes.Macro)}
        self._callers: list[Sequence[nodes.Node]] = []
        self._parts: list[str] = []
        self._reader = Reader()
        self._tag: _Tag | None = None
        self._style_from: int | None = None
        self._all(tree)
        self.html = "".join(self._parts)

    # -- what is printed

    def visit_output(self, node: nodes.Output) -> None:
        for child in node.nodes:
            if isinstance(child, nodes.TemplateData):
                self._literal(child)
            else:
                self._value(child)

    def _literal(self, literal: nodes.TemplateData) -> None:
        written = 0
        for token in self._reader.read(literal.data):
            if token.kind == "open":
                self._parts.append(f'{literal.data[written : token.stop]} {_NUMBER}="{self._opened(literal, token)}"')
                written = token.stop
            elif self._reader.attribute == "style" and token.kind in ("attribute", "value"):
                self._style(literal, token)
        self._parts.append(literal.data[written:])

    def _opened(self, literal: nodes.TemplateData, token: Token) -> int:
        number = self._numbers.setdefault((id(literal), token.stop), len(self.tags))
        if number == len(self.tags):
            self.tags.append(_Tag(literal, token.stop))
        self._tag = self.tags[number]
        return number

    def _style(self, literal: nodes.TemplateData, token: Token) -> None:
        if token.kind == "attribute":
            self._style_from = token.start
        elif self._tag is not None and self._style_from is not None:
            self._tag.style = (literal, self._style_from, token.stop)

    def _value(self, node: nodes.Expr) -> None:
        called = next((call for call in walk([node], nodes.Call) if isinstance(call.node, nodes.Name)), None)
        if called is not None and self._reader.where == "text":
            self._call(called)
        self._parts.append("x")

    def _call(self, call: nodes.Call) -> None:
        assert isinstance(call.node, nodes.Name)
        if call.node.name == "caller" and self._callers:
            body = self._callers.pop()
            self._all(body)
            self._callers.append(body)
        elif call.node.name in self._macros:
            self._all(self._macros[call.node.name].body)

    def visit_macro(self, node: nodes.Macro) -> None:
        """A macro's HTML stands where it is called."""

    def visit_call_block(self, node: nodes.CallBlock) -> None:
        self._callers.append(node.body)
        self._call(node.call)
        self._callers.pop()

    # -- all ways through the template

    def visit_if(self, node: nodes.If) -> None:
        self._uncertain()
        for body in _bodies(node):
            self._all(body)

    def visit_for(self, node: nodes.For) -> None:
        self._uncertain()
        self._all([*node.body, *node.else_])

    def _uncertain(self) -> None:
        if self._reader.where not in ("text", "raw") and self._tag is not None:
            self._tag.certain = False

    def _all(self, body: Sequence[nodes.Node]) -> None:
        for node in body:
            self.visit(node)


def _bodies(node: nodes.If) -> Iterator[Sequence[nodes.Node]]:
    yield node.body
    for branch in node.elif_:
        yield branch.body
    yield node.else_
