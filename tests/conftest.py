"""Real servers for the tests, started when the first test wants them and shared by all of this process.

`records` and `touches` run a test once over each store, the ones in memory included: one body holds all to the same word.
PostgreSQL is the one at KAIROS_TEST_PG_URL, or else one that is started here.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from redis import Redis
from sqlalchemy import create_engine, inspect, make_url, text

from orchestrator.ports import Records, Touches
from orchestrator.stores.embedded import NoServer, postgres_server, redis_server
from orchestrator.stores.memory import MemoryRecords, MemoryTouches
from orchestrator.stores.redis_touches import RedisTouches, connect
from orchestrator.stores.sql import SqlRecords

# a law holds or does not, however busy the machine is; where nobody looks on, the same cases are tried each time
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("house"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "house")

HORIZON = timedelta(days=30)


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """What a test leaves in the environment is gone after it."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis of this process's own."""
    with redis_server(tmp_path_factory.mktemp("redis"), persistent=False) as server:
        yield server.url


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[Redis]:
    """A client of an empty Redis."""
    with connect(redis_url) as client:
        client.flushall()
        yield client


@pytest.fixture(scope="session")
def new_postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Makes databases without tables in a PostgreSQL; they go with the session."""
    with ExitStack() as stack:
        url = os.environ.get("KAIROS_TEST_PG_URL")
        if url is None:
            try:
                url = stack.enter_context(postgres_server(tmp_path_factory.mktemp("postgres"))).url
            except NoServer as no:
                pytest.skip(str(no))

        def new() -> str:
            name = f"kairos_{uuid4().hex}"
            _administer(url, f"CREATE DATABASE {name}")
            stack.callback(_administer, url, f"DROP DATABASE {name} WITH (FORCE)")
            return make_url(url).set(database=name).render_as_string(hide_password=False)

        yield new


@pytest.fixture(scope="session")
def postgres_url(new_postgres_url: Callable[[], str]) -> str:
    """A migrated PostgreSQL database of this process's own."""
    url = new_postgres_url()
    SqlRecords.open(url).close()
    return url


@pytest.fixture
def empty_postgres_url(new_postgres_url: Callable[[], str]) -> str:
    """A PostgreSQL database without tables."""
    return new_postgres_url()


def _administer(url: str, statement: str) -> None:
    plain = make_url(url).set(drivername="postgresql+psycopg", query={})
    engine = create_engine(plain, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(scope="session")
def new_postgres(postgres_url: str) -> Iterator[Callable[[], SqlRecords]]:
    """Gives empty records in PostgreSQL: the same database each time, with nothing in it."""
    store = SqlRecords.open(postgres_url)
    with store._engine.connect() as connection:
        tables = [name for name in inspect(connection).get_table_names() if name != "alembic_version"]
    empty = "; ".join(f"DELETE FROM {table}" for table in tables)

    def new() -> SqlRecords:
        _administer(postgres_url, empty)
        return store

    yield new
    store.close()


@pytest.fixture
def postgres(new_postgres: Callable[[], SqlRecords]) -> SqlRecords:
    """Empty records in PostgreSQL."""
    return new_postgres()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    SqlRecords.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def new_sqlite(sqlite_template: Path, tmp_path: Path) -> Iterator[Callable[[], SqlRecords]]:
    """Makes empty records in SQLite, each in a file of their own."""
    opened: list[SqlRecords] = []

    def new() -> SqlRecords:
        path = tmp_path / f"{len(opened)}.db"
        shutil.copy(sqlite_template, path)
        opened.append(SqlRecords.open(f"sqlite:///{path}"))
        return opened[-1]

    yield new
    for store in opened:
        store.close()


@pytest.fixture
def sqlite(new_sqlite: Callable[[], SqlRecords]) -> SqlRecords:
    """Empty records in SQLite."""
    return new_sqlite()


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def records(request: pytest.FixtureRequest) -> Records:
    """Empty records, of each kind in turn."""
    if request.param == "memory":
        return MemoryRecords()
    store: Records = request.getfixturevalue(request.param)
    return store


@pytest.fixture(params=["sqlite", "postgres"])
def sql_records(request: pytest.FixtureRequest) -> SqlRecords:
    """Empty records in SQL, of each kind in turn."""
    store: SqlRecords = request.getfixturevalue(request.param)
    return store


@pytest.fixture(params=["memory", "redis"])
def touches(request: pytest.FixtureRequest) -> Touches:
    """An empty hot state, of each kind in turn, behind which no touches are on record."""
    if request.param == "memory":
        return MemoryTouches(horizon=HORIZON)
    return RedisTouches(request.getfixturevalue("redis_client"), rebuild=lambda people, since: {}, horizon=HORIZON)
