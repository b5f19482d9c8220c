"""The template language: Jinja's, without what could harm.

    source ──parse──► tree ──check──► problems          a tree with an error among its problems is never run

What is allowed is listed, not what is forbidden: kinds of nodes, filters, tests, and calls of gettext, of macros, of
`range`, `super`, `caller` and a loop's `cycle`. Names and attributes that begin with `_` are refused wherever they stand,
and so is what could make a message grow without bound.

A position is one number, `file · 10⁶ + line`, so that trees of several files can be joined and still be traced.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, nodes

from orchestrator.blueprint.problems import Problem, Severity, did_you_mean
from orchestrator.content.filters import ALLOWED, ALLOWED_TESTS, FORMATS
from orchestrator.content.refusal import Unsound
from orchestrator.content.trees import depth

LINES = 1_000_000
"""How many lines a file has room for in a position."""
GETTEXT = {"_": 1, "gettext": 1, "ngettext": 2, "pgettext": 2, "npgettext": 3}
"""The functions that translate, and how many leading arguments are texts."""
LOOP = frozenset({"cycle"})
"""What may be called on `loop`."""
MOST_ITEMS = 1000  # of a list or a range that a loop goes over; also the largest size a filter takes
DEEPEST = 100  # levels of nested nodes
TOO_DEEP = "This is nested too deeply."

STATEMENTS = frozenset({
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Block, nodes.Extends, nodes.Include,
    nodes.Import, nodes.FromImport, nodes.Macro, nodes.CallBlock, nodes.FilterBlock, nodes.With, nodes.Assign,
    nodes.AssignBlock, nodes.Scope,
})  # fmt: skip
EXPRESSIONS = frozenset({
    nodes.Name, nodes.Const, nodes.Tuple, nodes.List, nodes.Dict, nodes.Pair, nodes.Keyword, nodes.CondExpr, nodes.Filter,
    nodes.Test, nodes.Call, nodes.Getitem, nodes.Getattr, nodes.Slice, nodes.Concat, nodes.Compare, nodes.Operand,
    nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Add, nodes.Sub, nodes.Mod, nodes.And, nodes.Or, nodes.Not, nodes.Neg,
    nodes.Pos,
})  # fmt: skip
REFUSED: Mapping[type[nodes.Node], str] = {
    nodes.Pow: "`**` can make numbers without end; write the number itself",
    nodes.NSRef: "`namespace` is not available; use {% set %}",
    nodes.ScopedEvalContextModifier: "escaping cannot be switched off: it follows the kind of the field",
    nodes.EvalContextModifier: "escaping cannot be switched off: it follows the kind of the field",
}
FORBIDDEN_FILTERS = {
    "safe": "`safe` would let data write HTML; put the markup into the template",
    "attr": "`attr` is not available; write value.name",
    "format": "`format` is not available; use {% trans %} with named values",
    "xmlattr": "`xmlattr` is not available; write the attributes out",
}
ATTRIBUTE_AT = {
    "groupby": 0, "sum": 0, "selectattr": 0, "rejectattr": 0, "join": 1, "sort": 2, "unique": 1, "min": 1, "max": 1,
}  # fmt: skip
"""Which argument of a filter names the attribute that it looks at, where no keyword does."""
MAPPABLE = ALLOWED - {"map", "greeting", "e", "escape", *FORMATS}
"""What `map` may apply to each item: filters that need neither the reader's locale nor the place they stand in."""
SIZED = frozenset({"batch", "slice", "center", "indent", "wordwrap", "truncate", "round"})
"""Filters whose arguments say how large the result gets."""

Fault = tuple[str, str, str]
"""A code, the sentence, and the piece of source that it is about (to find the column)."""


def _parser() -> Environment:
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    return environment


_PARSER = _parser()
_TAGS = (
    "if",
    "elif",
    "else",
    "endif",
    "for",
    "endfor",
    "block",
    "endblock",
    "trans",
    "pluralize",
    "endtrans",
    "set",
    "with",
)
_ELSEWHERE = {"elseif": "elif", "elsif": "elif", "end": "endif", "foreach": "for", "unless": "if"}
"""What other template languages say."""
_STRANGE = re.compile(r"unexpected char '(.)' at \d+", re.DOTALL)
_PIECE = re.compile(r"(?:unknown tag|got|unexpected|saw) ['`]([^'`]+)['`]")
_CURLY = "“”„‘’‚"


class Source:
    """One file: its text, its tree, and what is wrong with it. `tree` is None where it does not parse or must not run."""

    def __init__(self, path: str, content: bytes, index: int) -> None:
        self.path = path
        self.index = index
        self.tree: nodes.Template | None = None
        self._lines: list[str] = []
        try:
            tree = self._parsed(content)
        except Unsound as fault:
            told = self.problem(fault.position, fault.code, *_explained(str(fault)))
            self.problems: tuple[Problem, ...] = (told,)
            return
        _number(tree, index * LINES, 1)
        self.problems = tuple(self.problem(position % LINES, *fault) for position, fault in faults(tree))
        self.tree = None if self.problems else tree

    def _parsed(self, content: bytes) -> nodes.Template:
        try:
            text = content.decode("utf-8-sig")
            self._lines = text.splitlines()
            tree = _PARSER.parse(text, self.path, self.path)
        except UnicodeDecodeError:
            raise Unsound(1, "template.syntax", "The file is not UTF-8 text.") from None
        except TemplateSyntaxError as fault:
            raise Unsound(fault.lineno, "template.syntax", str(fault.message)) from fault
        except RecursionError:
            raise Unsound(1, "template.unsafe", TOO_DEEP) from None
        if depth([tree]) > DEEPEST:
            raise Unsound(1, "template.unsafe", TOO_DEEP)
        return tree

    def problem(self, line: int, code: str, message: str, needle: str = "", severity: Severity = "error") -> Problem:
        """A problem in a line of this file; `needle` is the piece of source that it is about."""
        return Problem(f"templates/{self.path}", line, self.column(line, needle), severity, code, message)

    def column(self, line: int, needle: str) -> int:
        """Where the piece of source stands in the line, counted from 1; 1 where it does not."""
        text = self._lines[line - 1] if 0 < line <= len(self._lines) else ""
        return text.find(needle) + 1 or 1


def _explained(message: str) -> tuple[str, str]:
    """What the parser says, said to those who write templates, and the piece of source that it is about."""
    if found := _STRANGE.fullmatch(message):
        advice = (
            "Write straight quotes, as in 'this'."
            if found[1] in _CURLY
            else "A value is {{ … }}, a condition {% if … %}."
        )
        return f"{found[1]!r} means nothing here. {advice}", found[1]
    if message == "expected token 'end of print statement', got '.'":
        return (
            "Within {% trans %} stand bare names; give the value one: {% trans name=profile.first_name %}.",
            "{% trans",
        )
    found = _PIECE.search(message)
    piece = found[1] if found else ""
    is_unknown = message.startswith("Encountered unknown tag") and piece not in _TAGS
    return f"{message}{did_you_mean(_ELSEWHERE.get(piece, piece), _TAGS) if is_unknown else ''}", piece


def _number(node: nodes.Node, first: int, line: int) -> None:
    """Turn lines into positions; a node that the parser gave no line stands where what is around it does."""
    if node.lineno is None or node.lineno < LINES:  # `{% trans %}` puts one node in two places
        node.lineno = first + (node.lineno or line)
    for child in node.iter_child_nodes():
        _number(child, first, node.lineno - first)


def faults(tree: nodes.Template) -> Iterator[tuple[int, Fault]]:
    """What in the tree must not run, each with its position."""
    known = _callables(tree)
    for node in tree.find_all(nodes.Node):
        for rule in RULES.get(type(node), (_allowed,)):
            fault = rule(node, known)
            if fault:
                yield node.lineno, fault


def _callables(tree: nodes.Template) -> frozenset[str]:
    macros = {macro.name for macro in tree.find_all(nodes.Macro)}
    imports = {imported.target for imported in tree.find_all(nodes.Import)}
    froms = {alias for imported in tree.find_all(nodes.FromImport) for _, alias in names(imported)}
    return frozenset(macros | imports | froms)


def names(node: nodes.FromImport) -> Iterator[tuple[str, str]]:
    """What is imported, and what it is called here."""
    for name in node.names:
        yield (name, name) if isinstance(name, str) else name


# -- the rules: each looks at one kind of node


def _allowed(node: nodes.Node, _: Any) -> Fault | None:
    if type(node) in STATEMENTS or type(node) in EXPRESSIONS:
        return None
    sentence = REFUSED.get(type(node), f"{type(node).__name__} is not part of the template language")
    return "template.unsafe", sentence, ""


def _name(node: nodes.Name, _: Any) -> Fault | None:
    if node.name.startswith("_") and node.name not in GETTEXT and node.name != "_trans":
        return _private(node.name)
    if node.name in ("self", "varargs", "kwargs"):
        return "template.unsafe", f"`{node.name}` is not available", node.name
    return None


def _attribute(node: nodes.Getattr, _: Any) -> Fault | None:
    return _private(node.attr) if node.attr.startswith("_") else None


def _item(node: nodes.Getitem, _: Any) -> Fault | None:
    key = node.arg.value if isinstance(node.arg, nodes.Const) else None
    return _private(key) if isinstance(key, str) and key.startswith("_") else None


def _private(name: str) -> Fault:
    return "template.unsafe", f"`{name}`: names that begin with an underscore are out of reach", name


def _call(node: nodes.Call, known: frozenset[str]) -> Fault | None:
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        return "template.unsafe", "arguments cannot be unpacked with `*`; write them out", "*"
    callee = node.node
    if isinstance(callee, nodes.Name):
        return _call_by_name(node, callee.name, known)
    if isinstance(callee, nodes.Getattr) and isinstance(callee.node, nodes.Name):
        holder, attr = callee.node.name, callee.attr
        if (holder == "loop" and attr in LOOP) or holder in known:
            return None
        return _method(attr)
    return _method(callee.attr if isinstance(callee, nodes.Getattr) else "")


def _method(name: str) -> Fault:
    hint = f"; write value|{name}" if name in ALLOWED else ""
    return "template.unsafe", f"`{name}(…)`: values have no methods here, only macros can be called{hint}", name


def _call_by_name(node: nodes.Call, name: str, known: frozenset[str]) -> Fault | None:
    if name in GETTEXT:
        return _gettext(node, name)
    if name == "range":
        return _range(node)
    if name in ("caller", "super") or name in known:
        return None
    return "template.unsafe", f"There is no macro {name!r}.{did_you_mean(name, known | GETTEXT.keys())}", name


def _gettext(node: nodes.Call, name: str) -> Fault | None:
    texts = node.args[: GETTEXT[name]]
    if len(texts) == GETTEXT[name] and all(isinstance(t, nodes.Const) and isinstance(t.value, str) for t in texts):
        return None
    return "template.string", f"{name}(…) takes its text as a literal, or no translator will ever see it", name


def _range(node: nodes.Call) -> Fault | None:
    if not 1 <= len(node.args) <= 3 or node.kwargs:
        return "template.unsafe", "range(…) takes one, two or three whole numbers", "range"
    bounds = [arg.value for arg in node.args if isinstance(arg, nodes.Const)]
    if len(bounds) < len(node.args):
        return None  # what comes from data is looked at when it comes
    if not all(isinstance(bound, int) for bound in bounds) or 0 in bounds[2:] or len(range(*bounds)) > MOST_ITEMS:
        return "template.unsafe", f"range(…) takes whole numbers, and gives {MOST_ITEMS} at most", "range"
    return None


def _filter(node: nodes.Filter, _: Any) -> Fault | None:
    if node.name not in ALLOWED:
        sentence = FORBIDDEN_FILTERS.get(
            node.name, f"There is no filter {node.name!r}.{did_you_mean(node.name, ALLOWED)}"
        )
        return "template.unsafe" if node.name in FORBIDDEN_FILTERS else "template.filter", sentence, node.name
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        return "template.unsafe", "arguments cannot be unpacked with `*`; write them out", "*"
    return _reach(node) or _size(node) or _mapped(node)


def _reach(node: nodes.Filter) -> Fault | None:
    position = ATTRIBUTE_AT.get(node.name)
    given = [pair.value for pair in node.kwargs if pair.key == "attribute"]
    given += node.args[position : position + 1] if position is not None else []
    for arg in given:
        if not isinstance(arg, nodes.Const):
            return "template.unsafe", f"`{node.name}` takes the attribute as a literal", node.name
        if any(part.startswith("_") for part in str(arg.value).split(".")):
            return _private(str(arg.value))
    return None


def _size(node: nodes.Filter) -> Fault | None:
    args = [*node.args, *(pair.value for pair in node.kwargs)] if node.name in SIZED else []
    if all(
        isinstance(a, nodes.Const) and not (isinstance(a.value, int | float) and a.value > MOST_ITEMS) for a in args
    ):
        return None
    return "template.unsafe", f"`{node.name}` takes literals, and no number above {MOST_ITEMS}", node.name


def _mapped(node: nodes.Filter) -> Fault | None:
    if node.name not in ("map", "select", "reject", "selectattr", "rejectattr"):
        return None
    by = node.args[(0 if node.name in ("map", "select", "reject") else 1) :][:1]
    there_are = MAPPABLE if node.name == "map" else ALLOWED_TESTS
    for arg in by:
        if not isinstance(arg, nodes.Const) or arg.value not in there_are:
            return "template.filter", f"`{node.name}` takes the literal name of a simple filter or test", node.name
    return None


def _test(node: nodes.Test, _: Any) -> Fault | None:
    if node.name in ALLOWED_TESTS and node.dyn_args is None and node.dyn_kwargs is None:
        return None
    return "template.filter", f"There is no test {node.name!r}.{did_you_mean(node.name, ALLOWED_TESTS)}", node.name


def _for(node: nodes.For, _: Any) -> Fault | None:
    return ("template.unsafe", "a loop cannot call itself", "recursive") if node.recursive else None


def _file(node: nodes.Extends | nodes.Include | nodes.Import | nodes.FromImport, _: Any) -> Fault | None:
    if isinstance(node.template, nodes.Const) and isinstance(node.template.value, str):
        return None
    return "template.unsafe", "the file's name must be a literal", ""


def _repeat(node: nodes.Mul, _: Any) -> Fault | None:
    repeated = (nodes.Const, nodes.List, nodes.Tuple, nodes.TemplateData)
    for side in (node.left, node.right):
        if isinstance(side, repeated) and not (isinstance(side, nodes.Const) and isinstance(side.value, int | float)):
            return "template.unsafe", "`*` multiplies numbers; it does not repeat text", "*"
    return None


def _modulo(node: nodes.Mod, _: Any) -> Fault | None:
    if isinstance(node.left, nodes.Const) and isinstance(node.left.value, str):
        return "template.unsafe", "`%` divides numbers; for text use {% trans %} with named values", "%"
    return None


def _macro(node: nodes.Macro, _: Any) -> Fault | None:
    private = next((n for n in (node.name, *(arg.name for arg in node.args)) if n.startswith("_")), None)
    return _private(private) if private else None


Rule = Callable[[Any, frozenset[str]], Fault | None]
RULES: Mapping[type[nodes.Node], tuple[Rule, ...]] = {
    nodes.Name: (_name,),
    nodes.Getattr: (_attribute,),
    nodes.Getitem: (_item,),
    nodes.Call: (_call,),
    nodes.Filter: (_filter,),
    nodes.Test: (_test,),
    nodes.For: (_for,),
    nodes.Extends: (_file,),
    nodes.Include: (_file,),
    nodes.Import: (_file,),
    nodes.FromImport: (_file,),
    nodes.Mul: (_repeat,),
    nodes.Mod: (_modulo,),
    nodes.Macro: (_macro,),
}
