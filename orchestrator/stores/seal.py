"""Chains of hashes: each entry's covers what it says, and the hash of the one before it.

An entry that was changed no longer has its hash; where one was taken out or put in, the next one does not continue the
one before; and where the last ones were cut off, what is left does not reach the end that is kept apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from orchestrator.ports import Break
from orchestrator.stores.codec import encode

Row = Mapping[str, Any]


def sealed(row: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """An entry with its hash over these of its columns, the hash of the one before among them."""
    return row | {"hash": _hash(row, names)}


def first_break(rows: Iterable[Row], end: str | None, names: Sequence[str]) -> Break | None:
    """Where a chain first shows that it is not what was written; `end` is the last hash as it is kept apart."""
    before, position = "", 0
    for position, row in enumerate(rows, 1):
        if row["prev_hash"] != before:
            return Break(position, "link")
        if row["hash"] != _hash(row, names):
            return Break(position, "content")
        before = row["hash"]
    return None if before == (end or "") else Break(position, "end")


def _hash(row: Row, names: Sequence[str]) -> str:
    return blake2b(encode([row[name] for name in names]).encode(), digest_size=16).hexdigest()
