"""For tests of adapters, ours and yours: messages to send, and a provider on this machine to send them to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from orchestrator.model import Content, Outgoing, Segments

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

SAMPLES: dict[str, tuple[tuple[str, ...], Content]] = {
    "email": (
        ("ada@example.com",),
        Content(
            "email",
            {"subject": "Selamat pagi ☀", "html": "<p>Halo, <b>Ada</b></p>", "text": "Halo, Ada", "preheader": ""},
        ),
    ),
    "sms": (("+6281234567890",), Content("sms", {"body": "Halo, Ada"}, sms=Segments("GSM-7", 9, 1))),
    "whatsapp": (("+6281234567890",), Content("whatsapp", {"body": "Halo, Ada"})),
    "push": (("token-1",), Content("push", {"title": "Halo", "body": "Ada", "link": "https://example.com/a"})),
}


def outgoing(channel: str, *, fields: dict[str, Any] | None = None, **changes: Any) -> Outgoing:
    """A small, valid message on the channel; `fields` replace those of its content, `changes` those of its own."""
    addresses, content = SAMPLES[channel]
    message = Outgoing(
        id="m-1",
        campaign="day3-playlist",
        profile="u1",
        purpose="marketing",
        channel=channel,
        market="ID",
        locale="id",
        addresses=addresses,
        content=replace(content, fields={**content.fields, **(fields or {})}),
        at=AT,
    )
    return replace(message, **changes)
