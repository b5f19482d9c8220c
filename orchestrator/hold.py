"""What a worker has in hand, and until when: others take up what is not done with by then, and only their word counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from orchestrator.ports import Away, Overtaken, Records, Superseded

LEASE = timedelta(seconds=20)  # longer than a batch takes, and than a store is waited for that does not answer
LATE = LEASE / 2  # left of it when a batch is known to be slow, and is held for longer
BROKEN_OFF = (Away, Superseded, Overtaken)  # nothing is wrong with what was to be decided


class Hold:
    """Moments and held messages that are leased `until` an instant.

    Where deciding them is broken off by no fault of theirs, what is left of them is free at once.
    """

    def __init__(
        self,
        records: Records,
        clock: Callable[[], datetime],
        until: datetime,
        moments: Iterable[str] = (),
        held: Iterable[str] = (),
    ) -> None:
        self.until = until
        self._records = records
        self._clock = clock
        self._moments = list(moments)
        self._held = list(held)

    def prolong(self) -> None:
        """Hold on to what has taken long.

        Raises:
            Overtaken: others have had some of it in hand since.
        """
        now = self._clock()
        if now < self.until - LATE:
            return
        self._records.prolong(self._moments, self._held, until=self.until, then=now + LEASE)
        self.until = now + LEASE

    def let_go(self, messages: Iterable[str], moments: Iterable[str]) -> None:
        """These are on record."""
        written, settled = set(messages), set(moments)
        self._moments = [id for id in self._moments if id not in settled]
        self._held = [id for id in self._held if id not in written]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, BROKEN_OFF):
            with suppress(Away):
                self._records.put_back(self._moments, self._held, until=self.until, now=self._clock())
