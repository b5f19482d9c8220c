"""The chain of one person's ledger: what an entry's hash covers, and what a person's entries tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from orchestrator.model import Consent
from orchestrator.ports import Chain
from orchestrator.stores.addresses import normalised
from orchestrator.stores.codec import encode
from orchestrator.stores.instants import micros
from orchestrator.stores.seal import Row, first_break, sealed

HASHED = (
    "profile",
    "channel",
    "purpose",
    "state",
    "at",
    "recorded_at",
    "source",
    "address",
    "place",
    "evidence",
    "prev_hash",
)


def linked(entry: Consent, before: str) -> dict[str, Any]:
    """An entry as it is kept, behind the one whose hash this is; the first is behind an empty one."""
    row = {
        "profile": entry.profile,
        "channel": entry.channel,
        "purpose": entry.purpose,
        "state": entry.state,
        "at": micros(entry.at),
        "recorded_at": micros(entry.recorded_at),
        "source": entry.source,
        "address": entry.address,
        "place": normalised(entry.channel, entry.address) if entry.address else None,
        "evidence": encode(entry.evidence),
        "prev_hash": before,
    }
    return sealed(row, HASHED)


def chained(entries: Iterable[Consent]) -> list[dict[str, Any]]:
    """A person's entries as they are kept, in the order in which they were recorded."""
    rows: list[dict[str, Any]] = []
    for entry in entries:
        rows.append(linked(entry, rows[-1]["hash"] if rows else ""))
    return rows


def verified(profile: str, rows: Sequence[Row], end: str | None) -> Chain:
    """What a person's entries tell, in the order of recording, with the `end` that is kept apart from them."""
    return Chain(profile, tuple(row["hash"] for row in rows), first_break(rows, end, HASHED))
