"""What has been kept long enough, removed in small steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Kept = Literal["content", "moments", "receipts", "messages"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step through what is kept of a kind: how many were removed, and where the next step begins; None at the end."""

    removed: int
    after: str | None


class Keeper(Protocol):
    """What has been kept long enough, removed in small steps, each a transaction of its own.

    content    what finished messages said, to which addresses, and what their moments carried
    moments    what moments carried; that they happened stays, as conditions look back and repeated ones are recognised
    receipts   what providers reported beside the kind of report; those about no message of ours whole
    messages   finished messages with all that belongs to them, once their touch counts for no cap any more; at the end
               of a pass, what only such messages shared, uncounted

    What is open, held, or may still be taken up again is left alone; so is all of the consent ledger, the
    suppression list and the trail.
    """

    def remove(
        self, kind: Kept, *, before: datetime, touched_before: datetime, after: str, limit: int, dry: bool = False
    ) -> Step:
        """Look at the next `limit` of a kind, from behind `after`, and remove what is older; `dry` only counts."""

    def close(self) -> None: ...
