"""The hot state in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from threading import Lock

from orchestrator.model import Snapshot, Touch
from orchestrator.ports import Change

Rebuild = Callable[[Sequence[str], datetime], Mapping[str, tuple[Touch, ...]]]
FOREVER = timedelta(days=36500)


class MemoryTouches:
    """Each person's recent touches; `rebuild` gives what is on record of people not held here, since an instant."""

    def __init__(self, rebuild: Rebuild | None = None, horizon: timedelta = FOREVER) -> None:
        self._rebuild = rebuild
        self._horizon = horizon
        self._held: dict[str, Snapshot] = {}
        self._changes = 0
        self._lock = Lock()

    def snapshot(self, profiles: Sequence[str], *, now: datetime) -> dict[str, Snapshot]:
        """What stands for each person."""
        with self._lock:
            held = {id: self._held[id] for id in profiles if id in self._held}
        unknown = [id for id in profiles if id not in held]
        rebuilt = self._rebuild(unknown, now - self._horizon) if self._rebuild and unknown else {}
        return {id: held.get(id) or Snapshot(tuple(rebuilt.get(id, ()))) for id in profiles}

    def swap(self, changes: Sequence[Change], *, now: datetime) -> list[bool]:
        """Compare-and-set each person's touches."""
        with self._lock:
            return [self._swap(change, now - self._horizon) for change in changes]

    def _swap(self, change: Change, since: datetime) -> bool:
        standing = self._held.get(change.profile)
        kept = tuple(touch for touch in change.touches if touch.at > since)
        if standing is not None and standing.touches == kept:
            return True
        if change.version != (standing.version if standing else b""):
            return False
        self._changes += 1
        self._held[change.profile] = Snapshot(kept, str(self._changes).encode())
        return True

    def forget(self, profile: str) -> None:
        """Hold nothing of this person any more."""
        with self._lock:
            self._held.pop(profile, None)

    def close(self) -> None:
        """Nothing to give back."""
