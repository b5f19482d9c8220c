"""Texts with one thing changed, and the lines that it concerns."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from random import Random

Files = Mapping[str, bytes]
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Mutation:
    """A file with a mistake in it; `lines` are those on which to look for it, `note` says what was done."""

    file: str
    content: bytes
    lines: frozenset[int]
    note: str

    def applied(self, files: Files) -> dict[str, bytes]:
        """The workspace with the mistake."""
        return {**files, self.file: self.content}


Kind = Callable[[Files, Random], Iterator[Mutation]]


def texts(files: Files, prefix: str, suffix: str = "") -> Iterator[tuple[str, str]]:
    """The files whose names begin and end so, with their texts."""
    for name in sorted(files):
        if name.startswith(prefix) and name.endswith(suffix):
            yield name, files[name].decode()


def line_at(text: str, offset: int) -> int:
    """The line of a place in a text."""
    return text.count("\n", 0, offset) + 1


def replaced(file: str, text: str, start: int, stop: int, new: str, lines: Iterable[int] | None = None) -> Mutation:
    """The file with a part of it replaced; what is looked for stands on the lines of that part if not told."""
    old = text[start:stop]
    note = f"{old[:40]!r} → {new[:40]!r}"
    wanted = frozenset(lines) if lines is not None else frozenset(range(line_at(text, start), line_at(text, stop) + 1))
    return Mutation(file, (text[:start] + new + text[stop:]).encode(), wanted, note)


def matches(pattern: str, text: str, group: int | str = 0) -> Iterator[tuple[int, int, str]]:
    """Where a pattern's group stands: its start, its end, and what it is."""
    for found in re.finditer(pattern, text, re.MULTILINE):
        yield found.start(group), found.end(group), found[group]


def misspelt(word: str, random: Random, taken: Collection[str] = ()) -> str:
    """A slip of the pen: a letter left out, doubled, swapped with its neighbour, or another one."""
    while True:
        at = random.randrange(len(word))
        slip = random.choice(
            (
                word[:at] + word[at + 1 :],
                word[:at] + word[at] + word[at:],
                word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
                word[:at] + random.choice(_LETTERS) + word[at + 1 :],
            )
        )
        if len(slip) > 1 and slip != word and slip not in taken and slip[0].isalpha() == word[0].isalpha():
            return slip
