"""What people write, how it was read, and what somebody made of what could not be read for certain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Literal

Verdict = Literal["withdraw", "ignore"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person wrote. `reading` is how it was read: stop, start, help, refusal, or None for anything else.

    A refusal in free words waits until somebody has settled it.
    """

    profile: str
    channel: str
    at: datetime
    text: str
    reading: str | None = None
    address: str | None = None
    verdict: Verdict | None = None
    settled_at: datetime | None = None
    settled_by: str | None = None

    @property
    def id(self) -> str:
        """The same for the same reply, however often it is reported."""
        named = f"{self.profile}\0{self.channel}\0{self.at.timestamp():.6f}"
        return blake2b(named.encode(), digest_size=6).hexdigest()

    @property
    def waits(self) -> bool:
        """Whether somebody has to read it."""
        return self.reading == "refusal" and self.verdict is None
