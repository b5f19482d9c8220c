"""The page that keeps what came of each fault when it was last made, at full length if it ever was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from tests.faults.outcome import Outcome, head, row

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
MARK = "<!-- the table is written by `make faults` -->\n"
BOUNDED = " (bounded)"


def keep(outcomes: Sequence[Outcome], order: Iterable[str], *, bounded: bool = False, page: Path = PAGE) -> None:
    """Put rows on the page in place of those of the same fault; the others stay, and a bounded row replaces no full one."""
    told, _, table = page.read_text().partition(MARK)
    rows = _by_fault(table)
    for fault in {outcome.fault for outcome in outcomes}:
        new = [row(replace(one, what=one.what + BOUNDED * bounded)) for one in outcomes if one.fault == fault]
        if not bounded or all(BOUNDED in line for line in rows.get(fault, ())):
            rows[fault] = new
    page.write_text(told + MARK + "\n" + head() + "".join(line for fault in order for line in rows.get(fault, ())))


def _by_fault(table: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in table.splitlines(keepends=True):
        if line.startswith("| F"):
            found.setdefault(line.split()[1], []).append(line)
    return found
