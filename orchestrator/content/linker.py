"""Several files into one tree per field: what a variation, its base, layouts, partials and macros come to.

    email@TH.html ─► email.html ─► _layouts/email.html        blocks: the most derived one stands, `super()` is spelt out
                       └─ {% include %}, {% import %}          in place; macros that are used, before the field

A linked tree needs nothing outside itself: it has no blocks, no inheritance and no imports left. What cannot
be joined (no such file, a circle, a macro that calls itself) is a problem, and the message is then never rendered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NoReturn, cast

from jinja2 import nodes

from orchestrator.blueprint.problems import did_you_mean
from orchestrator.content.files import Files, Layers, Origin, Unlinkable, statements, template_name
from orchestrator.content.syntax import GETTEXT, LINES
from orchestrator.content.trees import Rewriter, Tree, append, calls, clone, filtered, load, walk

DEEPEST = 12  # files, blocks and macros within one another


@dataclass(slots=True)
class _Unit:
    """A file with its layers: for each block its versions, most derived first, each with the file it is from."""

    layers: Layers
    blocks: dict[str, list[tuple[str, nodes.Block]]] = field(default_factory=dict)


class Linker(Rewriter):
    """Joins the files of one message. `used` are the names of the blocks that stand in the field linked last."""

    def __init__(self, files: Files, layers: Layers) -> None:
        self.used: set[str] = set()
        self._files = files
        self._unit = self._layered(layers)
        self._path = layers[0]
        self._block: tuple[str, int] | None = None  # the block we are in, and its version
        self._renamed: Mapping[str, str] = {}
        self._active: list[object] = []
        self._omit: frozenset[str] = frozenset()
        self._clear()

    def _clear(self) -> None:
        self._macros: dict[Origin, str] = {}
        self._modules: dict[str, dict[str, str]] = {}
        self._shared: Tree = []
        self.used = set()

    @property
    def blocks(self) -> Mapping[str, int]:
        """All blocks of the message, with the position of each one's most derived version."""
        return {name: versions[0][1].lineno for name, versions in self._unit.blocks.items()}

    def field(self, name: str, omit: frozenset[str] = frozenset()) -> Tree:
        """The tree of one field: what is set, then macros, then the block. Blocks in `omit` are left out.

        Raises:
            Unlinkable: something does not fit together.
        """
        self._clear()
        self._omit = omit
        body = self._version(name, 0)
        own = [statement for path in self._unit.layers for statement in self._settings(path)]
        return _needed([*self._shared, *own], body)

    # -- blocks

    def _layered(self, layers: Layers) -> _Unit:
        unit = _Unit(layers)
        for path in layers:
            for block in walk(self._files.tree(path).body, nodes.Block):
                unit.blocks.setdefault(block.name, []).append((path, block))
        return unit

    def _version(self, name: str, level: int) -> Tree:
        path, block = self._unit.blocks[name][level]
        if block.required and level == 0:
            self._fail(block.lineno, "template.block", f"Block {name!r} must be filled in.", name)
        self.used.add(name)
        with self._within((self._unit.layers, name, level), block.lineno), self._in(path, (name, level)):
            return self.rewritten(block.body)

    def visit_block(self, node: nodes.Block) -> Tree:
        if node.name in self._omit:
            return []
        return [nodes.Scope(self._version(node.name, 0), lineno=node.lineno)]

    def visit_output(self, node: nodes.Output) -> Tree:
        found: Tree = []
        for child in node.nodes:
            for part in [self._below(child)] if calls(child, "super") else _parts(self.visit(child)):
                append(found, part)
        return found

    def _below(self, node: nodes.Call) -> nodes.Scope:
        name, level = self._block or ("", 0)
        if level + 1 >= len(self._unit.blocks.get(name, ())):
            message = f"super(): there is nothing below block {name!r}." if name else "super() belongs into a block."
            self._fail(node.lineno, "template.block", message, "super")
        return nodes.Scope(self._version(name, level + 1), lineno=node.lineno)

    # -- other files

    def visit_extends(self, node: nodes.Extends) -> Tree:
        return []

    visit_import = visit_from_import = visit_macro = visit_extends

    def visit_include(self, node: nodes.Include) -> Tree:
        path = template_name(node)
        if node.ignore_missing and path not in self._files:
            return []
        with self._within(path, node.lineno):
            outer, self._unit = self._unit, self._layered(self._files.layers(path, node.lineno))
            base = self._unit.layers[-1]
            with self._in(base, None):
                body = self.rewritten(self._files.tree(base).body)
            self._unit = outer
        return [nodes.Scope(body, lineno=node.lineno)]

    def _settings(self, path: str) -> Tree:
        with self._in(path, None):
            return self.rewritten(list(statements(self._files.tree(path).body)))

    # -- macros, and what is imported

    def _origin(self, name: str) -> Origin | None:
        """Where what the file at hand calls `name` comes from, if that file defines or imports it."""
        found = self._files.names(self._path).get(name)
        if found is None:
            return None
        self._files.tree(found.origin.path, found.position)
        return found.origin

    def visit_call(self, node: nodes.Call) -> nodes.Expr:
        origin = self._called(node.node)
        if origin is not None:
            node.node = load(self._macro(origin, node.lineno), node.lineno)
        elif calls(node, "super"):
            self._fail(node.lineno, "template.block", "super() stands alone: {{ super() }}", "super")
        elif isinstance(node.node, nodes.Getattr):
            node.node = self.visit(node.node)
        node.args = [self.visit(arg) for arg in node.args]
        node.kwargs = [self.visit(arg) for arg in node.kwargs]
        return filtered(node, "text") if origin is not None or calls(node, "caller") else node

    def _called(self, callee: nodes.Expr) -> Origin | None:
        if isinstance(callee, nodes.Name) and callee.name not in GETTEXT:
            return self._origin(callee.name)
        module = self._module_of(callee)
        return Origin(module, callee.attr) if module and isinstance(callee, nodes.Getattr) else None

    def _module_of(self, node: nodes.Expr) -> str | None:
        """The file behind `ui` in `ui.button`, if it is imported whole."""
        if not (isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name)):
            return None
        origin = self._origin(node.node.name)
        return origin.path if origin and origin.name is None else None

    def _macro(self, origin: Origin, position: int) -> str:
        """The name that a macro bears in the linked tree, into which it is put at its first use."""
        with self._within(origin, position):
            if origin not in self._macros:
                self._macros[origin] = f"{origin.name}__{len(self._macros)}"
                self._shared.append(self._defined(origin, position))
        return self._macros[origin]

    def _defined(self, origin: Origin, position: int) -> nodes.Macro:
        there = {macro.name: macro for macro in walk(self._files.tree(origin.path, position).body, nodes.Macro)}
        if origin.name not in there:
            message = f"{origin.path} has no macro {origin.name!r}.{did_you_mean(str(origin.name), there)}"
            self._fail(position, "template.not_found", message, str(origin.name))
        self._values(origin.path)
        macro = clone(there[origin.name])
        with self._in(origin.path, None):
            own = {argument.name for argument in macro.args}
            self._renamed = {name: new for name, new in self._renamed.items() if name not in own}
            macro.body = self.rewritten(macro.body)
            macro.defaults = [self.visit(default) for default in macro.defaults]
        macro.name = self._macros[origin]
        return macro

    def _values(self, path: str) -> Mapping[str, str]:
        """What a file that is imported sets at its top, and the names it bears in the linked tree.

        The message's own files share their names, as they would in Jinja.
        """
        if path in self._unit.layers:
            return {}
        if path not in self._modules:
            names = {name for node in statements(self._files.tree(path).body) for name in _sets(node)}
            self._modules[path] = {name: f"{name}__m{len(self._modules)}" for name in sorted(names)}
            self._shared += self._settings(path)
        return self._modules[path]

    def visit_name(self, node: nodes.Name) -> nodes.Name:
        if node.name == "loop":
            message = "`loop` is asked for one thing at a time, such as {{ loop.index }}; keep that with {% set %}"
            self._fail(node.lineno, "template.unsafe", message, "loop")
        origin = self._origin(node.name) if node.ctx == "load" else None
        if origin is not None and origin.path != self._path and origin.name is not None:
            return self._imported(origin, node.lineno)
        node.name = self._renamed.get(node.name, node.name)
        return node

    def visit_getattr(self, node: nodes.Getattr) -> nodes.Node:
        if isinstance(node.node, nodes.Name) and node.node.name == "loop":
            return node
        module = self._module_of(node)
        return self._imported(Origin(module, node.attr), node.lineno) if module else self.generic_visit(node)

    def _imported(self, origin: Origin, position: int) -> nodes.Name:
        known = self._values(origin.path)
        if origin.name not in known:
            message = f"{origin.path} sets no {origin.name!r}.{did_you_mean(str(origin.name), known)}"
            self._fail(position, "template.not_found", message, str(origin.name))
        return load(known[str(origin.name)], position)

    def visit_call_block(self, node: nodes.CallBlock) -> nodes.Node:
        called = self.visit(node.call)
        node.call = cast(nodes.Call, called.node if isinstance(called, nodes.Filter) else called)
        node.body = self.rewritten(node.body)
        return node

    # -- what is spelt out

    def visit_cond_expr(self, node: nodes.CondExpr) -> nodes.Node:
        """`x if y` prints nothing where y does not hold."""
        if node.expr2 is None:
            node.expr2 = nodes.Const("", lineno=node.lineno)
        return self.generic_visit(node)

    def visit_for(self, node: nodes.For) -> nodes.Node:
        """A loop goes over items that are there, and not over too many."""
        self.generic_visit(node)
        assert isinstance(node.iter, nodes.Expr)
        node.iter = filtered(node.iter, "each")
        return node

    def visit_assign_block(self, node: nodes.AssignBlock) -> Tree:
        """What a block sets was composed by the template itself; what a filter makes of it was not."""
        self.generic_visit(node)
        composed = nodes.AssignBlock(node.target, filtered(None, "text"), node.body, lineno=node.lineno)
        if node.filter is None:
            return [composed]
        assert isinstance(node.target, nodes.Name)
        value = _applied(node.filter, load(node.target.name, node.lineno))
        return [composed, nodes.Assign(clone(node.target), value, lineno=node.lineno)]

    def visit_filter_block(self, node: nodes.FilterBlock) -> nodes.Scope:
        """`{% filter f %}…` is `{% set x %}…{% endset %}{{ x|f }}`."""
        self.generic_visit(node)
        target = nodes.Name("_filtered", "store", lineno=node.lineno)
        composed = nodes.AssignBlock(target, filtered(None, "text"), node.body, lineno=node.lineno)
        printed = nodes.Output([_applied(node.filter, load("_filtered", node.lineno))], lineno=node.lineno)
        return nodes.Scope([composed, printed], lineno=node.lineno)

    def visit_filter(self, node: nodes.Filter) -> nodes.Node:
        if node.name == "greeting":
            return self.expression(self._greeting(node))
        if node.name == "relative" and not node.args and not node.kwargs:
            at = nodes.Getattr(load("moment", node.lineno), "at", "load", lineno=node.lineno)
            node.args = [filtered(load("now", node.lineno), "default", at)]
        return self.generic_visit(node)

    def _greeting(self, node: nodes.Filter) -> nodes.CondExpr:
        """`x|greeting(with, without)` is `with`, given the name, if x is a name, and else `without`."""
        if len(node.args) != 2 or node.node is None:
            message = "greeting takes two texts: one with %(name)s, and one for those whose name is not known"
            self._fail(node.lineno, "template.filter", message, "greeting")
        named, neutral = (_translated(arg) for arg in node.args)
        named.kwargs = [*named.kwargs, nodes.Keyword("name", filtered(node.node, "name"), lineno=node.lineno)]
        return nodes.CondExpr(filtered(node.node, "name"), named, neutral, lineno=node.lineno)

    # -- where we are

    @contextmanager
    def _in(self, path: str, block: tuple[str, int] | None) -> Iterator[None]:
        outer = self._path, self._block, self._renamed
        self._path, self._block, self._renamed = path, block, self._modules.get(path, {})
        yield
        self._path, self._block, self._renamed = outer

    @contextmanager
    def _within(self, what: object, position: int) -> Iterator[None]:
        if what in self._active or len(self._active) > DEEPEST:
            self._fail(position, "template.recursion", "This goes round in circles, or too deep.", "")
        self._active.append(what)
        yield
        self._active.pop()

    def _fail(self, position: int, code: str, message: str, needle: str) -> NoReturn:
        raise Unlinkable(self._files.problem(position or LINES, code, message, needle))


def _parts(node: nodes.Node) -> Iterator[nodes.Node]:
    """What is put together, or chosen, only to be printed is printed part by part; words of the template are its own."""
    if isinstance(node, nodes.Concat):
        for part in node.nodes:
            yield from _parts(part)
    elif isinstance(node, nodes.CondExpr) and node.expr2 is not None:
        yield nodes.If(node.test, _printed(node.expr1), [], _printed(node.expr2), lineno=node.lineno)
    elif isinstance(node, nodes.Const) and node.value is not None:
        yield filtered(node, "own")
    else:
        yield node


def _printed(node: nodes.Expr) -> Tree:
    found: Tree = []
    for part in _parts(node):
        append(found, part)
    return found


def _translated(node: nodes.Expr) -> nodes.Call:
    if isinstance(node, nodes.Call):
        return clone(node)
    return nodes.Call(load("gettext", node.lineno), [node], [], None, None, lineno=node.lineno)


def _applied(chain: nodes.Filter, value: nodes.Expr) -> nodes.Filter:
    """The filters of a block on a value."""
    inner = value if chain.node is None else _applied(chain.node, value)  # type: ignore[arg-type]
    return nodes.Filter(inner, chain.name, chain.args, chain.kwargs, None, None, lineno=chain.lineno)


def _needed(set_before: Tree, body: Tree) -> Tree:
    """What is set before and is needed, and the body: what nobody reads is left out."""
    read = {name for node in body for name in _reads(node)}
    kept: Tree = []
    for node in reversed(set_before):
        if _sets(node) & read:
            kept.append(node)
            read |= _reads(node)
    return [*reversed(kept), *body]


def _reads(node: nodes.Node) -> set[str]:
    return {name.name for name in walk([node], nodes.Name) if name.ctx == "load"}


def _sets(node: nodes.Node) -> set[str]:
    if isinstance(node, nodes.Macro):
        return {node.name}
    return {name.name for name in walk([node], nodes.Name) if name.ctx == "store"}
