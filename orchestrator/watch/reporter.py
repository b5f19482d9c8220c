"""Every few seconds each worker process tells Redis what it has counted, and that it lives."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from threading import Event, Thread

from orchestrator.civil import rfc3339
from orchestrator.stores.outages import OUTAGES
from orchestrator.stores.redis_watch import RedisWatch
from orchestrator.watch.tally import Tally

EVERY = 5.0  # seconds


def this_process() -> str:
    """What this process is called among all."""
    return f"{socket.gethostname()}:{os.getpid()}"


class Reporter:
    """A thread that reports while its process lives. While Redis is away, counts wait for it in memory."""

    def __init__(self, watch: RedisWatch, tally: Tally, lanes: Sequence[str], workspace: str) -> None:
        self._watch = watch
        self._tally = tally
        self._about = {"lanes": list(lanes), "workspace": workspace}
        self._ended = Event()
        self._thread = Thread(target=self._run, name="reporter", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def _run(self) -> None:
        with suppress(*OUTAGES):
            self.report()
        while not self._ended.wait(EVERY):
            with suppress(*OUTAGES):
                self.report()

    def report(self) -> None:
        """Report once."""
        counts = self._tally.take()
        said = {"at": rfc3339(datetime.now(UTC)), **self._about}
        try:
            self._watch.report(this_process(), said, counts)
        except BaseException:
            self._tally.put_back(counts)
            raise

    def stop(self) -> None:
        """Report for the last time."""
        self._ended.set()
        with suppress(*OUTAGES):
            self.report()
            self._watch.forget(this_process())
            self._watch.close()
