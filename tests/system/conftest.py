"""A whole installation: a workspace in a folder, SQLite, an embedded Redis, and real worker processes."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from celery import Celery

from orchestrator import wire
from orchestrator.app import App
from orchestrator.broker import broker_url
from orchestrator.settings import Settings
from orchestrator.supervisor import Supervisor
from tests.support import consent, person, workspace
from tests.waiting import until

OUTBOX = "providers: {email: [{adapter: outbox}], sms: [{adapter: outbox}], push: [{adapter: outbox}], whatsapp: [{adapter: outbox}]}\n"


class Installation:
    """One workspace at work in real processes."""

    def __init__(self, folder: Path, running: Supervisor, app: App) -> None:
        self.folder = folder
        self.running = running
        self.app = app
        self.outbox = folder / ".kairos" / "outbox"
        self._service = Celery("a-service", broker=broker_url(app.settings.redis))

    def worker(self) -> subprocess.Popen[bytes]:
        """Start a worker in a process group of its own."""
        return self.running.start("worker", ["worker", "--concurrency", "2"])

    def scheduler(self) -> subprocess.Popen[bytes]:
        """Start a scheduler."""
        return self.running.start("scheduler", ["scheduler"])

    def know(self, *ids: str) -> None:
        """Let people be known, and agree to everything."""
        now = self.app.clock()
        self.app.records.update_profiles([wire.profile(person(id_)["profile"], at=now) for id_ in ids])
        lines = [
            consent("2026-01-01T00:00:00Z", "granted", channel, id_)["consent"]
            for id_ in ids
            for channel in ("email", "sms", "push", "whatsapp")
        ]
        self.app.records.record_consents([wire.consent(line, at=now, recorded_at=now) for line in lines])

    def send(self, *lines: Mapping[str, object]) -> None:
        """Send moments as any service would: plain JSON, by the task's name."""
        self._service.send_task("kairos.moments", args=[list(lines)], queue="moments")

    def hint(self, task: str, *args: object, queue: str) -> None:
        """Send a task of ours."""
        self._service.send_task(task, args=list(args), queue=queue)

    def settle(self, moments: int, seconds: float = 60.0) -> None:
        """Wait until so many moments are settled and nothing is on its way."""
        until(lambda: self.app.records.progress() == (moments, 0), seconds)

    def files(self) -> set[str]:
        """The ids of the messages in the outbox."""
        return {path.stem for path in self.outbox.rglob("*.json")}


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Installation]]:
    """Makes an installation of a workspace's files."""
    made: list[Installation] = []

    def new(files: Mapping[str, bytes] | None = None) -> Installation:
        folder = tmp_path / "workspace"
        for path, data in (files or workspace()).items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        settings = Settings.read(folder, env={})
        settings.prepare()
        running = Supervisor(settings).__enter__()
        for name, value in running.env.items():
            monkeypatch.setenv(name, value)
        made.append(Installation(folder, running, App(Settings.read(folder))))
        return made[-1]

    yield new
    for installation in made:
        installation.app.close()
        installation.running.__exit__(None, None, None)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill -9 a worker together with its children."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for pid in (process.pid, *map(int, children)):
        os.kill(pid, signal.SIGKILL)
    process.wait()
