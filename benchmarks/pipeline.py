"""The whole pipeline beside a hand-written one, in the same run: `python -m benchmarks.pipeline [--json] [--postgres]`.

Two cores are shared by everything: workers, Redis, the database, the provider on loopback, and this program. Rows on record
and messages at the provider are asserted in every measurement. Ratios are ours to the rival's of the same run.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from celery import Celery

from benchmarks import setting, stages
from benchmarks.sink import counted, sink
from orchestrator import audience
from orchestrator.app import App
from orchestrator.broker import broker_url
from orchestrator.decision.schedule import Run
from orchestrator.settings import Settings
from orchestrator.stores.embedded import postgres_server, redis_server

BATCH = 500
RIVALS = 2_000
PROCESSES = "4"  # of both, two for each core: one works while the other waits for the database
SECONDS = 12  # of a latency measurement


class Bench:
    """One installation under measurement."""

    def __init__(self, folder: Path, redis: str, database: str, provider: str) -> None:
        self.folder, self.provider = folder, provider
        self.env = {
            **os.environ,
            "KAIROS_WORKSPACE": str(folder),
            "KAIROS_REDIS_URL": redis,
            "KAIROS_DATABASE_URL": database,
            "RIVAL_DATABASE": database,
        }
        os.environ.update(self.env)
        setting.write(folder, provider, calls=False)
        self.settings = Settings.read(folder)
        self.settings.prepare()
        self.service = Celery("service", broker=broker_url(redis))
        self.runs = 0

    def know(self, count: int) -> list[dict[str, Any]]:
        """Import an audience that has agreed to everything; returns its first people."""
        stages.know(self.settings, setting.people(count))
        return list(islice(setting.people(count), RIVALS))

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
        try:
            yield running
        finally:
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
            _until(lambda: app.records.progress()[1] == 0 and self._waiting(queues) == 0)
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
        with App(self.settings) as app:
            before = self.sent(app, name)
            began = time.perf_counter()
            self.finish(app, self.campaign(app, name, place))
            took = time.perf_counter() - began
            assert self.sent(app, name) - before == people, "some are not on record as sent"
            return people / took

    @staticmethod
    def finish(app: App, run: str) -> None:
        """Wait until a run's last page is committed, and all that it raised is decided and settled."""
        _until(lambda: audience.is_done(app.records, run) and not app.desk.backlog(1).waiting, 900)
        _until(lambda: not app.records.progress()[1], 900)

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


def measure(bench: Bench, people: int) -> dict[str, float]:
    """All figures."""
    first = bench.know(people)
    small = sum(1 for number in range(people) if number // 10 % 10 == 0)
    large = people - small
    found: dict[str, float] = {}
    with bench.workers(["--concurrency", PROCESSES]) as running:
        found["sms_per_s"] = bench.rate("text", setting.LARGE, large)
        found["email_per_s"] = bench.rate("mail", setting.LARGE, large)
        found["worker_mb"] = _peak(running)
    with bench.workers(["--concurrency", PROCESSES], calls=True):
        found["sms_http_per_s"] = bench.rate("text", setting.SMALL, small)
    with bench.workers(["--lane", "urgent", "--concurrency", "2"], ["--lane", "bulk"], calls=True):
        found["intake_per_s"] = _intake(bench)
        ten, hundred = bench.latency(bench.ours_once, 10), bench.latency(bench.ours_once, 100)
        found |= _urgent(bench, small)
    from benchmarks import rival

    rival.prepare(first)
    with bench.rival():
        rival_sms, rival_email = bench.rivals(first, "sms"), bench.rivals(first, "email")
        base = bench.latency(
            lambda person, message: bench._rival(first[int(person[1:]) % RIVALS]["id"], "sms", message), 10
        )
    found["rival_sms_per_s"], found["rival_email_per_s"] = rival_sms, rival_email
    found["sms_ratio"] = found["sms_per_s"] / rival_sms
    found["sms_http_ratio"] = found["sms_http_per_s"] / rival_sms
    found["email_ratio"] = found["email_per_s"] / rival_email
    found["latency_p50_ratio"] = max(ten[0], hundred[0]) / base[0]
    found["latency_p99_ratio"] = max(ten[1], hundred[1]) / base[1]
    setting.write(bench.folder, bench.provider, calls=False)
    found["overhead"] = stages.overhead(
        stages.costs(bench.settings, (person["id"] for person in setting.people(people)))
    )
    return found


def _urgent(bench: Bench, small: int) -> dict[str, float]:
    """An urgent moment's p99 while a campaign saturates both cores, to the one at rest; and what the campaign keeps."""
    at_rest = bench.latency(bench.ours_once, 20)
    with App(bench.settings) as app:
        alone = bench.rate("mail", setting.SMALL, small)
        began = time.perf_counter()
        run = bench.campaign(app, "mail", setting.SMALL)
        busy = bench.latency(bench.ours_once, 20, seconds=min(SECONDS, 0.8 * small / alone))
        bench.finish(app, run)
        kept = small / (time.perf_counter() - began)
    return {"urgent_p99_ratio": busy[1] / at_rest[1], "campaign_kept": kept / alone}


def _intake(bench: Bench) -> float:
    """Moments a second in lists of 500, until the last is committed. They concern nobody: intake alone is measured."""
    total, name = 50_000, f"i{bench.runs}"
    with App(bench.settings) as app:
        before = app.records.progress()[0]
        began = time.perf_counter()
        for start in range(0, total, BATCH):
            lines = [
                {"id": f"{name}-{n}", "name": "nothing.happened", "profile": "nobody"}
                for n in range(start, start + BATCH)
            ]
            bench.service.send_task("kairos.moments", args=[lines], queue="moments")
        _until(lambda: app.records.progress()[0] - before >= total, 300)
        return total / (time.perf_counter() - began)


def _peak(running: Iterable[subprocess.Popen[bytes]]) -> float:
    """The largest peak of memory of any worker process, in MB."""
    peaks = []
    for process in running:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        for pid in (str(process.pid), *children):
            line = next(
                line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM")
            )
            peaks.append(int(line.split()[1]) / 1024)
    return max(peaks)


def _until(condition: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"not done after {seconds} s: a figure would not mean anything")
        time.sleep(0.2)


def main() -> None:
    """Measure, and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", action="store_true", help="one object on stdout")
    arguments.add_argument("--postgres", action="store_true", help="PostgreSQL instead of SQLite")
    arguments.add_argument("--audience", type=int, default=200_000)
    chosen = arguments.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kairos-bench-")))
        redis = stack.enter_context(redis_server(folder / "redis", persistent=True)).url
        database = f"sqlite:///{folder / 'kairos.db'}"
        if chosen.postgres:
            database = stack.enter_context(postgres_server(folder / "postgres")).url
        bench = Bench(folder / "workspace", redis, database, stack.enter_context(sink()))
        found = measure(bench, chosen.audience)
    if chosen.json:
        sys.stdout.buffer.write(orjson.dumps(found) + b"\n")
        return
    for name, value in found.items():
        print(f"{name:20} {value:12,.2f}")


if __name__ == "__main__":
    main()
