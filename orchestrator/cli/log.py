"""The log of what runs: as the environment asks for it."""

from __future__ import annotations

import os
from typing import get_args

from orchestrator.blueprint.problems import did_you_mean
from orchestrator.cli import output
from orchestrator.settings import LogForm, LogLevel, Settings
from orchestrator.watch import events, logs


def open_log(settings: Settings, part: str) -> None:
    """Begin the log of one part of the house, and say that it has started."""
    level = settings.log_level.upper()
    _assert_among("KAIROS_LOG", settings.log_form, ("", *get_args(LogForm)))
    _assert_among("KAIROS_LOG_LEVEL", level, get_args(LogLevel))
    logs.set_up(settings.log_form or None, level)
    events.tell(events.STARTED, part=part, pid=os.getpid())


def _assert_among(variable: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        there = ", ".join(one.lower() for one in allowed if one)
        output.fail(f"{variable} is {value!r}.{did_you_mean(value, allowed)} Expected one of: {there}.")
