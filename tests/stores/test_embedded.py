"""Servers that are started here: reachable, alone in their folder, and gone with us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from redis import Redis

from orchestrator.stores import embedded
from orchestrator.stores.embedded import NoServer, redis_server

PARENT = """
import sys, time
from pathlib import Path
from orchestrator.stores.embedded import redis_server
server = redis_server(Path(sys.argv[1]), persistent=True)
print(server.pid, flush=True)
time.sleep(60)
"""


def wait_until_gone(pid: int, patience: float = 5.0) -> bool:
    """Whether a process ends within some seconds."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.01)
    return False


def test_a_persistent_redis_keeps_what_it_was_told(tmp_path: Path) -> None:
    """Over its end, by Celery's URL and ours, and throws nothing away."""
    for expected in (None, b"kept"):
        with redis_server(tmp_path, persistent=True) as server, Redis.from_url(server.url) as client:
            assert client.get("note") == expected
            client.set("note", "kept")
            assert client.info("memory")["maxmemory_policy"] == "noeviction"
            assert server.celery_url == server.url.replace("unix://", "redis+socket://")
    assert wait_until_gone(server.pid)


def test_a_redis_may_also_listen_on_loopback(tmp_path: Path) -> None:
    """At a port that is asked for."""
    port = embedded._free_port()
    with redis_server(tmp_path, persistent=False, port=port), Redis(port=port) as client:
        assert client.ping()


def test_a_deep_folder_gets_a_socket_elsewhere(tmp_path: Path) -> None:
    """The system takes only short paths for sockets; characters that mean something in a URL are written safely."""
    folder = tmp_path / ("deep" * 30) / "ü ?#"
    with redis_server(folder, persistent=False) as server, Redis.from_url(server.url) as client:
        assert client.ping()


def test_two_servers_never_share_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second waits for the first to end, and gives up with a word."""
    monkeypatch.setattr(embedded, "PATIENCE", 0.1)
    with redis_server(tmp_path, persistent=True), pytest.raises(NoServer, match="another server uses"):
        redis_server(tmp_path, persistent=True)
    with redis_server(tmp_path, persistent=True):
        pass


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    """With the end of its log."""
    (tmp_path / "appendonlydir").write_text("in the way")
    with pytest.raises(NoServer, match="did not start"):
        redis_server(tmp_path, persistent=True)


def test_stopping_twice_is_stopping(tmp_path: Path) -> None:
    """Nothing is left behind."""
    server = redis_server(tmp_path, persistent=False)
    server.stop()
    server.stop()
    assert server.process.returncode is not None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_a_server_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    """Even by kill -9; and its folder is free again."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    assert wait_until_gone(pid)
    with redis_server(tmp_path, persistent=True):
        pass
