"""What a gallery tells of one message, and how a gallery's `manifest.json` keeps it for others to compare with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from orchestrator import wire
from orchestrator.blueprint import Problem
from orchestrator.content import push
from orchestrator.content.limits import WHATSAPP_LIMITS
from orchestrator.gallery.scenes import Scene
from orchestrator.model import Content, Draft, Price

FORMAT = 1


class Unreadable(ValueError):
    """This is no manifest of a gallery, or one of another time."""


@dataclass(frozen=True, slots=True)
class Card:
    """One message as it is shown.

    Attributes:
        locale: the one that the message is in; None where it could not be written.
        fields: the content's, by name; empty where there is none.
        facts: what it costs and weighs, in words.
        trace: the findings of the gates, as `kairos preview --json` has them.
        findings: what the checks say of its files.
    """

    scene: Scene
    locale: str | None
    outcome: str
    reason: str | None
    send_at: str | None
    fields: Mapping[str, Any]
    facts: Sequence[str] = ()
    trace: Sequence[Mapping[str, Any]] = ()
    findings: Sequence[Problem] = ()

    @property
    def level(self) -> str:
        """How it is marked: good, held, refused, or (by its findings) warning, error."""
        worst = {problem.severity for problem in self.findings}
        if "error" in worst or not self.fields:
            return "error"
        if self.outcome != "send":
            return "refused" if self.outcome == "drop" else "held"
        return "warning" if worst else "good"


def card(scene: Scene, draft: Draft, findings: Sequence[Problem]) -> Card:
    """What a gallery tells of a draft."""
    told = wire.outcome(draft)
    return Card(
        scene=scene,
        locale=draft.locale if draft.content else None,
        outcome=draft.outcome,
        reason=draft.reason,
        send_at=told["send_at"],
        fields=told["content"] or {},
        facts=(*_facts(draft.content), *_price(draft.cost)) if draft.content else (),
        trace=told["trace"],
        findings=findings,
    )


def manifest(cards: Iterable[Card]) -> bytes:
    """The cards as `manifest.json` has them: all that was rendered, one message a line, nothing of why."""
    lines = b",\n".join(orjson.dumps({name: getattr(card, name) for name in _KEPT}) for card in cards)
    return b'{"format": %d, "messages": [\n%b\n]}\n' % (FORMAT, lines)


def read_manifest(data: bytes) -> tuple[Card, ...]:
    """The cards of a manifest.

    Raises:
        Unreadable: it is none.
    """
    try:
        told = orjson.loads(data)
        if told["format"] != FORMAT:
            raise Unreadable(f"it is of format {told['format']}, and this program knows {FORMAT}: make it anew")
        return tuple(Card(**{**line, "scene": Scene(**line["scene"])}) for line in told["messages"])
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise Unreadable(f"it is no manifest of a gallery ({error})") from error


_KEPT = ("scene", "locale", "outcome", "reason", "send_at", "fields", "facts")


def _facts(content: Content) -> Iterator[str]:
    """What a message costs and weighs."""
    fields = content.fields
    if content.sms:
        parts = "1 part" if content.sms.segments == 1 else f"{content.sms.segments} parts"
        yield from (content.sms.encoding, f"{content.sms.units} units", parts)
    elif content.channel == "push":
        yield f"{push.size(fields):,} of {push.LARGEST:,} bytes"
    elif content.channel == "whatsapp" and "body" in fields:
        yield f"{len(fields['body']):,} of {WHATSAPP_LIMITS['body']:,} characters"
    elif content.channel == "email":
        yield f"subject of {len(fields.get('subject', ''))} characters"
        yield from (
            f"{name} of {len(fields[name].encode()) / 1000:.1f} kB" for name in ("html", "text") if name in fields
        )


def _price(cost: Price | None) -> Iterator[str]:
    if cost:
        yield f"{cost.amount:f} {cost.currency}"
