"""The plain-text alternative of an HTML field, derived as a tree of its own, so that it costs no parsing per message.

    <p>, <h1>, <ul>, <table> …    a paragraph        <li>          a line that begins with "- "
    <div>, <tr>, <br>             a line             <img alt>     its alternative text
    <a href="…">words</a>         words (address)    hidden, <style>, <title>, comments: nothing

A link whose words are where it leads is said once. How far words stand apart is counted in units, since what is between
them is known only when they are printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from html import unescape
from itertools import count

from jinja2 import nodes

from orchestrator.content.markup import Reader, Token
from orchestrator.content.trees import Rewriter, Tree, append, walk

PARAGRAPHS = frozenset({
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "blockquote", "pre", "section", "article", "header",
    "footer", "main", "hr",
})  # fmt: skip
LINES = frozenset({"div", "tr", "li", "dt", "dd", "address", "center", "body"})
SPACED = frozenset({"td", "th"})
VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
SILENT = frozenset({"head"})

UNIT = "\x01"  # of distance between words; no value holds one
LINE, BREAK, PARAGRAPH = 1, 3, 6  # how far apart an element's words stand from what is before and behind

_SPACES = re.compile(r"[ \t\r\n]+")
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_ADDRESS = re.compile(r"^(?:mailto|tel|sms):", re.IGNORECASE)
_DISTANCE = re.compile(rf"{UNIT}[ \n{UNIT}]*")
_SETTLED = re.compile(rf" *{UNIT}[ {UNIT}]*")
_MANY_BREAKS = re.compile(r"\n{3,}")
_MANY_SPACES = re.compile(r" {2,}")


def plain_text(tree: Sequence[nodes.Node]) -> Tree:
    """A copy of a localised HTML tree that prints its words. Its text is to be `tidied`."""
    return _Spacing().rewritten(_PlainText().rewritten(tree))


def tidied(text: str) -> str:
    """Derived text with single spaces, no space around line breaks, and at most one blank line."""
    if UNIT in text:
        text = _DISTANCE.sub(_spaced, text)
    if "  " in text:
        text = _MANY_SPACES.sub(" ", text)
    text = text.replace(" \n", "\n").replace("\n ", "\n")
    return (_MANY_BREAKS.sub("\n\n", text) if "\n\n\n" in text else text).strip()


def _spaced(distance: re.Match[str]) -> str:
    return "\n\n" if distance.group().count(UNIT) >= PARAGRAPH else "\n"


class _Spacing(Rewriter):
    """Settles distances within what is printed in a row; at its ends they depend on what comes before and behind."""

    def visit_output(self, node: nodes.Output) -> nodes.Output:
        words: list[nodes.Expr] = []
        for child in node.nodes:
            last = words[-1] if words else None
            if isinstance(child, nodes.TemplateData) and isinstance(last, nodes.TemplateData):
                last.data += child.data
            else:
                words.append(child)
        for place, literal in enumerate(words):
            if isinstance(literal, nodes.TemplateData):
                literal.data = _settled(literal.data, first=place == 0, last=place == len(words) - 1)
        node.nodes = words
        return node


def _settled(data: str, *, first: bool, last: bool) -> str:
    words = data.strip(f"{UNIT} ")
    before, behind = data[: data.find(words)], data[data.find(words) + len(words) :]
    if not words:
        return _edge(data)
    within = _SETTLED.sub(_spaced, (before if not first else "") + words + (behind if not last else ""))
    return _edge(before) * first + within + _edge(behind) * last


def _edge(space: str) -> str:
    return space.replace(" ", "") if UNIT in space else space


@dataclass(slots=True)
class _Element:
    """An element that is open: whether it is silent, where it leads, in which list of statements and behind what it stands."""

    tag: str
    silent: bool = False
    link: list[nodes.Expr] = field(default_factory=list)
    block: int = 0
    behind: tuple[int, int] = (0, 0)


class _PlainText(Rewriter):
    def __init__(self) -> None:
        self.reader = Reader()
        self.open: list[_Element] = []
        self.attributes: dict[str, list[nodes.Expr]] = {}
        self.comment = False
        self.block = 0  # the list of statements that we are in
        self.blocks = count(1)

    @property
    def silent(self) -> bool:
        """Whether what stands here is not for reading."""
        return self.comment or any(element.silent for element in self.open)

    def rewritten(self, tree: Sequence[nodes.Node]) -> Tree:
        """What is printed in a row stands in one statement, so that the distances in it are settled."""
        found: Tree = []
        for node in super().rewritten(tree):
            for part in node.nodes if isinstance(node, nodes.Output) else [node]:
                append(found, part)
        return found

    # -- what is printed

    def visit_output(self, node: nodes.Output) -> Tree:
        found: Tree = []
        for child in node.nodes:
            if isinstance(child, nodes.TemplateData):
                for token in self.reader.read(child.data):
                    self._take(token, found, node.lineno)
            elif self.reader.where == "text" and not self.silent:
                append(found, self.visit(child))
            elif self.reader.where == "quoted":
                self.attributes.setdefault(self.reader.attribute, []).append(self.visit(child))
        return found

    def _take(self, token: Token, output: Tree, line: int) -> None:
        if token.kind == "text" and not self.silent:
            self._print(output, unescape(_SPACES.sub(" ", token.text)), line)
        elif token.kind == "open":
            self.attributes = {}
        elif token.kind == "attribute":
            self.attributes.setdefault(token.text, [])
        elif token.kind == "value":
            literal = nodes.Const(unescape(token.text), lineno=line)
            self.attributes.setdefault(self.reader.attribute, []).append(literal)
        elif token.kind == "end" and not token.text.startswith("/"):
            self._begin(token.text, output, line)
        elif token.kind == "close":
            self._close(token.text, output, line)
        elif token.kind in ("comment", "declaration"):
            self._aside(token.text)

    def _aside(self, text: str) -> None:
        """A conditional comment hides what stands in it from all but one program."""
        if text.startswith("[if"):
            self.comment = "!" not in text
        elif text.startswith("[endif]"):
            self.comment = False

    def _begin(self, tag: str, output: Tree, line: int) -> None:
        hidden = tag in SILENT or "hidden" in self.attributes or bool(_HIDDEN.search(self._literal("style")))
        if tag == "img" and not self.silent:
            for part in self.attributes.get("alt", ()):
                append(output, part)
        if not self.silent and not hidden:
            self._print(output, _before(tag), line)
        if tag not in VOID:
            link = self.attributes.get("href", []) if tag == "a" and not self._literal("href").startswith("#") else []
            self.open.append(_Element(tag, hidden, link, self.block, _end(output)))

    def _close(self, tag: str, output: Tree, line: int) -> None:
        depth = next((n for n, element in enumerate(reversed(self.open), 1) if element.tag == tag), 0)
        if not depth:
            return
        silent, element = self.silent, self.open[-depth]
        del self.open[-depth:]
        leads = element.link and element.block == self.block and not _says(output, element)
        if not silent and leads:
            for part in (_words(" (", line), _address(element.link, line), _words(")", line)):
                append(output, part)
        if not silent:
            self._print(output, _after(tag), line)

    def _literal(self, attribute: str) -> str:
        return "".join(str(part.value) for part in self.attributes.get(attribute, ()) if isinstance(part, nodes.Const))

    def _print(self, output: Tree, text: str, line: int) -> None:
        if text:
            append(output, _words(text, line))

    # -- the ways through the template

    def visit_if(self, node: nodes.If) -> nodes.If:
        start = self._state()
        for branch in (node, *node.elif_):
            self._restore(start)
            branch.body = self._inner(branch.body)
            branch.test = self.visit(branch.test)
        self._restore(start)
        node.else_ = self._inner(node.else_)
        return node

    def visit_for(self, node: nodes.For) -> nodes.For:
        node.iter = self.visit(node.iter)
        node.body = self._inner(node.body)
        node.else_ = self._inner(node.else_)
        return node

    def visit_macro(self, node: nodes.Macro) -> nodes.Macro:
        """What is composed first and put in elsewhere stands between elements."""
        outer = self._state()
        self._restore((Reader(), []))
        node.body = self._inner(node.body)
        self._restore(outer)
        return node

    visit_assign_block = visit_call_block = visit_macro

    def visit_filter(self, node: nodes.Filter) -> nodes.Node:
        """Translations that are values may hold HTML, too."""
        if node.name in ("e", "escape") and node.node is not None:
            return self.expression(node.node)
        if node.name == "text" and isinstance(node.node, nodes.Const | nodes.Concat):
            for words in walk([node.node], nodes.Const):
                words.value = unescape(_TAG.sub("", str(words.value)))
        return self.generic_visit(node)

    def _inner(self, body: Sequence[nodes.Node]) -> Tree:
        outer, self.block = self.block, next(self.blocks)
        found = self.rewritten(body)
        self.block = outer
        return found

    def _state(self) -> tuple[Reader, list[_Element]]:
        return replace(self.reader), list(self.open)

    def _restore(self, state: tuple[Reader, list[_Element]]) -> None:
        self.reader, self.open = replace(state[0]), list(state[1])


def _end(output: Tree) -> tuple[int, int]:
    """How much has been printed: statements, and what the last of them prints."""
    last = output[-1] if output else None
    return len(output), len(last.nodes) if isinstance(last, nodes.Output) else 0


def _says(output: Tree, link: _Element) -> bool:
    """Whether the words of a link are where it leads."""
    statements, printed = link.behind
    last = output[-1] if output else None
    if not isinstance(last, nodes.Output) or len(output) > max(1, statements):
        return False
    return _spelt(last.nodes[printed:]) == _spelt(_address(link.link, 0).nodes)


def _spelt(parts: Iterable[nodes.Expr]) -> list[str | nodes.Expr]:
    """Literals and values in a row, however the literals happen to be cut and spaced."""
    found: list[str | nodes.Expr] = []
    for part in parts:
        literal = part.data if isinstance(part, nodes.TemplateData) else getattr(part, "value", None)
        if literal is None:
            found.append(part)
        elif text := str(literal).strip(f" {UNIT}"):
            before = found.pop() if found and isinstance(found[-1], str) else ""
            found.append(f"{before}{text}")
    return found


def _words(text: str, line: int) -> nodes.Expr:
    return nodes.TemplateData(text, lineno=line)


def _address(link: Sequence[nodes.Expr], line: int) -> nodes.Concat:
    """Where a link leads, as one value."""
    first = link[0]
    if isinstance(first, nodes.Const):
        first = nodes.Const(_ADDRESS.sub("", str(first.value)), lineno=line)
    return nodes.Concat([first, *link[1:]], lineno=line)


def _before(tag: str) -> str:
    return UNIT + "- " if tag == "li" else UNIT * _distance(tag)


def _after(tag: str) -> str:
    return " " if tag in SPACED else "" if tag in VOID else UNIT * _distance(tag)


def _distance(tag: str) -> int:
    if tag == "br":
        return BREAK
    return PARAGRAPH if tag in PARAGRAPHS else LINE if tag in LINES else 0
