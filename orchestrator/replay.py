"""Replay: a recorded timeline on a virtual clock, through the same engine, on in-memory stores.

Before a line takes effect the clock reaches its time, stopping at every instant at which something falls due: what falls
due at an instant goes before what arrives at it, held messages before scheduled runs. What the house itself writes (it asks
for confirmations, and answers replies) is written, and is no outcome of a campaign.
"""

from __future__ import annotations

import sys
from codecs import BOM_UTF8
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

import orjson

from orchestrator import wire
from orchestrator.blueprint.problems import unknown
from orchestrator.consents import Consents
from orchestrator.courier import Courier
from orchestrator.decision.schedule import Place, Run, moment_of, runs
from orchestrator.engine import Engine
from orchestrator.feedback import Feedback
from orchestrator.material import Material
from orchestrator.model import Draft, Moment, Receipt
from orchestrator.ports import Records
from orchestrator.replies import Replies

NEVER = datetime.min.replace(tzinfo=UTC)
ALL = sys.maxsize  # what falls due together is decided together
EVENTS = ("profile", "consent", "moment", "receipt", "reply")
KEYS = frozenset({"at", *EVENTS})


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
    """The lines of a timeline; a line that cannot be read is reported with its number, and left out.

    A key that there is not is reported, too; what else the line says stands, were it only its time.
    """
    for number, raw in enumerate(lines, 1):
        text = raw.removeprefix(BOM_UTF8).strip()
        try:
            if text:
                line = wire.mapping(orjson.loads(text), "A line")
                for key in sorted(line.keys() - KEYS):
                    report(f"line {number}: {unknown('key', key, KEYS)}")
                yield _line(number, line)
        except (wire.Malformed, orjson.JSONDecodeError) as error:
            report(f"line {number}: {error}")


def _line(number: int, line: Mapping[str, Any]) -> Line:
    events = [event for event in EVENTS if event in line]
    if line.get("at") is None or len(events) > 1:
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
        replies: Replies,
        consents: Consents,
        raised: list[Moment],
        report: Callable[[str], None],
    ) -> None:
        self._material = material
        self._records = records
        self._clock = clock
        self._engine = engine
        self._courier = courier
        self._feedback = feedback
        self._replies = replies
        self._consents = consents
        self._raised = raised  # the moments that the house has announced, until they are taken up
        self._report = report
        self._zones: list[Place] | None = None

    def run(self, lines: Iterable[Line]) -> Iterator[Draft]:
        """Take each line in; yields every outcome, in order."""
        campaigns = self._material.workspace.campaigns
        for line in lines:
            yield from (draft for draft in self._outcomes(line) if draft.campaign in campaigns)

    def _outcomes(self, line: Line) -> Iterator[Draft]:
        yield from self._reach(line.at)
        try:
            yield from self._take(line)
        except wire.Malformed as error:
            self._complain(line, str(error))

    def _complain(self, line: Line, fault: str) -> None:
        self._report(f"line {line.number}: {fault}")

    def _take(self, line: Line) -> Iterable[Draft]:
        take: Mapping[str | None, Callable[[Line], Iterable[Draft]]] = {
            "profile": self._profile,
            "consent": self._consent,
            "moment": self._moment,
            "receipt": self._receipt,
            "reply": self._reply,
        }
        return take[line.event](line) if line.event else ()

    def _profile(self, line: Line) -> Iterable[Draft]:
        update = wire.recorded_profile(line.body, at=line.at, complain=lambda fault: self._complain(line, fault))
        self._records.update_profiles([update])
        self._zones = None
        return ()

    def _consent(self, line: Line) -> Iterable[Draft]:
        at = wire.when(line.body, line.at)
        self._consents.record([wire.consent(line.body, at=at, recorded_at=self._clock())])
        return self._answer()

    def _moment(self, line: Line) -> Iterable[Draft]:
        moment = wire.moment(line.body, now=line.at, new_id=lambda: f"line-{line.number}")
        for draft in self._hand_over(self._engine.process([moment])):
            if draft.campaign:
                yield draft
            else:
                self._complain(line, draft.trace[0].detail)

    def _reply(self, line: Line) -> Iterable[Draft]:
        body = line.body
        self._replies.take(wire.text(body, "profile"), wire.text(body, "channel"), _said(body, "text"), line.at)
        return self._answer()

    def _receipt(self, line: Line) -> Iterable[Draft]:
        body = line.body
        kind = wire.one_of(body, "kind", wire.KINDS)
        profile, campaign, channel = (wire.text(body, key) for key in ("profile", "campaign", "channel"))
        latest = self._records.latest(profile, campaign, channel)
        if latest is None:
            self._complain(line, f"nothing was handed over to {profile} by {campaign} on {channel} yet")
            return ()
        receipt = Receipt(
            kind, line.at, key=f"line-{line.number}", message=latest.id, channel=channel,
            address=_said(body, "address") or None, permanent=body.get("permanent") is True, text=_said(body, "text"),
        )  # fmt: skip
        self._feedback.receive([receipt])
        return self._answer()

    def _answer(self) -> Iterable[Draft]:
        announced, self._raised[:] = tuple(self._raised), ()
        return self._hand_over(self._engine.process(announced))

    def _reach(self, at: datetime) -> Iterator[Draft]:
        """Let the clock reach an instant, and what falls due on the way happen at its own time."""
        scheduled = deque(list(together) for _, together in groupby(self._runs(at), attrgetter("at")))
        while True:
            due = self._next_due(at)
            if due is not None and not (scheduled and scheduled[0][0].at < due):
                self._clock.reach(due)
                yield from self._hand_over(self._engine.release(limit=ALL))
            elif scheduled:
                self._clock.reach(scheduled[0][0].at)
                yield from self._fan_out(scheduled.popleft())
            else:
                break
        self._clock.reach(at)

    def _next_due(self, until: datetime) -> datetime | None:
        due = self._records.next_due()
        return due if due is not None and due <= until else None

    def _runs(self, until: datetime) -> list[Run]:
        if self._clock.now is None or until <= self._clock.now:
            return []
        if self._zones is None:
            self._zones = self._records.zones()
        return runs(self._material.workspace, self._zones, self._clock.now, until)

    def _fan_out(self, together: Sequence[Run]) -> Iterable[Draft]:
        """All runs of one instant at once: they want the same touches."""
        moments = [
            moment_of(run, person) for run in together for person in self._records.audience(limit=ALL, zones=run.places)
        ]
        return self._hand_over(self._engine.process(moments))

    def _hand_over(self, drafts: list[Draft]) -> list[Draft]:
        self._courier.deliver([draft.id for draft in drafts if draft.outcome == "send"])
        return drafts


def _said(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key)
    return value if isinstance(value, str) else ""
