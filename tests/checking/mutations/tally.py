"""How many mistakes were found, by kind: `python -m tests.checking.mutations.tally 1000` makes them and prints the table."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from orchestrator.checking import check
from orchestrator.checking.memory import Memory
from tests.checking.mutations import Outcome, sample
from tests.starter.workspace import files

CHUNKS = 10


def outcomes(memory: Memory, count: int, seed: int = 0, chunk: int = 0, chunks: int = 1) -> Iterator[Outcome]:
    """What becomes of so many mutations; of several chunks only of those in one."""
    workspace = files()
    for kind, mutation in sample(workspace, count, seed)[chunk::chunks]:
        yield Outcome(kind, mutation, check(mutation.applied(workspace), {}, memory))


def table(found: Iterable[Outcome]) -> str:
    """A line for each kind: how many mistakes, how many of them found, and how many at the right place."""
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in found:
        for kind in (outcome.kind, "all"):
            rows[kind] += Counter(made=1, found=outcome.found, placed=outcome.placed, findings=len(outcome.problems))
    lines = [f"{'kind':36} {'made':>5} {'found':>6} {'placed':>7} {'findings each':>14}"]
    for kind in sorted(rows, key=lambda kind: (kind == "all", kind)):
        row = rows[kind]
        lines.append(
            f"{kind:36} {row['made']:5} {row['found']:6} {row['placed']:7} {row['findings'] / row['made']:14.1f}"
        )
    return "\n".join(lines)


def missed(found: Iterable[Outcome]) -> list[str]:
    """The mistakes that were not found, or not at the right place, and what was said of them."""
    return [
        f"{outcome.kind}: {outcome.mutation.file} {sorted(outcome.mutation.lines)[:4]} {outcome.mutation.note}"
        f" → {[str(problem) for problem in outcome.problems[:3]]}"
        for outcome in found
        if not outcome.placed
    ]


def _chunk(count: int, seed: int, chunk: int) -> list[Outcome]:
    return list(outcomes(Memory(), count, seed, chunk, CHUNKS))


def main() -> None:
    """Print the table, and whatever was missed."""
    count, seed = (int(argument) for argument in (*sys.argv[1:], "1000", "0")[:2])
    with ProcessPoolExecutor() as pool:
        found = [outcome for part in pool.map(partial(_chunk, count, seed), range(CHUNKS)) for outcome in part]
    print(table(found), *missed(found), sep="\n")


if __name__ == "__main__":
    main()
