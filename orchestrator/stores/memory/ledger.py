"""Consent and suppression in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

from orchestrator.model import Consent, Profile, Suppression
from orchestrator.ports import Chain
from orchestrator.stores.addresses import Place, best, place
from orchestrator.stores.chain import chained, verified


class Ledger:
    """Consent entries by person, withdrawals by address, and suppressed addresses."""

    def __init__(self) -> None:
        self._entries: dict[str, list[Consent]] = defaultdict(list)
        self._withdrawn: dict[Place, list[Consent]] = defaultdict(list)
        self._suppressed: dict[Place, Suppression] = {}

    def append(self, entry: Consent, profile: Profile | None) -> Consent:
        """Add one entry, and return it as it stands: about the person's best address now, if it named none."""
        entry = replace(entry, address=entry.address or best(profile, entry.channel))
        self._entries[entry.profile].append(entry)
        if entry.state == "withdrawn" and entry.address:
            self._withdrawn[place(entry.channel, entry.address)].append(entry)
        return entry

    def chains(self, after: str, limit: int) -> list[Chain]:
        """The chains of the next people."""
        return [self.chain(id) for id in sorted(id for id in self._entries if id > after)[:limit]]

    def chain(self, id: str) -> Chain:
        """A person's chain: what nobody else can reach is whole."""
        rows = chained(self._entries.get(id, ()))
        return verified(id, rows, rows[-1]["hash"] if rows else None)

    def suppress(self, entry: Suppression) -> None:
        """Put an address on the list; what is there stays as it was."""
        self._suppressed.setdefault(place(entry.channel, entry.address), entry)

    def suppression(self, channel: str, address: str) -> Suppression | None:
        """The entry of an address on the list."""
        found = self._suppressed.get(place(channel, address))
        return replace(found, address=place(channel, address)[1]) if found else None

    def lift(self, channel: str, address: str) -> Suppression | None:
        """Take an address off the list; returns what stood there."""
        found = self.suppression(channel, address)
        self._suppressed.pop(place(channel, address), None)
        return found

    def consents(self, id: str, held: Iterable[Place]) -> tuple[Consent, ...]:
        """A person's entries, and others' withdrawals of the places that the person holds, unless they took them back."""
        bound = chain.from_iterable(self._withdrawn.get(at, ()) for at in held)
        others = (entry for entry in bound if entry.profile != id and not self._is_taken_back(entry))
        return (*self._entries.get(id, ()), *others)

    def _is_taken_back(self, entry: Consent) -> bool:
        return any(
            later.state == "granted" and later.at > entry.at and _subject(later) == _subject(entry)
            for later in self._entries[entry.profile]
        )

    def suppressed(self, held: frozenset[Place]) -> frozenset[Place]:
        """Which of these places must not be written to."""
        return held.intersection(self._suppressed)


def _subject(entry: Consent) -> tuple[Place | None, str]:
    """What an entry is about: where, and for which purpose."""
    return place(entry.channel, entry.address) if entry.address else None, entry.purpose
