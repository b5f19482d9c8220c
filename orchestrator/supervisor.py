"""Everything on one machine: an embedded Redis where none is named, and worker, scheduler and API as child processes.

A child that ends is started again; all of them end with us.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from types import FrameType, TracebackType

from orchestrator.settings import Settings
from orchestrator.stores.embedded import redis_server

PATIENCE = 40.0  # seconds for children to end by themselves
PAUSE = 1.0  # seconds before an ended child is started again


class Supervisor:
    """Starts, watches and stops."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open = ExitStack()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._commands: dict[str, list[str]] = {}
        self.env = {**os.environ, "KAIROS_WORKSPACE": str(settings.workspace), "KAIROS_STATE": str(settings.state)}

    def __enter__(self) -> Supervisor:
        if self._settings.redis_url is None:
            server = self._open.enter_context(redis_server(self._settings.state / "redis", persistent=True))
            self._settings.running.write_text(server.url)
            self._open.callback(self._settings.running.unlink, missing_ok=True)
        self.env["KAIROS_REDIS_URL"] = self._settings.redis
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._open.close()

    def start_all(self, concurrency: int, port: int | None = None) -> None:
        """Start a worker and a scheduler, and the API where a port is given."""
        self.start("worker", ["worker", "--concurrency", str(concurrency)])
        self.start("scheduler", ["scheduler"])
        if port is not None:
            self.start("api", ["api", "--port", str(port)])

    def start(self, name: str, arguments: list[str]) -> subprocess.Popen[bytes]:
        """Start one part in a process of its own."""
        self._commands[name] = arguments
        self._children[name] = subprocess.Popen([sys.executable, "-m", "orchestrator", *arguments], env=self.env)
        return self._children[name]

    def wait(self) -> None:
        """Watch the children until we are told to stop."""
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            while True:
                time.sleep(PAUSE)
                for name, child in list(self._children.items()):
                    if child.poll() is not None:
                        self.start(name, self._commands[name])
        except KeyboardInterrupt:
            pass

    def stop(self) -> None:
        """End the children: politely first."""
        for child in self._children.values():
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + PATIENCE
        for child in self._children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._children.clear()


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt
