"""The house reports what it has something to say on: that a consent waits for its confirmation, that somebody replied.

Each becomes a moment like any other, which a campaign of the workspace or else of the house listens to. None is
reported twice to one address within its time, however often it happens: the moment's id says so to the records, and a
look at what was said lately does for the hours around midnight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from orchestrator.addresses import normalised
from orchestrator.model import Moment
from orchestrator.ports import Records

Announce = Callable[[Sequence[Moment]], object]

DAY = timedelta(days=1)
LATELY = 100  # messages of a person that are looked at


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a person at an address; `data` is what its moment carries besides these."""

    person: str
    channel: str
    address: str
    at: datetime
    data: Mapping[str, Any]

    @property
    def place(self) -> tuple[str, str]:
        """The channel, and the address in its one spelling."""
        return self.channel, normalised(self.channel, self.address)


class Notices:
    """Announces moments of the house's own. The secret keeps addresses out of the moments' ids."""

    def __init__(self, records: Records, announce: Announce, secret: bytes) -> None:
        self._records = records
        self._announce = announce
        self._secret = secret

    def report(self, name: str, events: Sequence[Event], *, every: timedelta = DAY) -> None:
        """Report what happened, but for what was reported of the same address within `every` before."""
        if not events:
            return
        people, now = sorted({event.person for event in events}), max(event.at for event in events)
        before = self._records.gather(people, history={name: every}, now=now)
        new = [one for one in events if not (before[one.person].history and self._was_said(name, one, every))]
        if new:
            self._announce([self._moment(name, event, every) for event in new])

    def _was_said(self, name: str, event: Event, every: timedelta) -> bool:
        said = (record.moment for record in self._records.messages(profile=event.person, limit=LATELY))
        return any(one.name == name and one.at > event.at - every and _place(one.data) == event.place for one in said)

    def _moment(self, name: str, event: Event, every: timedelta) -> Moment:
        digest = blake2b("\0".join(event.place).encode(), key=self._secret[:64], digest_size=12).hexdigest()
        id_ = f"{name}:{digest}:{int(event.at.timestamp() // every.total_seconds())}"
        return Moment(
            id_, name, event.person, event.at, {"channel": event.channel, "address": event.address, **event.data}
        )


def _place(data: Mapping[str, Any]) -> tuple[str, str]:
    channel = str(data.get("channel"))
    return channel, normalised(channel, str(data.get("address")))
