"""How a provider's account fares, what share of the messages it gets, and when its breaker opens.

    closed ── 5 faults in a row, or half of 20 calls in a minute ──► open ── cool-down over ──► one trial
      ▲                                                               ▲                            │
      │                                                               └── fault: twice as long ────┤
      └── the trial went well ─────────────────────────────────────────────────────────────────────┘

A share is lowered by 10 points of the whole, once a minute at most, while a tenth of the last minute's calls fail or
are slow; it drifts back by a point a minute. What it loses, the others get. (The algorithm of GOV.UK Notify, which moves
10 points at a time, and back again after an hour.)

A fault for which a batch waited long counts as three in a row: whoever is silent must not keep workers for long.

A fault is an answer that was lost, or a refusal to serve anybody: not one that concerns a message or its recipient. A
provider that names a wait is well, and busy: it is left alone until then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from orchestrator.model import Delivery
from orchestrator.ports import SKEW, Slot, Vitals

SLOT = 10  # seconds
WINDOW = 6  # slots
IN_A_ROW = 5
SILENCE = 3  # faults that one counts as, in a row, which took longer than a healthy provider takes
ENOUGH = 20  # calls that must have been seen before a rate can open the breaker
BROKEN = 0.5
TROUBLED = 0.1
NOTICEABLE = 3  # calls that must have gone wrong before a rate lowers a share
STEP = 0.1
STEP_EVERY = timedelta(minutes=1)
DRIFT = STEP / timedelta(minutes=10).total_seconds()  # points of the whole that come back each second
COOL_DOWN = timedelta(seconds=10)
LONGEST_COOL_DOWN = timedelta(minutes=1)
TRIAL = timedelta(seconds=45)  # a trial whose outcome is not told by then is nobody's
LONGEST_REST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Tally:
    """What was seen of an account in one batch; `trailing` are the faults after the last call that went well."""

    calls: int
    faults: int
    slow: int = 0
    trailing: int = 0
    rest: timedelta = timedelta(0)


def tally(answers: Sequence[Delivery], *, slow: bool) -> Tally:
    """Count a batch's answers; `slow`: they took longer than a healthy provider takes."""
    faults = [answer.is_fault for answer in answers]
    trailing = next((back for back, fault in enumerate(reversed(faults)) if not fault), len(faults))
    rest = max((answer.retry_after or 0.0 for answer in answers if answer.kind == "retry"), default=0.0)
    return Tally(len(faults), sum(faults), len(faults) if slow else 0, trailing, timedelta(seconds=rest))


def is_well(vitals: Vitals, tally: Tally, now: datetime) -> bool:
    """Whether nothing was wrong before, nor is now: then there is nothing to tell the other workers."""
    if tally.faults or tally.slow or tally.rest or vitals.streak or vitals.trips:
        return False
    return not any(slot.faults or slot.slow for slot in _recent(vitals, now))


def observed(vitals: Vitals, tally: Tally, now: datetime) -> Vitals:
    """The account's vitals after a batch."""
    counted = _counted(vitals, tally, now)
    if vitals.trips:
        return _tried(counted, tally, now)
    return _lowered(_tripped(counted, now), now)


def _counted(vitals: Vitals, tally: Tally, now: datetime) -> Vitals:
    at = _slot(now)
    *older, last = _recent(vitals, now) or (Slot(at, 0, 0, 0),)
    if last.at != at:
        older, last = [*older, last], Slot(at, 0, 0, 0)
    last = Slot(at, last.calls + tally.calls, last.faults + tally.faults, last.slow + tally.slow)
    weight = SILENCE if tally.slow else 1
    streak = weight * tally.trailing + (vitals.streak if tally.trailing == tally.calls else 0)
    rests = now + min(tally.rest, LONGEST_REST) if tally.rest else vitals.rests
    return replace(vitals, slots=(*older, last), streak=streak, rests=rests)


def _tripped(vitals: Vitals, now: datetime) -> Vitals:
    calls, faults, _ = _sums(vitals, now)
    if vitals.streak >= IN_A_ROW or (calls >= ENOUGH and faults >= BROKEN * calls):
        return replace(vitals, trips=1, opened=now)
    return vitals


def _tried(vitals: Vitals, tally: Tally, now: datetime) -> Vitals:
    """After a trial. What comes from calls that had begun before the breaker opened changes nothing.

    A trial in which no call was made leaves it to the next message.
    """
    if vitals.trial is None:
        return vitals
    if not tally.calls:
        return replace(vitals, trial=None)
    if tally.faults < tally.calls:
        return replace(vitals, slots=(), streak=0, trips=0, opened=None, trial=None)
    return replace(vitals, trips=vitals.trips + 1, opened=now, trial=None)


def _lowered(vitals: Vitals, now: datetime) -> Vitals:
    calls, faults, slow = _sums(vitals, now)
    worse = max(faults, slow)
    is_early = lowered(vitals, now) > 0 and vitals.moved is not None and now - vitals.moved < STEP_EVERY
    if worse < NOTICEABLE or worse < TROUBLED * calls or is_early:
        return vitals
    return replace(vitals, lowered=min(1.0, lowered(vitals, now) + STEP), moved=now)


def lowered(vitals: Vitals, now: datetime) -> float:
    """What is taken from the account's share now: it drifts back by itself."""
    if vitals.moved is None or _is_ahead(vitals.moved, now):
        return 0.0
    return max(0.0, vitals.lowered - DRIFT * max(0.0, (now - vitals.moved).total_seconds()))


def cool_down(trips: int) -> timedelta:
    """How long a breaker stays open after it has opened so often in a row."""
    return min(LONGEST_COOL_DOWN, COOL_DOWN * (1 << min(trips - 1, 10)))


def free_at(vitals: Vitals, now: datetime) -> datetime:
    """When the account may be handed messages: `now`, or later."""
    waits = [now]
    if vitals.rests and not _is_ahead(vitals.rests - LONGEST_REST, now):
        waits.append(vitals.rests)
    if vitals.trips and vitals.opened and not _is_ahead(vitals.opened, now):
        waits.append(vitals.opened + cool_down(vitals.trips))
    if vitals.trips and vitals.trial and not _is_ahead(vitals.trial, now):
        waits.append(vitals.trial + TRIAL)
    return max(waits)


def _is_ahead(instant: datetime, now: datetime) -> bool:
    """Whether something happened later than it can have: the clock was set back since."""
    return instant > now + SKEW


def on_trial(vitals: Vitals, now: datetime) -> Vitals:
    """The vitals of an account with an open breaker that is tried once more from now on."""
    return replace(vitals, trial=now)


def shares(weights: Sequence[float], taken: Sequence[float]) -> list[float]:
    """Each account's part of the whole: as configured, less what is taken from it, which the others get.

    Accounts with weights share by them; without any, the first has all and the others stand by. What is taken goes
    to those who keep something, in proportion; where nobody does, to those who stand by, in their order.

    Args:
        weights: 0 or more, in order.
        taken: points of the whole (0 to 1), as `lowered` has them.
    """
    whole = _configured(weights)
    kept = [max(0.0, own - less) for own, less in zip(whole, taken, strict=True)]
    found = list(kept)
    for place, own in enumerate(whole):
        for heir, part in enumerate(_heirs(place, whole, kept, taken)):
            found[heir] += (own - kept[place]) * part
    return found


def _configured(weights: Sequence[float]) -> list[float]:
    total = sum(weights)
    if not total:
        return [1.0 if place == 0 else 0.0 for place in range(len(weights))]
    return [weight / total for weight in weights]


def _heirs(place: int, whole: Sequence[float], kept: Sequence[float], taken: Sequence[float]) -> list[float]:
    """How what is taken from one account is split among all; what nobody is well enough for stays with it."""
    others = [0.0 if other == place else own for other, own in enumerate(kept)]
    if total := sum(others):
        return [own / total for own in others]
    parts, rest = [0.0] * len(kept), 1.0
    for other, less in enumerate(taken):
        if other != place and not whole[other]:
            parts[other] = rest * (1.0 - less)
            rest -= parts[other]
    parts[place] = rest
    return parts


def drawn(parts: Sequence[float], at: float) -> int:
    """The place of the part in which a draw from [0, 1) falls."""
    for place, part in enumerate(parts):
        at -= part
        if at < 0:
            return place
    return max(range(len(parts)), key=parts.__getitem__)


def _slot(now: datetime) -> int:
    return int(now.timestamp()) // SLOT


def _recent(vitals: Vitals, now: datetime) -> tuple[Slot, ...]:
    since, until = _slot(now) - WINDOW, _slot(now + SKEW)
    return tuple(slot for slot in vitals.slots if since < slot.at <= until)


def _sums(vitals: Vitals, now: datetime) -> tuple[int, int, int]:
    recent = _recent(vitals, now)
    return sum(slot.calls for slot in recent), sum(slot.faults for slot in recent), sum(slot.slow for slot in recent)
