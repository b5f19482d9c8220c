"""What every HTML message has around its words: a document with its language and direction, and the hidden preheader.

All of it is put into the tree before that is compiled, so that none of it costs anything per message.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from jinja2 import nodes

from orchestrator.content.bidi import Direction, escaped
from orchestrator.content.markup import Reader
from orchestrator.content.trees import Rewriter, Tree, append, walk

HIDDEN = "display:none;max-height:0;overflow:hidden;mso-hide:all"
_HTML = re.compile(r"(?P<tag><html)(?P<attributes>(?:\s[^>]*)?)(?=>|$)", re.IGNORECASE)
_DOCTYPE = re.compile(r"<!doctype", re.IGNORECASE)
_HAS = {name: re.compile(rf"\b{name}\s*=", re.IGNORECASE) for name in ("lang", "dir")}
_END = re.compile(r"</body\s*>", re.IGNORECASE)


def bcp47(locale: str) -> str:
    """A catalog's folder name as HTML and HTTP write it: `pt_BR` → `pt-BR`."""
    return locale.replace("_", "-")


def framed(html: Tree, *, title: Tree, preheader: Tree, locale: str, direction: Direction) -> Tree:
    """A localised HTML tree as that of a whole document; what it has already is left as it is.

    Args:
        html: the field; a fragment without `<html>` becomes the body of a document.
        title: the tree of the subject, for HTML.
        preheader: the tree of what inboxes show beside the subject, for HTML; empty for none.
    """
    hidden = [_words(f'<div style="{HIDDEN}">'), nodes.Scope(preheader), _words("</div>")] if preheader else []
    literals = list(walk(html, nodes.TemplateData))
    if any(_HTML.search(literal.data) for literal in literals):
        has_doctype = any(_DOCTYPE.search(literal.data) for literal in literals)
        return _Framer("" if has_doctype else "<!doctype html>", hidden, locale, direction).rewritten(html)
    opening = f'<!doctype html><html lang="{bcp47(locale)}" dir="{direction}"><head><meta charset="utf-8"><title>'
    head = [_words(opening), nodes.Scope(title), _words("</title></head><body>"), *hidden]
    return [*head, nodes.Scope(html), _words("</body></html>")]


def with_last_paragraph(document: str, words: str) -> str:
    """The document with these words, which are no HTML yet, at the end of its body."""
    paragraph = f"<p>{escaped(words)}</p>"
    ends = [found.start() for found in _END.finditer(document)] or [len(document)]
    return f"{document[: ends[-1]]}{paragraph}{document[ends[-1] :]}"


class _Framer(Rewriter):
    """Gives the `<html>` of a document what it lacks, and puts the preheader behind `<body>`."""

    def __init__(self, doctype: str, hidden: Sequence[nodes.Node], locale: str, direction: Direction) -> None:
        self.doctype = doctype
        self.hidden = hidden
        self.wanted = {"lang": bcp47(locale), "dir": direction}
        self.reader = Reader()

    def visit_output(self, node: nodes.Output) -> Tree:
        found: Tree = []
        for child in node.nodes:
            if isinstance(child, nodes.TemplateData):
                self._literal(child, found)
            else:
                append(found, child)
        return found

    def _literal(self, literal: nodes.TemplateData, output: Tree) -> None:
        bodies = [token.stop for token in self.reader.read(literal.data) if (token.kind, token.text) == ("end", "body")]
        cut = bodies[0] if bodies and self.hidden else len(literal.data)
        append(output, nodes.TemplateData(self._completed(literal.data[:cut]), lineno=literal.lineno))
        if cut < len(literal.data):
            output.extend(self.hidden)
            self.hidden = []
            append(output, nodes.TemplateData(literal.data[cut:], lineno=literal.lineno))

    def _completed(self, data: str) -> str:
        found = _HTML.search(data)
        if found is None:
            return data
        lacking = [
            f' {name}="{value}"' for name, value in self.wanted.items() if not _HAS[name].search(found["attributes"])
        ]
        opening = f"{self.doctype}{found['tag']}{''.join(lacking)}{found['attributes']}"
        return data[: found.start()] + opening + data[found.end() :]


def _words(text: str) -> nodes.Output:
    return nodes.Output([nodes.TemplateData(text, lineno=0)], lineno=0)
