"""Tasks that take turns on one thread: while one waits for its provider, the others go on.

    in_turns ──► task ──► wait_for ──► the others ──► … ──► task goes on
                   └────► aside ────► the others ──► … ──► task goes on    for what blocks: it is done in a thread

Tasks are ordinary code, which need not know of it, but must not hold a lock while they wait. Threads would hide a provider's
latency as well; but they pass the interpreter from hand to hand, which costs more than a quick call itself. Outside of any turn
everything waits and blocks in the ordinary way.
"""

from __future__ import annotations

import math
import os
import select
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from time import monotonic
from typing import TypeVar

from greenlet import getcurrent, greenlet

from channels.once import OncePerProcess

_MOST_THREADS = 256
Made = TypeVar("Made")

threads = OncePerProcess(lambda: ThreadPoolExecutor(_MOST_THREADS, thread_name_prefix="aside"))
"""The threads of this process, kept: making one takes as long as a quick call."""


class _Turn(greenlet):
    """One task, with its own stack and the context of whoever began it."""

    def __init__(self, task: Callable[[], None], round_: _Round) -> None:
        super().__init__(task)
        self.round = round_
        self.gr_context = copy_context()


class _Round:
    """The tasks of one thread that take turns: those that wait, by what they wait for, and until when."""

    def __init__(self) -> None:
        self._home = getcurrent()
        self._poll = select.poll()
        self._waiting: dict[int, tuple[_Turn, float]] = {}

    def run(self, task: Callable[[], None], times: int) -> None:
        try:
            for _ in range(times):
                _Turn(task, self).switch()
            while self._waiting:
                self._go_on()
        finally:
            for turn, _ in list(self._waiting.values()):
                turn.throw()

    def wait(self, turn: _Turn, source: int, event: int, until: float) -> bool:
        """Let the others go on until there is something; whether there is in time."""
        self._poll.register(source, event)
        self._waiting[source] = turn, until
        try:
            stirred: bool = self._home.switch()
        finally:
            del self._waiting[source]
            self._poll.unregister(source)
        return stirred

    def _go_on(self) -> None:
        """Wait until some can go on, or are late, and let them."""
        soonest = min(until for _, until in self._waiting.values())
        patience = None if soonest == math.inf else max(0.0, soonest - monotonic()) * 1000
        for source, _ in self._poll.poll(patience):
            self._waiting[source][0].switch(True)
        now = monotonic()
        if soonest <= now:
            for turn in [turn for turn, until in self._waiting.values() if until <= now]:
                turn.switch(False)


def in_turns(task: Callable[[], None], times: int) -> None:
    """Do a task so many times over, in turns. What one raises ends them all: the others are broken off where they wait."""
    _Round().run(task, times)


def wait_for(source: int, event: int, seconds: float) -> bool:
    """Wait until a file can be read (`select.POLLIN`) or written (`POLLOUT`); False if it cannot in so many seconds."""
    here = getcurrent()
    if isinstance(here, _Turn):
        return here.round.wait(here, source, event, monotonic() + seconds)
    poll = select.poll()
    poll.register(source, event)
    return bool(poll.poll(seconds * 1000))


def aside(task: Callable[[], Made]) -> Made:
    """Do what blocks: in a thread, where others would have to wait for it."""
    here = getcurrent()
    if not isinstance(here, _Turn):
        return task()
    heard, done = os.pipe()
    doing = threads().submit(copy_context().run, task)
    doing.add_done_callback(lambda _: os.close(done))
    try:
        here.round.wait(here, heard, select.POLLIN, math.inf)
    finally:
        os.close(heard)
    return doing.result()
