"""Translations folded into a linked tree, so that what runs for a locale never asks for one.

    {{ _('Hello') }}                          ──►  Bonjour
    {% trans name=… %}Hello {{ name }}…       ──►  Bonjour {{ … }}
    {% trans n=… %}…{% pluralize n %}…        ──►  one branch per form of the locale's plural, chosen by the number

A `%` that begins no placeholder stands for itself. In an attribute of HTML a translation's own quotation marks are
escaped, so that a translator need not know where a text stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from jinja2 import nodes
from markupsafe import Markup

from orchestrator.content.catalogs import Catalog, String
from orchestrator.content.markup import Reader
from orchestrator.content.refusal import Unsound
from orchestrator.content.syntax import GETTEXT
from orchestrator.content.trees import Tree, append, clone, equals, filtered, walk
from orchestrator.content.ways import Ways, objection

_WITHIN = {
    quote: str.maketrans({quote: f"&#{ord(quote)};", "<": "&lt;", ">": "&gt;"}) for quote in ('"', "'")
}  # attributes in these quotes
_PLACEHOLDER = re.compile(r"%(?:\((?P<name>\w+)\)[sd]|(?P<percent>%))")


@dataclass(frozen=True, slots=True)
class Translatable:
    """One call of gettext: the string, the number it is about, the values it may hold, and its position."""

    string: String
    count: nodes.Expr | None
    values: Mapping[str, nodes.Expr]
    position: int


def translatables(tree: Sequence[nodes.Node]) -> Iterator[Translatable]:
    """All calls of gettext in a tree, in the order in which they are written."""
    for call in walk(tree, nodes.Call):
        if found := translatable(call):
            yield found


def translatable(node: nodes.Node) -> Translatable | None:
    """What a node asks gettext for, if it does."""
    if not (isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in GETTEXT):
        return None
    name = node.node.name
    texts = [arg.value for arg in node.args[: GETTEXT[name]] if isinstance(arg, nodes.Const)]
    context = texts.pop(0) if name in ("pgettext", "npgettext") else None
    plural = texts[1] if len(texts) > 1 else None
    values = {keyword.key: keyword.value for keyword in node.kwargs}
    count = node.args[GETTEXT[name]] if plural is not None and len(node.args) > GETTEXT[name] else None
    if count is not None:
        values.setdefault("num", count)
    return Translatable(String(texts[0], plural, context), count, values, node.lineno)


def localise(tree: Sequence[nodes.Node], catalog: Catalog, html: bool, markup: bool | None = None) -> Tree:
    """A copy of a linked tree with every string in the catalog's language.

    Args:
        html: what is composed of strings is HTML.
        markup: the tree itself is; if it is left out, as `html` says.

    Raises:
        Unsound: a string has a placeholder for which the template gives no value, or stands where none is safe.
    """
    return _Localiser(catalog, html, html if markup is None else markup).rewritten(tree)


class _Localiser(Ways):
    def __init__(self, catalog: Catalog, html: bool, markup: bool) -> None:
        super().__init__()
        self.catalog = catalog
        self.html = html
        self.markup = markup
        self.numbers = 0

    # -- where a string is printed: into the text around it

    def visit_output(self, node: nodes.Output) -> Tree:
        found: Tree = []
        for child in node.nodes:
            asked = translatable(child)
            for part in self._spelt_out(asked) if asked else [self.visit(child)]:
                append(found, part)
        return found

    def visit_template_data(self, node: nodes.TemplateData) -> nodes.TemplateData:
        if self.markup:
            self.reader.feed(node.data)
        return node

    def _spelt_out(self, asked: Translatable) -> Iterator[nodes.Node]:
        if asked.count is None:
            yield from self._printed(self.catalog.singular(asked.string), asked)
            return
        start = replace(self.reader)
        forms = [self._output(form, start, asked) for form in self.catalog.forms(asked.string)]
        self.numbers += 1
        chosen = f"_form{self.numbers}"
        yield nodes.Assign(nodes.Name(chosen, "store"), self._place(asked.count), lineno=asked.position)
        yield from _branches(nodes.Name(chosen, "load"), forms)

    def _output(self, form: str, start: Reader, asked: Translatable) -> Tree:
        self.reader = replace(start)
        printed = list(self._printed(form, asked))
        return [nodes.Output(printed, lineno=asked.position)] if printed else []

    def _printed(self, text: str, asked: Translatable) -> Iterator[nodes.Expr]:
        """A text among the template's own; in an attribute it cannot end what it did not begin."""
        quote = self._quote(asked)
        for piece in self._pieces(text, asked):
            if not isinstance(piece, str):
                yield piece
                continue
            words = piece.translate(_WITHIN[quote]) if quote else piece
            yield self.visit_template_data(nodes.TemplateData(words, lineno=asked.position))

    def _quote(self, asked: Translatable) -> str:
        """The quotation mark of the attribute that a text stands in; empty if it stands in none."""
        if self.markup and (said := objection(self.reader)):
            raise Unsound(asked.position, "template.place", said)
        return self.reader.quote if self.reader.where == "quoted" else ""

    def _pieces(self, text: str, asked: Translatable) -> Iterator[str | nodes.Expr]:
        """Words, and the values between them."""
        for piece in pieces(text):
            yield piece if isinstance(piece, str) else self.expression(self._value(piece, asked))

    def _value(self, placeholder: re.Match[str], asked: Translatable) -> nodes.Expr:
        name = placeholder["name"]
        if name not in asked.values:
            message = f"The text {asked.string.msgid!r} holds %({name})s, but the template gives no {name!r}."
            raise Unsound(asked.position, "template.string", message)
        return asked.values[name]

    def _place(self, count: nodes.Expr) -> nodes.Expr:
        return filtered(self.expression(count), "plural")

    # -- where a string is a value: an argument, or what is set

    def visit_call(self, node: nodes.Call) -> nodes.Node:
        asked = translatable(node)
        if asked is None:
            return self.generic_visit(node)
        if asked.count is None:
            return self._composed(self.catalog.singular(asked.string), asked)
        choice: nodes.Expr = nodes.Const("", lineno=asked.position)
        for place, form in reversed(list(enumerate(self.catalog.forms(asked.string)))):
            test = equals(self._place(asked.count), place)
            choice = nodes.CondExpr(test, self._composed(form, asked), choice, lineno=asked.position)
        return choice

    def _composed(self, text: str, asked: Translatable) -> nodes.Expr:
        parts: list[nodes.Expr] = []
        for piece in self._pieces(text, asked):
            if isinstance(piece, str):
                parts.append(nodes.Const(Markup(piece) if self.html else piece))
            else:
                parts.append(filtered(piece, "shown"))
        whole = parts[0] if len(parts) == 1 else nodes.Concat(parts or [nodes.Const("")], lineno=asked.position)
        return filtered(whole, "text")


def pieces(text: str) -> Iterator[str | re.Match[str]]:
    """A translated text in pieces: words, and placeholders for values."""
    words: list[str] = []
    end = 0
    for found in _PLACEHOLDER.finditer(text):
        words.append(text[end : found.start()])
        end = found.end()
        if found["percent"]:
            words.append("%")
            continue
        if joined := "".join(words):
            yield joined
        words.clear()
        yield found
    if joined := "".join([*words, text[end:]]):
        yield joined


def _branches(chosen: nodes.Name, forms: list[Tree]) -> Iterator[nodes.Node]:
    if len(forms) == 1:
        yield from forms[0]
        return
    *firsts, last = forms
    branches = [nodes.If(equals(clone(chosen), place), body, [], []) for place, body in enumerate(firsts)]
    branches[0].elif_ = branches[1:]
    branches[0].else_ = last
    yield branches[0]
