"""What one process counts between two reports: plain numbers in memory, added once for a whole batch."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from threading import Lock

from orchestrator.watch.metrics import Metric

Field = tuple[str, ...]  # what is counted, then its labels' values

BUCKET, SUM, COUNT = "_bucket", "_sum", "_count"
ENDLESS = "+Inf"


class Tally:
    """Counts since they were last taken. Threads may share it."""

    def __init__(self) -> None:
        self._counts: Counter[Field] = Counter()
        self._lock = Lock()

    def add(self, metric: Metric, counts: Mapping[tuple[str, ...], int]) -> None:
        """Count by the values of the metric's labels."""
        with self._lock:
            for labels, count in counts.items():
                self._counts[metric.name, *labels] += count

    def observe(self, metric: Metric, labels: tuple[str, ...], values: Iterable[tuple[float, int]]) -> None:
        """Count values, each so many times, in a histogram's buckets."""
        with self._lock:
            for value, count in values:
                place = bisect_left(metric.buckets, value)
                end = str(metric.buckets[place]) if place < len(metric.buckets) else ENDLESS
                self._counts[metric.name + BUCKET, *labels, end] += count
                self._counts[metric.name + SUM, *labels] += value * count  # type: ignore[assignment]  # seconds, not a count
                self._counts[metric.name + COUNT, *labels] += count

    def take(self) -> dict[Field, float]:
        """What was counted, which begins anew."""
        with self._lock:
            taken, self._counts = self._counts, Counter()
        return dict(taken)

    def put_back(self, counts: Mapping[Field, float]) -> None:
        """What could not be reported goes with the next report."""
        with self._lock:
            for field, count in counts.items():
                self._counts[field] += count  # type: ignore[assignment]  # as above
