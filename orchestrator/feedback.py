"""What comes back: receipts from providers, and what they teach."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from orchestrator.claims import Claims
from orchestrator.decision.outcome import Lesson, lesson
from orchestrator.model import Consent, Receipt, Suppression
from orchestrator.ports import Away, Record, Records
from orchestrator.replies import Replies

LEASE = timedelta(seconds=60)  # longer than a list of reports takes to be applied
TRIED = timedelta(hours=1)  # for which one is applied again that could not be


class Feedback:
    """Applies what receipts teach, and hands on what people wrote."""

    def __init__(self, records: Records, claims: Claims, clock: Callable[[], datetime], replies: Replies) -> None:
        self._records = records
        self._claims = claims
        self._clock = clock
        self._replies = replies

    def receive(self, receipts: Sequence[Receipt]) -> int:
        """Store reports and apply what they teach; returns how many were new and ours.

        Without any, it takes up those that came before their message was known, and those that somebody left half done.
        """
        news = self.take_in(receipts)
        self.learn(news)
        return len(news)

    def take_in(self, receipts: Sequence[Receipt]) -> list[tuple[Receipt, Record]]:
        """Store reports, and hear what people wrote without naming a message; returns what is to be learnt.

        What nobody learns within the lease, because whoever took it in is gone, a sweep does.
        """
        news = self._records.receive(receipts, now=self._clock(), lease=LEASE)
        self._hear({receipt.key: receipt for receipt in receipts if receipt.kind == "replied"})
        return news

    def learn(self, news: Sequence[tuple[Receipt, Record]]) -> None:
        """Apply what reports about messages teach.

        Raises:
            Away: a store is away; a sweep applies what is left.
        """
        self._apply([(receipt, partial(self._learn, receipt, record)) for receipt, record in news])

    def _apply(self, effects: Sequence[tuple[Receipt, Callable[[], object]]]) -> None:
        """Let reports have their effects. One that cannot, whatever it holds, keeps no other waiting: it comes back for an hour."""
        done, in_vain = list[str](), dict[str, str]()
        for receipt, effect in effects:
            try:
                effect()
            except Away:
                raise
            except Exception as fault:
                if self._clock() - receipt.at <= TRIED:
                    continue
                in_vain[receipt.key] = type(fault).__name__
            done.append(receipt.key)
        self._records.learnt(done, in_vain=in_vain)

    def _hear(self, replies: Mapping[str, Receipt]) -> None:
        """Take in what was written, and named no message of ours, once, however often it is reported."""
        if not replies:
            return
        unheard = sorted(self._records.unmatched(list(replies), now=self._clock(), lease=LEASE))
        self._apply([(replies[key], partial(self._replies.hear, replies[key])) for key in unheard])

    def _recount(self, message: str) -> None:
        """Count a touch again that is on record again."""
        record = self._records.message(message)
        if record is not None and record.touch is not None:
            self._claims.restore(record.profile, record.touch)

    def _moved(self, receipt: Receipt, record: Record) -> Lesson:
        """What a report teaches, once its message is moved on by it: another report may have moved it since it was seen."""
        seen: Record | None = record
        while seen is not None:
            learnt = lesson(receipt, seen)
            if learnt.state is None or self._records.advance(
                seen.id,
                learnt.state,
                seen=seen.state,
                reason=learnt.reason,
                release=learnt.release,
                now=self._clock(),
            ):
                return learnt
            seen = self._records.message(record.id)
        return Lesson()  # it was erased

    def _learn(self, receipt: Receipt, record: Record) -> None:
        learnt, now = self._moved(receipt, record), self._clock()
        if learnt.release and record.touch:
            self._claims.give_back([record])
        elif learnt.recount:
            self._recount(record.id)
        if record.channel is None:
            return
        if learnt.suppress:
            gone = (receipt.address,) if receipt.address else record.addresses
            self._records.suppress([Suppression(record.channel, address, receipt.kind, now) for address in gone])
        if learnt.withdraw:
            entry = Consent(record.profile, record.channel, record.purpose, "withdrawn", receipt.at, now)
            self._records.record_consents([replace(entry, source=f"receipt:{receipt.kind}")])
        if receipt.kind == "replied":
            self._replies.take(
                record.profile, record.channel, receipt.text, receipt.at, receipt.address, taken_for=receipt.taken_for
            )
