"""A workspace's files as they were written: each YAML document read once, with its places, for all who speak about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from orchestrator.blueprint.problems import Problem, Severity
from orchestrator.blueprint.yaml_reader import Document, Path, read_yaml

KAIROS, MARKETS, SEGMENTS, CAMPAIGNS = "kairos.yaml", "markets.yaml", "segments.yaml", "campaigns/"


class Sources(Mapping[str, bytes]):
    """The files by path, relative to the workspace; and the YAML among them as documents.

    `documents` lacks a file that cannot be read at all; one that is not there is an empty document. `problems` are what
    the reader refused.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self.documents: dict[str, Document] = {}
        self.problems: list[Problem] = []
        for name in (KAIROS, MARKETS, SEGMENTS, *self.campaigns):
            self._read(name)

    def __getitem__(self, name: str) -> bytes:
        return self._files[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    @cached_property
    def campaigns(self) -> tuple[str, ...]:
        """The campaigns' files, in the order of their names."""
        return tuple(sorted(name for name in self if _is_campaign(name)))

    def _read(self, name: str) -> None:
        document, mistakes = read_yaml(self._files.get(name, b""))
        if document is not None:
            self.documents[name] = document
        self.problems += [Problem(name, m.line, m.column, "error", "yaml.syntax", m.message) for m in mistakes]

    def problem(
        self,
        file: str,
        path: Path,
        severity: Severity,
        code: str,
        message: str,
        *,
        on_key: bool = False,
        offset: int | None = None,
    ) -> Problem:
        """A problem at the value (or the key) at `path`; `offset` counts characters into the value."""
        document = self.documents[file]
        place = (document.keys.get(path) if on_key else None) or document.values[path]
        return Problem(file, *place.at(offset), severity, code, message)

    def names(self, file: str, *section: str) -> frozenset[str] | None:
        """The keys written in a section of a file, right or wrong; None where it cannot be read as a mapping."""
        document = self.documents.get(file)
        value = document.value if document else None
        for key in section:
            value = (value.get(key) or {}) if isinstance(value, dict) else None
        return frozenset(value) if isinstance(value, dict) else None

    def find(self, file: str, *pattern: str) -> Iterator[tuple[Path, Any]]:
        """Each written value at a path like `pattern`, in which `*` stands for any key or position."""
        if document := self.documents.get(file):
            yield from _find(document.value, pattern, ())


def _find(value: Any, pattern: tuple[str, ...], path: Path) -> Iterator[tuple[Path, Any]]:
    if not pattern:
        yield path, value
        return
    for key, inner in _entries(value):
        if pattern[0] in ("*", key):
            yield from _find(inner, pattern[1:], (*path, key))


def _entries(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _is_campaign(name: str) -> bool:
    return name.startswith(CAMPAIGNS) and name.endswith(".yaml") and name.count("/") == 1
