"""What people wrote, in memory."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime

from orchestrator.ports import Reply, Verdict


class Replies:
    """Replies by their ids, and when each person last wrote on each channel."""

    def __init__(self) -> None:
        self.by_id: dict[str, Reply] = {}
        self._last: dict[str, dict[str, datetime]] = defaultdict(dict)

    def add(self, reply: Reply) -> None:
        """Keep a reply, unless it is here."""
        self.by_id.setdefault(reply.id, reply)
        last = self._last[reply.profile].get(reply.channel, reply.at)
        self._last[reply.profile][reply.channel] = max(last, reply.at)

    def last(self, profile: str) -> dict[str, datetime]:
        """When somebody last wrote, by channel."""
        return dict(self._last.get(profile, {}))

    def listed(self, waiting: bool) -> list[Reply]:
        """What sounded like a refusal, oldest first."""
        found = (one for one in self.by_id.values() if one.reading == "refusal" and (one.waits or not waiting))
        return sorted(found, key=lambda one: (one.at, one.id))

    def settle(self, id: str, verdict: Verdict, by: str, now: datetime) -> bool:
        """Settle one that waits."""
        standing = self.by_id.get(id)
        if standing is None or not standing.waits:
            return False
        self.by_id[id] = replace(standing, verdict=verdict, settled_at=now, settled_by=by)
        return True
