"""What is raised while a store is away: whoever meets it can only try again later."""

from __future__ import annotations

import sqlite3

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from orchestrator.ports import Away

OUTAGES: tuple[type[Exception], ...] = (
    sqlite3.OperationalError,
    OperationalError,
    InterfaceError,
    PoolTimeout,
    RedisError,
    Away,
)
TIMEOUT = 1.0  # seconds


def ping(url: str) -> None:
    """Ask a Redis whether it is there.

    Raises:
        redis.exceptions.RedisError: it does not answer within a second.
    """
    with Redis.from_url(url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT) as client:
        client.ping()
