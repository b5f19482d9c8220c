"""The courier: recorded messages to providers, attempt by attempt, and what became of each on record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from channels.deadline import Deadline
from orchestrator import halts
from orchestrator.blueprint import Provider
from orchestrator.claims import Claims
from orchestrator.decision.outcome import settlement
from orchestrator.decision.recheck import OUTDATED, PAUSED, SOON, is_outdated, recheck
from orchestrator.dispatch import ABREAST, BEGIN, Dispatcher, Handed, Plan
from orchestrator.express import Express
from orchestrator.material import Material
from orchestrator.model import Facts, Finding, Outgoing, Suppression
from orchestrator.ports import Away, Later, Record, Records, Settlement, outgoing
from orchestrator.renewal import Renewal

SLICE = 250  # messages claimed at once, at most
TURN = 30.0  # seconds after which a task gives way to others; what it has not claimed by then is on record
SETTLE = 8.0  # seconds in which outcomes get on record
TIMEOUT = 10.0  # seconds that a call takes at most, where its account does not say more
LEASE = timedelta(seconds=BEGIN + TIMEOUT + SETTLE)  # for which claimed messages are held
FAILOVER = timedelta(seconds=15)  # after this, what one account has not sent is left for the next hand-over


@dataclass
class _Round:
    """One hand-over of some messages, to as many accounts as it takes."""

    until: datetime
    tried: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    outcomes: dict[str, Settlement] = field(default_factory=dict)
    stride: int = ABREAST  # how many messages to take next

    def heed(self, handed: Handed, settled: Sequence[Settlement]) -> None:
        """Keep what became of messages, and what their account carries in a call."""
        self.outcomes |= {outcome.id: outcome for outcome in settled}
        if handed.account:
            self.stride = max(ABREAST, min(SLICE, handed.account.adapter.capabilities.bulk))


class Courier:
    """Hands over what is ready, and settles what others began and left."""

    def __init__(
        self,
        material: Material,
        records: Records,
        claims: Claims,
        dispatcher: Dispatcher,
        clock: Callable[[], datetime],
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._workspace = material.workspace
        self._records = records
        self._claims = claims
        self._dispatcher = dispatcher
        self._clock = clock
        self._is_stopping = is_stopping
        self._lease = lease(material.workspace.providers)
        self._renewal = Renewal(material, records, claims)

    def deliver(self, ids: Sequence[str]) -> list[Settlement]:
        """Hand messages over: claimed with a fresh look at consent, attempted, the outcome recorded.

        What one account is known not to have sent, another is given at once, as an attempt of its own. No more are claimed
        at once than can be in the providers' hands: they are what a worker that is killed leaves unknown at most.
        """
        turn, outcomes, stride = Deadline(TURN), list[Settlement](), ABREAST
        while ids and not (turn.passed or self._is_stopping()):
            done = self._deliver(ids[:stride])
            outcomes += done.outcomes.values()
            ids, stride = ids[stride:], done.stride
        return outcomes

    def express(self, carries: Callable[[Outgoing], bool] = lambda message: True) -> Express:
        """A way for messages to leave in the very step that decides them."""
        return Express(self, self._records, self._dispatcher, self._clock, self._lease, self._still(carries))

    def _still(self, carries: Callable[[Outgoing], bool]) -> Callable[[Outgoing], bool]:
        return lambda message: not self._is_stopping() and carries(message)

    def carry(self, begun: Sequence[Outgoing], plan: Plan) -> list[Settlement]:
        """Hand over messages that are begun already, by the plan that named their accounts."""
        this = _Round(self._clock() + FAILOVER)
        ids = self._carry(begun, plan, this)
        while ids:
            ids = self._attempt(ids, this)
        return list(this.outcomes.values())

    def _deliver(self, ids: Sequence[str]) -> _Round:
        this = _Round(self._clock() + FAILOVER)
        while ids:
            ids = self._attempt(ids, this)
        return this

    def _attempt(self, ids: Sequence[str], this: _Round) -> list[str]:
        """One attempt of each message; returns those that may be given to another account at once."""
        now, stops = self._clock(), self._records.stops()
        plan = self._dispatcher.plan(now, this.tried)
        stopped, halted, late = list[Record](), list[str](), list[Record]()

        def look(records: Sequence[Record], facts: Mapping[str, Facts]) -> Sequence[Finding | Later | None]:
            verdicts = recheck(records, facts, self._workspace, now, stops)
            late[:] = [
                one
                for one, verdict in zip(records, verdicts, strict=True)
                if verdict is None and is_outdated(one, self._workspace, now)
            ]
            stopped[:] = [one for one, verdict in zip(records, verdicts, strict=True) if _is_undone(verdict)]
            halted[:] = [one.campaign for one, verdict in zip(records, verdicts, strict=True) if _is_halted(verdict)]
            outdated = {one.id for one in late}
            wait = Later(now + SOON, OUTDATED)
            return [wait if one.id in outdated else verdict for one, verdict in zip(records, verdicts, strict=True)]

        claimed = self._records.claim(ids, now=now, lease=self._lease, recheck=look, route=plan.route)
        self._claims.give_back(one for one in stopped if one.touch)
        halts.wake_resumed(self._records, halted, now)
        moving_on = self._carry(claimed, plan, this)
        return moving_on + self._renewed(late, now)

    def _renewed(self, late: Sequence[Record], now: datetime) -> list[str]:
        """Those of what is late that may be handed over all the same; while the hot state is away, they wait."""
        with suppress(Away):
            return self._renewal.renew(late, now) if late else []
        return []

    def _carry(self, begun: Sequence[Outgoing], plan: Plan, this: _Round) -> list[str]:
        moving_on: list[str] = []
        for handed in self._dispatcher.hand_over(begun, plan):
            self._bury(handed)
            moving = [] if self._clock() >= this.until else _moving(handed, plan, this.tried)
            moving_on += moving
            this.heed(handed, self._settle(handed, moving))
        return moving_on

    def recover(self, *, limit: int = 500) -> list[Settlement]:
        """Settle hand-overs that were begun by somebody who is gone: whether they were sent is not known."""
        lapsed = map(outgoing, self._records.lapsed(now=self._clock(), limit=limit))
        handed = self._dispatcher.lost(list(lapsed))
        return [outcome for one in handed for outcome in self._settle(one, lapsed=True)]

    def _settle(self, handed: Handed, moving: Collection[str] = (), lapsed: bool = False) -> list[Settlement]:
        now, account = self._clock(), handed.account
        idempotent = bool(account and account.adapter.capabilities.idempotent)
        outcomes = [
            settlement(
                message,
                answer,
                provider=account.name if account else message.account,
                idempotent=idempotent,
                purpose=self._workspace.purposes.get(message.purpose),
                now=now,
            )
            for message, answer in handed.pairs()
        ]
        outcomes = [replace(one, due=now) if one.id in moving and one.due else one for one in outcomes]
        self._claims.give_back(self._records.settle(outcomes, now=now, lapsed=lapsed))
        return outcomes

    def _bury(self, handed: Handed) -> None:
        """Suppress the addresses that a provider says are gone."""
        dead = [
            Suppression(message.channel, address, "The provider says that it is gone.", self._clock())
            for message, answer in handed.pairs()
            for address in answer.dead
        ]
        if dead:
            self._records.suppress(dead)


def _is_undone(verdict: Finding | Later | None) -> bool:
    """Whether what was decided holds no more: the message is not sent, or decided anew."""
    return isinstance(verdict, Finding) or (isinstance(verdict, Later) and verdict.held is not None)


def _is_halted(verdict: Finding | Later | None) -> bool:
    """Whether it waits for the end of its campaign's pause."""
    return isinstance(verdict, Later) and verdict.why == PAUSED


def lease(providers: Mapping[str, Sequence[Provider]]) -> timedelta:
    """For how long messages are held, so that the last of their calls has ended, and its outcome is on record."""
    timeouts = [one.settings.get("timeout") for several in providers.values() for one in several]
    longest = max([TIMEOUT, *(float(given) for given in timeouts if isinstance(given, int | float))])
    return LEASE + timedelta(seconds=longest - TIMEOUT)


def _moving(handed: Handed, plan: Plan, tried: dict[str, set[str]]) -> list[str]:
    """The messages that this account is known not to have sent, and another may be given."""
    unsent = [message for message, answer in handed.pairs() if answer.kind == "retry"]
    for message in unsent:
        tried[message.id].add(message.account)
    return [message.id for message in unsent if plan.elsewhere(message)]
