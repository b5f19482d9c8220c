"""The service as it runs: a real process on this machine, spoken to over a real socket."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
from redis import Redis

from orchestrator.api import keys
from orchestrator.app import App, wall_clock
from orchestrator.settings import Settings
from tests.support import KAIROS, MARKETS, workspace
from tests.waiting import until

pytestmark = pytest.mark.slow  # a process takes seconds to start

Served = tuple[httpx2.Client, Path]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace."""
    made = tmp_path_factory.mktemp("workspace")
    for path, data in workspace(kairos=KAIROS, markets=MARKETS).items():
        (made / path).parent.mkdir(parents=True, exist_ok=True)
        (made / path).write_bytes(data)
    return made


@pytest.fixture(scope="module")
def served(folder: Path, redis_url: str) -> Iterator[Served]:
    """`kairos api` at work, and its log. Told to stop, it ends by itself."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    log = folder / "log"
    environment = {**os.environ, "KAIROS_REDIS_URL": redis_url, "KAIROS_STATE": str(folder / ".kairos")}
    command = [sys.executable, "-m", "orchestrator", "api", "--port", str(port), "--workspace", str(folder)]
    with log.open("wb") as file, httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
        process = subprocess.Popen(command, env=environment, stdout=file, stderr=file)
        until(lambda: answers(client, process), 60)
        yield client, log
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def answers(client: httpx2.Client, process: subprocess.Popen[bytes]) -> bool:
    """Whether the service is up; it must not have ended."""
    assert process.poll() is None
    try:
        return client.get("/healthz").status_code == 200
    except httpx2.TransportError:
        return False


def test_a_moment_is_accepted_committed_and_hinted_at(served: Served, folder: Path, redis_client: Redis) -> None:
    """And the log tells of the request, and of nothing in it."""
    client, log = served
    with App(Settings.read(folder, {})) as app:
        written, kept = keys.mint("a service", ["moments:write"], wall_clock())
        app.desk.add_key(kept)
        line = {"id": "canary-7", "name": "ping", "profile": "canary-person"}
        answer = client.post("/v1/moments", json=line, headers={"authorization": f"Bearer {written}"})
        assert (answer.status_code, answer.json()["accepted"]) == (202, ["canary-7"])
        assert "server" not in answer.headers
        assert app.desk.backlog(9).waiting == 1
    until(lambda: redis_client.llen("decisions") == 1)
    client.get("/p/canary-token.x", headers={"x-forwarded-for": "canary"})
    said = log.read_text()
    assert "POST /v1/moments 202" in said
    assert "canary" not in said
    assert written not in said


def test_a_body_without_end_is_cut_off(served: Served) -> None:
    """Over a real socket, without a length."""
    client, _ = served
    answer = client.post("/v1/receipts/webhook", content=(b" " * 65536 for _ in range(80)))
    assert answer.status_code == 413
    assert client.get("/healthz").status_code == 200


def test_headers_without_end_are_refused(served: Served) -> None:
    """What stands before a request's body cannot fill the memory of a service, either: it hangs up, with an answer or without."""
    client, _ = served
    status = 0
    with suppress(httpx2.TransportError):
        status = client.get("/healthz", headers={"x-long": "a" * 8_000_000}).status_code
    assert status in (0, 400)
