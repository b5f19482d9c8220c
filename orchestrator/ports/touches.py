"""The hot state: each person's recent touches, claimed by compare-and-set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from orchestrator.model import Snapshot, Touch
from orchestrator.quick import quick


@quick
@dataclass(frozen=True, slots=True)
class Change:
    """A compare-and-set of one person's touches: from what stood at `version` to `touches`."""

    profile: str
    version: bytes
    touches: tuple[Touch, ...]


class Touches(Protocol):
    """The hot state: each person's recent touches. Every method raises `Away` where it cannot be reached."""

    def snapshot(self, profiles: Sequence[str], *, now: datetime) -> dict[str, Snapshot]:
        """What stands for each person; a person not held here is rebuilt from the records first."""

    def swap(self, changes: Sequence[Change], *, now: datetime) -> list[bool]:
        """Compare-and-set each person's touches; False where the version is no longer what stands.

        A change that is repeated because its answer was lost counts as made.
        """

    def forget(self, profile: str) -> None:
        """Hold nothing of this person any more."""

    def close(self) -> None: ...
