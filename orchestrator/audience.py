"""Scheduled runs at work: each page of an audience becomes accepted moments, and the place reached is on record.

A run is opened on record before anything is sent, and closed when its last page is committed: whoever dies in between,
another goes on from there. Moments have ids of their own per run and person, so a page taken twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import orjson

from orchestrator import civil
from orchestrator.decision.schedule import Run, moment_of
from orchestrator.ports import Records, Stop, Stops

AT_ONCE = timedelta(0)
OPEN = "open:"  # begins the names of notes that say which runs are


def open_run(records: Records, run: Run) -> None:
    """Put a run on record, unless it already is: what it is first, then that it is open."""
    if records.recall(_name(run.key)) is None:
        _save(records, run, after="", done=False)
    if not is_done(records, run.key):
        records.remember(f"{OPEN}{run.key}", run.campaign)


def open_runs(records: Records) -> list[str]:
    """The keys of the runs whose last page is not committed."""
    return [name.removeprefix(OPEN) for name in sorted(records.recall_all(OPEN))]


def runs_of(records: Records, campaign: str) -> dict[str, bool]:
    """The runs of a campaign on record by their local times, in order, and whether each of them is open anywhere."""
    found: dict[str, bool] = {}
    for kept in records.recall_all(_name(f"{campaign}@")).values():
        state = orjson.loads(kept)
        found[state["label"]] = found.get(state["label"], False) or not state["done"]
    return dict(sorted(found.items()))


def is_done(records: Records, key: str) -> bool:
    """Whether a run's last page is committed."""
    kept = records.recall(_name(key))
    return kept is None or bool(orjson.loads(kept)["done"])


def pages(records: Records, clock: Callable[[], datetime], key: str, *, size: int) -> Iterator[list[str]]:
    """Commit the moments of a run from where it stands; yields the ids of the new ones, page by page.

    A run that is paused stays where it is, and open; one that was cancelled is closed there.
    """
    kept = records.recall(_name(key))
    if kept is None:
        return
    state = orjson.loads(kept)
    run = Run(civil.parse_instant(state["at"]), state["campaign"], state["label"], tuple(map(tuple, state["places"])))
    after = state["after"]
    while people := records.audience(after=after, limit=size, zones=run.places):
        if halt := stop(records.stops(), run):
            if halt == "cancelled":
                _save(records, run, after=after, done=True)
            return
        moments = [moment_of(run, person) for person in people]
        new = records.accept(moments, now=clock(), lease=AT_ONCE)
        after = people[-1]
        _save(records, run, after=after, done=False)
        yield [moment.id for moment in moments if moment.id in new]
    _save(records, run, after=after, done=True)


def stop(stops: Stops, run: Run) -> Stop | None:
    """Why a run does not go on, if it does not."""
    return stops.of(run.campaign, f"{run.campaign}:{run.label}:")


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
    if done:
        records.remember(f"{OPEN}{run.key}", None)


def _name(key: str) -> str:
    return f"run:{key}"
