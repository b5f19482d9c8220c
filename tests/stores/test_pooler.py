"""PgBouncer between us and PostgreSQL, as `docs/operations.md` has it: the stores' own tests pass behind it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from orchestrator.stores import embedded
from orchestrator.stores.embedded import Server, postgres_server

ROOT = Path(__file__).parents[2]
PROGRAM = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
SETTINGS = """
[databases]
* = host=127.0.0.1 port={server} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 5
ignore_startup_parameters = options
"""


def pooler(directory: Path, server: Server) -> Server:
    """A PgBouncer in front of a PostgreSQL, with a few connections for all who come."""
    port, log, settings = embedded._free_port(), directory / "pgbouncer.log", directory / "pgbouncer.ini"
    user = "user = nobody" if os.geteuid() == 0 else ""  # it does not run as root
    settings.write_text(SETTINGS.format(server=server.port, port=port) + user)
    url = make_url(server.url).set(port=port).render_as_string()
    started = Server(url, embedded._start([str(PROGRAM), str(settings)], log))
    embedded._await(started, log, lambda: b"process up" in log.read_bytes())
    return started


@pytest.mark.slow
@pytest.mark.skipif(PROGRAM is None, reason="there is no PgBouncer: install the package pgbouncer")
def test_a_pooler_may_give_each_transaction_another_connection(tmp_path: Path) -> None:
    """Races, locks and eras among them; the role has the settings that the pooler does not pass on."""
    with postgres_server(tmp_path / "postgres") as server, pooler(tmp_path, server) as between:
        settings = re.findall(r"ALTER ROLE kairos (SET .*;)", (ROOT / "docs/operations.md").read_text())
        assert len(settings) == 4
        with psycopg.connect(server.url) as connection:
            for setting in settings:
                connection.execute(f"ALTER ROLE postgres {setting}".encode())
        tests = subprocess.run(
            [sys.executable, "-m", "pytest", "-n", "2", "-k", "postgres", "tests/stores"],
            cwd=ROOT,
            env={**os.environ, "KAIROS_TEST_PG_URL": f"{between.url}?prepare_threshold=none"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert tests.returncode == 0, tests.stdout[-5000:]
