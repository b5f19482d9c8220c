"""Servers of a measurement's own: Redis, and PostgreSQL where it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from orchestrator.stores.embedded import Server, postgres_server, redis_server

REDIS, DATABASE = "redis server", "database server"
VARIABLES = {REDIS: "KAIROS_REDIS_URL", DATABASE: "KAIROS_DATABASE_URL"}


@contextmanager
def started(folder: Path, *, postgres: bool) -> Iterator[dict[str, Server]]:
    """Running servers by their names; without PostgreSQL the database is a file of the workers."""
    with ExitStack() as stack:
        found = {REDIS: stack.enter_context(redis_server(folder / "redis", persistent=True))}
        if postgres:
            found[DATABASE] = stack.enter_context(postgres_server(folder / "postgres"))
        yield found


def addresses(servers: dict[str, Server]) -> dict[str, str]:
    """Where they are, as an installation reads it from its environment."""
    return {VARIABLES[name]: server.url for name, server in servers.items()}
