"""Numbers in Prometheus's text format: what workers have counted, and what is looked up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from orchestrator.watch import metrics
from orchestrator.watch.alarms import alarms
from orchestrator.watch.metrics import COUNTED, LOOKED
from orchestrator.watch.status import Status
from orchestrator.watch.tally import BUCKET, ENDLESS, SUM, Field

Sample = tuple[metrics.Metric, tuple[str, ...], float]


def exposed(status: Status) -> bytes:
    """A status as Prometheus reads it."""
    registry = CollectorRegistry()
    registry.register(_Families(status))
    return generate_latest(registry)


@dataclass(eq=False)
class _Families(Collector):
    status: Status

    def collect(self) -> Iterable[Metric]:
        """All families, those without a sample too."""
        for metric in COUNTED:
            yield _histogram(metric, self.status.counted) if metric.buckets else _counter(metric, self.status.counted)
        samples = list(_looked(self.status))
        for metric in LOOKED:
            family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
            for _, labels, value in (sample for sample in samples if sample[0] is metric):
                family.add_metric(labels, value)
            yield family


def _counter(metric: metrics.Metric, counted: Mapping[Field, float]) -> Metric:
    family = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
    for (name, *labels), value in sorted(counted.items()):
        if name == metric.name:
            family.add_metric(labels, value)
    return family


def _histogram(metric: metrics.Metric, counted: Mapping[Field, float]) -> Metric:
    family = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
    ends: dict[tuple[str, ...], dict[str, float]] = defaultdict(dict)
    for (name, *labels), value in counted.items():
        if name == metric.name + BUCKET:
            ends[tuple(labels[:-1])][labels[-1]] = value
    for labels_, found in sorted(ends.items()):
        sum_value = counted.get((metric.name + SUM, *labels_), 0.0)
        family.add_metric(labels_, list(_cumulated(metric, found)), sum_value)
    return family


def _cumulated(metric: metrics.Metric, found: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    total = 0.0
    for end in (*map(str, metric.buckets), ENDLESS):
        total += found.get(end, 0.0)
        yield end, total


def _looked(status: Status) -> Iterator[Sample]:
    if status.backlog is not None:
        oldest = status.backlog.oldest
        yield metrics.WAITING, (), status.backlog.waiting
        yield metrics.WAITING_AGE, (), status.age(oldest).total_seconds() if oldest else 0.0
    yield from _messages(status)
    for queue, length in status.hints.items():
        yield metrics.HINTS, (queue,), length
    for lane, canary in status.canaries.items():
        yield metrics.CANARY_AGE, (lane,), status.age(canary.back).total_seconds()
    yield metrics.LEADER, (), float(status.leads)
    for account in status.accounts:
        yield metrics.BREAKER, (account.name,), float(account.is_open)
        yield metrics.LOWERED, (account.name,), account.lowered
    for store in ("database", "redis"):
        yield metrics.AWAY, (store,), float(store in status.away)
    for code in sorted({alarm.code for alarm in alarms(status)}):
        yield metrics.ALARMS, (code,), 1.0


def _messages(status: Status) -> Iterator[Sample]:
    """Of each state and channel: how many, and how late; and how many wait for a person."""
    keys = sorted({(queue.state, queue.channel) for queue in status.queues})
    for key in keys:
        mine = [queue for queue in status.queues if (queue.state, queue.channel) == key]
        yield metrics.MESSAGES, key, sum(queue.count for queue in mine)
        yield metrics.MESSAGES_LATE, key, max(status.age(queue.due).total_seconds() for queue in mine)
    for key in sorted({(one.state, one.channel) for one in status.stuck}):
        yield metrics.STUCK, key, sum(one.count for one in status.stuck if (one.state, one.channel) == key)
