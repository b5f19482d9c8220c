"""What every store in SQL is: transactions on one database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from sqlalchemy import Engine

from orchestrator.stores.sql import engine
from orchestrator.stores.sql.engine import absence_told
from orchestrator.stores.sql.migrations import upgrade
from orchestrator.stores.sql.session import Session


class SqlStore:
    """Transactions on one database, whose tables are made or brought up to date first."""

    def __init__(self, database: Engine) -> None:
        self._engine = database
        self._has_one_writer = database.dialect.name == "sqlite"
        self._autocommit = engine.autocommitting(database)

    @classmethod
    def open(cls, url: str) -> Self:
        """The store at `sqlite:///path` or `postgresql://…`."""
        database = engine.connect(url)
        upgrade(database)
        return cls(database)

    @contextmanager
    def _write(self) -> Iterator[Session]:
        with absence_told(), self._autocommit.begin() as connection:
            session = Session(connection, may_wait=True, begins=True)
            yield session
            session.commit()

    @contextmanager
    def _write_singly(self) -> Iterator[Session]:
        """Statements of which each may stand alone: where writers do not wait for each other, no transaction is spent on them."""
        with absence_told(), self._autocommit.begin() as connection:
            session = Session(connection, may_wait=True)
            yield session
            session.flush()

    @contextmanager
    def _read(self) -> Iterator[Session]:
        with absence_told(), self._autocommit.connect() as connection:
            yield Session(connection)

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()
