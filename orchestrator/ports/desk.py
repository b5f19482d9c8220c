"""What is kept beside the records for those who call: keys, answers, confirmations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from orchestrator.ports.records import Break

KEPT = timedelta(days=7)
"""How long answers under idempotency keys are kept."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key by which a service makes itself known, as it is kept: a digest of it, never the key."""

    id: str
    name: str
    scopes: frozenset[str]
    digest: str = field(repr=False)
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a request under an idempotency key; no `status` while the request is still at work.

    `fingerprint` tells whether a request is the same one again.
    """

    fingerprint: str
    status: int | None = None
    body: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A consent that waits until the person confirms it by a link that names this `id`. It can be used once."""

    id: str
    profile: str
    channel: str
    purpose: str
    address: str | None
    asked_at: datetime
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did, for the trail: to which ids, and nothing else about anybody.

    `actor` is an API key (`key:<id>`), whoever ran the program (`operator:<user>`), or `person` by a link of their own.
    `people` are ids of profiles; of somebody who is forgotten a pseudonym remains. `subjects` are ids of anything else.
    """

    at: datetime
    actor: str
    action: str
    people: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many accepted moments nobody has decided yet (counted up to a bound), and since when the oldest waits."""

    waiting: int
    oldest: datetime | None


class Desk(Protocol):
    """What is kept beside the records for those who call."""

    # API keys
    def add_key(self, key: ApiKey) -> None: ...
    def key(self, id: str) -> ApiKey | None: ...
    def keys(self) -> list[ApiKey]:
        """All keys, revoked ones too, the oldest first."""

    def revoke_key(self, id: str, *, now: datetime) -> bool:
        """Honour a key no more; False if there is none, or it was revoked before."""

    # answers under idempotency keys, which are each caller's own
    def begin(self, caller: str, key: str, fingerprint: str, *, now: datetime, lease: timedelta) -> Answer | None:
        """Take a request on, until `now + lease`: None, or what stands under its key already.

        A request whose lease ran out before it was answered may be taken on again. Answers older than `KEPT` are gone.
        """

    def answered(self, caller: str, key: str, answer: Answer) -> None:
        """Keep the answer of a request that was begun."""

    def abandon(self, caller: str, key: str) -> None:
        """Forget a request that was begun and had no effect."""

    # confirmations
    def ask(self, confirmations: Sequence[Confirmation]) -> None: ...
    def confirmation(self, id: str) -> Confirmation | None: ...
    def asked_with(self, confirmation: Confirmation) -> list[Confirmation]:
        """What was asked of the same person, at the same address, at the same time; itself included, in order of ids."""

    def confirm(self, id: str, *, now: datetime) -> bool:
        """Use a confirmation up; False if it was used before, or there is none."""

    # the trail, which is only ever appended to
    def note(self, deed: Deed) -> None: ...
    def deeds(
        self, *, person: str | None = None, before: int | None = None, limit: int = 100
    ) -> list[tuple[int, Deed]]:
        """What was done, each with its number in the trail, the last first: from before a number on, or to one person.

        Whoever knows the id of somebody who is forgotten still finds what was done to them.
        """

    def verify_trail(self) -> tuple[int, Break | None]:
        """How many deeds there are, and where the chain of their hashes is broken first."""

    # running
    def backlog(self, limit: int) -> Backlog: ...
    def about(self) -> dict[str, str | int]:
        """What kind of database it is, of which version and migration, and how many bytes it takes."""

    def close(self) -> None: ...
