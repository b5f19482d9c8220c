"""For mistakes made on purpose: `kairos check` finds them, names the right file and line, and is silent where there are none."""

from __future__ import annotations

import pytest

from orchestrator.checking import check
from orchestrator.checking.memory import Memory
from tests.checking.mutations import KINDS, sample
from tests.checking.mutations.tally import CHUNKS, missed, outcomes, table
from tests.starter.workspace import files

FEW, MANY = 12, 1000
ENOUGH = 99  # of a hundred


@pytest.fixture(scope="module")
def memory() -> Memory:
    """What was proved of the workspace in one test, for those that follow."""
    return Memory()


def test_nothing_is_said_of_the_untouched_workspace(memory: Memory) -> None:
    """Neither an error nor a warning."""
    assert check(files(), {}, memory) == ()


def test_there_is_a_mistake_of_every_kind() -> None:
    """Each kind knows of some mutation, and all of them change their file."""
    mutations = sample(files(), 2 * len(KINDS))
    assert {kind for kind, _ in mutations} == set(KINDS)
    assert all(mutation.content != files().get(mutation.file) for _, mutation in mutations)


def test_a_few_mistakes_are_found_where_they_are(memory: Memory) -> None:
    """One of each of twelve kinds."""
    assert missed(outcomes(memory, FEW, seed=1)) == []


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_thousand_mistakes_are_found_where_they_are(memory: Memory, chunk: int) -> None:
    """Ninety-nine of a hundred at least, of all kinds."""
    found = list(outcomes(memory, MANY, chunk=chunk, chunks=CHUNKS))
    print(table(found), *missed(found), sep="\n")
    placed = sum(outcome.placed for outcome in found)
    assert placed * 100 >= ENOUGH * len(found), missed(found)
