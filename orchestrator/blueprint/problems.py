"""What is wrong with a workspace: where it stands, how bad it is, a stable code, and a sentence that helps to mend it.

error     what is written cannot be right. Some errors keep a workspace from loading (no YAML, unknown keys, wrong
          values, conditions that do not parse); the others let it load and fail closed for what they concern
warning   what is written is allowed, and probably not what is wanted
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One finding about one place; `line` and `column` count from 1, `file` is relative to the workspace."""

    file: str
    line: int
    column: int
    severity: Severity
    code: str
    message: str

    @property
    def place(self) -> tuple[str, int, int]:
        """File, line and column."""
        return self.file, self.line, self.column

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.severity} {self.code} {self.message}"


def did_you_mean(found: str, allowed: Iterable[str]) -> str:
    """` Did you mean 'email'?` where a name close to `found` is allowed, else nothing."""
    names = {name.casefold(): name for name in allowed}
    close = difflib.get_close_matches(found.casefold(), names, n=1, cutoff=0.6)
    return f" Did you mean {names[close[0]]!r}?" if close else ""


def one_of(allowed: Iterable[str]) -> str:
    """`'a', 'b' or 'c'`, as a sentence lists what is allowed."""
    quoted = [repr(name) for name in allowed]
    return " or ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]])) if quoted else "nothing"


def unknown(kind: str, found: str, allowed: Iterable[str]) -> str:
    """The sentence for a name that nothing bears: what was found, what it may have meant, and what there is."""
    names = sorted(allowed)
    hint = did_you_mean(found, names)
    listed = f" There is {one_of(names)}." if names and not hint and len(names) <= 12 else ""
    return f"There is no {kind} {found!r}.{hint}{listed}"
