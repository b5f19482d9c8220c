"""The chain of one person's ledger: each entry's hash covers what it says, and the hash of the one before it.

An entry that was changed no longer has its hash; where one was taken out or put in, the next one does not continue the
one before; and where the last ones were cut off, what is left does not reach the end that is kept apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import pairwise
from typing import Any

from orchestrator.model import Consent
from orchestrator.ports import Break, Chain
from orchestrator.stores.addresses import normalised
from orchestrator.stores.codec import encode
from orchestrator.stores.instants import micros

Row = Mapping[str, Any]
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
    return row | {"hash": _hash(row)}


def chained(entries: Iterable[Consent]) -> list[dict[str, Any]]:
    """A person's entries as they are kept, in the order in which they were recorded."""
    rows: list[dict[str, Any]] = []
    for entry in entries:
        rows.append(linked(entry, rows[-1]["hash"] if rows else ""))
    return rows


def verified(profile: str, rows: Sequence[Row], end: str | None) -> Chain:
    """What a person's entries tell, in the order of recording, with the `end` that is kept apart from them."""
    return Chain(profile, tuple(row["hash"] for row in rows), _first_break(rows, end))


def _first_break(rows: Sequence[Row], end: str | None) -> Break | None:
    befores = ({"hash": ""}, *rows)
    for position, (before, row) in enumerate(pairwise(befores), 1):
        if row["prev_hash"] != before["hash"]:
            return Break(position, "link")
        if row["hash"] != _hash(row):
            return Break(position, "content")
    return None if befores[-1]["hash"] == (end or "") else Break(len(rows), "end")


def _hash(row: Row) -> str:
    return blake2b(encode([row[name] for name in HASHED]).encode(), digest_size=16).hexdigest()
