"""A message as plain data, for files and for receivers of our own JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from orchestrator.model import Outgoing


def record_of(message: Outgoing) -> dict[str, Any]:
    """All that identifies the message and all that it says, its content exactly as it was previewed.

    Which attempt it is is left out: the same message is the same record.
    """
    content = message.content
    return {
        "id": message.id,
        "channel": message.channel,
        "to": list(message.addresses),
        "profile": message.profile,
        "campaign": message.campaign,
        "purpose": message.purpose,
        "market": message.market,
        "locale": message.locale,
        "at": message.at,
        "content": dict(content.fields),
        "sms": asdict(content.sms) if content.sms else None,
        "unsubscribe": content.unsubscribe,
    }
