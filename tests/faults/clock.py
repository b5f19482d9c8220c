"""A clock that a test sets, for itself and for processes that it has started; and the word for what kills these."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

MINE = "a mine"


class Clock:
    """The world's time, and as much more as a file says."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def set(self, seconds: float) -> None:
        """Put all clocks forward, or back."""
        beside = self._file.with_suffix(".new")
        beside.write_text(str(seconds))
        beside.replace(self._file)

    @property
    def ahead(self) -> float:
        """The seconds by which it is ahead."""
        return float(self._file.read_text()) if self._file.exists() else 0.0

    def __call__(self) -> datetime:
        """Now."""
        return datetime.now(UTC) + timedelta(seconds=self.ahead)

    def time(self) -> float:
        """Now, as Unix time."""
        return time.time() + self.ahead
