"""SQLite's write-ahead log, moved to its file beside the work (a checkpoint, in its words).

By SQLite's own way whoever commits when the log has grown long moves it, and waits for that: 20 ms for 64 MB, in which all
who want to write wait, too. Whoever writes much bears it. For those who write little a thread moves it, beside readers and writers.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from threading import Thread
from time import monotonic

REST = 1.0  # seconds between two moves: what is written little by little stays far below what SQLite moves by itself


class Mover:
    """Moves the log of one file, now and then."""

    def __init__(self, path: str) -> None:
        self._place = f"{Path(path).absolute().as_uri()}?mode=rw"
        self._thread = Thread(target=self._move)
        self._next = monotonic() + REST

    def stir(self) -> None:
        """Something was written: the log is moved, if that was not done for a while. Two who ask at once do no harm."""
        if monotonic() < self._next or self._thread.is_alive():
            return
        self._next = monotonic() + REST
        self._thread = Thread(target=self._move, name="checkpoint", daemon=True)
        self._thread.start()

    def _move(self) -> None:
        """Where it cannot be moved it stands as it is, until the next time."""
        with suppress(sqlite3.Error), closing(sqlite3.connect(self._place, uri=True)) as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def end(self) -> None:
        """Wait until nothing is being moved any more."""
        if self._thread.is_alive():
            self._thread.join()
