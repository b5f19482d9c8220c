"""The words that stand in templates themselves: that they are translated, and meant to be read as they stand.

<p>Thank you for your order</p>        in a message whose other words are translated: two languages in one
Hello {first_name}                     of another template language: nobody fills it in
<b>Hello</b>                           in a text message, where it is read with its brackets
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from jinja2 import nodes

from orchestrator.blueprint.problems import Problem, Severity
from orchestrator.checking.subject import Subject
from orchestrator.content.fields import FIELDS
from orchestrator.content.trees import Tree, walk
from orchestrator.content.values import ROOTS

_READ = frozenset({"line", "body"})
"""Kinds of fields that are read as they are; those of HTML are read without their tags."""
_VALUE = "\x1f"
"""Stands where a value, or a translated string, is."""
_UNSEEN = re.compile(r"<!--.*?-->|<(style|script|title)\b.*?</\1\s*>|<[^<>]*>", re.DOTALL | re.IGNORECASE)
_WORD = r"[^\W\d_]{2,}"
_SENTENCE = re.compile(rf"{_WORD}(?:[ \t\n]*[,;:’'-]?[ \t\n]+{_WORD}){{2,}}")
"""Three words in a row: names and units are shorter."""
_TAG = re.compile(
    r"</?(?:a|b|br|div|em|font|h[1-6]|hr|i|img|li|ol|p|span|strong|table|td|tr|u|ul)\b[^<>]*>|&(?:\w+|#\d+);"
)
_ELSEWHERE = re.compile(
    r"<%[=-]?[^%<>]{1,80}%>|\*\|[A-Z0-9_:]{2,40}\|\*|\$\{[a-z_][\w.]{0,40}\}|(?<!\{)\{ *([a-z_][\w.]*) *\}(?!\})"
)
_CONFLICT = re.compile(r"^(?:<{7} |={7}$|>{7} ).*", re.MULTILINE)


def untranslatable(subject: Subject) -> Iterator[Problem]:
    """Sentences that no translator sees, in messages whose other words are translated."""
    found: dict[int, str] = {}
    for message in subject.messages:
        if len(message.locales) > 1 and message.linked.strings:
            for name, tree in message.linked.fields.items():
                if FIELDS[message.channel][name] in _READ | {"html"}:
                    found |= dict(_sentences(tree))
    for position, sentence in found.items():
        said = (
            f"{_shown(sentence)} reads the same in every language. Write {{{{ _('…') }}}}, or {{% trans %}} around it."
        )
        yield subject.in_template(position, "warning", "string.unmarked", said, sentence.split("\n")[0])


def _sentences(tree: Tree) -> Iterator[tuple[int, str]]:
    """Sentences that stand in a field as they are, with their positions."""
    pieces = list(walk(tree, nodes.TemplateData))
    starts = [0, *accumulate(len(piece.data) + 1 for piece in pieces)]
    text = _UNSEEN.sub(_blank, _VALUE.join(piece.data for piece in pieces))
    for match in _SENTENCE.finditer(text):
        number = bisect_right(starts, match.start()) - 1
        before = pieces[number].data[: match.start() - starts[number]]
        yield pieces[number].lineno + before.count("\n"), match[0]


def _shown(text: str) -> str:
    words = " ".join(text.split())
    return repr(words if len(words) <= 50 else f"{words[:49]}…")


def _blank(match: re.Match[str]) -> str:
    """As long as what it replaces, and no words."""
    return re.sub(r"[^\n]", _VALUE, match[0])


def foreign(subject: Subject) -> Iterator[Problem]:
    """What other template languages, or a merge, have left."""
    for source in subject.templates.files:
        for node in walk(source.tree.body if source.tree else (), nodes.TemplateData):
            for match in _CONFLICT.finditer(node.data):
                said = "A merge left this line here. Keep one side, and take the marks out."
                yield _at(subject, node, match, "error", said)
            for match in _of_others(subject, node.data):
                yield _at(subject, node, match, "error", _unfilled(match[0]))
    for use in subject.strings:
        for match in _ELSEWHERE.finditer(use.string.msgid):
            yield Problem(use.file, use.line, 1, "error", "template.foreign", _unfilled(match[0]))


def _of_others(subject: Subject, text: str) -> Iterator[re.Match[str]]:
    """Values as other template languages write them; in single braces only what a template could mean."""
    known = {
        *subject.workspace.attributes,
        *(name for each in subject.workspace.moments.values() for name in each.data),
    }
    for match in _ELSEWHERE.finditer(text):
        if match[1] is None or match[1] in known or match[1].partition(".")[0] in ROOTS:
            yield match


def _unfilled(piece: str) -> str:
    return (
        f"{piece!r} would be read as it stands. A value is written in two braces, as in {{{{ profile.first_name }}}}."
    )


def tags(subject: Subject) -> Iterator[Problem]:
    """HTML in texts that are read with its brackets; told once for each piece of text."""
    found: dict[Problem, None] = {}
    for message in subject.messages:
        for name, tree in message.linked.fields.items():
            if FIELDS[message.channel][name] in _READ:
                where = f"the {name} of {message.channel} is plain text"
                for node in walk(tree, nodes.TemplateData):
                    if match := _TAG.search(node.data):
                        said = f"{match[0]!r} would be read as it stands: {where}."
                        found[_at(subject, node, match, "warning", said)] = None
    yield from found


def _at(subject: Subject, node: nodes.TemplateData, match: re.Match[str], severity: Severity, said: str) -> Problem:
    position = node.lineno + node.data.count("\n", 0, match.start())
    return subject.in_template(position, severity, "template.foreign", said, match[0])
