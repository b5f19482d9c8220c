"""What a person may ask of us."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from orchestrator.model import Moment
from orchestrator.ports.records import Link
from orchestrator.ports.replies import Reply


class Rights(Protocol):
    """What a person may ask of us: to be told everything, and to be forgotten."""

    def moments_of(self, profile: str) -> list[Moment]:
        """Everything that was reported of a person, oldest first."""

    def replies_of(self, profile: str) -> list[Reply]:
        """Everything that a person wrote, oldest first."""

    def links_of(self, profile: str) -> list[Link]:
        """The short links in a person's messages, by message."""

    def forget(self, profile: str, *, now: datetime) -> bool:
        """Erase a person; False if nothing is on record. Waits for hand-overs in claim.

        Of each address a salted hash remains, by which it is suppressed should it ever come back.
        """

    def close(self) -> None: ...
