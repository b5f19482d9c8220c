"""What a line of the log says, and what it never says."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest

from orchestrator.watch import events, logs
from orchestrator.watch.events import Event

SECRET = "canary@example.com"


@pytest.fixture
def log() -> Iterator[Callable[[str], io.StringIO]]:
    """Sets the log up in a form, and gives what is written; as it was before, afterwards."""
    root, ours = logging.getLogger(), logging.getLogger("kairos")
    before = root.handlers[:], root.level, ours.level

    def begin(form: str) -> io.StringIO:
        written = io.StringIO()
        logs.set_up(form, "INFO", written)
        return written

    yield begin
    root.handlers[:], root.level, ours.level = before


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    """The lines as JSON."""
    return [orjson.loads(line) for line in written.getvalue().splitlines()]


def test_one_line_is_one_object_with_its_fields(log: Callable[[str], io.StringIO]) -> None:
    """A program needs to take no sentence apart; what is below the level is not told."""
    written = log("json")
    events.tell(events.HANDED_OVER, messages=3, outcome="sent", provider="twilio")
    events.tell(events.MESSAGE_SETTLED, message="m1", outcome="sent", provider="twilio")
    (line,) = lines(written)
    assert line.pop("at").endswith("Z")
    assert line == {
        "level": "info", "logger": "kairos", "event": "handed_over", "text": "3 messages sent at twilio",
        "messages": 3, "outcome": "sent", "provider": "twilio",
    }  # fmt: skip


def test_a_terminal_gets_sentences(log: Callable[[str], io.StringIO]) -> None:
    written = log("plain")
    events.tell(events.MOMENTS_WAIT, error="OperationalError")
    assert written.getvalue()[8:] == " WARNING kairos: moments wait in their queue (OperationalError)\n"


@pytest.mark.parametrize("form", ["json", "plain"])
def test_no_library_quotes_what_it_was_given(log: Callable[[str], io.StringIO], form: str) -> None:
    """Celery's patterns with a task's arguments, positional ones, texts written out, and errors with their text."""
    written, celery = log(form), logging.getLogger("celery.app.trace")
    celery.error("Task %(name)s[%(id)s] raised: %(exc)s", {"name": "kairos.deliver", "id": "t1", "exc": SECRET})
    celery.warning("Received unknown message: %s of %r", SECRET, [SECRET])
    celery.warning(f"Unknown task: {SECRET} {{'a': '{SECRET}'}}")
    celery.error({"body": SECRET})
    try:
        raise ValueError(SECRET)
    except ValueError:
        celery.exception("%s went wrong", SECRET)
    told = written.getvalue()
    assert SECRET not in told
    assert "Task kairos.deliver[t1] raised: …" in told
    assert re.search(r"ValueError at test_logs.py:\d+ test_no_library", told)
    assert len(told.splitlines()) == 5


def test_events_are_declared_once_with_fields_that_may_be_told() -> None:
    """Names are unique; no event has a field for what somebody is called, where they are reached, or what they are told."""
    declared = [one for one in vars(events).values() if isinstance(one, Event)]
    fields = {name for one in declared for name in re.findall(r"%\((\w+)\)", one.sentence)}
    assert len({one.name for one in declared}) == len(declared) > 15
    assert not fields & {"address", "email", "phone", "name", "body", "text", "content", "data", "args", "to"}
