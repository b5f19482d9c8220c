"""Providers' reports in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestrator.model import Receipt
from orchestrator.ports import REPORTS, Record
from orchestrator.stores.lifecycle import LATE_MATCH

Concerned = Callable[[Receipt], Record | None]


@dataclass(slots=True)
class _Report:
    receipt: Receipt
    came: datetime
    wake: datetime | None  # when it is to be looked at again; None: it has had its effect
    message: str | None = None


class Receipts:
    """Reports by their keys."""

    def __init__(self) -> None:
        self._reports: dict[str, _Report] = {}

    def receive(
        self, receipts: Sequence[Receipt], concerned: Concerned, now: datetime, lease: timedelta
    ) -> list[tuple[Receipt, Record]]:
        """Keep what is new and return what found its message; with nothing new, what is still to be learnt from."""
        for receipt in receipts:
            self._reports.setdefault(receipt.key, _Report(receipt, now, now))
        keys = {receipt.key for receipt in receipts} or self._reports
        due = [self._reports[key] for key in keys if _is_due(self._reports[key], now)]
        found = [(report.receipt, record) for report in due if (record := concerned(report.receipt))]
        found = found if receipts else found[:REPORTS]
        for receipt, record in found:
            report = self._reports[receipt.key]
            report.message, report.wake = record.id, now + lease if lease else None
        return sorted(found, key=lambda pair: _order(pair[0]))

    def unmatched(self, keys: Iterable[str], now: datetime, lease: timedelta) -> frozenset[str]:
        """Lease those of these that concern no message and have had no effect."""
        free = [key for key in keys if self._reports[key].message is None and _is_due(self._reports[key], now)]
        for key in free:
            self._reports[key].wake = now + lease
        return frozenset(free)

    def learnt(self, keys: Iterable[str]) -> None:
        """These have had their effect."""
        for key in keys:
            if key in self._reports:
                self._reports[key].wake = None

    def about(self, message: str) -> list[Receipt]:
        """The reports about one message."""
        return sorted((r.receipt for r in self._reports.values() if r.message == message), key=_order)


def _is_due(report: _Report, now: datetime) -> bool:
    lost = report.message is None and report.came < now - LATE_MATCH
    return report.wake is not None and report.wake <= now and not lost


def _order(receipt: Receipt) -> tuple[datetime, str]:
    return receipt.at, receipt.key
