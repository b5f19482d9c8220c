"""The house reports what it has something to say on: that a consent waits for its confirmation, that somebody replied.

Each becomes a moment like any other, which a campaign of the workspace or else of the house listens to. None is
reported twice to one address within its time, however often it happens: the moment's id says so to the records, and a
look at what was said lately does for the hours around midnight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from orchestrator.addresses import normalised
from orchestrator.model import Moment
from orchestrator.ports import Records

Announce = Callable[[Sequence[Moment]], object]

DAY = timedelta(days=1)
LATELY = 100  # messages of a person that are looked at


class Notices:
    """Announces moments of the house's own. The secret keeps addresses out of the moments' ids."""

    def __init__(self, records: Records, announce: Announce, secret: bytes) -> None:
        self._records = records
        self._announce = announce
        self._secret = secret

    def report(
        self,
        name: str,
        person: str,
        channel: str,
        address: str,
        at: datetime,
        data: Mapping[str, Any],
        *,
        every: timedelta,
    ) -> bool:
        """Report what happened to a person at an address; False if the same was reported within `every` before."""
        place = normalised(channel, address)
        if self._was_said(name, person, (channel, place), at - every):
            return False
        told = {"channel": channel, "address": address, **data}
        self._announce([Moment(self._id(name, channel, place, at, every), name, person, at, told)])
        return True

    def _was_said(self, name: str, person: str, place: tuple[str, str], since: datetime) -> bool:
        said = (record.moment for record in self._records.messages(profile=person, limit=LATELY))
        return any(one.name == name and one.at > since and _place(one.data) == place for one in said)

    def _id(self, name: str, channel: str, place: str, at: datetime, every: timedelta) -> str:
        digest = blake2b(f"{channel}\0{place}".encode(), key=self._secret[:64], digest_size=12).hexdigest()
        return f"{name}:{digest}:{int(at.timestamp() // every.total_seconds())}"


def _place(data: Mapping[str, Any]) -> tuple[str, str]:
    channel = str(data.get("channel"))
    return channel, normalised(channel, str(data.get("address")))
