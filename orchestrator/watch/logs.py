"""How lines of the log are written: one JSON object each for machines, one sentence each for a terminal.

Our own lines are declared in `events`. Of lines that libraries write only the pattern is told, with the few values that
are known to be harmless: Celery quotes what a task was given, drivers quote what a statement was about. Of an error
come its kind and its way through the code, never its text.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson

from orchestrator.civil import rfc3339
from orchestrator.watch.events import KAIROS

HARMLESS = frozenset({"id", "name", "description", "hostname", "runtime", "pid", "exitcode", "sig", "when", "interval"})
FRAMES = 8
_FIELD = re.compile(r"%(?:\((\w+)\))?[-#0 +]*[\d*]*(?:\.[\d*]+)?[diouxXeEfFgGcrsa]")
_BRACED = re.compile(r"\{[^{}]*\}")


def set_up(form: str | None = None, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Let all lines go to stderr: ours from `level` on, those of libraries from warnings on.

    Args:
        form: `json` or `plain`; if None, plain where somebody looks on at a terminal.
        level: DEBUG, INFO, WARNING or ERROR.
        stream: where to, if not stderr.
    """
    where = stream or sys.stderr
    handler = logging.StreamHandler(where)
    handler.setFormatter(Plain() if (form or ("plain" if where.isatty() else "json")) == "plain" else JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(KAIROS).setLevel(level)


class JsonLines(logging.Formatter):
    """One line, one JSON object: at, level, logger, event, text, and the event's fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told = {
            "at": rfc3339(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": getattr(record, "event", None),
            "text": text_of(record),
            **_fields(record),
            **({"error": error} if (error := _error(record)) else {}),
        }
        return orjson.dumps(told, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


class Plain(logging.Formatter):
    """One line, one sentence."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        clock = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        error = _error(record)
        return f"{clock} {record.levelname:<7} {record.name}: {text_of(record)}{f' ({error})' if error else ''}"


def text_of(record: logging.LogRecord) -> str:
    """What a line says: all of it if it is ours, else its pattern with what is harmless."""
    return record.getMessage() if is_ours(record) else " ".join(_redacted(record).split())


def is_ours(record: logging.LogRecord) -> bool:
    """Whether we wrote it, and know what it quotes."""
    return record.name == KAIROS or record.name.startswith(f"{KAIROS}.")


def _redacted(record: logging.LogRecord) -> str:
    if not isinstance(record.msg, str):
        return type(record.msg).__name__
    if not record.args and not _FIELD.search(record.msg):  # written out already: nobody knows what it quotes
        return _BRACED.sub("…", record.msg.partition("\n")[0].partition(":")[0])
    known: Mapping[str, object] = record.args if isinstance(record.args, Mapping) else {}

    def shown(field: re.Match[str]) -> str:
        return str(known[field[1]]) if field[1] in HARMLESS and field[1] in known else "…"

    return _FIELD.sub(shown, record.msg)


def _fields(record: logging.LogRecord) -> Mapping[str, Any]:
    return record.args if is_ours(record) and isinstance(record.args, Mapping) else {}


def _error(record: logging.LogRecord) -> str | None:
    if not isinstance(record.exc_info, tuple) or record.exc_info[1] is None:
        return None
    return told(record.exc_info[1])


def told(error: BaseException) -> str:
    """An error's kind and its way, innermost first."""
    return f"{type(error).__name__} at {' < '.join(way(error))}"


def way(error: BaseException) -> Iterator[str]:
    """Where an error happened, innermost first."""
    frames = traceback.extract_tb(error.__traceback__)
    return (f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in reversed(frames[-FRAMES:]))
