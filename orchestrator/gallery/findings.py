"""Which of a workspace's problems concern which message: by the files that it is made of, and the strings that it needs."""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from orchestrator.blueprint import Problem
from orchestrator.content.catalogs import path_of
from orchestrator.content.po import PoError, decode, parse
from orchestrator.gallery.scenes import Scene, Stage
from orchestrator.translation.document import Key

HEADER: Key = (None, "")


class Findings:
    """The problems of a workspace, message by message."""

    def __init__(self, problems: Iterable[Problem], files: Mapping[str, bytes], stage: Stage) -> None:
        self._files = files
        self._stage = stage
        self._entries: dict[str, tuple[list[int], list[Key]]] = {}
        self._by_file: dict[str, list[Problem]] = defaultdict(list)
        for problem in problems:
            self._by_file[problem.file].append(problem)

    def of(self, scene: Scene) -> tuple[Problem, ...]:
        """What concerns one message: in its blueprint, its templates, and its strings in its locale."""
        sources = [file for file in self._stage.sources(scene) if file in self._by_file]
        found = (problem for file in sorted(sources) for problem in self._by_file[file])
        return (*found, *self._in_catalog(scene))

    def _in_catalog(self, scene: Scene) -> Iterator[Problem]:
        path = path_of(scene.locale)
        if path in self._by_file:
            strings = self._stage.strings(scene)
            wanted = {HEADER, *((string.context, string.msgid) for string in strings)}
            yield from (problem for problem in self._by_file[path] if self._string_at(path, problem.line) in wanted)

    def _string_at(self, path: str, line: int) -> Key:
        """The string that a line of a catalog is about; the header where the file cannot be read."""
        if path not in self._entries:
            self._entries[path] = _entries(self._files.get(path, b""))
        lines, keys = self._entries[path]
        return keys[bisect(lines, line) - 1]


def _entries(catalog: bytes) -> tuple[list[int], list[Key]]:
    """The strings of a catalog, and the line on which each begins."""
    try:
        entries = parse(decode(catalog).text)
    except PoError:
        entries = ()
    return [0, *(entry.line for entry in entries)], [HEADER, *((entry.context, entry.msgid) for entry in entries)]
