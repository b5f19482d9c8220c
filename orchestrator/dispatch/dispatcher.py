"""Messages to their accounts: every account beside the others, so that a slow one holds up nobody else's messages."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from channels.base import Finds
from channels.deadline import held_until
from channels.transport import ABREAST, TOO_LATE, in_parallel, too_late
from orchestrator.blueprint import Provider
from orchestrator.decision.health import is_well, observed, tally
from orchestrator.dispatch.accounts import Account, Accounts, Make
from orchestrator.dispatch.plan import IsUrgent, Plan, Tried
from orchestrator.model import Delivery, Outgoing
from orchestrator.ports import Health, Vitals

LOST = Delivery("unknown", detail="Its worker told no outcome in time: it is gone, or could not reach the database.")
NOBODY = Delivery("retry", detail="No provider is set up for this channel and market, or none that can send.")
RACES = 3  # times that what was seen is told once more, if another worker was faster
FRESH = timedelta(seconds=0.1)  # how old a plan may be on which more is begun
SLOW = 4.0  # seconds that a call of a healthy provider does not take


@dataclass(frozen=True, slots=True)
class Handed:
    """Messages that were given to one account (None: there was none), and what became of each."""

    account: Account | None
    messages: Sequence[Outgoing]
    answers: Sequence[Delivery]

    def pairs(self) -> Iterator[tuple[Outgoing, Delivery]]:
        """Each message with its answer."""
        return zip(self.messages, self.answers, strict=True)


class Dispatcher:
    """The way to the providers: plan a batch, then hand it over."""

    def __init__(
        self,
        providers: Mapping[str, Sequence[Provider]],
        make: Make,
        health: Health,
        is_urgent: IsUrgent = lambda message: False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._accounts = Accounts(providers, make)
        self._health = health
        self._is_urgent = is_urgent
        self._sleep = sleep

    def vitals(self) -> dict[str, Vitals]:
        """How each account has fared, by its name among all channels'."""
        return self._health.vitals(self._accounts.keys())

    def plan(self, now: datetime, tried: Tried | None = None) -> Plan:
        """What a batch goes by. `tried` has, by message, the accounts that it was already tried at in this hand-over."""
        return Plan(self._accounts, self._health, now, self._is_urgent, {} if tried is None else tried)

    def renewed(self, plan: Plan, now: datetime) -> Plan:
        """The same plan as long as it is fresh: whoever goes on at once need not ask again how the accounts fare."""
        return plan if timedelta(0) <= now - plan.now < FRESH else self.plan(now)

    def hand_over(self, messages: Sequence[Outgoing], plan: Plan) -> Iterator[Handed]:
        """Give messages to the accounts that they name; each account's answers come as soon as it has given them.

        No call begins once the plan's time is over: what was not given to anybody by then is to be tried again.
        """
        groups = self._grouped(messages)
        if len(groups) <= 1:
            yield from (self._handed(account, mine, plan) for account, mine in groups)
            return
        with ThreadPoolExecutor(len(groups), thread_name_prefix="account") as threads:
            begun = [threads.submit(self._handed, account, mine, plan) for account, mine in groups]
            yield from (done.result() for done in as_completed(begun))

    def lost(self, messages: Sequence[Outgoing]) -> list[Handed]:
        """What is known of messages that were being handed over by somebody who is gone: only at which account."""
        return [Handed(account, mine, [LOST] * len(mine)) for account, mine in self._grouped(messages)]

    def _grouped(self, messages: Sequence[Outgoing]) -> list[tuple[Account | None, list[Outgoing]]]:
        groups: dict[tuple[str, str], list[Outgoing]] = defaultdict(list)
        for message in messages:
            groups[message.channel, message.account].append(message)
        return [(self.account(*whose), mine) for whose, mine in groups.items()]

    def account(self, channel: str, name: str) -> Account | None:
        """The account with this name on a channel."""
        return self._accounts.named(channel, name)

    def by_name(self, kind: str) -> Iterable[Account]:
        """The accounts with an adapter of this name, on whichever channel (webhooks name only the adapter)."""
        return self._accounts.by_name(kind)

    def _handed(self, account: Account | None, messages: Sequence[Outgoing], plan: Plan) -> Handed:
        if account is None:
            return Handed(None, messages, [NOBODY] * len(messages))
        if pause := plan.pauses.get(account.key):
            self._sleep(pause.total_seconds())
        began, found, answers = time.monotonic(), dict[str, Delivery](), [TOO_LATE] * len(messages)
        if not plan.held.passed:
            with held_until(plan.held):
                found = _looked_up(account, [message for message in messages if message.repeated])
                answers = _answers(account, messages, found)
        handed = Handed(account, messages, answers)
        self._learn(account, handed, found, time.monotonic() - began, plan)
        return handed

    def _learn(self, account: Account, handed: Handed, found: Mapping[str, Delivery], took: float, plan: Plan) -> None:
        """Tell all workers what was seen of the account, if there is anything to tell.

        Who finds old messages may still take no new ones: that says nothing of how the account fares, nor does what was not tried.
        """
        told = [
            answer
            for message, answer in handed.pairs()
            if answer.is_fault or not (answer is TOO_LATE or message.id in found)
        ]
        rounds = ceil(len(handed.messages) / (ABREAST * account.adapter.capabilities.bulk))
        seen = tally(told, slow=took > SLOW * rounds)
        before, now = plan.vitals(account), plan.now + timedelta(seconds=took)
        for _ in range(RACES):
            if is_well(before, seen, now):
                return
            after = observed(before, seen, now)
            lost = self._health.change({account.key: (before, after)})
            before = lost.get(account.key, after)
            plan.learn(account, before)
            if not lost:
                return

    def close(self) -> None:
        """Give back all connections."""
        self._accounts.close()
        self._health.close()


def _looked_up(account: Account, doubtful: Sequence[Outgoing]) -> dict[str, Delivery]:
    """What the provider knows of messages whose answer was lost. One that cannot be asked for is not sent for now."""
    adapter = account.adapter
    if not (doubtful and adapter.capabilities.lookup and isinstance(adapter, Finds)):
        return {}
    finds: Finds = adapter

    def find(message: Outgoing) -> Delivery | None:
        try:
            return finds.find(message)
        except Exception as error:
            return Delivery("retry", detail=f"The adapter {account.name} failed: {type(error).__name__}.")

    answers = in_parallel(find, doubtful, too_late)
    return {message.id: answer for message, answer in zip(doubtful, answers, strict=True) if answer}


def _answers(account: Account, messages: Sequence[Outgoing], found: Mapping[str, Delivery]) -> list[Delivery]:
    """What became of each message, of which the provider was given those that were not found."""
    if not found:
        return _deliver(account, messages)
    fresh = [message for message in messages if message.id not in found]
    given = zip((message.id for message in fresh), _deliver(account, fresh), strict=True)
    known = {**found, **dict(given)}
    return [known[message.id] for message in messages]


def _deliver(account: Account, messages: Sequence[Outgoing]) -> list[Delivery]:
    """An adapter that breaks its word leaves every answer unknown; nothing is raised."""
    try:
        answers = account.adapter.deliver(messages)
    except Exception as error:  # the adapter's bug must not stop other messages, and what it did is not known
        answers = [Delivery("unknown", detail=f"The adapter {account.name} failed: {type(error).__name__}.")] * len(
            messages
        )
    if len(answers) != len(messages):
        return [Delivery("unknown", detail=f"The adapter {account.name} answered for {len(answers)}.")] * len(messages)
    return answers
