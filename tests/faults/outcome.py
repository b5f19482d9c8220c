"""What a fault did: one row of the table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.faults.plan import Verdict

COLUMNS = ("fault", "what", "messages", "lost", "twice", "owed twice", "unknown", "over caps", "back after", "")


@dataclass(frozen=True)
class Outcome:
    """A fault, the verdict on it, and what was allowed.

    `unknown_at_most` and `owed_twice_at_most` are what may have been in the providers' hands when processes were killed;
    `recovery` is the seconds from the end of the fault until everything was over, `within` what they may be.
    `broken` has what else is not as it must be, in words.
    """

    fault: str
    what: str
    verdict: Verdict
    recovery: float = 0.0
    within: float = 60.0
    unknown_at_most: int = 0
    owed_twice_at_most: int = 0
    broken: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def faults(self) -> list[str]:
        """Everything that is not as it must be."""
        v = self.verdict
        judged = [
            (v.lost, 0, f"lost ({', '.join(v.strays)})"),
            (v.twice_idempotent, 0, "twice at a provider that recognises repetitions"),
            (v.twice_marketing, 0, "of marketing twice"),
            (v.twice_owed, self.owed_twice_at_most, "owed ones twice"),
            (v.unknown, self.unknown_at_most, "unknown"),
            (v.caps_exceeded, 0, "beyond a cap"),
        ]
        found = [f"{count} messages {what}; allowed: {most}" for count, most, what in judged if count > most]
        if self.recovery > self.within:
            found.append(f"all was over after {self.recovery:.0f} s; allowed: {self.within:.0f} s")
        return [*found, *self.broken]

    def cells(self) -> list[str]:
        """Its row of the table."""
        v = self.verdict
        return [
            self.fault,
            self.what,
            str(v.messages),
            str(v.lost),
            str(v.twice_idempotent + v.twice_marketing),
            f"{v.twice_owed} (≤ {self.owed_twice_at_most})" if self.owed_twice_at_most else str(v.twice_owed),
            f"{v.unknown} (≤ {self.unknown_at_most})" if self.unknown_at_most else str(v.unknown),
            str(v.caps_exceeded),
            f"{self.recovery:.0f} s" if self.recovery else "",
            "; ".join([*self.faults, *self.notes]),
        ]


def table(outcomes: Iterable[Outcome]) -> str:
    """All rows, in Markdown."""
    return head() + "".join(map(row, outcomes))


def head() -> str:
    """What stands above the rows."""
    return _line(COLUMNS) + _line(["---"] * len(COLUMNS))


def row(outcome: Outcome) -> str:
    """One row."""
    return _line(outcome.cells())


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def summary(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """All faults together, for programs."""
    verdicts = [outcome.verdict for outcome in outcomes]
    return {
        "lost": sum(v.lost for v in verdicts),
        "twice_idempotent": sum(v.twice_idempotent for v in verdicts),
        "twice_marketing": sum(v.twice_marketing for v in verdicts),
        "unknown": sum(v.unknown for v in verdicts),
        "caps_exceeded": sum(v.caps_exceeded for v in verdicts),
        "recovery_s": round(max((outcome.recovery for outcome in outcomes), default=0.0), 1),
    }
