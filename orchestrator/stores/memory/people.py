"""Profiles in memory, and who can be reached at which address."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Sequence

from orchestrator.model import Profile
from orchestrator.ports import ProfileUpdate
from orchestrator.stores.addresses import Place, place, places
from orchestrator.stores.lifecycle import merged

Zone = tuple[str | None, str | None]  # market, time zone


class People:
    """All profiles by id, in order of ids, and by address."""

    def __init__(self) -> None:
        self.profiles: dict[str, Profile] = {}
        self._ids: list[str] = []
        self._at: dict[Place, set[str]] = defaultdict(set)

    def update(self, update: ProfileUpdate) -> None:
        """Make or change one profile."""
        standing = self.profiles.get(update.id)
        if standing is None:
            insort(self._ids, update.id)
        profile = self.profiles[update.id] = merged(standing, update)
        for at in places(standing):
            self._at[at].discard(update.id)
        for at in places(profile):
            self._at[at].add(update.id)

    def at(self, channel: str, address: str) -> list[str]:
        """The ids of those who have this address."""
        return sorted(self._at.get(place(channel, address), ()))

    def audience(self, after: str, limit: int, zones: Sequence[Zone] | None) -> list[str]:
        """Ids from behind `after`, of people in these zones."""
        behind = self._ids[bisect_right(self._ids, after) :]
        if zones is None:
            return behind[:limit]
        wanted = frozenset(zones)
        return [id for id in behind if zone(self.profiles[id]) in wanted][:limit]

    def zones(self) -> list[Zone]:
        """The pairs of market and time zone that occur."""
        return sorted(
            {zone(profile) for profile in self.profiles.values()}, key=lambda pair: (pair[0] or "", pair[1] or "")
        )


def zone(profile: Profile) -> Zone:
    """Where and when a person lives."""
    return profile.market, profile.timezone
