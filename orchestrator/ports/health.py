"""What all workers know together of the providers, and how fast anybody may go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

PATIENCE = timedelta(milliseconds=200)
"""How long a worker itself waits for a turn; what has to wait longer is taken up again later."""

SKEW = timedelta(minutes=1)
"""What lies further ahead than it may by so much was put down before a clock was set back, and does not count."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What was seen of an account in ten seconds; `at` counts them from 1970."""

    at: int
    calls: int
    faults: int
    slow: int


@dataclass(frozen=True, slots=True)
class Vitals:
    """How one provider's account has fared lately; `decision.health` says what follows from it.

    `lowered` is the part of the whole (0 to 1) that was taken from its share, as of `moved`. `trips` counts how often in
    a row its breaker has opened, last at `opened`; 0 is closed. `trial` is when somebody began to try it once more.
    """

    slots: tuple[Slot, ...] = ()
    streak: int = 0  # faults since the last call that went well
    lowered: float = 0.0
    moved: datetime | None = None
    trips: int = 0
    opened: datetime | None = None
    trial: datetime | None = None
    rests: datetime | None = None  # it has asked to be left alone until then


@dataclass(frozen=True, slots=True)
class Limit:
    """A pace that is kept under one key: a message every `interval`, and `ahead` of it at most."""

    key: str
    interval: timedelta
    ahead: timedelta


@dataclass(frozen=True, slots=True)
class Demand:
    """So many messages want to go by these limits; what is `urgent` does not queue behind what is not."""

    limits: tuple[Limit, ...]
    count: int
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """The first `count` may go, once `pause` is over; the next one's turn is after `turn`, each other's `apart` later."""

    count: int
    pause: timedelta
    turn: timedelta
    apart: timedelta


class Health(Protocol):
    """What all workers know together of the providers' accounts, and the pace at which these may be called.

    It is a help, not a truth: where it is out of reach, each process goes by what it knew last, and by what it sees itself.
    """

    def vitals(self, accounts: Sequence[str]) -> dict[str, Vitals]:
        """How each account has fared."""

    def change(self, changes: Mapping[str, tuple[Vitals, Vitals]]) -> dict[str, Vitals]:
        """Compare-and-set: from what stood to what stands. Returns what stands of those that somebody else has changed."""

    def reserve(self, demands: Sequence[Demand], *, now: datetime) -> list[Grant]:
        """Count what may go now or within a fifth of a second, and give all others their turn.

        `now` is the caller's; where all have one clock in common, that counts.
        """

    def close(self) -> None: ...


class Rates(Protocol):
    """How fast callers may go on."""

    def take(self, caller: str) -> float:
        """Count one request of a caller: 0.0 if it may go on, else the seconds until one may."""

    def close(self) -> None: ...
