"""Several files into one tree per field: what a variation, its base, layouts, partials and macros come to.

    email@TH.html ─► email.html ─► _layouts/email.html        blocks: the most derived one stands, `super()` is spelt out
                       └─ {% include %}, {% import %}          in place; macros that are used, before the field

A linked tree needs nothing outside itself: it has no blocks, no inheritance and no imports left. What cannot
be joined (no such file, a circle, a macro that calls itself) is a problem, and the message is then never rendered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from orchestrator.blueprint.problems import Problem, did_you_mean
from orchestrator.content.syntax import GETTEXT, LINES, Source, names

N = TypeVar("N", bound=nodes.Node)
DEEPEST = 12


class Unlinkable(Exception):
    """The files do not fit together; `problem` says where and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class Name(NamedTuple):
    """Where something that a file defines or imports comes from: a file, and its name there (None: the whole file)."""

    path: str
    name: str | None


class Files:
    """The template files of a workspace, by their names below `templates/`."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self.sources = sources
        self._by_index = {source.index: source for source in sources.values()}
        self._names: dict[str, Mapping[str, tuple[Name, int]]] = {}

    def at(self, position: int) -> tuple[Source, int]:
        """The file and the line that a position means."""
        return self._by_index[position // LINES], position % LINES

    def problem(self, position: int, code: str, message: str, needle: str = "") -> Problem:
        """An error at a position."""
        source, line = self.at(position)
        return source.problem(line, code, message, needle)

    def tree(self, path: str, position: int) -> nodes.Template:
        """The tree of the file that another one names at `position`.

        Raises:
            Unlinkable: there is no such file, or it must not run.
        """
        source = self.sources.get(path)
        if source is None:
            message = f"There is no template {path!r}.{did_you_mean(path, self.sources)}"
            raise Unlinkable(self.problem(position, "template.not_found", message, path))
        if source.tree is None:
            raise Unlinkable(source.problems[0])
        return source.tree

    def names(self, path: str) -> Mapping[str, tuple[Name, int]]:
        """What the file's own macros and its imports are called in it, and where each is said."""
        if path not in self._names:
            self._names[path] = dict(_names(path, self.tree(path, 0)))
        return self._names[path]

    def layers(self, path: str, position: int, below: Sequence[str] = ()) -> tuple[str, ...]:
        """The file and what it extends, most derived first; one that extends nothing stands on `below`, if given."""
        chain: list[str] = []
        step: tuple[str, int] | None = (path, position)
        while step:
            name, position = step
            tree = self.tree(name, position)
            if name in chain:
                raise Unlinkable(
                    self.problem(position, "template.recursion", "The templates extend one another.", name)
                )
            chain.append(name)
            parent = next(iter(tree.find_all(nodes.Extends)), None)
            step = (template_name(parent), parent.lineno) if parent else None
            if below and (step is None or step[0] in below):
                return (*chain, *below)
        return tuple(chain)


def template_name(node: nodes.Extends | nodes.Include | nodes.Import | nodes.FromImport) -> str:
    """The file that a statement names, relative to `templates/`."""
    assert isinstance(node.template, nodes.Const)
    return str(node.template.value).removeprefix("templates/")


def _names(path: str, tree: nodes.Template) -> Iterator[tuple[str, tuple[Name, int]]]:
    for macro in tree.find_all(nodes.Macro):
        yield macro.name, (Name(path, macro.name), macro.lineno)
    for module in tree.find_all(nodes.Import):
        yield module.target, (Name(template_name(module), None), module.lineno)
    for imported in tree.find_all(nodes.FromImport):
        for original, alias in names(imported):
            yield alias, (Name(template_name(imported), original), imported.lineno)


def statements(body: Sequence[nodes.Node]) -> Iterator[nodes.Node]:
    """What a file sets at its top, outside of blocks: copies, with all that would print left out."""
    for node in body:
        if isinstance(node, nodes.Assign | nodes.AssignBlock):
            yield clone(node)
        elif isinstance(node, nodes.If):
            yield _silent(node)


def _silent(node: nodes.If) -> nodes.If:
    copy = clone(node)
    copy.body, copy.else_ = [*statements(node.body)], [*statements(node.else_)]
    copy.elif_ = [_silent(branch) for branch in node.elif_]
    return copy


def clone(node: N) -> N:
    """A copy of a tree; the environment it was parsed in is shared."""
    copy = object.__new__(type(node))
    copy.__dict__.update(node.__dict__)
    for key, value in node.iter_fields():
        if isinstance(value, nodes.Node):
            setattr(copy, key, clone(value))
        elif isinstance(value, list):
            setattr(copy, key, [clone(item) if isinstance(item, nodes.Node) else item for item in value])
    return copy


@dataclass(slots=True)
class _Unit:
    """A file with its layers: for each block its versions, most derived first, with the file each is from."""

    layers: tuple[str, ...]
    blocks: dict[str, list[tuple[str, nodes.Block]]] = field(default_factory=dict)


class Linker(NodeTransformer):
    """Joins files for one message. `uses` collects the names of all blocks that were put in."""

    def __init__(self, files: Files, layers: tuple[str, ...]) -> None:
        self.files = files
        self.unit = self._unit(layers)
        self.path = layers[0]
        self.block: tuple[str, int] | None = None
        self.active: list[object] = []
        self.macros: dict[Name, str] = {}
        self.shared: list[nodes.Node] = []
        self.modules: dict[str, dict[str, str]] = {}
        self.renamed: Mapping[str, str] = {}
        self.uses: set[str] = set()
        self.omit: frozenset[str] = frozenset()

    def fields(self) -> tuple[str, ...]:
        """The names of all blocks of the message that do not stand in another one's base version."""
        return tuple(self.unit.blocks)

    def field(self, name: str, omit: frozenset[str] = frozenset()) -> list[nodes.Node]:
        """The tree of one field: shared statements and macros, then the block. Blocks in `omit` are left out.

        Raises:
            Unlinkable: something does not fit together.
        """
        self.macros, self.shared, self.modules, self.uses, self.omit = {}, [], {}, set(), omit
        body = self._block(name, 0)
        own = [statement for path in self.unit.layers for statement in self._settings(path)]
        return _needed([*self.shared, *own], body)

    # -- blocks

    def _unit(self, layers: tuple[str, ...]) -> _Unit:
        unit = _Unit(layers)
        for path in layers:
            for block in self.files.tree(path, 0).find_all(nodes.Block):
                unit.blocks.setdefault(block.name, []).append((path, block))
        return unit

    def _block(self, name: str, level: int) -> list[nodes.Node]:
        path, block = self.unit.blocks[name][level]
        if block.required and level == 0 and len(self.unit.layers) == 1:
            raise Unlinkable(
                self.files.problem(block.lineno, "template.block", f"Block {name!r} must be filled in.", name)
            )
        self.uses.add(name)
        with self._within(("block", self.unit.layers, name, level), block.lineno), self._in(path, (name, level)):
            return self._nodes(block.body)

    def visit_Block(self, node: nodes.Block) -> list[nodes.Node]:
        if node.name in self.omit:
            return []
        return [nodes.Scope(self._block(node.name, 0), lineno=node.lineno)]

    def visit_Output(self, node: nodes.Output) -> list[nodes.Node]:
        found: list[nodes.Node] = []
        for child in node.nodes:
            if _calls(child, "super"):
                found.append(self._super(child))
            elif found and isinstance(found[-1], nodes.Output):
                found[-1].nodes.append(self.visit(child))
            else:
                found.append(nodes.Output([self.visit(child)], lineno=node.lineno))
        return found

    def _super(self, node: nodes.Node) -> nodes.Node:
        name, level = self.block or ("", 0)
        if level + 1 >= len(self.unit.blocks.get(name, ())):
            message = f"super(): there is nothing below block {name!r}." if name else "super() stands in a block only."
            raise Unlinkable(self.files.problem(node.lineno, "template.block", message, "super"))
        return nodes.Scope(self._block(name, level + 1), lineno=node.lineno)

    # -- other files

    def visit_Extends(self, node: nodes.Extends) -> list[nodes.Node]:
        return []

    visit_Import = visit_FromImport = visit_Macro = visit_Extends

    def visit_Include(self, node: nodes.Include) -> list[nodes.Node]:
        path = template_name(node)
        if node.ignore_missing and path not in self.files.sources:
            return []
        outer = self.unit
        with self._within(("include", path), node.lineno):
            self.unit = self._unit(self.files.layers(path, node.lineno))
            base = self.unit.layers[-1]
            with self._in(base, None):
                body = self._nodes(self.files.tree(base, node.lineno).body)
            self.unit = outer
        return [nodes.Scope(body, lineno=node.lineno)]

    def _settings(self, path: str) -> list[nodes.Node]:
        with self._in(path, None):
            return [self.visit(statement) for statement in statements(self.files.tree(path, 0).body)]

    # -- macros and imported names

    def _imported(self, name: str) -> Name | None:
        """What a name means in the file at hand, if that file defines or imports it."""
        found, position = self.files.names(self.path).get(name, (None, 0))
        if found is not None:
            self.files.tree(found.path, position)
        return found

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        target = self._target(node.node)
        if target is not None:
            node.node = nodes.Name(self._macro(target, node), "load", lineno=node.lineno)
        elif isinstance(node.node, nodes.Name) and node.node.name == "super":
            message = "super() stands alone: {{ super() }}"
            raise Unlinkable(self.files.problem(node.lineno, "template.block", message, "super"))
        node.args = [self.visit(arg) for arg in node.args]
        node.kwargs = [self.visit(arg) for arg in node.kwargs]
        if target is None and not _calls(node, "caller"):
            return node
        return nodes.Filter(node, "text", [], [], None, None, lineno=node.lineno)

    def _target(self, callee: nodes.Expr) -> Name | None:
        if isinstance(callee, nodes.Name) and callee.name not in GETTEXT:
            return self._imported(callee.name)
        if isinstance(callee, nodes.Getattr) and isinstance(callee.node, nodes.Name):
            module = self._imported(callee.node.name)
            return Name(module.path, callee.attr) if module and module.name is None else None
        return None

    def _macro(self, target: Name, call: nodes.Call) -> str:
        """The name that the macro bears in the linked tree, where it is put at its first use."""
        with self._within(("macro", target), call.lineno):
            if target not in self.macros:
                self.macros[target] = f"{target.name}__{len(self.macros)}"
                self._share(target, call)
        return self.macros[target]

    def _share(self, target: Name, call: nodes.Call) -> None:
        tree = self.files.tree(target.path, call.lineno)
        defined = {macro.name: macro for macro in tree.find_all(nodes.Macro)}
        if target.name not in defined:
            message = f"{target.path} has no macro {target.name!r}.{did_you_mean(str(target.name), defined)}"
            raise Unlinkable(self.files.problem(call.lineno, "template.not_found", message, str(target.name)))
        self._module(target.path)
        macro = clone(defined[target.name])
        with self._in(target.path, None):
            own = {argument.name for argument in macro.args}
            self.renamed = {name: new for name, new in self.renamed.items() if name not in own}
            macro.body = self._nodes(macro.body)
            macro.defaults = [self.visit(default) for default in macro.defaults]
        macro.name = self.macros[target]
        self.shared.append(macro)

    def _module(self, path: str) -> dict[str, str]:
        """What the file of a macro sets at its top, under names of its own; put in once. The message's own files set theirs."""
        if path in self.unit.layers:
            return {}
        if path not in self.modules:
            top = list(statements(self.files.tree(path, 0).body))
            number = len(self.modules)
            self.modules[path] = {name: f"{name}__m{number}" for node in top for name in _sets(node)}
            self.shared += self._settings(path)
        return self.modules[path]

    def visit_Name(self, node: nodes.Name) -> nodes.Node:
        target = self._imported(node.name) if node.ctx == "load" else None
        if target is not None and target.path != self.path and target.name is not None:
            return self._shared_value(target, node)
        node.name = self.renamed.get(node.name, node.name)
        return node

    def _shared_value(self, target: Name, node: nodes.Expr) -> nodes.Name:
        known = self._module(target.path)
        if target.name not in known:
            message = f"{target.path} sets no {target.name!r}.{did_you_mean(str(target.name), known)}"
            raise Unlinkable(self.files.problem(node.lineno, "template.not_found", message, str(target.name)))
        return nodes.Name(known[target.name], "load", lineno=node.lineno)

    def visit_CallBlock(self, node: nodes.CallBlock) -> nodes.Node:
        called = self.visit(node.call)
        node.call = called.node if isinstance(called, nodes.Filter) else called
        node.body = self._nodes(node.body)
        return node

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:
        module = self._imported(node.node.name) if isinstance(node.node, nodes.Name) else None
        if module is None or module.name is not None:
            return self.generic_visit(node)
        return self._shared_value(Name(module.path, node.attr), node)

    # -- what is spelt out

    def visit_CondExpr(self, node: nodes.CondExpr) -> nodes.Node:
        """`x if y` prints nothing where y does not hold."""
        if node.expr2 is None:
            node.expr2 = nodes.Const("", lineno=node.lineno)
        return self.generic_visit(node)

    def visit_For(self, node: nodes.For) -> nodes.Node:
        """A loop goes over items that are there, and not over too many."""
        self.generic_visit(node)
        node.iter = _filter(node.iter, "each")
        return node

    def visit_AssignBlock(self, node: nodes.AssignBlock) -> nodes.Node:
        """What a block sets was composed by the template itself."""
        self.generic_visit(node)
        node.filter = nodes.Filter(node.filter, "text", [], [], None, None, lineno=node.lineno)  # type: ignore[arg-type]
        return node

    def visit_Filter(self, node: nodes.Filter) -> nodes.Node:
        if node.name == "greeting":
            return self.visit(self._greeting(node))  # type: ignore[no-any-return]
        return self.generic_visit(node)

    def _greeting(self, node: nodes.Filter) -> nodes.Node:
        """`x|greeting(with, without)` is `with`, given the name, if x is a name, and else `without`."""
        if len(node.args) != 2 or node.node is None:
            message = "greeting takes two texts: one with %(name)s, and one for those whose name is not known"
            raise Unlinkable(self.files.problem(node.lineno, "template.filter", message, "greeting"))
        named, neutral = (_translated(arg) for arg in node.args)
        named.kwargs = [*named.kwargs, nodes.Keyword("name", _filter(node.node, "name"), lineno=node.lineno)]
        return nodes.CondExpr(_filter(clone(node.node), "name"), named, neutral, lineno=node.lineno)

    # -- where we are

    def _nodes(self, body: Sequence[nodes.Node]) -> list[nodes.Node]:
        found: list[nodes.Node] = []
        for node in body:
            linked = self.visit(clone(node))
            found.extend(linked if isinstance(linked, list) else [linked])
        return found

    @contextmanager
    def _in(self, path: str, block: tuple[str, int] | None) -> Iterator[None]:
        outer = self.path, self.block, self.renamed
        self.path, self.block, self.renamed = path, block, self.modules.get(path, {})
        yield
        self.path, self.block, self.renamed = outer

    @contextmanager
    def _within(self, what: object, position: int) -> Iterator[None]:
        if what in self.active or len(self.active) > DEEPEST:
            raise Unlinkable(
                self.files.problem(position or LINES, "template.recursion", "This goes round in circles, or too deep.")
            )
        self.active.append(what)
        yield
        self.active.pop()


def _calls(node: Any, name: str) -> bool:
    return isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == name


def _filter(node: nodes.Expr, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


def _translated(node: nodes.Expr) -> nodes.Call:
    if isinstance(node, nodes.Call):
        return clone(node)
    return nodes.Call(nodes.Name("gettext", "load"), [node], [], None, None, lineno=node.lineno)


def _needed(statements: Sequence[nodes.Node], body: list[nodes.Node]) -> list[nodes.Node]:
    """The statements that the body needs, and the body: what is set and never read is left out."""
    read = {name.name for node in body for name in _loads(node)}
    kept: list[nodes.Node] = []
    for node in reversed(statements):
        if _sets(node) & read:
            kept.append(node)
            read |= {name.name for name in _loads(node)}
    return [*reversed(kept), *body]


def _loads(node: nodes.Node) -> Iterator[nodes.Name]:
    found = (node, *node.find_all(nodes.Name)) if isinstance(node, nodes.Name) else node.find_all(nodes.Name)
    return (name for name in found if name.ctx == "load")  # type: ignore[attr-defined, return-value]


def _sets(node: nodes.Node) -> set[str]:
    if isinstance(node, nodes.Macro):
        return {node.name}
    return {name.name for name in node.find_all(nodes.Name) if name.ctx == "store"}
