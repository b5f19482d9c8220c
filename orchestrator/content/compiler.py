"""A localised tree as a Python function of its own: a template that is compiled is run as fast as if written by hand.

    [Output, If, For …] ──► def field(values, formats): … return "".join(…)

The function is built as a syntax tree, never as source text, so nothing that stands in a template can become
code. It does what Jinja's sandbox does with the same tree; tests hold the two against each other.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from jinja2 import nodes

from orchestrator.content.catalogs import Catalog
from orchestrator.content.expressions import (
    FORMATS_ARGUMENT,
    VALUES,
    Expressions,
    Loop,
    Scope,
    call,
    is_loop,
    load,
    located,
    parameter,
    store,
)
from orchestrator.content.functions import functions
from orchestrator.content.media import Medium
from orchestrator.content.trees import Compiler, walk
from orchestrator.content.values import NOTHING, holder

Program = Callable[[Mapping[str, Any], Any], str]
Body = list[ast.stmt]
SOURCE = "<template>"
"""What tracebacks call a compiled template; their line numbers are positions in the templates' files."""
_UNSET = object()


def compiled(tree: Sequence[nodes.Node], medium: Medium, catalog: Catalog) -> Program:
    """A function from a person's values and formats to a field's text."""
    statements = _Statements(medium, catalog, tree)
    module = ast.fix_missing_locations(ast.Module([statements.field(tree)], []))
    exec(compile(module, SOURCE, "exec"), statements.make.namespace)
    program: Program = statements.make.namespace["field"]
    return program


class _Statements(Compiler):
    """Compiles statements; what they print goes to the list that `out` names, through its `append`."""

    def __init__(self, medium: Medium, catalog: Catalog, tree: Sequence[nodes.Node]) -> None:
        stored = frozenset(name.name for name in walk(tree, nodes.Name) if name.ctx != "load")
        self.make = Expressions(medium, functions(medium, catalog), stored)
        self.make.namespace |= {"UNSET": _UNSET, "holder": holder, "NOTHING": NOTHING, "enumerate": enumerate}
        self.body: Body = []
        self.pending: list[ast.expr] = []
        self.written: dict[str, str] = {}  # what was written on every way that leads here: its local name
        self.out = "out"

    def field(self, tree: Sequence[nodes.Node]) -> ast.FunctionDef:
        """The function for a whole field."""
        with self._scope(tree) as scope:
            body = [*scope.begin, *self._block(tree)]
        only = body[0] if len(body) == 1 else None
        if isinstance(only, ast.Expr) and isinstance(only.value, ast.Call):
            result: Body = [ast.Return(only.value.args[0])]  # all of it is one text: there is nothing to join
        else:
            result = [*_opened(self.out), *body, ast.Return(_joined(self.out))]
        return _function("field", _arguments([VALUES, FORMATS_ARGUMENT]), [*self._holders(), *result])

    def _holders(self) -> Body:
        """Locals for the objects that are looked into, outer ones first."""
        found = self.make.holders
        for path in list(found):
            for length in range(1, len(path)):
                found.setdefault(path[:length], "_".join(("at", *path[:length])))
        paths = sorted(found, key=len)
        return [_assigned(found[path], self._held(path)) for path in paths]

    def _held(self, path: tuple[str, ...]) -> ast.expr:
        if len(path) == 1:
            return call(ast.Attribute(load(VALUES), "get", ast.Load()), ast.Constant(path[0]), load("NOTHING"))
        name = self.make.holders[path]
        inner = call(ast.Attribute(load(self.make.holders[path[:-1]]), "get", ast.Load()), ast.Constant(path[-1]))
        kind = ast.Attribute(ast.NamedExpr(store(name), inner), "__class__", ast.Load())
        return ast.IfExp(ast.Compare(kind, [ast.Is()], [load("dict")]), load(name), call(load("holder"), load(name)))

    # -- what is printed: all that is printed in a row becomes one f-string

    def visit_output(self, node: nodes.Output) -> None:
        for child in node.nodes:
            self._print(located(self._written(child), child))

    def _written(self, node: nodes.Expr) -> ast.expr:
        """What is printed again, from what does not change in between, is written once."""
        if not self._is_steady(node):
            return self.make.printed(node)
        said = repr(node)
        if said in self.written:
            return load(self.written[said])
        self.written[said] = self.make.fresh("written")
        return ast.NamedExpr(store(self.written[said]), self.make.printed(node))

    def _is_steady(self, node: nodes.Expr) -> bool:
        """Whether it is made of what every template sees alone: what is set, looped over or called may change."""
        read = {name.name for name in walk([node], nodes.Name)}
        return bool(read) and read <= self.make.roots and not any(walk([node], nodes.Call))

    def _print(self, part: ast.expr) -> None:
        last = self.pending[-1] if self.pending else None
        if isinstance(part, ast.Constant) and isinstance(last, ast.Constant):
            self.pending[-1] = ast.Constant(str(last.value) + str(part.value))
        else:
            self.pending.append(part)

    def _flush(self) -> None:
        if self.pending:
            self.body.append(ast.Expr(call(load(f"{self.out}_append"), self.make.text(self.pending))))
            self.pending = []

    def _do(self, *statements: ast.stmt) -> None:
        self._flush()
        self.body.extend(statements)

    # -- ways through the template

    def visit_if(self, node: nodes.If) -> None:
        other = self._block(node.else_)
        for branch in reversed(node.elif_):
            other = [ast.If(self.make.truth(branch.test), self._block(branch.body) or [ast.Pass()], other)]
        self._do(ast.If(self.make.truth(node.test), self._block(node.body) or [ast.Pass()], other))

    def visit_for(self, node: nodes.For) -> None:
        items, index = self.make.fresh("items"), self.make.fresh("index")
        self._do(_assigned(items, self.make.value(node.iter)))
        if node.test:
            self._do(_assigned(items, self._selected(node, items)))
        with self._scope(node.body, node.target) as scope:
            scope.loop = Loop(items, index)
            target, sequence = self._target(node.target), cast(ast.expr, load(items))
            if any(map(is_loop, walk(node.body, nodes.Name))):
                target, sequence = ast.Tuple([store(index), target], ast.Store()), call(load("enumerate"), sequence)
            body = [*scope.begin, *self._block(node.body)]
        self._do(ast.For(target, sequence, body or [ast.Pass()], []))
        if node.else_:
            with self._scope(node.else_) as scope:
                other = [*scope.begin, *self._block(node.else_)]
            self._do(ast.If(ast.UnaryOp(ast.Not(), load(items)), other or [ast.Pass()], []))

    def _selected(self, node: nodes.For, items: str) -> ast.expr:
        """Of the items those for which the loop's condition holds."""
        assert node.test is not None
        with self._scope([], node.target):
            target, item = self._target(node.target), self._target(node.target, ast.Load())
            test = self.make.truth(node.test)
        return ast.ListComp(item, [ast.comprehension(target, load(items), [test], 0)])

    def visit_scope(self, node: nodes.Scope) -> None:
        if not _set_in(node.body):
            for inner in node.body:
                self.visit(inner)
            return
        with self._scope(node.body) as scope:
            self._do(*scope.begin, *self._block(node.body))

    def visit_with(self, node: nodes.With) -> None:
        given = [self.make.value(value) for value in node.values]
        with self._scope(node.body, *node.targets) as scope:
            for target, value in zip(node.targets, given, strict=True):
                self._do(ast.Assign([self._target(target)], value))
            self._do(*scope.begin, *self._block(node.body))

    # -- what is set

    def visit_assign(self, node: nodes.Assign) -> None:
        value = self.make.value(node.node)
        self._do(ast.Assign([self._target(node.target)], value))

    def visit_assign_block(self, node: nodes.AssignBlock) -> None:
        with self._scope(node.body) as scope, self._into(self.make.fresh("out")) as out:
            composed = [*_opened(out), *scope.begin, *self._block(node.body)]
        self._do(*composed)
        self.make.namespace["composed"] = self.make.medium.composed
        self._do(ast.Assign([self._target(node.target)], call(load("composed"), _joined(out))))

    # -- macros: functions within the function, so that they see what is set at its top

    def visit_macro(self, node: nodes.Macro) -> None:
        name = self.make.scope.names[node.name]
        self._do(self._function(name, node, node.args))

    def visit_call_block(self, node: nodes.CallBlock) -> None:
        caller = self.make.fresh("caller")
        self._do(self._function(caller, node, node.args))
        called = self.make.value(node.call)
        assert isinstance(called, ast.Call)
        called.keywords.append(ast.keyword(parameter("caller"), load(caller)))
        self._print(called)

    def _function(self, name: str, node: nodes.Macro | nodes.CallBlock, args: list[nodes.Name]) -> ast.FunctionDef:
        names = [argument.name for argument in args]
        if "caller" not in names and any(read.name == "caller" for read in walk(node.body, nodes.Name)):
            names.append("caller")
        with self._scope(node.body) as scope, self._into(self.make.fresh("out")) as out, self._apart():
            scope.names |= {name: parameter(name) for name in names}
            body = [*self._defaults(names, node.defaults, len(args)), *_opened(out), *scope.begin]
            body += [*self._block(node.body), ast.Return(_joined(out))]
        return _function(name, _arguments([parameter(name) for name in names], load("UNSET")), body)

    def _defaults(self, names: list[str], defaults: list[nodes.Expr], count: int) -> Body:
        """What an argument is if it was not given: its default, or missing."""
        given = dict(zip(names[count - len(defaults) : count], defaults, strict=True))
        found: Body = []
        for name in names:
            value = self.make.value(given[name]) if name in given else self.make.missing(name)
            unset = ast.Compare(load(parameter(name)), [ast.Is()], [load("UNSET")])
            found.append(ast.If(unset, [_assigned(parameter(name), value)], []))
        return found

    # -- blocks and scopes

    def _block(self, body: Sequence[nodes.Node]) -> Body:
        outer, self.body, self.pending = (self.body, self.pending, self.written), [], []
        self.written = dict(self.written)
        for node in body:
            self.visit(node)
        self._flush()
        found = self.body
        self.body, self.pending, self.written = outer
        return found

    @contextmanager
    def _into(self, out: str) -> Iterator[str]:
        outer, self.out = self.out, out
        yield out
        self.out = outer

    @contextmanager
    def _apart(self) -> Iterator[None]:
        """A function may be called before what stands above it was written."""
        outer, self.written = self.written, {}
        yield
        self.written = outer

    @contextmanager
    def _scope(self, body: Sequence[nodes.Node], *targets: nodes.Node) -> Iterator[_Scope]:
        outer = self.make.scope
        scope = self.make.scope = _Scope(outer)
        for target in walk(targets, nodes.Name):
            scope.names[target.name] = self.make.fresh(target.name)
        for name in sorted(_set_in(body) - scope.names.keys()):
            before = load(known) if (known := outer.find(name)) else self.make.missing(name)
            scope.names[name] = self.make.fresh(name)
            if not name.startswith("_"):  # what the compiler sets by itself is never read before
                scope.begin.append(_assigned(scope.names[name], before))
        yield scope
        self.make.scope = outer

    def _target(self, node: nodes.Node, context: ast.expr_context = ast.Store()) -> ast.expr:  # noqa: B008 - a constant
        if isinstance(node, nodes.Tuple):
            return ast.Tuple([self._target(item, context) for item in node.items], context)
        assert isinstance(node, nodes.Name)
        return ast.Name(self.make.scope.names[node.name], context)


class _Scope(Scope):
    """A scope, with what must be done where it begins: what it sets has until then the value from outside."""

    def __init__(self, outer: Scope | None) -> None:
        super().__init__(outer)
        self.begin: Body = []


def _set_in(body: Sequence[nodes.Node]) -> set[str]:
    """The names that are set in this very scope, not in those within it."""
    found: set[str] = set()
    for node in body:
        if isinstance(node, nodes.Assign | nodes.AssignBlock):
            found |= {name.name for name in walk([node.target], nodes.Name)}
        elif isinstance(node, nodes.Macro):
            found.add(node.name)
        elif isinstance(node, nodes.If):
            found |= _set_in([*node.body, *node.elif_, *node.else_])
    return found


def _function(name: str, arguments: ast.arguments, body: Body) -> ast.FunctionDef:
    return ast.FunctionDef(name, arguments, body, [])


def _arguments(names: Sequence[str], default: ast.expr | None = None) -> ast.arguments:
    defaults = [default] * len(names) if default else []
    return ast.arguments([], [ast.arg(name) for name in names], None, [], [], None, defaults)


def _assigned(name: str, value: ast.expr) -> ast.Assign:
    return ast.Assign([store(name)], value)


def _opened(out: str) -> Body:
    """`out = []; out_append = out.append`"""
    append = ast.Attribute(load(out), "append", ast.Load())
    return [_assigned(out, ast.List([], ast.Load())), _assigned(f"{out}_append", append)]


def _joined(out: str) -> ast.expr:
    """`"".join(out)`"""
    return call(ast.Attribute(ast.Constant(""), "join", ast.Load()), load(out))
