"""The courier: recorded messages to providers, attempt by attempt, and what became of each on record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from orchestrator.blueprint import Workspace
from orchestrator.claims import Claims
from orchestrator.decision.outcome import settlement
from orchestrator.decision.recheck import recheck
from orchestrator.dispatch import Dispatcher, Handed, Plan
from orchestrator.model import Facts, Finding, Suppression
from orchestrator.ports import Later, Record, Records, Settlement, outgoing

LEASE = timedelta(seconds=45)  # longer than a slice's calls take, their deadlines included
SLICE = 250  # messages claimed at once: what a worker that dies leaves unknown at most
FAILOVER = timedelta(seconds=15)  # after this, what one account has not sent is left for the next hand-over


class Courier:
    """Hands over what is ready, and settles what others began and left."""

    def __init__(
        self,
        workspace: Workspace,
        records: Records,
        claims: Claims,
        dispatcher: Dispatcher,
        clock: Callable[[], datetime],
    ) -> None:
        self._workspace = workspace
        self._records = records
        self._claims = claims
        self._dispatcher = dispatcher
        self._clock = clock

    def deliver(self, ids: Sequence[str]) -> list[Settlement]:
        """Hand messages over: claimed with a fresh look at consent, attempted, the outcome recorded.

        What one account is known not to have sent, another is given at once, as an attempt of its own.
        """
        return [outcome for start in range(0, len(ids), SLICE) for outcome in self._deliver(ids[start : start + SLICE])]

    def _deliver(self, ids: Sequence[str]) -> list[Settlement]:
        until = self._clock() + FAILOVER
        tried: dict[str, set[str]] = defaultdict(set)
        outcomes: dict[str, Settlement] = {}
        while ids:
            settled = self._attempt(ids, tried, until)
            outcomes |= {outcome.id: outcome for outcome, _ in settled}
            ids = [outcome.id for outcome, moves_on in settled if moves_on]
        return list(outcomes.values())

    def _attempt(
        self, ids: Sequence[str], tried: dict[str, set[str]], until: datetime
    ) -> list[tuple[Settlement, bool]]:
        """One attempt of each message, and whether it may be given to another account at once."""
        now, paused = self._clock(), self._records.paused()
        plan = self._dispatcher.plan(now, tried)
        stopped: list[Record] = []

        def look(records: Sequence[Record], facts: Mapping[str, Facts]) -> Sequence[Finding | Later | None]:
            verdicts = recheck(records, facts, self._workspace, now, paused)
            stopped[:] = [one for one, verdict in zip(records, verdicts, strict=True) if isinstance(verdict, Finding)]
            return verdicts

        claimed = self._records.claim(ids, now=now, lease=LEASE, recheck=look, route=plan.route)
        self._claims.give_back(one for one in stopped if one.touch)
        outcomes: list[tuple[Settlement, bool]] = []
        for handed in self._dispatcher.hand_over(claimed, plan):
            self._bury(handed)
            moving = [] if self._clock() >= until else _moving(handed, plan, tried)
            outcomes += [(outcome, outcome.id in moving) for outcome in self._settle(handed, moving)]
        return outcomes

    def recover(self, *, limit: int = 500) -> list[Settlement]:
        """Settle hand-overs that were begun by somebody who is gone: whether they were sent is not known."""
        lapsed = map(outgoing, self._records.lapsed(now=self._clock(), limit=limit))
        return [outcome for handed in self._dispatcher.lost(list(lapsed)) for outcome in self._settle(handed)]

    def _settle(self, handed: Handed, moving: Collection[str] = ()) -> list[Settlement]:
        now, account = self._clock(), handed.account
        outcomes = [
            settlement(
                message,
                answer,
                provider=account.name if account else message.account,
                idempotent=bool(account and account.adapter.capabilities.idempotent),
                purpose=self._workspace.purposes.get(message.purpose),
                now=now,
            )
            for message, answer in handed.pairs()
        ]
        outcomes = [replace(one, due=now) if one.id in moving and one.due else one for one in outcomes]
        self._claims.give_back(self._records.settle(outcomes, now=now))
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


def _moving(handed: Handed, plan: Plan, tried: dict[str, set[str]]) -> set[str]:
    """The messages that this account is known not to have sent, and another may be given."""
    unsent = [message for message, answer in handed.pairs() if answer.kind == "retry"]
    for message in unsent:
        tried[message.id].add(message.account)
    return {message.id for message in unsent if plan.elsewhere(message)}
