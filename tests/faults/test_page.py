"""The page keeps the last row of each fault, and no bounded one in place of one at full length."""

from __future__ import annotations

from pathlib import Path

from tests.faults.outcome import Outcome
from tests.faults.page import MARK, keep
from tests.faults.plan import Verdict


def test_a_row_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    """In the order of the list, below what is told."""
    page = tmp_path / "faults.md"
    page.write_text(f"Told.\n\n{MARK}")
    for fault, what, bounded in (
        ("F2", "first", True),
        ("F1", "other", False),
        ("F2", "second", False),
        ("F2", "third", True),
    ):
        keep([Outcome(fault, what, Verdict.none())], ("F1", "F2"), bounded=bounded, page=page)
    told, _, table = page.read_text().partition(MARK)
    assert told == "Told.\n\n"
    assert [line.split(" | ")[:2] for line in table.strip().splitlines()[2:]] == [["| F1", "other"], ["| F2", "second"]]
