"""The program `kairos` with a clock that a test sets, and with a mine: `python -m tests.faults.program FOLDER COMMAND …`.

FOLDER/clock   seconds by which the clocks of all processes are ahead of the world's
FOLDER/mine    while it exists, a moment whose `text` is MINE kills the process that decides it, at once
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import kombu.transport.redis
from apscheduler.schedulers import base

from orchestrator import cli, engine
from orchestrator.app import App
from orchestrator.compose import Ask
from orchestrator.model import Draft
from tests.faults.clock import MINE, Clock


def spread(clock: Clock) -> None:
    """Let the house, its scheduler and its broker go by this clock."""

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return clock().astimezone(tz)

    App.__init__.__kwdefaults__["clock"] = clock  # type: ignore[index]
    base.datetime = Shifted  # type: ignore[misc]
    kombu.transport.redis.time = clock.time


def lay(mine: Path) -> None:
    """Let the moments that step on it kill whoever decides them."""
    compose: Callable[..., list[Draft]] = engine.compose

    def mined(asks: Sequence[Ask], *rest: Any, **more: Any) -> list[Draft]:
        if mine.exists() and any(ask.moment.data.get("text") == MINE for ask in asks):
            os.kill(os.getpid(), signal.SIGKILL)
        return compose(asks, *rest, **more)

    engine.compose = mined  # type: ignore[assignment]


if __name__ == "__main__":
    place = Path(sys.argv.pop(1))
    spread(Clock(place / "clock"))
    lay(place / "mine")
    cli.main()
