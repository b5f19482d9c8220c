"""Canaries: small tasks that the scheduler sends through every lane, to see whether they come back.

A process that is up may have stopped working; a lane through which a canary came lately has not. Each lane has a queue
for them that is emptied before its others, so that a canary waits for a worker to be free, and for nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from orchestrator import civil
from orchestrator.ports import Records

EVERY = 10  # seconds


@dataclass(frozen=True, slots=True)
class Canary:
    """The last canary that came back through a lane: when it was sent, when it was back, and which worker sent it on."""

    lane: str
    sent: datetime
    back: datetime
    worker: str


def queue_of(lane: str) -> str:
    """The queue that a lane's canaries take."""
    return f"canary.{lane}"


def came_back(records: Records, canary: Canary) -> None:
    """Put it on record."""
    told = {"sent": civil.rfc3339(canary.sent), "back": civil.rfc3339(canary.back), "worker": canary.worker}
    records.remember(_name(canary.lane), orjson.dumps(told).decode())


def last(records: Records, lanes: Sequence[str]) -> dict[str, Canary]:
    """The last canary of each lane through which any came."""
    found = records.recall_all(_name(""))
    told = {lane: orjson.loads(found[_name(lane)]) for lane in lanes if _name(lane) in found}
    return {
        lane: Canary(lane, civil.parse_instant(one["sent"]), civil.parse_instant(one["back"]), one["worker"])
        for lane, one in told.items()
    }


def _name(lane: str) -> str:
    return f"canary:{lane}"
