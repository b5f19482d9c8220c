"""Scheduled runs at work: each page of an audience becomes accepted moments, and the place reached is on record.

A run is opened on record before anything is sent, and closed when its last page is committed: whoever dies in between,
others go on from there. Any number of workers may go on with one run beside each other: a page and the place behind it are
committed at once, by whoever is first.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from orchestrator import civil
from orchestrator.decision.schedule import Run, moment_of
from orchestrator.model import Moment
from orchestrator.ports import Records, Stop, Stops

OPEN = "open:"  # begins the names of notes that say which runs are


class Strange(LookupError):
    """A run is of a campaign that whoever took it up does not know: it is others', with a newer workspace."""


@dataclass(frozen=True, slots=True)
class Page:
    """The new moments of the next people whom a run addresses, and until when whoever is given them has them."""

    moments: tuple[Moment, ...]
    until: datetime
    is_last: bool


def open_run(records: Records, run: Run) -> None:
    """Put a run on record, unless it already is: what it is first, then that it is open."""
    if records.recall(_name(run.key)) is None:
        records.remember(_name(run.key), _state(run, after="", done=False))
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


def pages(
    records: Records,
    clock: Callable[[], datetime],
    key: str,
    *,
    campaigns: Container[str],
    size: int,
    lease: timedelta,
) -> Iterator[Page]:
    """Commit the moments of a run from where it stands, page by page; whoever is given a page has its moments for the lease.

    A run that is paused stays where it is, and open; one that was cancelled is closed there.

    Raises:
        Strange: it is of none of the campaigns that are known here; it stays where it is.
    """
    while (kept := records.recall(_name(key))) is not None:
        state = orjson.loads(kept)
        run = _run(state)
        halt = stop(records.stops(), run)
        if halt == "cancelled":
            records.remember(_name(key), _state(run, after=state["after"], done=True))
        if halt == "cancelled" or state["done"]:
            records.remember(f"{OPEN}{key}", None)
        if halt or state["done"]:
            return
        if run.campaign not in campaigns:
            raise Strange(run.campaign)
        people = records.audience(after=state["after"], limit=size, zones=run.places)
        moments = [moment_of(run, person) for person in people]
        reached, is_last = people[-1] if people else state["after"], len(people) < size
        then = _state(run, after=reached, done=is_last)
        now = clock()
        new = records.accept_page(moments, name=_name(key), seen=kept, then=then, now=now, lease=lease)
        if new is not None and is_last:
            records.remember(f"{OPEN}{key}", None)
        if new:  # else somebody else was first, or there was nobody left
            yield Page(tuple(moment for moment in moments if moment.id in new), now + lease, is_last)


def count(records: Records, run: Run, *, size: int = 500) -> int:
    """How many people a run addresses as things stand."""
    found, after = 0, ""
    while people := records.audience(after=after, limit=size, zones=run.places):
        found, after = found + len(people), people[-1]
    return found


def stop(stops: Stops, run: Run) -> Stop | None:
    """Why a run does not go on, if it does not."""
    return stops.of(run.campaign, f"{run.campaign}:{run.label}:")


def _run(state: Mapping[str, Any]) -> Run:
    places = tuple(map(tuple, state["places"]))
    return Run(civil.parse_instant(state["at"]), state["campaign"], state["label"], places)


def _state(run: Run, *, after: str, done: bool) -> str:
    state = {
        "at": civil.rfc3339(run.at),
        "campaign": run.campaign,
        "label": run.label,
        "places": run.places,
        "after": after,
        "done": done,
    }
    return orjson.dumps(state).decode()


def _name(key: str) -> str:
    return f"run:{key}"
