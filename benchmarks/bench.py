"""One installation under measurement: its servers and workers, its audience, and what a campaign through it takes."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celery import Celery

from benchmarks import setting
from benchmarks.importing import Crowd, know_all
from benchmarks.processes import worked
from benchmarks.servers import DATABASE, REDIS, VARIABLES, addresses, started
from benchmarks.sink import counted, sink
from orchestrator import audience
from orchestrator.app import App
from orchestrator.broker import broker_url
from orchestrator.decision.schedule import Run
from orchestrator.settings import Settings
from orchestrator.stores.embedded import Server

PROCESSES = "2"  # of workers: one for each core
SECONDS = 12  # of a latency measurement
WORKERS = "workers"  # how their work is called beside that of the servers
PATIENCE, SLOWEST = 900.0, 200  # seconds for a campaign, at least; messages a second of one that still means something


@dataclass(frozen=True, slots=True)
class Spent:
    """What so many messages took."""

    messages: int
    seconds: float
    worked: Mapping[str, float]  # microseconds of processors, by who worked: workers, and each server


class Bench:
    """One installation under measurement."""

    def __init__(self, folder: Path, servers: dict[str, Server], provider: str) -> None:
        self.folder, self.provider = folder, provider
        self.pids = {name: [server.pid] for name, server in servers.items()}
        installation = {VARIABLES[DATABASE]: f"sqlite:///{folder.parent / 'kairos.db'}", **addresses(servers)}
        self.env = {
            **os.environ,
            **installation,
            "KAIROS_WORKSPACE": str(folder),
            "RIVAL_DATABASE": installation[VARIABLES[DATABASE]],
        }
        os.environ.update(self.env)
        setting.write(folder, provider, calls=False)
        self.settings = Settings.read(folder)
        self.settings.prepare()
        self.service = Celery("service", broker=broker_url(servers[REDIS].url))
        self.runs = 0

    def know(self, crowd: Crowd, count: int) -> None:
        """Import people who have agreed to everything."""
        know_all(self.folder, crowd, count)

    @contextmanager
    def workers(self, *arguments: list[str], calls: bool = False) -> Iterator[list[subprocess.Popen[bytes]]]:
        """Workers of ours, warm: one process group for each list of arguments."""
        setting.write(self.folder, self.provider, calls=calls)
        commands = [[sys.executable, "-m", "orchestrator", "worker", *more] for more in arguments or ([],)]
        with self._processes(commands) as running:
            self._warm(["urgent.sms", "moments", "decisions", "campaigns", "bulk.sms", "bulk.email"])
            yield running

    @contextmanager
    def rival(self) -> Iterator[None]:
        """The rival's worker, warm."""
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "benchmarks.rival",
            "worker",
            "-c",
            PROCESSES,
            "--loglevel",
            "ERROR",
        ]
        with self._processes([command]):
            self.rivals(setting.people(20), "sms")
            yield

    @contextmanager
    def _processes(self, commands: Iterable[list[str]]) -> Iterator[list[subprocess.Popen[bytes]]]:
        running = [subprocess.Popen(command, env=self.env, stdout=subprocess.DEVNULL) for command in commands]
        self.pids[WORKERS] = [process.pid for process in running]
        try:
            yield running
        finally:
            del self.pids[WORKERS]
            for process in running:
                process.terminate()
            for process in running:
                process.wait(60)

    def _warm(self, queues: Iterable[str]) -> None:
        with App(self.settings) as app:
            for person in setting.people(20):
                line = {
                    "id": f"warm-{self.runs}-{person['id']}",
                    "name": "order.shipped",
                    "profile": person["id"],
                    "data": {},
                }
                self.service.send_task("kairos.moments", args=[[line]], queue="moments")
            self.runs += 1
            until(lambda: app.records.progress()[1] == 0 and self._waiting(queues) == 0)
            time.sleep(0.5)
        counted(self.provider)

    def _waiting(self, queues: Iterable[str]) -> int:
        with self.service.connection_for_read() as connection:
            return sum(connection.default_channel.client.llen(queue) for queue in queues)

    def campaign(self, app: App, name: str, place: tuple[str, str]) -> str:
        """Start a campaign to everybody in a place, as a scheduler would; returns the run's key."""
        self.runs += 1
        at = app.clock()
        run = Run(at, name, f"bench-{self.runs}", (place,))
        audience.open_run(app.records, run)
        self.service.send_task("kairos.fan_out", args=[run.key], queue="campaigns")
        return run.key

    def rate(self, name: str, place: tuple[str, str], people: int) -> float:
        """Messages a second of a whole campaign, from its start until its last message is on record as sent."""
        spent = self.spent(name, place, people)
        return spent.messages / spent.seconds

    def spent(self, name: str, place: tuple[str, str], people: int) -> Spent:
        """What a campaign takes, from its start until its last message is on record as sent. Looking at them is not in it."""
        with App(self.settings) as app:
            before, worked_before = self.sent(app, name), self._worked()
            began = time.perf_counter()
            self.finish(app, self.campaign(app, name, place), max(PATIENCE, people / SLOWEST))
            took, worked_after = time.perf_counter() - began, self._worked()
            assert self.sent(app, name) - before == people, "some are not on record as sent"
        return Spent(people, took, {name: worked_after[name] - worked_before[name] for name in worked_before})

    def _worked(self) -> dict[str, float]:
        return {name: sum(map(worked, pids)) for name, pids in self.pids.items()}

    @staticmethod
    def finish(app: App, run: str, seconds: float = PATIENCE) -> None:
        """Wait until a run's last page is committed, and all that it raised is decided and settled."""
        until(lambda: audience.is_done(app.records, run) and not app.desk.backlog(1).waiting, seconds)
        until(lambda: not app.records.progress()[1], seconds)

    @staticmethod
    def sent(app: App, campaign: str) -> int:
        """How many messages of a campaign are on record as sent."""
        return sum(
            count for key, count in app.records.counts() if key["campaign"] == campaign and key["state"] == "sent"
        )

    def rivals(self, people: Iterable[dict[str, Any]], channel: str) -> float:
        """The rival's messages a second, from the first task to the last call at the provider."""
        counted(self.provider)
        began, total = time.perf_counter(), 0
        for person in people:
            self._rival(person["id"], channel, f"r-{total}")
            total += 1
        done = 0
        while done < total:
            time.sleep(0.1)
            done += int(str(counted(self.provider)["messages"]))
        return total / (time.perf_counter() - began)

    def _rival(self, person: str, channel: str, message: str) -> None:
        self.service.send_task(
            "rival.send", args=[person, channel, message, f"{self.provider}/send", time.time()], queue="celery"
        )

    def ours_once(self, person: str, message: str) -> None:
        """One urgent moment, as a service sends it."""
        line = {"id": message, "name": "order.shipped", "profile": person, "data": {}}
        self.service.send_task("kairos.moments", args=[[line]], queue="moments")

    def latency(
        self, send: Callable[[str, str], None], per_second: float, seconds: float = SECONDS
    ) -> tuple[float, float]:
        """p50 and p99, in milliseconds, from handing one moment to the broker to its call at the provider."""
        counted(self.provider)
        sent: list[float] = []
        self.runs += 1
        began = time.perf_counter()
        for number in range(int(per_second * seconds)):
            time.sleep(max(0.0, began + number / per_second - time.perf_counter()))
            sent.append(time.time())
            send(f"p{number:08d}", f"l{self.runs}-{number}")
        doors: dict[str, float] = {}
        deadline = time.monotonic() + 60
        while len(doors) < len(sent) and time.monotonic() < deadline:
            time.sleep(0.2)
            found = counted(self.provider)["doors"]
            assert isinstance(found, dict)
            doors |= found
        assert len(doors) >= len(sent), f"{len(sent) - len(doors)} of {len(sent)} never reached the provider"
        # messages have ids of ours; both lists are in order of time, and so is the provider
        waits = sorted((door - at) * 1000 for at, door in zip(sent, sorted(doors.values()), strict=False))
        return statistics.median(waits), waits[int(len(waits) * 0.99)]


@contextmanager
def installed(*, postgres: bool) -> Iterator[Bench]:
    """A fresh installation on servers of its own, which are gone with it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kairos-bench-")))
        servers = stack.enter_context(started(folder, postgres=postgres))
        yield Bench(folder / "workspace", servers, stack.enter_context(sink()))


def until(condition: Callable[[], bool], seconds: float = 120) -> None:
    """Wait until it is so.

    Raises:
        SystemExit: it is not, after so many seconds.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"not done after {seconds} s: a figure would not mean anything")
        time.sleep(0.05)
