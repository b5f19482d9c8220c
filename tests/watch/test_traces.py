"""A moment's way is one trace, whichever processes draw it, and however much later."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.model import Delivery, Moment, Receipt
from orchestrator.ports import Records
from orchestrator.stores.memory import MemoryRecords, MemoryTouches
from orchestrator.watch.observed import Untraced, observed, tracer
from orchestrator.watch.tally import Tally
from tests.engine.conftest import House
from tests.support import material, workspace

traces = pytest.importorskip("orchestrator.watch.traces", reason="OpenTelemetry is not installed")
memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")


def traced(records: Records, exporter: object, share: float = 1.0) -> House:
    """A house whose records are traced; another one over the same records is another process."""
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    drawn = traces.Traces(SimpleSpanProcessor(exporter), share)
    return House(material(workspace()), observed(records, Tally(), drawn), MemoryTouches(horizon=timedelta(days=2)))


def test_everything_about_a_moment_is_one_trace() -> None:
    """Decided in one process, handed over in another after a failure, reported to a third."""
    records, exporter = MemoryRecords(), memory.InMemorySpanExporter()
    deciding, handing, learning = (traced(records, exporter) for _ in range(3))
    deciding.know()
    drafts = deciding.engine.process([Moment("m1", "ping", "a", deciding.now)])
    handing.provider.answers = [Delivery("retry", detail="busy")]
    handing.hand_over(drafts)
    handing.later(hours=1)
    handing.hand_over(drafts)
    learning.feedback.receive([Receipt("delivered", handing.now, "k1", message=drafts[0].id)])

    spans = exporter.get_finished_spans()
    assert [span.name for span in spans] == [
        "moment ping",
        "decide news",
        "hand over",
        "hand over",
        "receipt delivered",
    ]
    assert {span.context.trace_id for span in spans} == {traces.trace_id("m1")}
    moment, decided, first, second, receipt = spans
    assert decided.parent.span_id == moment.context.span_id
    assert {span.parent.span_id for span in (first, second, receipt)} == {decided.context.span_id}
    assert len({span.context.span_id for span in spans}) == 5
    assert [span.attributes["kairos.outcome"] for span in (first, second)] == ["retry", "sent"]
    told = str([(span.name, dict(span.attributes)) for span in spans])
    assert "example.com" not in told
    assert "Hello" not in told


def test_a_share_of_the_moments_is_drawn_wholly_or_not_at_all() -> None:
    """By the moment's id, so that all processes draw the same ones."""
    records, exporter = MemoryRecords(), memory.InMemorySpanExporter()
    here = traced(records, exporter, 0.3)
    here.know()
    for number in range(60):
        here.hand_over(here.happen(f"m{number}"))
    by_trace: dict[int, int] = {}
    for span in exporter.get_finished_spans():
        by_trace[span.context.trace_id] = by_trace.get(span.context.trace_id, 0) + 1
    assert 5 < len(by_trace) < 40
    assert set(by_trace.values()) == {3}


def test_nothing_is_drawn_where_nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing of OpenTelemetry is looked at."""
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    assert tracer() is None
    assert isinstance(observed(MemoryRecords(), Tally())._tracer, Untraced)  # type: ignore[attr-defined]
