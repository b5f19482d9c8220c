"""Mistakes, made on purpose: the starter workspace with one thing wrong in it, and where that is.

    kinds of mistake ──► all mutations of a kind ──► a sample of them, always the same for one seed

Each kind is a function from the files to every mutation that it knows of; `KINDS` has them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from orchestrator.blueprint import Problem
from tests.checking.mutations import of_catalogs, of_files, of_templates, of_yaml
from tests.checking.mutations.texts import Files, Kind, Mutation

KINDS: Mapping[str, Kind] = {
    f"{module.__name__.rpartition('of_')[2]}: {kind.__name__.replace('_', ' ')}": kind
    for module in (of_templates, of_yaml, of_catalogs, of_files)
    for kind in module.KINDS
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mutation: whether it was found at all, and whether the right file and line were named."""

    kind: str
    mutation: Mutation
    problems: tuple[Problem, ...]

    @property
    def found(self) -> bool:
        """Whether there is a finding."""
        return bool(self.problems)

    @property
    def placed(self) -> bool:
        """Whether a finding stands at the mistake, or names that place."""
        places = {(self.mutation.file, line) for line in self.mutation.lines}
        named = {f"{file}:{line}" for file, line in places}
        return any(
            (problem.file, problem.line) in places or named & set(_words(problem.message)) for problem in self.problems
        )


def _words(message: str) -> list[str]:
    return [word.strip("(),.;:") for word in message.split()]


def sample(files: Files, count: int, seed: int = 0) -> list[tuple[str, Mutation]]:
    """So many mutations, of all kinds in turn, as long as a kind has any left."""
    names = list(KINDS)
    Random(seed).shuffle(names)
    waiting = {name: _shuffled(name, KINDS[name], files, seed) for name in names}
    found: list[tuple[str, Mutation]] = []
    while len(found) < count and waiting:
        for name in list(waiting):
            mutation = next(waiting[name], None)
            if mutation is None:
                del waiting[name]
            elif len(found) < count:
                found.append((name, mutation))
    return found


def _shuffled(name: str, kind: Kind, files: Files, seed: int) -> Iterator[Mutation]:
    random = Random(f"{seed} {name}")
    mutations = list(kind(files, random))
    random.shuffle(mutations)
    return iter(mutations)
