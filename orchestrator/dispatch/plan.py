"""Which account carries each message of a batch, or until when it has to wait.

may have arrived at an account that tells repetitions   that account, or wait for it
otherwise        of the channel's accounts for the market, those not yet tried in this hand-over:
                 breakers open, or asked to be left alone   left out; all of them: wait
                 breaker to be tried once more              one message of one worker
                 the others                                 by their shares; which one, derives from the message
over the pace    wait for a turn
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from channels.deadline import Deadline
from orchestrator.decision.eligibility import bucket
from orchestrator.decision.health import Tally, drawn, free_at, is_well, lowered, on_trial, shares
from orchestrator.decision.outcome import OLDEST
from orchestrator.dispatch.accounts import Account, Accounts
from orchestrator.model import Outgoing
from orchestrator.ports import Demand, Grant, Health, Later, Vitals

NOBODY = ""  # in place of an account's name
BEGIN = 12.0  # seconds in which the calls of a batch must have begun
UNSEEN = Tally(calls=0, faults=0)
UNHEARD = Vitals()
PATIENT = timedelta(seconds=10)  # how soon it is looked again whether a trial went well
AWAY = "No provider of the channel can be reached at the moment."
TURN = "It waits for its turn: the provider's account has a pace."

IsUrgent = Callable[[Outgoing], bool]
Tried = Mapping[str, AbstractSet[str]]


class Plan:
    """What is known of the accounts as a batch begins, and what follows for its messages."""

    def __init__(
        self,
        accounts: Accounts,
        health: Health,
        now: datetime,
        is_urgent: IsUrgent,
        tried: Tried,
    ) -> None:
        self.now = now
        self.held = Deadline(BEGIN)
        self.pauses: dict[str, timedelta] = {}  # by account's key, how long to wait before the first call
        self._accounts = accounts
        self._health = health
        self._is_urgent = is_urgent
        self._tried = tried
        self._well: dict[tuple[str, str], Sequence[Account]] = {}  # pools that thrive, by channel and market
        self._vitals = dict(health.vitals(accounts.keys()))

    def vitals(self, account: Account) -> Vitals:
        """How an account has fared, as far as is known here."""
        return self._vitals.get(account.key) or UNHEARD

    def learn(self, account: Account, vitals: Vitals) -> None:
        """Go by this from now on."""
        self._vitals[account.key] = vitals
        self._well.clear()

    def route(self, messages: Sequence[Outgoing]) -> list[str | Later]:
        """For each message, the name of the account that carries it (NOBODY: there is none), or until when it waits."""
        ways: list[str | Later] = []
        paced: dict[tuple[Account, bool], list[int]] = defaultdict(list)
        for place, message in enumerate(messages):
            way = self._way(message)
            if isinstance(way, Account):
                if way.limits:
                    paced[way, self._is_urgent(message)].append(place)
                ways.append(way.name)
            else:
                ways.append(way)
        self._pace(paced, ways)
        return ways

    def at_once(self, id: str, channel: str, market: str) -> Account | None:
        """The account that carries a new message with nothing to wait for: all of its pool are well, and it has no pace to keep."""
        pool = self._well.get((channel, market))
        if pool is None:
            pool = self._accounts.pool(channel, market)
            pool = self._well[channel, market] = pool if all(map(self._thrives, pool)) else ()
        account = self._drawn(pool, 0, id) if pool else None
        return account if account and not account.limits else None

    def _thrives(self, account: Account) -> bool:
        vitals = self.vitals(account)
        return is_well(vitals, UNSEEN, self.now) and not (lowered(vitals, self.now) or vitals.rests)

    def elsewhere(self, message: Outgoing) -> bool:
        """Whether a message that is known not to have been sent may be given to another account at once."""
        if message.repeated:
            return False
        return any(free_at(self.vitals(one), self.now) <= self.now for one in self._candidates(message))

    def _way(self, message: Outgoing) -> Account | str | Later:
        candidates = self._candidates(message)
        if not candidates:
            return NOBODY
        free = [account for account in candidates if self._is_free(account)]
        if not free:
            return self._waiting(message, candidates)
        return self._drawn(free, message.attempt, message.id)

    def _drawn(self, free: Sequence[Account], attempt: int, message: str) -> Account:
        """One of the accounts, by their shares."""
        if len(free) == 1:
            return free[0]
        parts = shares([one.weight for one in free], [lowered(self.vitals(one), self.now) for one in free])
        return free[drawn(parts, bucket(f"provider:{attempt}", message))]

    def _candidates(self, message: Outgoing) -> Sequence[Account]:
        pool = self._accounts.pool(message.channel, message.market)
        if message.repeated and message.account:
            first = self._accounts.named(message.channel, message.account)
            if first is None or first.adapter.capabilities.idempotent or first.adapter.capabilities.lookup:
                return [first] if first else []
        tried = self._tried.get(message.id)
        return [account for account in pool if account.name not in tried] if tried else pool

    def _is_free(self, account: Account) -> bool:
        """Whether the account takes messages; one whose breaker has cooled down takes a single one, of one worker."""
        vitals = self.vitals(account)
        if not vitals.trips and not vitals.rests:
            return True
        if free_at(vitals, self.now) > self.now:
            return False
        return not vitals.trips or self._begins_trial(account, vitals)

    def _begins_trial(self, account: Account, vitals: Vitals) -> bool:
        after = on_trial(vitals, self.now)
        lost = self._health.change({account.key: (vitals, after)})
        self.learn(account, lost.get(account.key, after))
        return not lost

    def _waiting(self, message: Outgoing, candidates: Sequence[Account]) -> Later | str:
        if self.now - message.at > OLDEST:
            return NOBODY
        wait = min(self._wait(self.vitals(account)) for account in candidates)
        spread = 0.0 if self._is_urgent(message) else bucket(f"wait:{self.now.timestamp():.0f}", message.id)
        return Later(self.now + wait * (1 + spread), AWAY)

    def _wait(self, vitals: Vitals) -> timedelta:
        wait = free_at(vitals, self.now) - self.now
        return min(wait, PATIENT) if vitals.trial else wait

    def _pace(self, wanted: Mapping[tuple[Account, bool], Sequence[int]], ways: list[str | Later]) -> None:
        demands = [
            Demand(account.limits if urgent else account.unhurried, len(places), urgent)
            for (account, urgent), places in wanted.items()
        ]
        grants = self._health.reserve(demands, now=self.now) if demands else []
        for ((account, _), places), grant in zip(wanted.items(), grants, strict=True):
            self.pauses[account.key] = max(grant.pause, self.pauses.get(account.key, timedelta(0)))
            for turn, place in enumerate(places[grant.count :]):
                ways[place] = Later(_turn(self.now, grant, turn), TURN)


def _turn(now: datetime, grant: Grant, place: int) -> datetime:
    return now + grant.turn + place * grant.apart
