"""Profiles in memory, and who can be reached at which address."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from orchestrator.model import Profile
from orchestrator.ports import ProfileUpdate
from orchestrator.stores.addresses import Place, place, places
from orchestrator.stores.lifecycle import is_paused_anew, merged

Zone = tuple[str | None, str | None]  # market, time zone


class People:
    """All profiles by id, in order of ids, and by address."""

    def __init__(self) -> None:
        self.profiles: dict[str, Profile] = {}
        self._places: dict[str, frozenset[Place]] = {}
        self._ids: list[str] = []
        self._at: dict[Place, set[str]] = defaultdict(set)

    def update(self, update: ProfileUpdate) -> bool:
        """Make or change one profile; whether the person's pause is another one now."""
        id, standing = update.id, self.profiles.get(update.id)
        if standing is None:
            insort(self._ids, id)
        self.profiles[id] = merged(standing, update)
        self.revise([id])
        if update.addresses:
            self._readdress(id, places(self.profiles[id]))
        return is_paused_anew(standing, self.profiles[id])

    def _readdress(self, id: str, now: frozenset[Place]) -> None:
        for left in self.places(id) - now:
            self._at[left].discard(id)
        for held in now:
            self._at[held].add(id)
        self._places[id] = now

    def revise(self, ids: Iterable[str]) -> None:
        """Something else is known of these people now."""
        for id in ids:
            if id in self.profiles:
                self.profiles[id] = replace(self.profiles[id], revision=self.profiles[id].revision + 1)

    def places(self, id: str) -> frozenset[Place]:
        """Where a person is reached."""
        return self._places.get(id, frozenset())

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
