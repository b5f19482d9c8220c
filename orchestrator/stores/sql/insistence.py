"""What must not be forgotten while the database is away for a moment: it is tried again until it is written."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from orchestrator.ports import Away

PATIENCE = 600.0  # seconds
PAUSES = (0.1, 0.5, 1.0, 2.0)  # seconds between the first tries; the last one between all others
T = TypeVar("T")


def insist(write: Callable[[], T]) -> T:
    """Run one transaction, again and again while the database cannot be reached.

    Raises:
        Away: it still cannot, after ten minutes.
    """
    deadline, tries = time.monotonic() + PATIENCE, 0
    while True:
        try:
            return write()
        except Away:
            if time.monotonic() >= deadline:
                raise
        time.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
        tries += 1
