"""The express: messages that leave in the very step that decides them.

    decided ─► chosen ─► recorded as begun ─► handed over
                  └────► recorded as ready ─► begun in strides, from memory ─► handed over
                                                 └─► what is left goes by the queues, as everything else does

Only by an account that is well and has no pace to keep: what may have to wait for a provider must not keep others
waiting for this worker. And only within the minute in which it was decided, since hours end at whole minutes; what has become
known of a person since is seen by their revision.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Protocol

from channels.deadline import Deadline
from orchestrator.dispatch import ABREAST, Account, Dispatcher, Plan
from orchestrator.model import Draft, Outgoing
from orchestrator.ports import Records, Settlement, Start, departing

TURN = 4.0  # seconds after which the rest is left to the queues


class Carrier(Protocol):
    """Whoever makes the calls, and settles what came of them."""

    def carry(self, begun: Sequence[Outgoing], plan: Plan) -> list[Settlement]: ...


class Express:
    """One departure, for the drafts of one step. `carries` says which messages are its business."""

    def __init__(
        self,
        carrier: Carrier,
        records: Records,
        dispatcher: Dispatcher,
        clock: Callable[[], datetime],
        lease: timedelta,
        carries: Callable[[Outgoing], bool],
    ) -> None:
        self._carrier = carrier
        self._records = records
        self._dispatcher = dispatcher
        self._clock = clock
        self._lease = lease
        self._carries = carries
        self._plan = dispatcher.plan(clock())
        self._revisions: dict[str, int] = {}
        self._chosen: dict[str, Outgoing] = {}
        self._begun: dict[str, Outgoing] = {}
        self._waiting: dict[str, Outgoing] = {}

    def choose(self, drafts: Sequence[Draft], revisions: Mapping[str, int]) -> Start:
        """As many for each account as it carries at a time; the others that it may carry wait here."""
        self._revisions.update(revisions)
        room: Counter[str] = Counter()
        first: dict[str, Outgoing] = {}
        self._chosen = {}
        for draft in drafts:
            account = self._account(draft)
            if account is None:
                continue
            begins = room[account.key] < max(ABREAST, account.adapter.capabilities.bulk)
            message = departing(draft, account.name, attempt=int(begins))
            if self._carries(message):
                room[account.key] += begins
                (first if begins else self._chosen)[message.id] = message
        return Start(first, self._revisions, self._lease)

    def _account(self, draft: Draft) -> Account | None:
        """The account that carries what was decided at once, if it is sent at all."""
        if draft.outcome != "send":
            return None
        return self._plan.at_once(draft.id, draft.channel or "", draft.market or "")

    def recorded(self, drafts: Sequence[Draft], begun: Sequence[Outgoing]) -> None:
        """These are on record; some of them were begun with it, and others that were chosen may leave from here, too."""
        self._begun.update((message.id, message) for message in begun)
        self._waiting.update((one.id, self._chosen[one.id]) for one in drafts if one.id in self._chosen)

    def takes(self, draft: Draft) -> bool:
        """Whether the express takes a message, so that nobody else need."""
        return draft.id in self._begun or draft.id in self._waiting

    def depart(self) -> list[str]:
        """Hand over what was begun and what waits; returns the ids of what is left to others."""
        turn, minute = Deadline(TURN), self._minute()
        if self._begun:
            self._carrier.carry(list(self._begun.values()), self._plan)
        while self._waiting and not turn.passed and self._minute() == minute and self._stride():
            pass
        return list(self._waiting)

    def _minute(self) -> int:
        return int(self._clock().timestamp() // 60)

    def _stride(self) -> bool:
        """Begin and hand over the next of those that wait; False if any of them may not."""
        now, stops = self._clock(), self._records.stops()
        plan = self._plan = self._dispatcher.renewed(self._plan, now)
        stride = dict(islice(self._waiting.items(), ABREAST))
        going = {
            id: one
            for id, one in stride.items()
            if not stops.concerns(one.campaign) and plan.at_once(id, one.channel, one.market)
        }
        begun = self._records.begin(Start(going, self._revisions, self._lease), now=now) if going else []
        for message in begun:
            del self._waiting[message.id]
        self._carrier.carry(begun, plan)
        return len(begun) == len(stride)
