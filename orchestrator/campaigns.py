"""Campaigns at an operator's word: stopped for a while, let go on, or ended for good.

    running ──pause──► paused ──resume──► running        what is held, queued or being raised waits, and goes on
       │                 │
       └────cancel───────┴──► cancelled                  what waits is dropped, and nothing more is ever raised or sent

It is on record before anything else happens, and every worker looks at it before each batch: so it takes effect within
seconds, whoever is killed, and the last look before a hand-over catches what was decided in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from orchestrator import audience, halts
from orchestrator.blueprint import Campaign, Workspace
from orchestrator.blueprint.problems import did_you_mean
from orchestrator.civil import rfc3339
from orchestrator.engine import Clock
from orchestrator.ports import Record, Records

PAGE = 500  # messages dropped at once


class Refused(ValueError):
    """What was asked cannot be done; the text says why, and what can."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a campaign stands: running, paused or cancelled (`since` then), and its runs of which pages are still to come."""

    name: str
    state: str
    since: datetime | None
    priority: int | None
    trigger: str | None
    open_runs: tuple[str, ...]
    cancelled_runs: tuple[str, ...]


class Campaigns:
    """The campaigns of a workspace, and those on record that it has no more. `give_back` is told whose touches are free.

    Where the workspace cannot be loaded (None), what is on record can be stopped and ended all the same.
    """

    def __init__(
        self, workspace: Workspace | None, records: Records, give_back: Callable[[Iterable[Record]], None], clock: Clock
    ) -> None:
        self._campaigns = workspace.campaigns if workspace else {}
        self._is_loaded = workspace is not None
        self._records = records
        self._give_back = give_back
        self._clock = clock

    def list(self) -> list[Standing]:
        """All of them, by name."""
        stops = self._records.stops()
        stopped = stops.paused | {campaign for campaign, _ in stops.cancelled}
        open_ = {kept.partition("@")[0] for kept in audience.open_runs(self._records)}
        return [self.standing(name) for name in sorted({*self._campaigns, *stopped, *open_})]

    def standing(self, name: str) -> Standing:
        """How one campaign stands."""
        stops, campaign = self._records.stops(), self._campaigns.get(name)
        is_paused = name in stops.paused or (campaign is not None and campaign.paused)
        since = stops.cancelled.get((name, ""))
        ended = {run for of, run in stops.cancelled if of == name and run}
        runs = audience.runs_of(self._records, name)
        return Standing(
            name=name,
            state="cancelled" if since else "paused" if is_paused else "running",
            since=since,
            priority=campaign.priority if campaign else None,
            trigger=_trigger(campaign),
            open_runs=tuple(run for run, is_open in runs.items() if is_open and run not in ended),
            cancelled_runs=tuple(sorted(ended)),
        )

    def pause(self, name: str) -> Standing:
        """Let nothing of a campaign be sent until it goes on; twice is once.

        Raises:
            Refused: there is none of this name, or it was cancelled.
        """
        self._assert_alive(name)
        self._records.pause(name, True)
        return self.standing(name)

    def resume(self, name: str, run: str = "") -> Standing:
        """Let a paused campaign go on: what waits for it is due at once.

        Raises:
            Refused: there is none of this name; it, or the run, was cancelled; or its own file pauses it.
        """
        self._assert_alive(name, run)
        campaign = self._campaigns.get(name)
        if campaign is not None and campaign.paused:
            raise Refused(
                f"{name} is paused in its file: take `paused: true` out of campaigns/, and start workers anew."
            )
        self._records.pause(name, False)
        halts.wake(self._records, name, self._clock())
        return self.standing(name)

    def cancel(self, name: str, run: str = "") -> Iterator[int]:
        """End a campaign, or one run of it, for good; yields how many waiting messages were dropped, page by page.

        It is on record before the first page. Where the dropping is broken off, what is left is dropped at hand-over.

        Raises:
            Refused: there is no such campaign or run.
        """
        self._assert_known(name)
        runs = audience.runs_of(self._records, name)
        if run and run not in runs:
            raise Refused(_no_run(name, run, tuple(runs)))
        self._records.cancel(name, run, now=self._clock())
        return self._dropped(name, run)

    def _dropped(self, name: str, run: str) -> Iterator[int]:
        while dropped := self._records.drop_cancelled(name, run, limit=PAGE):
            self._give_back(one for one in dropped if one.touch)
            yield len(dropped)

    def _assert_known(self, name: str) -> None:
        known = {one.name for one in self.list()}
        if name not in known and not self._records.messages(campaign=name, limit=1):
            names = ", ".join(sorted(known)) or "none"
            where = "" if self._is_loaded else " on record, and the workspace cannot be loaded (see `kairos check`)"
            raise Refused(f"There is no campaign {name!r}{where}.{did_you_mean(name, known)} Campaigns: {names}.")

    def _assert_alive(self, name: str, run: str = "") -> None:
        self._assert_known(name)
        cancelled = self._records.stops().cancelled
        for what, since, instead in (
            (name, cancelled.get((name, "")), "give the campaign another name"),
            (f"The run {run} of {name}", cancelled.get((name, run)), "start another run"),
        ):
            if since is not None:
                raise Refused(
                    f"{what} was cancelled at {rfc3339(since)}, and what waited was dropped: it cannot go on. "
                    f"To send it after all, {instead}."
                )


def _trigger(campaign: Campaign | None) -> str | None:
    if campaign is None:
        return None
    return f"every {campaign.moment.every.text}" if campaign.moment.every else f"on {campaign.moment.on}"


def _no_run(name: str, run: str, runs: tuple[str, ...]) -> str:
    there = f"Runs: {', '.join(runs[-5:])}." if runs else "It has not run yet."
    return f"{name} has no run {run!r}.{did_you_mean(run, runs)} {there}"
