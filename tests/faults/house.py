"""A whole installation to break: real workers and schedulers, a Redis and a database of its own, providers that write all down.

    services ──► Redis ──► workers ──► email   a provider that recognises a repeated message
                   SQL ◄─┘        └──► sms     one that does not

Every `ping` raises two messages that people may refuse (`news` by SMS, `letter` by email), every `bought` two that are owed
(`order` by SMS, `parcel` by email). Only processes that were started here are ever stopped, by their ids.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import orjson
import urllib3
from celery import Celery
from kombu.exceptions import OperationalError

from orchestrator import wire
from orchestrator.api import keys
from orchestrator.app import App
from orchestrator.broker import TIMEOUT, broker_url
from orchestrator.settings import Settings
from orchestrator.stores.embedded import Server, postgres_server, redis_server
from tests.faults.clock import Clock
from tests.faults.ledger import Ledger
from tests.support import MARKETS, workspace
from tests.waiting import until

KAIROS = """
locale: en
links: {{base: "{public}"}}
attributes: {{first_name: {{type: string}}}}
moments: {{ping: {{data: {{n: integer, text: string}}}}, bought: {{data: {{n: integer, text: string}}}},
  split: {{data: {{n: integer, text: string}}}}}}
caps: [{{limit: {cap}, per: 24h, purpose: marketing}}]
providers:
  email: [{{adapter: webhook, url: "{url}/webhook", secret: test, timeout: {timeout}}}]
  sms:
"""
TWILIO = """\
    - {{adapter: twilio, name: {name}, account_sid: AC1, auth_token: test, from: "+12025550100", base_url: "{url}",
       status_callback: "{public}/v1/receipts/twilio", timeout: {timeout}}}
"""
TEMPLATES = {
    "hi/email.html": "{% block subject %}Hello{% endblock %}{% block html %}<p>Hello {{ moment.data.n }}</p>{% endblock %}",
    "hi/sms.txt": "{% block body %}Hello {{ moment.data.n }}{% endblock %}",
    "fraction/sms.txt": "{% block body %}{{ 1 / moment.data.n }}{% endblock %}",
    "tick/sms.txt": "{% block body %}Hello{% endblock %}",
}
PUBLIC = "https://kairos.example"
CAMPAIGNS = {
    "news": ("marketing", "ping", "sms"),
    "letter": ("marketing", "ping", "email"),
    "order": ("transactional", "bought", "sms"),
    "parcel": ("transactional", "bought", "email"),
}
CAMPAIGNS_TEXT = {
    name: f"campaign: {name}\npurpose: {purpose}\nmoment: {{on: {moment}}}\nchannel: [{channel}]\ntactic: {{template: hi}}\n"
    for name, (purpose, moment, channel) in CAMPAIGNS.items()
}
CAP = 4  # messages of marketing per person and day
CHUNK = 500
ACCEPTED = 202
START = 180  # seconds that a part may take to start on a busy machine
LOOK = 0.2  # seconds between two looks at large tables, whose counting costs those who are at work
Process = subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API said (0: nothing), and the seconds that it took."""

    status: int
    seconds: float


class House:
    """An installation at work."""

    def __init__(
        self,
        folder: Path,
        *,
        postgres: bool = False,
        persistent: bool = False,
        latency: float = 0.02,
        timeout: float = 10.0,
        cap: int = CAP,
        disk: Path | None = None,
        campaigns: Mapping[str, str] | None = None,
        slammed: bool = False,
        tampered: bool = False,
    ) -> None:
        """An installation below `folder`.

        Args:
            persistent: Redis keeps what it has in a file.
            latency: seconds after which providers answer.
            timeout: seconds that are given to them.
            disk: where the records, Redis and the processes' words are kept; the folder, if not given.
            campaigns: others, as text by name.
            slammed: the first account for SMS cannot be reached by TLS.
            tampered: its processes go by the clock and the mine of `program.py`.
        """
        self.folder = folder
        self.log = folder / "provider.log"
        self.disk = disk or folder
        self.processes: list[Process] = []
        self.workers: list[Process] = []
        self.clock = Clock(folder / "clock")
        self.campaigns = campaigns or CAMPAIGNS_TEXT
        self._postgres, self._persistent, self._slammed = postgres, persistent, slammed
        self._latency, self._timeout, self._cap = latency, timeout, cap
        self._program = ["tests.faults.program", str(folder)] if tampered else ["orchestrator"]
        self._stack = ExitStack()
        self._known = 0
        self._client = urllib3.PoolManager(retries=False, timeout=30, maxsize=32)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.url, self._tls = self._start_provider()
        self._write_workspace()
        self.redis = self.start_redis()
        self.database = self.start_postgres() if self._postgres else None
        self.env = {**os.environ, **self._settings()}
        self.app = self._stack.enter_context(App(Settings.read(self.folder, self.env), clock=self.clock))
        self.service = Celery("a-service", broker=broker_url(self.redis.url))
        self.service.conf.broker_transport_options = {"socket_timeout": TIMEOUT, "socket_connect_timeout": TIMEOUT}
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            end(process)
        self.service.close()
        self.redis.stop()
        self._stack.close()
        if self.database:
            self.database.stop()

    def _settings(self) -> dict[str, str]:
        database = {"KAIROS_DATABASE_URL": self.database.url} if self.database else {}
        return {
            "KAIROS_WORKSPACE": str(self.folder),
            "KAIROS_STATE": str(self.disk / ".kairos"),
            "KAIROS_REDIS_URL": self.redis.url,
            **database,
        }

    def _start_provider(self) -> tuple[str, str]:
        """Where it listens, and where it slams the door."""
        command = [sys.executable, "-m", "tests.faults.provider", str(self.log), str(self._latency)]
        provider = subprocess.Popen(command, stdout=subprocess.PIPE)
        self._stack.callback(end, provider)
        assert provider.stdout is not None
        with provider.stdout as said:
            port, slammed = map(int, said.readline().split())
        return f"http://127.0.0.1:{port}", f"https://127.0.0.1:{slammed}"

    def _write_workspace(self) -> None:
        told = {"public": PUBLIC, "timeout": self._timeout}
        accounts = {"slammed": self._tls} if self._slammed else {}
        twilio = [TWILIO.format(name=name, url=url, **told) for name, url in (accounts | {"twilio": self.url}).items()]
        kairos = KAIROS.format(url=self.url, cap=self._cap, **told) + "".join(twilio)
        files = workspace(*self.campaigns.values(), kairos=kairos, markets=MARKETS, templates=TEMPLATES)
        for path, data in files.items():
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)

    # parts

    def start_redis(self) -> Server:
        """A Redis, which is empty unless it is persistent and was so before."""
        self.redis = redis_server(self.disk / "redis", persistent=self._persistent)
        return self.redis

    def start_postgres(self, port: int = 0) -> Server:
        """A PostgreSQL, with what it held before."""
        self.database = postgres_server(self.folder / "pg", port=port, outlives_kills=True)
        return self.database

    def worker(self, *options: str) -> Process:
        """Start a worker with two processes."""
        self.workers.append(self.start("worker", "--concurrency", "2", *options))
        return self.workers[-1]

    def scheduler(self) -> Process:
        """Start a scheduler."""
        return self.start("scheduler")

    def serve(self) -> Process:
        """Start the API, and make a key for it."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.api = f"http://127.0.0.1:{port}"
        written, kept = keys.mint("faults", ["moments:write"], self.app.clock())
        self.app.desk.add_key(kept)
        self._authorization = {"authorization": f"Bearer {written}", "content-type": "application/json"}
        process = self.start("api", "--port", str(port), "--rate", "10000", "--burst", "10000")
        until(lambda: self._answers(), START)
        return process

    def _answers(self) -> bool:
        with suppress(urllib3.exceptions.HTTPError):
            return urllib3.request("GET", f"{self.api}/healthz", retries=False).status == 200
        return False

    def start(self, *arguments: str) -> Process:
        """Start one part of the program; what it says is kept beside the records."""
        with (self.disk / f"{arguments[0]}.log").open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", *self._program, *arguments], env=self.env, stdout=output, stderr=output
            )
        self.processes.append(process)
        return process

    def behave(self, **channels: Mapping[str, Any]) -> None:
        """Let the providers answer in another way; a channel that is not named answers well."""
        urllib3.request("POST", f"{self.url}/behave", body=orjson.dumps(channels))

    # people and moments

    def know(self, people: Iterable[str]) -> None:
        """Let people be known."""
        now = self.app.clock()
        updates = [wire.profile(person(id_, number), at=now) for number, id_ in enumerate(people, self._known)]
        self._known += len(updates)
        for start in range(0, len(updates), CHUNK):
            self.app.records.update_profiles(updates[start : start + CHUNK])

    def send(self, lines: list[dict[str, Any]]) -> None:
        """Send moments as any service would: again, until the broker has taken them."""
        while True:
            with suppress(OperationalError, OSError):
                self.service.send_task("kairos.moments", args=[lines], queue="moments", retry=False)
                return
            time.sleep(0.2)

    @property
    def ledger(self) -> Ledger:
        """What the providers have written down so far."""
        return Ledger.read(self.log)

    def report(self, lines: list[dict[str, Any]]) -> Answer:
        """Report moments over HTTP, once."""
        began, status = time.monotonic(), 0
        with suppress(urllib3.exceptions.HTTPError):
            body = orjson.dumps(lines)
            status = self._client.request(
                "POST", f"{self.api}/v1/moments", body=body, headers=self._authorization
            ).status
        return Answer(status, time.monotonic() - began)

    def post(self, body: bytes) -> int:
        """Report something that may be no moment at all; returns the status of the answer."""
        answer = self._client.request("POST", f"{self.api}/v1/moments", body=body, headers=self._authorization)
        return answer.status

    def kairos(self, *arguments: str) -> list[Any]:
        """What the program answers: each line of it, read as JSON."""
        command = [sys.executable, "-m", "orchestrator", *arguments]
        said = subprocess.run(command, env=self.env, stdout=subprocess.PIPE, check=False).stdout
        return [orjson.loads(line) for line in said.splitlines()]

    def commit(self, lines: list[dict[str, Any]]) -> list[Answer]:
        """Report moments over HTTP, again until they are taken; returns all answers."""
        answers = [self.report(lines)]
        while answers[-1].status != ACCEPTED:
            time.sleep(0.2)
            answers.append(self.report(lines))
        return answers

    def handled(self) -> int:
        """How many requests the providers have written down so far."""
        return self.log.read_bytes().count(b"\n") if self.log.exists() else 0

    def is_settled(self, moments: int) -> bool:
        """Whether so many moments are decided, and all that followed is over."""
        try:
            return self.app.records.progress() == (moments, 0) and self.app.records.next_due() is None
        except Exception:  # the database may be what is away; whoever waits will ask again
            return False

    def _is_settled_or_waits(self, moments: int) -> bool:
        settled = self.is_settled(moments)
        if not settled:
            time.sleep(LOOK)
        return settled

    def settle(self, moments: int, seconds: float) -> float:
        """Wait until all is over; returns the seconds that it took.

        Raises:
            AssertionError: it is not in time; with what is open still.
        """
        started = time.monotonic()
        try:
            until(lambda: self._is_settled_or_waits(moments), seconds)
        except AssertionError:
            raise AssertionError(f"not over after {seconds:.0f} s: {self._open(moments)}") from None
        return time.monotonic() - started

    def _open(self, moments: int) -> str:
        """What is not over, who has ended, and what everybody said last."""
        codes = [(process.args, process.poll()) for process in self.processes]
        said = {file.name: file.read_text("utf-8", "replace").splitlines()[-3:] for file in self.disk.glob("*.log")}
        try:
            decided, _ = self.app.records.progress()
            found = f"{decided} of {moments} moments are decided, {self.app.records.queues(1000)} wait"
        except Exception as error:  # whatever it is, it is what keeps us from knowing
            found = f"the records cannot be asked: {error!r}"
        return f"{found}; ended with: Redis {self.redis.process.poll()}, {codes}; {said}"


def person(id_: str, number: int) -> dict[str, Any]:
    """Somebody in the US, with an address of their own on both channels."""
    place = {"market": "US", "locale": "en-US", "timezone": "UTC"}
    return {"id": id_, **place, "email": f"{id_}@example.com", "phone": f"+1212{2_000_000 + number}"}


def children(process: Process) -> list[int]:
    """The ids of a process's own children."""
    with suppress(FileNotFoundError):
        return list(map(int, Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()))
    return []


def kill_whole(process: Process) -> None:
    """Kill -9 a process together with its children."""
    for pid in (*children(process), process.pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def kill_any(process: Process, chance: random.Random) -> None:
    """Kill -9 a process, one of its children, or all of them."""
    below = children(process)
    fate = chance.choice(["whole", "parent", "child"])
    if fate == "whole" or not below:
        kill_whole(process)
    else:
        os.kill(process.pid if fate == "parent" else chance.choice(below), signal.SIGKILL)


def end(process: Process) -> None:
    """End a process: politely, then for good."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(15)
    kill_whole(process)


def batches(lines: list[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    """Lines in lists of a size."""
    for start in range(0, len(lines), size):
        yield lines[start : start + size]


def spread(lines: list[dict[str, Any]], seconds: float) -> Iterator[dict[str, Any]]:
    """Lines one by one, spread over a time."""
    started = time.monotonic()
    for number, line in enumerate(lines):
        time.sleep(max(0.0, started + seconds * number / len(lines) - time.monotonic()))
        yield line
