"""What follows from a provider's answer: done, given up, tried again, or left for a person to decide.

accepted ─► sent
rejected ─► failed                       the touch is given back
retry    ─► retry, later                 or dead: too often, or too old; the touch is given back
unknown  ─► retry under the same key     where the provider recognises a repetition
         ─► retry, once                  where the purpose would rather be repeated than lost
         ─► unknown                      otherwise: it may have arrived, and is never sent blindly again

What may have arrived once may have arrived, whatever a later attempt is told: it ends as unknown where others end as dead
(or as failed, where the provider tells no repetition), and keeps its touch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from orchestrator.blueprint import Purpose
from orchestrator.decision.eligibility import bucket
from orchestrator.model import Delivery, Outgoing, Receipt
from orchestrator.ports import Record, Settlement, State

ATTEMPTS = 12
FIRST_DELAY = timedelta(seconds=2)
LONGEST_DELAY = timedelta(minutes=10)
OLDEST = timedelta(hours=24)
SETTLING = 5.0  # seconds before a message whose answer was lost is looked for, or repeated
LOST_BEFORE = "An earlier attempt's answer was lost, so it may have arrived all the same."


def settlement(
    message: Outgoing, answer: Delivery, *, provider: str, idempotent: bool, purpose: Purpose | None, now: datetime
) -> Settlement:
    """The outcome of one attempt, as it is to be recorded.

    Args:
        provider: the account that it was given to.
        idempotent: the provider recognises a message that it is given twice.
        purpose: the message's, or None where the workspace does not know it any more (then nothing is repeated).
    """

    def settled(state: State, *, due: datetime | None = None, release: bool = False, note: str = "") -> Settlement:
        detail = " ".join(filter(None, (answer.detail, note)))
        return Settlement(
            message.id,
            message.fence,
            state,
            provider,
            answer.provider_id,
            detail,
            due,
            release,
            doubtful=answer.kind == "unknown",
        )

    in_doubt = message.repeated or answer.kind == "unknown"
    if answer.kind == "accepted":
        return settled("sent")
    if answer.kind == "rejected":
        was_lost = message.repeated and not idempotent
        return settled("unknown", note=LOST_BEFORE) if was_lost else settled("failed", release=True)
    if answer.kind == "unknown" and not _may_repeat(message, idempotent, purpose):
        return settled("unknown", note="The answer was lost; it is not sent again by itself.")
    if message.attempt >= ATTEMPTS or now - message.at > OLDEST:
        note = f"Given up after {message.attempt} attempts."
        return settled("unknown", note=note) if in_doubt else settled("dead", release=True, note=note)
    asked = answer.retry_after if idempotent or answer.kind == "retry" else SETTLING
    return settled("retry", due=now + delay(message.id, message.attempt, asked))


def _may_repeat(message: Outgoing, idempotent: bool, purpose: Purpose | None) -> bool:
    return idempotent or bool(purpose and purpose.repeats and not message.repeated)


def delay(message: str, attempt: int, asked: float | None) -> timedelta:
    """How long to wait after an attempt: exponential, capped, with full jitter that derives from the message.

    Args:
        attempt: the one that has just failed, from 1.
        asked: seconds that the provider asked for; they are waited for in any case.
    """
    longest = min(LONGEST_DELAY, FIRST_DELAY * (1 << min(attempt - 1, 20)))
    waited = longest * bucket(f"retry:{attempt}", message)
    return max(waited, timedelta(seconds=min(asked or 0.0, 86_400.0)))


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a receipt teaches: the message's new state, whether its touch is given back or taken again, what must stop."""

    state: State | None = None
    reason: str | None = None
    release: bool = False
    recount: bool = False
    suppress: bool = False
    withdraw: bool = False


_NEUTRAL = Lesson()
_LESSONS = {
    "delivered": Lesson(state="delivered"),
    "failed": Lesson(state="failed", reason="failed", release=True),
    "expired": Lesson(state="failed", reason="expired", release=True),
    "complained": Lesson(suppress=True),
    "unsubscribed": Lesson(withdraw=True),
}
_BOUNCED = Lesson(state="failed", reason="bounced", release=True, suppress=True)
GIVEN_UP: frozenset[State] = frozenset({"dropped", "dead"})  # no more is done for it, though it may have arrived
_AFTER = {"sent": 0, "unknown": 0, "delivered": 1, "failed": 2}  # a message never goes back along this order


def lesson(receipt: Receipt, record: Record) -> Lesson:
    """What a receipt teaches about the message it concerns, in whatever order receipts arrive."""
    if receipt.kind == "bounced":
        learnt = _BOUNCED if receipt.permanent else _NEUTRAL
    elif receipt.kind == "failed" and receipt.permanent:
        learnt = _BOUNCED
    else:
        learnt = _LESSONS.get(receipt.kind, _NEUTRAL)
    if learnt.state and _AFTER.get(record.state, -1) >= _AFTER[learnt.state]:
        return Lesson(suppress=learnt.suppress, withdraw=learnt.withdraw)
    if learnt.state == "delivered" and record.state in GIVEN_UP:
        return replace(learnt, recount=True)
    return learnt
