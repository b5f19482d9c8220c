"""`Desk` and `Rights` in SQL: one method, one transaction, one function of the noun it is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from orchestrator.model import Moment
from orchestrator.ports import Answer, ApiKey, Backlog, Break, Confirmation, Deed, Kept, Link, Reply, Step
from orchestrator.stores.sql import (
    answers,
    confirmations,
    desk_schema,
    forgotten,
    keys,
    links,
    person,
    queue,
    replies,
    retention,
    trail,
)
from orchestrator.stores.sql.store import SqlStore

__all__ = ["SqlDesk", "SqlKeeper", "SqlRights", "desk_schema"]


class SqlDesk(SqlStore):
    """What is kept for those who call."""

    # API keys

    def add_key(self, key: ApiKey) -> None:
        with self._write() as session:
            keys.add(session, key)

    def key(self, id: str) -> ApiKey | None:
        with self._read() as session:
            return keys.one(session, id)

    def keys(self) -> list[ApiKey]:
        with self._read() as session:
            return keys.listed(session)

    def revoke_key(self, id: str, *, now: datetime) -> bool:
        with self._write() as session:
            return keys.revoke(session, id, now)

    # answers under idempotency keys

    def begin(self, caller: str, key: str, fingerprint: str, *, now: datetime, lease: timedelta) -> Answer | None:
        with self._write() as session:
            return answers.begin(session, caller, key, fingerprint, now, lease)

    def answered(self, caller: str, key: str, answer: Answer) -> None:
        with self._write() as session:
            answers.keep(session, caller, key, answer)

    def abandon(self, caller: str, key: str) -> None:
        with self._write() as session:
            answers.abandon(session, caller, key)

    # confirmations

    def ask(self, confirmations_: Sequence[Confirmation]) -> None:
        with self._write() as session:
            confirmations.ask(session, confirmations_)

    def confirmation(self, id: str) -> Confirmation | None:
        with self._read() as session:
            return confirmations.one(session, id)

    def asked_with(self, confirmation: Confirmation) -> list[Confirmation]:
        with self._read() as session:
            return confirmations.asked_with(session, confirmation)

    def confirm(self, id: str, *, now: datetime) -> bool:
        with self._write() as session:
            return confirmations.confirm(session, id, now)

    # the trail

    def note(self, deed: Deed) -> None:
        with self._write() as session:
            trail.append(session, deed)

    def deeds(
        self, *, person: str | None = None, before: int | None = None, limit: int = 100
    ) -> list[tuple[int, Deed]]:
        with self._read() as session:
            return trail.listed(session, person, before, limit)

    def verify_trail(self) -> tuple[int, Break | None]:
        with self._read() as session:
            return trail.verify(session)

    # running

    def backlog(self, limit: int) -> Backlog:
        with self._read() as session:
            return queue.backlog(session, limit)

    def about(self) -> dict[str, str | int]:
        with self._read() as session:
            return queue.about(session)


class SqlKeeper(SqlStore):
    """What has been kept long enough."""

    def remove(
        self, kind: Kept, *, before: datetime, touched_before: datetime, after: str, limit: int, dry: bool = False
    ) -> Step:
        with self._write() as session:
            return retention.remove(session, kind, before, touched_before, after, limit, dry)


class SqlRights(SqlStore):
    """What a person may ask of us."""

    def moments_of(self, profile: str) -> list[Moment]:
        with self._read() as session:
            return person.moments(session, profile)

    def replies_of(self, profile: str) -> list[Reply]:
        with self._read() as session:
            return replies.of(session, profile)

    def links_of(self, profile: str) -> list[Link]:
        with self._read() as session:
            return links.of(session, profile)

    def forget(self, profile: str, *, now: datetime) -> bool:
        with self._write() as session:
            return forgotten.forget(session, profile, now)
