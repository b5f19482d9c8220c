"""Replay: a recorded timeline on a virtual clock, through the same engine, on in-memory stores.

Before a line takes effect the clock reaches its time, stopping at every instant at which something falls due: what falls
due at an instant goes before what arrives at it, held messages before scheduled runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

import orjson

from orchestrator import wire
from orchestrator.courier import Courier
from orchestrator.decision.schedule import Run, moment_of, runs
from orchestrator.engine import Engine
from orchestrator.feedback import Feedback
from orchestrator.material import Material
from orchestrator.model import Draft, Receipt
from orchestrator.ports import Records

NEVER = datetime.min.replace(tzinfo=UTC)
EVENTS = ("profile", "consent", "moment", "receipt", "reply")


class VirtualClock:
    """A clock that stands until it is told to go on; it never goes back."""

    def __init__(self) -> None:
        self.now: datetime | None = None

    def __call__(self) -> datetime:
        assert self.now is not None, "the clock was asked before the first line set it"
        return self.now

    def reach(self, at: datetime) -> None:
        """Go on to an instant, unless it is past."""
        self.now = at if self.now is None else max(self.now, at)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a timeline: its number, its time, and at most one event."""

    number: int
    at: datetime
    event: str | None
    body: Mapping[str, Any]


def read(lines: Iterable[bytes], report: Callable[[str], None]) -> Iterator[Line]:
    """The lines of a timeline; a line that cannot be read is reported with its number, and left out."""
    for number, raw in enumerate(lines, 1):
        if not raw.strip():
            continue
        try:
            yield _line(number, raw)
        except (wire.Malformed, orjson.JSONDecodeError) as error:
            report(f"line {number}: {error}")


def _line(number: int, raw: bytes) -> Line:
    line = wire.mapping(orjson.loads(raw), "A line")
    events = [event for event in EVENTS if event in line]
    if "at" not in line or len(events) > 1:
        raise wire.Malformed(
            f"a line has `at` and at most one of {', '.join(EVENTS)}; found {', '.join(line) or 'nothing'}"
        )
    at = wire.when(line, NEVER)
    if not events:
        return Line(number, at, None, {})
    return Line(number, at, events[0], wire.mapping(line[events[0]], f"`{events[0]}`"))


class Replay:
    """One run through a timeline."""

    def __init__(
        self,
        material: Material,
        records: Records,
        clock: VirtualClock,
        engine: Engine,
        courier: Courier,
        feedback: Feedback,
        report: Callable[[str], None],
    ) -> None:
        self._material = material
        self._records = records
        self._clock = clock
        self._engine = engine
        self._courier = courier
        self._feedback = feedback
        self._report = report
        self._ids = count(1)

    def run(self, lines: Iterable[Line]) -> Iterator[Draft]:
        """Take each line in; yields every outcome, in order."""
        for line in lines:
            yield from self._reach(line.at)
            try:
                yield from self._take(line)
            except wire.Malformed as error:
                self._report(f"line {line.number}: {error}")

    def _take(self, line: Line) -> Iterator[Draft]:
        take = {"moment": self._moment, "profile": self._profile, "consent": self._consent}
        if line.event in take:
            yield from take[line.event](line)
        elif line.event == "receipt":
            self._receipt(line)
        elif line.event == "reply":
            body = line.body
            said = body.get("text")
            self._feedback.reply(
                wire.text(body, "profile"), wire.text(body, "channel"), said if isinstance(said, str) else "", line.at
            )

    def _moment(self, line: Line) -> list[Draft]:
        moment = wire.moment(line.body, now=line.at, new_id=lambda: f"line-{line.number}")
        return self._hand_over(self._engine.process([moment]))

    def _profile(self, line: Line) -> list[Draft]:
        self._records.update_profiles([wire.profile(line.body, at=line.at)])
        return []

    def _consent(self, line: Line) -> list[Draft]:
        at = wire.when(line.body, line.at)
        self._records.record_consents([wire.consent(line.body, at=at, recorded_at=line.at)])
        return []

    def _receipt(self, line: Line) -> None:
        body = line.body
        kind = wire.one_of(body, "kind", wire.KINDS)
        profile, campaign, channel = (wire.text(body, key) for key in ("profile", "campaign", "channel"))
        latest = self._records.latest(profile, campaign, channel)
        if latest is None:
            self._report(f"line {line.number}: nothing was handed over to {profile} by {campaign} on {channel} yet")
            return
        said = body.get("text")
        receipt = Receipt(
            kind, line.at, key=f"line-{line.number}", message=latest.id, channel=channel,
            permanent=body.get("permanent") is True, text=said if isinstance(said, str) else "",
        )  # fmt: skip
        self._feedback.receive([receipt])

    def _reach(self, at: datetime) -> Iterator[Draft]:
        """Let the clock reach an instant, and what falls due on the way happen at its own time."""
        started = self._clock.now is not None
        while started:
            due, run = self._next_due(at), self._next_run(at)
            if due is None and run is None:
                break
            if run is None or (due is not None and due <= run[0].at):
                assert due is not None
                self._clock.reach(due)
                yield from self._hand_over(self._engine.release())
            else:
                self._clock.reach(run[0].at)
                for scheduled in run:
                    yield from self._fan_out(scheduled)
        self._clock.reach(at)

    def _next_due(self, until: datetime) -> datetime | None:
        due = self._records.next_due()
        return due if due is not None and due <= until else None

    def _next_run(self, until: datetime) -> list[Run] | None:
        found = runs(self._material.workspace, self._records.zones(), self._clock(), until)
        return [run for run in found if run.at == found[0].at] or None

    def _fan_out(self, run: Run) -> Iterator[Draft]:
        after = ""
        while people := self._records.audience(after=after, zones=run.places):
            after = people[-1]
            yield from self._hand_over(self._engine.process([moment_of(run, person) for person in people]))

    def _hand_over(self, drafts: list[Draft]) -> list[Draft]:
        self._courier.deliver([draft.id for draft in drafts if draft.outcome == "send"])
        return drafts
