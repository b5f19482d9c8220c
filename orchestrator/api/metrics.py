"""What the API counts about itself; what is counted stands in `watch.metrics`."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from orchestrator.watch.metrics import MOMENTS, RECEIPTS, REQUESTS

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})  # those that are told apart


class Metrics:
    """The counters of one service."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Histogram(
            REQUESTS.name, REQUESTS.help, REQUESTS.labels, buckets=REQUESTS.buckets, registry=self._registry
        )
        self.moments = Counter(MOMENTS.name, MOMENTS.help, MOMENTS.labels, registry=self._registry)
        self.receipts = Counter(RECEIPTS.name, RECEIPTS.help, RECEIPTS.labels, registry=self._registry)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        self._requests.labels(method, route, str(status)).observe(seconds)

    def told(self) -> bytes:
        """All counters in the text format."""
        return generate_latest(self._registry)
