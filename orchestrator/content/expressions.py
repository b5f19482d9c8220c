"""Expressions of a template as Python syntax trees.

A value is never None: what is not there is a `Missing`, made once when the template is compiled. Where only truth is
asked for, or text for printing, less has to be made.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import partial
from typing import Any

from jinja2 import nodes
from jinja2.runtime import markup_join, str_join
from markupsafe import Markup

from orchestrator.content.bidi import escaped
from orchestrator.content.filters import FORMATS, TESTS, Function
from orchestrator.content.functions import bounded_range, calculation, listed, printers
from orchestrator.content.media import Medium, Text
from orchestrator.content.trees import Compiler
from orchestrator.content.values import ROOTS, Missing, fail, found, look_up, needed

VALUES, FORMATS_ARGUMENT = "values", "formats"
_OPERATORS: Mapping[type[nodes.BinExpr], ast.operator] = {
    nodes.Add: ast.Add(),
    nodes.Sub: ast.Sub(),
    nodes.Div: ast.Div(),
    nodes.FloorDiv: ast.FloorDiv(),
}
_COMPARISONS: Mapping[str, ast.cmpop] = {
    "eq": ast.Eq(), "ne": ast.NotEq(), "gt": ast.Gt(), "gteq": ast.GtE(), "lt": ast.Lt(), "lteq": ast.LtE(),
    "in": ast.In(), "notin": ast.NotIn(),
}  # fmt: skip


class Scope:
    """The names that a template has set, and what they are called in Python; an inner scope sees the outer ones."""

    def __init__(self, outer: Scope | None = None) -> None:
        self.outer = outer
        self.names: dict[str, str] = {}
        self.loop: Loop | None = None

    def find(self, name: str) -> str | None:
        """What the name is called in Python; None where the template has not set it."""
        if name in self.names:
            return self.names[name]
        return self.outer.find(name) if self.outer else None

    def innermost_loop(self) -> Loop | None:
        """The loop that `loop` means here."""
        return self.loop or (self.outer.innermost_loop() if self.outer else None)


class Loop:
    """The Python names of a loop's list and of the place in it."""

    def __init__(self, items: str, index: str) -> None:
        self.items, self.index = items, index


class Expressions(Compiler):
    """Compiles expressions; `namespace` is what the generated code finds as its globals."""

    def __init__(self, medium: Medium, functions: Mapping[str, Function], stored: frozenset[str]) -> None:
        self.medium = medium
        self.functions = {**functions, **{f"print_{name}": write for name, write in printers(medium).items()}}
        self.namespace: dict[str, Any] = {
            "show": medium.show,
            "look_up": look_up,
            "found": found,
            "dict": dict,
            "Text": Text,
            "escaped": escaped,
            "fail": fail,
            "needed": needed,
            "listed": partial(listed, medium),
        }
        self.roots = {name for name in ROOTS if name not in stored}
        self.holders: dict[tuple[str, ...], str] = {}  # paths of objects that are looked into, by their local names
        self.scope = Scope()
        self._count = 0

    # -- names of our own

    def fresh(self, stem: str) -> str:
        """A Python name that nothing else has."""
        self._count += 1
        return f"{stem}_{self._count}"

    def constant(self, value: Any, stem: str = "constant") -> ast.expr:
        """An expression for a value that is made now."""
        if value is None or value.__class__ in (str, int, float, bool):
            return ast.Constant(value)
        name = self.fresh(stem)
        self.namespace[name] = value
        return load(name)

    def missing(self, path: str) -> ast.expr:
        """An expression for a value that is not there."""
        return self.constant(Missing(name=path), "missing")

    def function(self, name: str) -> ast.expr:
        """An expression for one of the filters."""
        self.namespace[f"filter_{name}"] = self.functions[name]
        return load(f"filter_{name}")

    # -- values

    def value(self, node: nodes.Node) -> ast.expr:
        """The value of an expression."""
        compiled: ast.expr = self.visit(node)
        return located(compiled, node)

    def needed(self, node: nodes.Node) -> ast.expr:
        """The value of an expression, which must be there."""
        path = self._path(node)
        if path:
            return self._or_else(self._raw(path), call(load("fail"), ast.Constant(".".join(path))))
        return call(load("needed"), self.value(node))

    def truth(self, node: nodes.Node) -> ast.expr:
        """An expression that is true or false as the value would be."""
        path = self._path(node)
        if path:
            return self._raw(path)
        if isinstance(node, nodes.Getattr) and not is_loop(node.node):
            return self._looked_into(self.value(node.node), node.attr)
        if isinstance(node, nodes.Not):
            return ast.UnaryOp(ast.Not(), self.truth(node.node))
        if isinstance(node, nodes.And | nodes.Or):
            operator = ast.And() if isinstance(node, nodes.And) else ast.Or()
            return ast.BoolOp(operator, [self.truth(node.left), self.truth(node.right)])
        return self.value(node)

    def printed(self, node: nodes.Expr) -> ast.expr:
        """The value of an expression as text, as it is printed into the medium."""
        if isinstance(node, nodes.TemplateData):
            return ast.Constant(node.data)
        if isinstance(node, nodes.Filter):
            return self._printed_filter(node)
        if isinstance(node, nodes.Concat) and not self.medium.html:
            return call(load("show"), self.text([self.value(part) for part in node.nodes]))
        return call(load("show"), self.value(node))

    def _printed_filter(self, node: nodes.Filter) -> ast.expr:
        if node.name == "text" and isinstance(node.node, nodes.Call):
            return self.value(node.node)  # a macro has printed already
        if node.name == "own" and isinstance(node.node, nodes.Const):
            return ast.Constant(self.functions["print_own"](node.node.value))
        if node.name in FORMATS:
            written = self._formatted(node)
            return call(load("escaped"), written) if self.medium.html and node.name != "list" else written
        if f"print_{node.name}" in self.functions:
            return self._applied(node, f"print_{node.name}")
        return call(load("show"), self.value(node))

    def text(self, parts: list[ast.expr]) -> ast.expr:
        """Several texts as one."""
        if len(parts) == 1 and isinstance(parts[0], ast.Constant):
            return parts[0]
        pieces = [part if isinstance(part, ast.Constant) else ast.FormattedValue(part, -1) for part in parts]
        return ast.JoinedStr(list(pieces))

    # -- paths: what is looked up in the person's values

    def _path(self, node: nodes.Node) -> tuple[str, ...] | None:
        """`moment.data.total` as its parts, if it begins with one of the names that every template sees."""
        parts: list[str] = []
        while isinstance(node, nodes.Getattr):
            parts.append(node.attr)
            node = node.node
        if parts and isinstance(node, nodes.Name) and node.name in self.roots:
            return (node.name, *reversed(parts))
        return None

    def _raw(self, path: tuple[str, ...]) -> ast.expr:
        """What stands at the path, or None."""
        holder = self.holders.setdefault(path[:-1], "_".join(("at", *path[:-1])))
        return call(ast.Attribute(load(holder), "get", ast.Load()), ast.Constant(path[-1]))

    def _there(self, raw: ast.expr, path: str) -> ast.expr:
        return self._or_else(raw, self.missing(path))

    def _or_else(self, raw: ast.expr, other: ast.expr) -> ast.expr:
        """The value, or else another expression's where it is None."""
        name = self.fresh("value")
        test = ast.Compare(ast.NamedExpr(store(name), raw), [ast.IsNot()], [ast.Constant(None)])
        return ast.IfExp(test, load(name), other)

    def visit_getattr(self, node: nodes.Getattr) -> ast.expr:
        path = self._path(node)
        if path:
            return self._there(self._raw(path), ".".join(path))
        loop = self.scope.innermost_loop() if is_loop(node.node) else None
        if loop is not None:
            return self._about(loop, node.attr)
        return self._there(self._looked_into(self.value(node.node), node.attr), named(node))

    def _looked_into(self, value: ast.expr, attr: str) -> ast.expr:
        """What an object has under a name, or None; nearly always it is a `dict`."""
        if not isinstance(value, ast.Name):
            return call(load("found"), value, ast.Constant(attr))
        is_dict = ast.Compare(ast.Attribute(value, "__class__", ast.Load()), [ast.Is()], [load("dict")])
        direct = call(ast.Attribute(value, "get", ast.Load()), ast.Constant(attr))
        return ast.IfExp(is_dict, direct, call(load("found"), value, ast.Constant(attr)))

    def visit_getitem(self, node: nodes.Getitem) -> ast.expr:
        key = self.visit(node.arg)
        return call(load("look_up"), self.value(node.node), key, ast.Constant(named(node)))

    def visit_slice(self, node: nodes.Slice) -> ast.expr:
        self.namespace["slice"] = slice
        bounds = [self.value(bound) if bound else ast.Constant(None) for bound in (node.start, node.stop, node.step)]
        return call(load("slice"), *bounds)

    def visit_name(self, node: nodes.Name) -> ast.expr:
        known = self.scope.find(node.name)
        if known:
            return load(known)
        value = call(ast.Attribute(load(VALUES), "get", ast.Load()), ast.Constant(node.name))
        return self._there(value, node.name)

    def _about(self, loop: Loop, attr: str) -> ast.expr:
        """`loop.index` and so on."""
        self.namespace |= {"len": len, "look_up": look_up}
        source = _LOOP.get(attr)
        if source is None:
            return self.missing(f"loop.{attr}")
        return ast.parse(source.format(i=loop.index, items=loop.items), mode="eval").body

    # -- calls

    def visit_call(self, node: nodes.Call) -> ast.expr:
        args = [self.value(arg) for arg in node.args]
        if isinstance(node.node, nodes.Getattr) and is_loop(node.node.node):
            return self._cycled(args)
        assert isinstance(node.node, nodes.Name)
        if node.node.name == "range" and not self.scope.find("range"):
            self.namespace["range"] = bounded_range
            return call(load("range"), *args)
        return ast.Call(self.visit(node.node), args, self._keywords(node.kwargs))

    def _keywords(self, pairs: list[nodes.Keyword]) -> list[ast.keyword]:
        return [ast.keyword(parameter(pair.key), self.value(pair.value)) for pair in pairs]

    def _cycled(self, args: list[ast.expr]) -> ast.expr:
        loop = self.scope.innermost_loop()
        if loop is None or not args:
            return self.missing("loop.cycle")
        place = ast.BinOp(load(loop.index), ast.Mod(), ast.Constant(len(args)))
        return ast.Subscript(ast.Tuple(args, ast.Load()), place, ast.Load())

    def visit_filter(self, node: nodes.Filter) -> ast.expr:
        if node.name not in FORMATS:
            return self._applied(node, node.name)
        written = self._formatted(node)
        return written if node.name == "list" else call(load("Text"), written)

    def _applied(self, node: nodes.Filter, function: str) -> ast.expr:
        assert node.node is not None
        return ast.Call(self.function(function), [self.value(node.node), *self._args(node)], self._options(node))

    def _formatted(self, node: nodes.Filter) -> ast.expr:
        """A value as the person's `Formats` write it."""
        assert node.node is not None
        if node.name == "list":
            args = [load(FORMATS_ARGUMENT), self.value(node.node), *self._args(node)]
            return ast.Call(load("listed"), args, self._options(node))
        method = ast.Attribute(load(FORMATS_ARGUMENT), node.name, ast.Load())
        return ast.Call(method, [self.needed(node.node), *self._args(node)], self._options(node))

    def _args(self, node: nodes.Filter | nodes.Test) -> list[ast.expr]:
        return [self.value(arg) for arg in node.args]

    def _options(self, node: nodes.Filter | nodes.Test) -> list[ast.keyword]:
        return [ast.keyword(str(pair.key), self.value(pair.value)) for pair in node.kwargs]

    def visit_test(self, node: nodes.Test) -> ast.expr:
        self.namespace[f"test_{node.name}"] = TESTS[node.name]
        args = [self.value(node.node), *self._args(node)]
        return ast.Call(load(f"test_{node.name}"), args, self._options(node))

    # -- the rest

    def visit_const(self, node: nodes.Const) -> ast.expr:
        return self.missing("none") if node.value is None else self.constant(node.value)

    def visit_template_data(self, node: nodes.TemplateData) -> ast.expr:
        return self.constant(Markup(node.data) if self.medium.html else node.data)

    def visit_tuple(self, node: nodes.Tuple) -> ast.expr:
        return ast.Tuple([self.value(item) for item in node.items], ast.Load())

    def visit_list(self, node: nodes.List) -> ast.expr:
        return ast.List([self.value(item) for item in node.items], ast.Load())

    def visit_dict(self, node: nodes.Dict) -> ast.expr:
        return ast.Dict([self.value(pair.key) for pair in node.items], [self.value(pair.value) for pair in node.items])

    def visit_cond_expr(self, node: nodes.CondExpr) -> ast.expr:
        other = self.value(node.expr2) if node.expr2 else ast.Constant("")
        return ast.IfExp(self.truth(node.test), self.value(node.expr1), other)

    def visit_concat(self, node: nodes.Concat) -> ast.expr:
        self.namespace["joined"] = markup_join if self.medium.html else str_join
        return call(load("joined"), ast.Tuple([self.value(part) for part in node.nodes], ast.Load()))

    def visit_compare(self, node: nodes.Compare) -> ast.expr:
        operators = [_COMPARISONS[operand.op] for operand in node.ops]
        return ast.Compare(self.value(node.expr), operators, [self.value(operand.expr) for operand in node.ops])

    def visit_add(self, node: nodes.BinExpr) -> ast.expr:
        return ast.BinOp(self.value(node.left), _OPERATORS[type(node)], self.value(node.right))

    visit_sub = visit_div = visit_floor_div = visit_add

    def visit_mul(self, node: nodes.BinExpr) -> ast.expr:
        name = f"calculated_{type(node).__name__}"
        self.namespace[name] = calculation(node.operator)
        return call(load(name), self.value(node.left), self.value(node.right))

    visit_mod = visit_mul

    def visit_and(self, node: nodes.And) -> ast.expr:
        return ast.BoolOp(ast.And(), [self.value(node.left), self.value(node.right)])

    def visit_or(self, node: nodes.Or) -> ast.expr:
        return ast.BoolOp(ast.Or(), [self.value(node.left), self.value(node.right)])

    def visit_not(self, node: nodes.Not) -> ast.expr:
        return ast.UnaryOp(ast.Not(), self.truth(node.node))

    def visit_neg(self, node: nodes.Neg) -> ast.expr:
        return ast.UnaryOp(ast.USub(), self.value(node.node))

    def visit_pos(self, node: nodes.Pos) -> ast.expr:
        return ast.UnaryOp(ast.UAdd(), self.value(node.node))


_LOOP = {
    "index": "{i} + 1",
    "index0": "{i}",
    "revindex": "len({items}) - {i}",
    "revindex0": "len({items}) - {i} - 1",
    "first": "{i} == 0",
    "last": "{i} == len({items}) - 1",
    "length": "len({items})",
    "previtem": "look_up({items}, {i} - 1 if {i} else len({items}), 'loop.previtem')",
    "nextitem": "look_up({items}, {i} + 1, 'loop.nextitem')",
}


def load(name: str) -> ast.Name:
    """A Python name that is read."""
    return ast.Name(name, ast.Load())


def store(name: str) -> ast.Name:
    """A Python name that is set."""
    return ast.Name(name, ast.Store())


def call(function: ast.expr, *args: ast.expr) -> ast.Call:
    """A call with positional arguments."""
    return ast.Call(function, list(args), [])


def located(made: ast.expr, node: nodes.Node) -> ast.expr:
    """The expression, with the position in the templates that it is from: a traceback then leads there."""
    if node.lineno and not hasattr(made, "lineno"):
        made.lineno = made.end_lineno = node.lineno
        made.col_offset = made.end_col_offset = 0
    return made


def parameter(name: str) -> str:
    """What a macro's argument is called in Python, where some names are taken."""
    return f"argument_{name}"


def is_loop(node: nodes.Node) -> bool:
    """Whether this is the name `loop`."""
    return isinstance(node, nodes.Name) and node.name == "loop"


def named(node: nodes.Node) -> str:
    """What the template calls a value."""
    if isinstance(node, nodes.Getattr):
        holder = named(node.node)
        return f"{holder}.{node.attr}" if holder else node.attr
    if isinstance(node, nodes.Getitem):
        key = node.arg.value if isinstance(node.arg, nodes.Const) else named(node.arg)
        return f"{named(node.node)}[{key}]"
    return node.name if isinstance(node, nodes.Name) else ""
