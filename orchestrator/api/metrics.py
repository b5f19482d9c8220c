"""What is counted, for Prometheus. Labels are methods, routes, statuses and kinds: never anything about a person."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})  # those that are told apart
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The counters of one service."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Histogram(
            "kairos_http_seconds",
            "How long answers took.",
            ("method", "route", "status"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.moments = Counter(
            "kairos_api_moments", "Moments that services reported.", ("became",), registry=self.registry
        )
        self.receipts = Counter(
            "kairos_api_receipts", "Reports of providers, by kind.", ("adapter", "kind"), registry=self.registry
        )
        self.waiting = Gauge(
            "kairos_moments_waiting", "Accepted moments that nobody has decided yet.", registry=self.registry
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        self._requests.labels(method, route, str(status)).observe(seconds)

    def told(self) -> bytes:
        """All counters in the text format."""
        return generate_latest(self.registry)
