"""The template files of a workspace and what they say of one another, by their names below `templates/`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from jinja2 import nodes

from orchestrator.blueprint.problems import Problem, Severity, did_you_mean
from orchestrator.content.syntax import LINES, Source, names
from orchestrator.content.trees import Tree, clone, walk

ROOT = "templates/"
Layers = tuple[str, ...]
"""The files that a message is made of, most derived first."""


class Unlinkable(Exception):
    """The files do not fit together; `problem` says where and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class Origin(NamedTuple):
    """Where something comes from: a file, and its name there (None: the whole file)."""

    path: str
    name: str | None


class Known(NamedTuple):
    """The origin of a name that a file uses, and where the file says so."""

    origin: Origin
    position: int


class Files:
    """All files below `templates/`, parsed and checked one by one."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        found = enumerate(sorted(contents), 1)
        self._sources = {path: Source(path, contents[path], index) for index, path in found}
        self._by_index = {source.index: source for source in self._sources.values()}
        self._names: dict[str, Mapping[str, Known]] = {}
        self._parents: dict[str, nodes.Extends | None] = {}

    def __contains__(self, path: str) -> bool:
        return path in self._sources

    def __iter__(self) -> Iterator[Source]:
        return iter(self._sources.values())

    def at(self, position: int) -> tuple[Source, int]:
        """The file and the line that a position means."""
        return self._by_index[position // LINES], position % LINES

    def problem(
        self, position: int, code: str, message: str, needle: str = "", severity: Severity = "error"
    ) -> Problem:
        """A problem at a position; `needle` is the piece of source that it is about."""
        source, line = self.at(position)
        return source.problem(line, code, message, needle, severity)

    def tree(self, path: str, position: int = 0) -> nodes.Template:
        """The tree of a file, which another one names at `position`.

        Raises:
            Unlinkable: there is no such file, or it must not run.
        """
        source = self._sources.get(path)
        if source is None:
            message = f"There is no template {path!r}.{did_you_mean(path, self._sources)}"
            raise Unlinkable(self.problem(position, "template.not_found", message, path))
        if source.tree is None:
            raise Unlinkable(source.problems[0])
        return source.tree

    def names(self, path: str) -> Mapping[str, Known]:
        """What the file calls its own macros and what it imports.

        Raises:
            Unlinkable: there is no such file, or it must not run.
        """
        if path not in self._names:
            self._names[path] = dict(_names(path, self.tree(path)))
        return self._names[path]

    def layers(self, path: str, position: int = 0) -> Layers:
        """The file and what it extends, most derived first.

        Raises:
            Unlinkable: a file does not exist or must not run, or they extend one another.
        """
        chain = [path]
        while parent := self.parent(chain[-1], position):
            name, position = template_name(parent), parent.lineno
            if name in chain:
                raise Unlinkable(
                    self.problem(position, "template.recursion", "The templates extend one another.", name)
                )
            chain.append(name)
        return tuple(chain)

    def parent(self, path: str, position: int = 0) -> nodes.Extends | None:
        """What the file says it extends, if it does.

        Raises:
            Unlinkable: there is no such file, or it must not run.
        """
        tree = self.tree(path, position)
        if path not in self._parents:
            self._parents[path] = next(walk(tree.body, nodes.Extends), None)
        return self._parents[path]


def template_name(node: nodes.Extends | nodes.Include | nodes.Import | nodes.FromImport) -> str:
    """The file that a statement names, relative to `templates/`."""
    assert isinstance(node.template, nodes.Const)
    return str(node.template.value).removeprefix(ROOT)


def _names(path: str, tree: nodes.Template) -> Iterator[tuple[str, Known]]:
    for macro in walk(tree.body, nodes.Macro):
        yield macro.name, Known(Origin(path, macro.name), macro.lineno)
    for module in walk(tree.body, nodes.Import):
        yield module.target, Known(Origin(template_name(module), None), module.lineno)
    for imported in walk(tree.body, nodes.FromImport):
        for original, alias in names(imported):
            yield alias, Known(Origin(template_name(imported), original), imported.lineno)


def statements(body: Sequence[nodes.Node]) -> Iterator[nodes.Node]:
    """What a file sets at its top, outside of blocks, with all that would print left out."""
    for node in body:
        if isinstance(node, nodes.Assign | nodes.AssignBlock):
            yield node
        elif isinstance(node, nodes.If):
            yield _silent(node)


def _silent(node: nodes.If) -> nodes.If:
    copy = clone(node)
    copy.body, copy.else_ = _listed(node.body), _listed(node.else_)
    copy.elif_ = [_silent(branch) for branch in node.elif_]
    return copy


def _listed(body: Sequence[nodes.Node]) -> Tree:
    return list(statements(body))
