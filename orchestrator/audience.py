"""Scheduled runs at work: each page of an audience becomes accepted moments, and the place reached is on record.

A run is opened on record before anything is sent, and closed when its last page is committed: whoever dies in between,
another goes on from there. Moments have ids of their own per run and person, so a page taken twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import orjson

from orchestrator import civil
from orchestrator.decision.schedule import Run, moment_of
from orchestrator.engine import Engine
from orchestrator.ports import Records

AT_ONCE = timedelta(0)


def open_run(records: Records, run: Run) -> None:
    """Put a run on record, unless it already is."""
    if records.recall(_name(run.key)) is None:
        _save(records, run, after="", done=False)


def is_done(records: Records, key: str) -> bool:
    """Whether a run's last page is committed."""
    kept = records.recall(_name(key))
    return kept is None or bool(orjson.loads(kept)["done"])


def pages(records: Records, engine: Engine, key: str, *, size: int) -> Iterator[list[str]]:
    """Commit the moments of a run from where it stands; yields the ids of the new ones, page by page."""
    kept = records.recall(_name(key))
    if kept is None:
        return
    state = orjson.loads(kept)
    run = Run(civil.parse_instant(state["at"]), state["campaign"], state["label"], tuple(map(tuple, state["places"])))
    after = state["after"]
    while people := records.audience(after=after, limit=size, zones=run.places):
        accepted = engine.accept([moment_of(run, person) for person in people], lease=AT_ONCE)
        after = people[-1]
        _save(records, run, after=after, done=False)
        yield [moment.id for moment in accepted.new]
    _save(records, run, after=after, done=True)


def _save(records: Records, run: Run, *, after: str, done: bool) -> None:
    state = {
        "at": civil.rfc3339(run.at),
        "campaign": run.campaign,
        "label": run.label,
        "places": run.places,
        "after": after,
        "done": done,
    }
    records.remember(_name(run.key), orjson.dumps(state).decode())


def _name(key: str) -> str:
    return f"run:{key}"
