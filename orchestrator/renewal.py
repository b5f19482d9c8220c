"""Renewal: what has waited long for its hand-over claims its place under the caps anew.

A touch counts from the decision. Whoever was to be written to at noon, and is not reached before three, would be written
to twice within an hour by what was decided at half past two, although each had found its place. So what is late has
its touch counted from now on, where the caps still permit that; what they do not is not sent any more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from orchestrator.claims import RACES, Claims
from orchestrator.decision.recheck import has_place
from orchestrator.material import Material
from orchestrator.model import Facts, Finding, Snapshot, Touch
from orchestrator.ports import Record, Records

Judged = dict[str, tuple[Record, Finding]]


class Renewal:
    """Renews the claims of messages that wait to be tried again."""

    def __init__(self, material: Material, records: Records, claims: Claims) -> None:
        self._material = material
        self._records = records
        self._claims = claims

    def renew(self, late: Sequence[Record], now: datetime) -> list[str]:
        """Returns the ids of those that may be handed over now; the others are dropped.

        Where others were always faster, a message stays as it is, and is looked at when it falls due again.

        Raises:
            Away: the hot state is away: all stay as they are.
        """
        open_: dict[str, list[Record]] = defaultdict(list)
        for record in late:
            open_[record.profile].append(record)
        facts = self._records.gather(list(open_), history=self._material.history, now=now)
        judged: Judged = {}
        for _ in range(RACES if open_ else 0):
            snapshots = self._claims.snapshots(list(open_), now)
            found = {
                person: self._judged(mine, facts[person], snapshots[person], now) for person, mine in open_.items()
            }
            lost = self._claims.take({person: _taken(those, now) for person, those in found.items()}, snapshots, now)
            for person in found.keys() - lost:
                judged |= found[person]
                del open_[person]
        return self._put_down(judged, now)

    def _judged(self, mine: Sequence[Record], facts: Facts, held: Snapshot, now: datetime) -> Judged:
        """One person's messages, each after those before it."""
        touches = {touch.id: touch for touch in held.touches}
        judged: Judged = {}
        for record in mine:
            finding = has_place(record, facts.after(tuple(touches.values())), self._material.workspace, now)
            judged[record.id] = record, finding
            touches.pop(record.id, None)
            if finding.passed and record.touch:
                touches[record.id] = replace(record.touch, at=now)
        return judged

    def _put_down(self, judged: Judged, now: datetime) -> list[str]:
        renewed = [id for id, (_, finding) in judged.items() if finding.passed]
        if renewed:
            self._records.retouch(renewed, at=now)
        for record, finding in judged.values():
            if not finding.passed and self._records.advance(
                record.id, "dropped", seen="retry", reason=finding.code, release=True, now=now
            ):
                self._claims.give_back([record])
        return renewed


def _taken(judged: Mapping[str, tuple[Record, Finding]], now: datetime) -> list[Touch]:
    """The touches that count from now on."""
    return [replace(one.touch, at=now) for one, finding in judged.values() if finding.passed and one.touch]
