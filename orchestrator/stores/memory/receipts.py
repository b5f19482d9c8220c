"""Providers' reports in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

from orchestrator.model import Receipt
from orchestrator.ports import Record
from orchestrator.stores.lifecycle import LATE_MATCH

Concerned = Callable[[Receipt], Record | None]


class Receipts:
    """Reports by the message they are about, and those that still wait for theirs."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._waiting: dict[str, tuple[datetime, Receipt]] = {}
        self._about: dict[str, list[Receipt]] = defaultdict(list)

    def receive(self, receipts: Sequence[Receipt], concerned: Concerned, now: datetime) -> list[tuple[Receipt, Record]]:
        """Keep what is new; returns what found its message."""
        for receipt in receipts:
            if receipt.key not in self._keys:
                self._keys.add(receipt.key)
                self._waiting[receipt.key] = now, receipt
        self._waiting = {key: one for key, one in self._waiting.items() if one[0] >= now - LATE_MATCH}
        return [self._matched(receipt, record) for receipt in self._in_order() if (record := concerned(receipt))]

    def _in_order(self) -> list[Receipt]:
        return sorted((receipt for _, receipt in self._waiting.values()), key=_order)

    def _matched(self, receipt: Receipt, record: Record) -> tuple[Receipt, Record]:
        del self._waiting[receipt.key]
        self._about[record.id].append(receipt)
        return receipt, record

    def about(self, message: str) -> list[Receipt]:
        """The reports about one message."""
        return sorted(self._about.get(message, ()), key=_order)


def _order(receipt: Receipt) -> tuple[datetime, str]:
    return receipt.at, receipt.key
