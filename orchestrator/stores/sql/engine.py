"""Connections to SQLite and PostgreSQL, set up so that the guarantees hold.

SQLite     one writer at a time from its first statement on (BEGIN IMMEDIATE), readers beside it (WAL). `synchronous=NORMAL`:
           a commit is in the log file before it returns, and the log is the system's then, so that killing this process
           loses nothing; only a power failure may take the last commits back, never half of one. Whoever writes little
           comes before whoever writes much, and does not wait for the log to be moved to the file.
PostgreSQL READ COMMITTED, where each statement sees all that was committed before it; what must not overlap is locked
           by row. Waiting for a lock ends with an error after ten seconds, as it does on SQLite.

What goes into a statement is people's data, so that no error repeats it. A database that is away, locked or full is told in the
ports' own word, so that it is not taken for a fault of what was to be written.
"""

from __future__ import annotations

import os
import sqlite3
import weakref
from collections import namedtuple
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from types import TracebackType
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from orchestrator.ports import Away, Unfit
from orchestrator.stores.sql.wal import Mover

OLDEST_SQLITE = (3, 35)  # RETURNING
LOCK_WAIT = 10  # seconds
RESTED = 1.0  # seconds after which a connection may have been cut off unnoticed
CONNECT_WAIT = 5  # seconds
PATIENCE = f"PRAGMA busy_timeout={LOCK_WAIT * 1000}"
LOG, WRITE = "PRAGMA journal_mode=WAL", "BEGIN IMMEDIATE"
LARGEST_LOG = 128_000_000  # bytes that the log keeps when it begins anew, having grown while somebody read for long
PRAGMAS = (
    "synchronous=NORMAL",
    "foreign_keys=OFF",
    "cache_size=-8000",  # KiB, for each connection: whatever another process writes empties it
    "temp_store=MEMORY",
)
SQLITE_AWAY = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)


@dataclass(frozen=True, slots=True)
class _Manner:
    """How a connection to SQLite behaves towards other writers, by what its last transaction wrote."""

    glance: float  # seconds between two looks whether the one writer's place is free
    log: int  # pages of 4 KiB after which a commit moves them to the file, which takes up to 100 ms


LARGE = 100  # rows: somebody waits for what writes fewer
AT_ONCE, IN_TIME = _Manner(glance=0.0002, log=16_000), _Manner(glance=0.0007, log=8_000)
POSTGRES_AWAY = (psycopg.OperationalError, psycopg.InterfaceError)
# a batch is found by its ids; PostgreSQL by itself supposes the costs of a spinning disk, and would read whole tables
# instead until they are large, in processes that it starts for each batch
POSTGRES_PLANS = "-c jit=off -c random_page_cost=1.1 -c max_parallel_workers_per_gather=0"
PREPARES = "prepare_threshold"  # `none` in the URL: a pooler hands each transaction another connection, which knows no statements
POSTGRES_OPTIONS = f"-c timezone=UTC {POSTGRES_PLANS} -c lock_timeout={LOCK_WAIT}s"


EXPECTED = "sqlite:///path/to/file or postgresql://user@host/database"


class UnknownDatabase(Unfit):
    """The URL names a database that is neither SQLite nor PostgreSQL, or nothing at all."""


def connect(url: str) -> Engine:
    """An engine for `sqlite:///path` or `postgresql://…`; nothing is opened before it is needed.

    Raises:
        UnknownDatabase: the URL is for another kind of database, or this Python's SQLite is too old.
    """
    parsed = _parsed(url)
    engine = _engine(parsed)
    event.listen(engine, "handle_error", partial(_tell_absence, parsed.render_as_string(hide_password=True)))
    _survive_forks(engine)
    return engine


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):  # whose words repeat it, with its password
        raise UnknownDatabase(f"it is no URL of a database: write {EXPECTED}") from None


def _engine(url: URL) -> Engine:
    kind = url.get_backend_name()
    if kind == "sqlite":
        return _sqlite(url)
    if kind in ("postgresql", "postgres"):
        return _postgresql(url.set(drivername="postgresql+psycopg"))
    raise UnknownDatabase(f"{kind!r} is not supported: write {EXPECTED}")


def _sqlite(url: URL) -> Engine:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise UnknownDatabase(f"SQLite {sqlite3.sqlite_version} is too old: 3.35 or newer is needed")
    if url.database:
        with suppress(OSError):  # told when it is opened
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", partial(_begin, {}))
    mover = Mover(url.database or "")
    event.listen(engine, "commit", partial(_commit, mover))
    event.listen(engine, "engine_disposed", lambda _: mover.end())
    return engine


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own accord
    if not _done_soon(connection, LOG, monotonic() + LOCK_WAIT):
        connection.execute(LOG)  # and tell why not
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(f"PRAGMA journal_size_limit={LARGEST_LOG}")


def _begin(turns: dict[int, Lock], connection: Connection) -> None:
    """One thread of a process looks for the writer's place, and the others wait for their turn: if all looked, they would hinder everybody."""
    driver: Any = connection.connection.driver_connection
    end, turn = monotonic() + LOCK_WAIT, turns.setdefault(os.getpid(), Lock())  # a forked process has its own
    is_mine = turn.acquire(timeout=LOCK_WAIT)
    try:
        begun = _done_soon(driver, WRITE, end, connection.info.get("manner", AT_ONCE))
    finally:
        if is_mine:
            turn.release()
    if not begun:
        connection.exec_driver_sql(WRITE)  # and tell why not
    connection.info["written"] = driver.total_changes


def _commit(mover: Mover, connection: Connection) -> None:
    """Whoever has written much looks less often for the next place, and moves the log in time: for others it is moved beside them."""
    driver: Any = connection.connection.driver_connection
    manner = IN_TIME if driver.total_changes - connection.info["written"] > LARGE else AT_ONCE
    connection.info["manner"] = manner
    driver.execute(f"PRAGMA wal_autocheckpoint={manner.log}")
    if manner is AT_ONCE:
        mover.stir()


def _done_soon(driver: Any, statement: str, end: float, manner: _Manner = AT_ONCE) -> bool:
    """Run a statement soon after the one writer's place is free.

    SQLite itself would look for it after ever longer pauses only, and not at all while another program makes its tables.
    """
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while monotonic() < end:
            try:
                driver.execute(statement)
                return True
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    break
            sleep(manner.glance)
    finally:
        driver.execute(PATIENCE)
    return False


def _postgresql(url: URL) -> Engine:
    manner = {"connect_timeout": CONNECT_WAIT, "options": POSTGRES_OPTIONS, **_preparing(url.query.get(PREPARES))}
    engine = create_engine(url.difference_update_query([PREPARES]), hide_parameters=True, connect_args=manner)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", partial(_ask_rested, engine))
    return engine


def _preparing(told: object) -> dict[str, None]:
    if told not in (None, "none"):
        raise UnknownDatabase(f"{PREPARES} is {told!r}: leave it out, or write none")
    return {PREPARES: None} if told else {}


def _note_use(_driver: object, entry: ConnectionPoolEntry) -> None:
    entry.info["used"] = monotonic()


def _ask_rested(engine: Engine, driver: Any, entry: ConnectionPoolEntry, _proxy: object) -> None:
    """A database that was restarted costs nobody an error; a connection in steady use is not asked, as that takes a round trip."""
    if monotonic() - entry.info.get("used", monotonic()) > RESTED:
        try:
            engine.dialect.do_ping(driver)
        except psycopg.Error as error:
            raise DisconnectionError from error


def _survive_forks(engine: Engine) -> None:
    """A forked worker must not talk over its parent's connections."""
    known = weakref.ref(engine)

    def forget() -> None:
        inherited = known()
        if inherited is not None:
            inherited.dispose(close=False)

    os.register_at_fork(after_in_child=forget)


def _tell_absence(url: str, context: ExceptionContext) -> Away | None:
    """Why nobody can connect is told in full: it is of the settings, and of nobody's data."""
    error = context.original_exception
    if not (isinstance(error, POSTGRES_AWAY) or _says_away(error)):
        return None
    return _away(error) if context.connection else Away(f"the database {url} is away: {' '.join(str(error).split())}")


def _says_away(error: BaseException | None) -> bool:
    return isinstance(error, sqlite3.OperationalError) and (error.sqlite_errorcode & 0xFF) in SQLITE_AWAY


def _away(error: BaseException) -> Away:
    return Away(f"the database is away ({type(error).__name__})")


class absence_told:  # noqa: N801 - it is used as a statement, and a generator would cost twice as much
    """Tells in the port's own word that no connection was to be had, or that it was lost outside of any statement."""

    __slots__ = ()

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and (isinstance(error, PoolTimeout) or _says_away(error)):
            raise _away(error) from error


def ask(connection: Connection, statements: Sequence[tuple[str, Any]]) -> list[Sequence[Any]]:
    """Run statements, with their values; the rows that each of them answers, as tuples with the names of their columns.

    Straight by the driver, as SQLAlchemy's way to it takes longer than SQLite does; on PostgreSQL in one round trip.

    Raises:
        Away: the database cannot be reached.
    """
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        return [_asked_of_sqlite(driver, *statement) for statement in statements]
    try:
        with driver.pipeline():
            cursors = [driver.cursor(row_factory=namedtuple_row).execute(*statement) for statement in statements]
        return [cursor.fetchall() if cursor.description else () for cursor in cursors]
    except POSTGRES_AWAY as error:
        if driver.closed:
            connection.invalidate(error)
        raise _away(error) from error


def _asked_of_sqlite(driver: sqlite3.Connection, statement: str, values: Any) -> Sequence[Any]:
    try:
        cursor = driver.execute(statement, values)
        if cursor.description is None:
            return ()
        return list(map(_row(tuple(column[0] for column in cursor.description)), cursor))
    except sqlite3.OperationalError as error:
        if _says_away(error):
            raise _away(error) from error
        raise


@cache
def _row(names: tuple[str, ...]) -> Callable[[Iterable[Any]], tuple[Any, ...]]:
    made: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # of whatever is asked
    return made._make


def autocommitting(engine: Engine) -> Engine:
    """The same engine, whose driver for PostgreSQL begins no transactions by itself, each of which would cost a round trip."""
    return engine if engine.dialect.name == "sqlite" else engine.execution_options(isolation_level="AUTOCOMMIT")
