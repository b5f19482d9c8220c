"""Traces on record. What was found of several people alike is written once: most messages of a campaign are decided alike.

A trace that only one person of a batch has stands in the message's body: it may tell something of that person, and goes when
they do. One that several people share tells nothing of any of them. It is written anew each month, and bears the month in
its name: those of months from which there is no message any more can go.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b

from orchestrator.model import Draft, Finding
from orchestrator.stores.codec import decode, encode
from orchestrator.stores.sql.session import Session

MONTH = "%Y-%m"
OUTLIVED = """
    WITH outlived AS MATERIALIZED (
        SELECT id FROM traces WHERE id < :month AND substr(id, 5, 1) = '-' ORDER BY id LIMIT :limit
    )
    DELETE FROM traces WHERE id IN (SELECT id FROM outlived) RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Traces:
    """The traces of a batch: what each message's body holds, by the message's id; and those that are shared, by their name."""

    of: Mapping[str, str]
    shared: Mapping[str, str]


def traces(drafts: Sequence[Draft], now: datetime) -> Traces:
    """The traces of these decisions, which are recorded now."""
    month = f"{now:{MONTH}}"
    of: dict[str, str] = {}
    shared: dict[str, str] = {}
    for said, alike in _alike(drafts).items():
        kept = said
        if len({draft.profile for draft in alike}) > 1:
            digest = blake2b(said.encode(errors="replace"), digest_size=12).hexdigest()
            kept = f"{month}-{digest}"
            shared[kept] = said
        of.update((draft.id, kept) for draft in alike)
    return Traces(of, shared)


def _alike(drafts: Sequence[Draft]) -> Mapping[str, list[Draft]]:
    """The drafts by what is said of them. Most share the very findings, which are then written out once."""
    by_findings: dict[tuple[int, ...], list[Draft]] = defaultdict(list)
    for draft in drafts:
        by_findings[tuple(map(id, draft.trace))].append(draft)
    found: dict[str, list[Draft]] = defaultdict(list)
    for alike in by_findings.values():
        said = encode([(f.gate, f.passed, f.code, f.detail, f.channel) for f in alike[0].trace])
        found[said] += alike
    return found


def keep(session: Session, shared: Mapping[str, str]) -> None:
    """Write those that are not on record yet, in the order of their names, so that two who do wait and do not lock up."""
    rows = [{"id": name, "said": shared[name]} for name in sorted(shared)]
    session.insert("traces", rows, "ON CONFLICT (id) DO NOTHING")


def remove_outlived(session: Session, before: datetime, limit: int) -> int:
    """Remove so many shared traces at most that no message from then on can have; returns how many there were."""
    return len(session.rows(OUTLIVED, month=f"{before:{MONTH}}", limit=limit))


@lru_cache(maxsize=1024)  # messages of one campaign were mostly decided alike
def trace(said: str) -> tuple[Finding, ...]:
    """The trace that a text on record tells."""
    return tuple(Finding(*finding) for finding in decode(said))
