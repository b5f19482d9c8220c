"""Keeping no longer than needed: what `retention` in kairos.yaml says, done a page at a time.

A pass goes through everything once. The leading scheduler goes on with it at each beat, and begins the next one a day after it
began the last; `kairos retention` makes a whole pass at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, get_args

import orjson

from orchestrator import audit
from orchestrator.app import App
from orchestrator.civil import parse_instant, rfc3339
from orchestrator.ports import Kept, Step

KINDS: tuple[Kept, ...] = get_args(Kept)
PAGE = 500  # looked at in one transaction
EVERY = timedelta(days=1)
AT = "retention.pass"  # where the pass under way has come to, when it began, and what it removed


def run(app: App, *, dry: bool = False) -> dict[str, int]:
    """A whole pass; returns how many of each kind were removed, or would be."""
    removed: Counter[str] = Counter(dict.fromkeys(KINDS, 0))
    for kind in KINDS:
        for step in _steps(app, kind, dry):
            removed[kind] += step.removed
    if not dry:
        _tell(app, audit.operator(), removed)
    return dict(removed)


def _steps(app: App, kind: Kept, dry: bool) -> Iterator[Step]:
    after: str | None = ""
    while after is not None:
        step = _step(app, kind, after, dry)
        yield step
        after = step.after


def go_on(app: App) -> bool:
    """One page of the pass under way, or of the next one once it is time for it; False if there is nothing to do."""
    kept = orjson.loads(app.records.recall(AT) or "{}")
    began = parse_instant(kept["began"]) if kept else None
    if not kept or (kept["kind"] is None and began is not None and app.clock() - began >= EVERY):
        kept = {"began": rfc3339(app.clock()), "kind": KINDS[0], "after": "", "removed": {}}
    kind: Kept | None = kept["kind"]
    if kind is None:
        return False
    step = _step(app, kind, kept["after"], dry=False)
    kept["removed"][kind] = kept["removed"].get(kind, 0) + step.removed
    if step.after is None:
        following = KINDS[KINDS.index(kind) + 1 :]
        kept["kind"] = following[0] if following else None
    app.records.remember(AT, orjson.dumps({**kept, "after": step.after or ""}).decode())
    if kept["kind"] is None:
        _tell(app, audit.SCHEDULER, Counter(kept["removed"]))
    return True


def _step(app: App, kind: Kept, after: str, dry: bool) -> Step:
    now = app.clock()
    before = now - app.material.workspace.retention[kind]
    return app.keeper.remove(
        kind, before=before, touched_before=now - app.material.horizon, after=after, limit=PAGE, dry=dry
    )


def _tell(app: App, actor: str, removed: Counter[str]) -> None:
    if removed.total():
        counts: dict[str, Any] = {kind: removed[kind] for kind in KINDS}
        audit.note(app, actor, "retention.ran", **counts)
