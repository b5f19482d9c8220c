"""How much of a fault there is: bounded for every change, at full length when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Scale:
    """Numbers of a run, and a folder for its installations."""

    folder: Path
    bounded: bool = True

    def of(self, bounded: int, full: int) -> int:
        """One of the two."""
        return bounded if self.bounded else full
