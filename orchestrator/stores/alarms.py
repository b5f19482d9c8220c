"""Which of many things are due: a heap that forgets lazily."""

from __future__ import annotations

from datetime import datetime
from heapq import heappop, heappush, nsmallest


class Alarms:
    """One instant for each id. Setting, clearing and finding what is due cost no more than the logarithm of how many."""

    def __init__(self) -> None:
        self._at: dict[str, datetime] = {}
        self._heap: list[tuple[datetime, str]] = []

    def set(self, id: str, at: datetime | None) -> None:
        """Wake this id at that instant, and at no other; None: never."""
        if at is None:
            self._at.pop(id, None)
        elif self._at.get(id) != at:
            self._at[id] = at
            heappush(self._heap, (at, id))

    def at(self, id: str) -> datetime | None:
        """This id's instant, if it is set."""
        return self._at.get(id)

    def is_due(self, id: str, now: datetime) -> bool:
        """Whether this id's instant has come."""
        at = self._at.get(id)
        return at is not None and at <= now

    def due(self, now: datetime, limit: int | None = None) -> list[str]:
        """The ids whose instant has come, earliest first; they stay due until set anew."""
        found: dict[str, datetime] = {}
        while self._heap and self._heap[0][0] <= now and (limit is None or len(found) < limit):
            at, id = heappop(self._heap)
            if self._at.get(id) == at:
                found[id] = at
        for id, at in found.items():
            heappush(self._heap, (at, id))
        return list(found)

    def after(self, instant: datetime) -> list[str]:
        """The ids whose own instant is later than this one."""
        return [id for id, at in self._at.items() if at > instant]

    def first(self, limit: int) -> list[tuple[str, datetime]]:
        """The ids that are set, with their instants, earliest first."""
        return nsmallest(limit, self._at.items(), key=lambda item: item[1])

    def next(self) -> datetime | None:
        """The earliest instant that is set."""
        while self._heap and self._at.get(self._heap[0][1]) != self._heap[0][0]:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None
