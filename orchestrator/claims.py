"""Claims, not locks: a decision is made from a snapshot of a person's touches, and the claim is a compare-and-set of it.

So the rules live in the decision, in one language, and a cap still cannot be exceeded by two workers at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
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
        """Claim what the drafts take; returns the people for whom somebody else was faster.

        What stands of a message that takes none any more is left: it may be the claim of somebody who decides it, too, and
        whose word counts. It is to `lapse` once the decision is on record.
        """
        by_person: dict[str, list[Touch]] = defaultdict(list)
        for draft in drafts:
            if draft.touch is not None and draft.profile in snapshots:
                by_person[draft.profile].append(draft.touch)
        return self.take(by_person, snapshots, now)

    def take(
        self, touches: Mapping[str, Sequence[Touch]], snapshots: Mapping[str, Snapshot], now: datetime
    ) -> frozenset[str]:
        """Claim touches by person; returns the people for whom somebody else was faster. One that stands counts anew."""
        changes = [_change(person, snapshots[person], taken) for person, taken in touches.items() if taken]
        if not changes:
            return frozenset()
        won = self._touches.swap(changes, now=now)
        return frozenset(change.profile for change, ok in zip(changes, won, strict=True) if not ok)

    def give_back(self, records: Iterable[Record]) -> None:
        """Take touches that are given back out of the hot state.

        The records have them no more; what is not taken out here, for the races or because the hot state is away, only
        leaves a cap a little stricter.
        """
        returned: dict[str, set[str]] = defaultdict(set)
        for record in records:
            returned[record.profile].add(record.id)
        self._rewrite(returned, lambda person, touch: touch.id not in returned[person])

    def lapse(self, left: Mapping[str, Collection[Touch]]) -> None:
        """Take these very touches, by person, out of the hot state: an interrupted attempt had claimed them.

        What has been claimed for the same messages since stands.
        """
        self._rewrite(left, lambda person, touch: touch not in left[person])

    def restore(self, person: str, touch: Touch) -> None:
        """Count a touch that was given back too soon.

        Raises:
            Away: the hot state is away, or changes all the time: without the touch, a cap would be too lax.
        """
        if not self._change_all([person], lambda _, touches: (*(one for one in touches if one.id != touch.id), touch)):
            raise Away("the hot state of a person changes all the time")

    def _rewrite(self, people: Iterable[str], stays: Callable[[str, Touch], bool]) -> None:
        """Keep of these people's touches what stays."""
        with suppress(Away):
            self._change_all(people, lambda person, touches: tuple(one for one in touches if stays(person, one)))

    def _change_all(self, people: Iterable[str], after: Callable[[str, tuple[Touch, ...]], tuple[Touch, ...]]) -> bool:
        """Change each one's touches, whatever they are by then; False if others were always faster."""
        waiting = set(people)
        for _ in range(RACES):
            if not waiting:
                break
            now = self._clock()
            changes = [
                Change(person, held.version, after(person, held.touches))
                for person, held in self._touches.snapshot(sorted(waiting), now=now).items()
            ]
            won = self._touches.swap(changes, now=now)
            waiting -= {change.profile for change, ok in zip(changes, won, strict=True) if ok}
        return not waiting

    def forget(self, person: str) -> None:
        """Hold nothing of this person any more."""
        self._touches.forget(person)


def leftovers(drafts: Iterable[Draft], snapshots: Mapping[str, Snapshot]) -> dict[str, list[Touch]]:
    """Touches by person that stand of messages which take none, as they were decided last."""
    found: dict[str, list[Touch]] = defaultdict(list)
    for draft in drafts:
        held = snapshots.get(draft.profile)
        if held is not None and held.touches and draft.touch is None:
            found[draft.profile] += [touch for touch in held.touches if touch.id == draft.id]
    return {person: touches for person, touches in found.items() if touches}


def _change(person: str, snapshot: Snapshot, taken: Sequence[Touch]) -> Change:
    anew = {touch.id for touch in taken}
    kept = [touch for touch in snapshot.touches if touch.id not in anew]
    return Change(person, snapshot.version, (*kept, *taken))
