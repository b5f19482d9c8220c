"""Every code is documented, with an example that is true."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.blueprint.references import REFERENCES
from orchestrator.checking import check
from orchestrator.checking.codes import CODES
from tests.checking.examples import EXAMPLES, WORKSPACE, said
from tests.checking.reference import PAGE, page

ROOMS = ("blueprint", "content", "checking")
PREFIXES = {code.partition(".")[0] for code in CODES}
SENTENCE = r"(?<=(?:: error|warning): ).*(?= \|\n)"
CODE = re.compile(rf"(?:{'|'.join(PREFIXES)})\.[a-z_]+")


def written() -> Iterator[str]:
    """What looks like a code in the sources of those who find something."""
    for room in ROOMS:
        for file in Path("orchestrator", room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
                    yield node.value
    yield from (f"{reference.kind}.unknown" for reference in REFERENCES)


def test_every_code_is_documented_and_used() -> None:
    """None is said that has no sentence, and none has a sentence that is never said."""
    assert set(written()) == set(CODES)


def test_every_code_has_an_example() -> None:
    """And no example is of a code that there is not."""
    assert set(EXAMPLES) == set(CODES)


def test_the_workspace_of_the_examples_has_nothing_wrong_with_it() -> None:
    """So all that is said in an example is due to its change."""
    assert [str(problem) for problem in check({name: text.encode() for name, text in WORKSPACE.items()}, {})] == []


@pytest.mark.parametrize("code", CODES)
def test_an_example_is_found(code: str) -> None:
    """The finding has its code, and a place in a file of the workspace."""
    assert said(code)
    assert all(problem.line >= 1 and problem.column >= 1 for problem in said(code))


def test_the_page_is_up_to_date() -> None:
    """But for the sentences of the examples, which may improve; `python -m tests.checking.reference` writes it anew."""
    assert re.sub(SENTENCE, "", PAGE.read_text()) == re.sub(SENTENCE, "", page())
