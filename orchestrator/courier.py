"""The courier: recorded messages to providers, one attempt each, and what became of it on record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from orchestrator.blueprint import Workspace
from orchestrator.claims import Claims
from orchestrator.decision.outcome import settlement
from orchestrator.decision.recheck import recheck
from orchestrator.dispatch import Account, Dispatcher, grouped, hand_over
from orchestrator.model import Delivery, Outgoing, Suppression
from orchestrator.ports import Records, Settlement, outgoing

LEASE = timedelta(seconds=45)  # longer than a slice's calls take, their deadlines included
SLICE = 250  # messages claimed at once: what a worker that dies leaves unknown at most
LOST = Delivery("unknown", detail="The worker that handed it over is gone.")
NOBODY = Delivery("retry", detail="No provider is set up for this channel and market.")


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
        """Hand messages over: claimed with a fresh look at consent, attempted once, the outcome recorded."""
        return [outcome for start in range(0, len(ids), SLICE) for outcome in self._deliver(ids[start : start + SLICE])]

    def _deliver(self, ids: Sequence[str]) -> list[Settlement]:
        now = self._clock()
        claimed = self._records.claim(
            ids,
            now=now,
            lease=LEASE,
            recheck=lambda records, facts: recheck(records, facts, self._workspace, now),
        )
        outcomes: list[Settlement] = []
        for account, messages in grouped(claimed, self._dispatcher.account):
            answers = hand_over(account, messages) if account else [NOBODY] * len(messages)
            self._bury(messages, answers)
            outcomes += self._settle(account, messages, answers)
        return outcomes

    def recover(self, *, limit: int = 500) -> list[Settlement]:
        """Settle hand-overs that were begun by somebody who is gone: whether they were sent is not known."""
        lapsed = self._records.lapsed(now=self._clock(), limit=limit)
        outcomes: list[Settlement] = []
        for account, messages in grouped([outgoing(record) for record in lapsed], self._dispatcher.account):
            outcomes += self._settle(account, messages, [LOST] * len(messages))
        return outcomes

    def _settle(
        self, account: Account | None, messages: Sequence[Outgoing], answers: Sequence[Delivery]
    ) -> list[Settlement]:
        now = self._clock()
        outcomes = [
            settlement(
                message,
                answer,
                provider=account.name if account else "",
                idempotent=bool(account and account.adapter.capabilities.idempotent),
                purpose=self._workspace.purposes.get(message.purpose),
                now=now,
            )
            for message, answer in zip(messages, answers, strict=True)
        ]
        self._claims.give_back(self._records.settle(outcomes, now=now))
        return outcomes

    def _bury(self, messages: Sequence[Outgoing], answers: Sequence[Delivery]) -> None:
        """Suppress the addresses that a provider says are gone."""
        dead = [
            Suppression(message.channel, address, "The provider says that it is gone.", self._clock())
            for message, answer in zip(messages, answers, strict=True)
            for address in answer.dead
        ]
        if dead:
            self._records.suppress(dead)
