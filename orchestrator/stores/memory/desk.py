"""The desk in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter
from threading import Lock

from orchestrator.ports import KEPT, Answer, ApiKey, Backlog, Break, Confirmation, Deed


@dataclass(frozen=True, slots=True)
class _Begun:
    answer: Answer
    at: datetime
    until: datetime


class MemoryDesk:
    """`Desk` that lives as long as the process. Its backlog is what it is told."""

    def __init__(self, waiting: Backlog = Backlog(0, None)) -> None:  # noqa: B008 - a Backlog is immutable
        self.waiting = waiting
        self._keys: dict[str, ApiKey] = {}
        self._begun: dict[tuple[str, str], _Begun] = {}
        self._confirmations: dict[str, Confirmation] = {}
        self._trail: list[Deed] = []
        self._lock = Lock()

    def add_key(self, key: ApiKey) -> None:
        self._keys[key.id] = key

    def key(self, id: str) -> ApiKey | None:
        return self._keys.get(id)

    def keys(self) -> list[ApiKey]:
        return sorted(self._keys.values(), key=lambda key: (key.created_at, key.id))

    def revoke_key(self, id: str, *, now: datetime) -> bool:
        key = self._keys.get(id)
        if key is None or key.revoked_at is not None:
            return False
        self._keys[id] = replace(key, revoked_at=now)
        return True

    def begin(self, caller: str, key: str, fingerprint: str, *, now: datetime, lease: timedelta) -> Answer | None:
        with self._lock:
            self._begun = {name: begun for name, begun in self._begun.items() if begun.at >= now - KEPT}
            standing = self._begun.get((caller, key))
            if standing and not _is_lapsed(standing, fingerprint, now):
                return standing.answer
            self._begun[caller, key] = _Begun(Answer(fingerprint), now, now + lease)
            return None

    def answered(self, caller: str, key: str, answer: Answer) -> None:
        with self._lock:
            if standing := self._begun.get((caller, key)):
                kept = replace(answer, fingerprint=standing.answer.fingerprint)
                self._begun[caller, key] = replace(standing, answer=kept)

    def abandon(self, caller: str, key: str) -> None:
        with self._lock:
            standing = self._begun.get((caller, key))
            if standing and standing.answer.status is None:
                del self._begun[caller, key]

    def ask(self, confirmations: Sequence[Confirmation]) -> None:
        self._confirmations.update((one.id, one) for one in confirmations)

    def confirmation(self, id: str) -> Confirmation | None:
        return self._confirmations.get(id)

    def asked_with(self, confirmation: Confirmation) -> list[Confirmation]:
        wanted = together(confirmation)
        return sorted((one for one in self._confirmations.values() if together(one) == wanted), key=attrgetter("id"))

    def confirm(self, id: str, *, now: datetime) -> bool:
        with self._lock:
            standing = self._confirmations.get(id)
            if standing is None or standing.confirmed_at is not None:
                return False
            self._confirmations[id] = replace(standing, confirmed_at=now)
            return True

    def note(self, deed: Deed) -> None:
        self._trail.append(deed)

    def deeds(
        self, *, person: str | None = None, before: int | None = None, limit: int = 100
    ) -> list[tuple[int, Deed]]:
        numbered = list(enumerate(self._trail[: None if before is None else before - 1], 1))
        return [one for one in reversed(numbered) if person is None or person in one[1].people][:limit]

    def verify_trail(self) -> tuple[int, Break | None]:
        return len(self._trail), None  # what nobody else can reach is whole

    def about(self) -> dict[str, str | int]:
        return {"kind": "memory"}

    def backlog(self, limit: int) -> Backlog:
        return replace(self.waiting, waiting=min(self.waiting.waiting, limit))

    def close(self) -> None:
        """Nothing to give back."""


def together(one: Confirmation) -> tuple[object, ...]:
    """What confirmations have in common that one link confirms."""
    return one.profile, one.channel, one.address, one.asked_at


def _is_lapsed(begun: _Begun, fingerprint: str, now: datetime) -> bool:
    answer = begun.answer
    return answer.status is None and begun.until <= now and answer.fingerprint == fingerprint
