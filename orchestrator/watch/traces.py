"""Traces from moment to receipt, with OpenTelemetry where it is installed and told where to send them.

    moment m1 ─┬─ decide by-sms ── hand over ── receipt delivered        one trace for each moment
               └─ decide by-email …

Nothing has to be carried along: a trace's id derives from the moment's, and the span of a decision from the message's, so
that whichever process comes next, minutes or days later, draws its span where it belongs. Spans name ids, campaigns,
reasons and providers, never a person's address or a text.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime
from hashlib import blake2b

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
from opentelemetry.trace import NonRecordingSpan, SpanContext, Status, StatusCode, TraceFlags

from orchestrator.model import Draft, Moment, Receipt
from orchestrator.ports import Record, Settlement
from orchestrator.watch.observed import Origin

SHARE = "OTEL_TRACES_SAMPLER_ARG"  # the part of all traces that is drawn: 0 to 1
GOOD = frozenset({"sent", "retry", "delivered"})
Attributes = Mapping[str, str | int]


def exported() -> Traces:
    """Traces that go where the environment says, as OpenTelemetry's own variables have it."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # not where a test looks on

    return Traces(BatchSpanProcessor(OTLPSpanExporter()), float(os.environ.get(SHARE) or 1.0))


def trace_id(moment: str) -> int:
    """The id of a moment's trace."""
    return _number(f"trace\0{moment}", 16)


def span_id(kind: str, id: str) -> int:
    """The id of the one span of its kind for a moment or a message."""
    return _number(f"{kind}\0{id}", 8)


def _number(text: str, size: int) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=size).digest(), "big") or 1


_next: ContextVar[tuple[int, int] | None] = ContextVar("next", default=None)


class _Derived(IdGenerator):
    """Ids as they were asked for, and by chance where none was."""

    def __init__(self) -> None:
        self._chance = RandomIdGenerator()

    def generate_trace_id(self) -> int:
        asked = _next.get()
        return asked[0] if asked else self._chance.generate_trace_id()

    def generate_span_id(self) -> int:
        asked = _next.get()
        return asked[1] if asked else self._chance.generate_span_id()


class Traces:
    """Draws spans. Of a share of all moments, all spans are drawn, whichever process draws them."""

    def __init__(self, processor: SpanProcessor, share: float = 1.0) -> None:
        resource = Resource.create({"service.name": "kairos"})
        self._provider = TracerProvider(
            sampler=TraceIdRatioBased(share), resource=resource, id_generator=_Derived(), shutdown_on_exit=True
        )
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("kairos")

    def accepted(self, moments: Sequence[Moment], now: datetime) -> None:
        """Moments came in: each begins its trace."""
        for one in moments:
            told = {"kairos.moment": one.id, "kairos.name": one.name}
            self._draw(f"moment {one.name}", one.id, None, span_id("moment", one.id), (now, now), told)

    def decided(self, drafts: Sequence[Draft], now: datetime) -> None:
        """Messages were decided."""
        for draft in drafts:
            told = {
                "kairos.message": draft.id,
                "kairos.campaign": draft.campaign or "",
                "kairos.outcome": draft.outcome,
                "kairos.reason": draft.reason or "",
                "kairos.channel": draft.channel or "",
            }
            kind, which = ("held", f"{draft.id}\0{draft.at}") if draft.outcome == "hold" else ("message", draft.id)
            parent, own = span_id("moment", draft.moment.id), span_id(kind, which)
            self._draw(f"decide {draft.campaign or ''}", draft.moment.id, parent, own, (draft.at, now), told)

    def settled(self, outcomes: Sequence[Settlement], origins: Mapping[str, Origin], now: datetime) -> None:
        """Hand-overs came to an end."""
        for one in outcomes:
            origin = origins.get(one.id)
            if origin is not None:
                told: Attributes = {
                    "kairos.message": one.id,
                    "kairos.provider": one.provider,
                    "kairos.outcome": one.state,
                    "kairos.attempt": one.fence,
                }
                parent, own = span_id("message", one.id), span_id("attempt", f"{one.id}\0{one.fence}")
                times = (origin.since, now)
                self._draw("hand over", origin.moment.id, parent, own, times, told, one.state in GOOD)

    def reported(self, found: Sequence[tuple[Receipt, Record]]) -> None:
        """Providers have told what became of messages."""
        for receipt, record in found:
            told = {
                "kairos.message": record.id,
                "kairos.receipt": receipt.kind,
                "kairos.provider": record.provider or "",
            }
            parent, own = span_id("message", record.id), span_id("receipt", receipt.key)
            at = receipt.at
            self._draw(f"receipt {receipt.kind}", record.moment.id, parent, own, (at, at), told)

    def _draw(
        self,
        name: str,
        moment: str,
        parent: int | None,
        own: int,
        times: tuple[datetime, datetime],
        told: Attributes,
        good: bool = True,
    ) -> None:
        trace_, (began, ended) = trace_id(moment), times
        known = (
            SpanContext(trace_, parent, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED)) if parent else None
        )
        context = trace.set_span_in_context(NonRecordingSpan(known)) if known else Context()
        token = _next.set((trace_, own))
        try:
            span = self._tracer.start_span(name, context, attributes=told, start_time=_nanoseconds(min(began, ended)))
        finally:
            _next.reset(token)
        if not good:
            span.set_status(Status(StatusCode.ERROR))
        span.end(_nanoseconds(ended))

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000) * 1000
