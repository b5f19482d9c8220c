"""Claims, not locks: a decision is made from a snapshot of a person's touches, and the claim is a compare-and-set of it.

So the rules live in the decision, in one language, and a cap still cannot be exceeded by two workers at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from orchestrator.model import Draft, Snapshot, Touch
from orchestrator.ports import Away, Change, Record, Records, Touches

RACES = 3  # times that a lost claim is tried again at once


def rebuilt(records: Records, people: Sequence[str], since: datetime) -> Mapping[str, tuple[Touch, ...]]:
    """What the hot state of these people must hold, from the records."""
    return records.touches(people, since=since)


class Claims:
    """The touches that drafts take, and that failed messages give back."""

    def __init__(self, touches: Touches, clock: Callable[[], datetime]) -> None:
        self._touches = touches
        self._clock = clock

    def snapshots(self, people: Sequence[str], now: datetime) -> Mapping[str, Snapshot]:
        """What stands for these people."""
        return self._touches.snapshot(people, now=now) if people else {}

    def claim(self, drafts: Sequence[Draft], snapshots: Mapping[str, Snapshot], now: datetime) -> frozenset[str]:
        """Claim what the drafts take; returns the people for whom somebody else was faster."""
        by_person: dict[str, list[Draft]] = defaultdict(list)
        for draft in drafts:
            if draft.profile in snapshots:
                by_person[draft.profile].append(draft)
        changes = [change for person, mine in by_person.items() if (change := _change(person, snapshots[person], mine))]
        if not changes:
            return frozenset()
        won = self._touches.swap(changes, now=now)
        return frozenset(change.profile for change, ok in zip(changes, won, strict=True) if not ok)

    def give_back(self, records: Iterable[Record]) -> None:
        """Take touches that are given back out of the hot state.

        The records have them no more; what is not taken out here, for the races or because the hot state is away, only
        leaves a cap a little stricter.
        """
        with suppress(Away):
            self._give_back(records)

    def _give_back(self, records: Iterable[Record]) -> None:
        returned: dict[str, set[str]] = defaultdict(set)
        for record in records:
            returned[record.profile].add(record.id)
        for _ in range(RACES):
            if not returned:
                return
            now = self._clock()
            changes = [
                Change(person, snapshot.version, tuple(t for t in snapshot.touches if t.id not in returned[person]))
                for person, snapshot in self._touches.snapshot(list(returned), now=now).items()
            ]
            for change, ok in zip(changes, self._touches.swap(changes, now=now), strict=True):
                if ok:
                    del returned[change.profile]

    def forget(self, person: str) -> None:
        """Hold nothing of this person any more."""
        self._touches.forget(person)


def _change(person: str, snapshot: Snapshot, drafts: Sequence[Draft]) -> Change | None:
    """The person's touches after these drafts, or None where nothing changes.

    A touch of a message that is composed again stands only if it is taken again: what an interrupted attempt
    had claimed lapses here.
    """
    asked = {draft.id for draft in drafts}
    kept = tuple([touch for touch in snapshot.touches if touch.id not in asked])
    taken = tuple([draft.touch for draft in drafts if draft.touch is not None])
    if not taken and len(kept) == len(snapshot.touches):
        return None
    return Change(person, snapshot.version, kept + taken)
