"""Tables are brought up to date from every state they were ever in, and what is in them stays, and can be worked with."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from orchestrator.ports import Attempt
from orchestrator.stores.instants import instant
from orchestrator.stores.sql import SqlRecords, engine, migrations, schema
from tests.stores.builders import AT_ONCE, LEASE, NOW, claimed, moment

SOME: dict[str, dict[str, Any]] = {
    "profiles": {"id": "u1", "market": "ID", "addresses": '{"email": [["a@example.com"], ["a@example.com"]]}'},
    "addresses": {"channel": "email", "address": "a@example.com", "profile": "u1"},
    "moments": {"id": "m1", "name": "ping", "profile": "u1", "wake": None},
    "messages": {"id": "d1", "profile": "u1", "state": "ready", "channel": "email", "due": None, "provider_id": None},
    "bodies": {
        "message": "d1",
        "addresses": '["a@example.com"]',
        "moment": '["m1", "ping", "u1", 0, {}]',
        "trace": "[]",
    },
    "attempts": {"message": "d0", "attempt": 1},
    "receipts": {"key": "k1", "message": "d0", "wake": None, "body": '{"kind": "delivered"}'},
    "suppressions": {"channel": "email", "address": "b@example.com"},
}
ORDERS = """
    SELECT table_name, column_name, collation_name FROM information_schema.columns
    WHERE table_schema = current_schema() AND data_type = 'text'
"""
IN_ANOTHER_ORDER = """
    SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class AS t ON t.oid = indrelid
    WHERE relnamespace = current_schema()::regnamespace AND indcollation::oid[] && ARRAY['"default"'::regcollation::oid]
"""
CONTENT = '["email", {"subject": "Hello"}, null, null]'


def revisions() -> list[str]:
    """All states of the tables, the first one first."""
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    return [one.revision for one in reversed(list(script.walk_revisions()))]


def upgraded(connection: Connection, revision: str) -> None:
    """Bring empty tables into an earlier state."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def filled(connection: Connection) -> dict[str, int]:
    """Put a row into every table, as its columns are in this state; returns how many each has."""
    found = inspect(connection)
    tables = [table for table in found.get_table_names() if table != "alembic_version"]
    for table in tables:
        columns = {str(column["name"]): column for column in found.get_columns(table)}
        values = {name: _value(name, column["type"]) for name, column in columns.items()}
        values |= {name: value for name, value in SOME.get(table, {}).items() if name in columns}
        if table == "bodies" and "TEXT" not in str(columns["message"]["type"]):
            values["message"] = 0  # the message's number, as every other number here
        names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
        connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), values)
    return {table: _count(connection, table) for table in tables}


def _value(name: str, kind: object) -> Any:
    if name == "content":
        return CONTENT
    if name in ("wake", "at"):
        return 1
    return "{}" if "TEXT" in str(kind).upper() or "CHAR" in str(kind).upper() else 0


def _count(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


FIRST, *LATER = (("sqlite", one) for one in revisions())
ALL = [
    FIRST,
    *(pytest.param(*one, marks=pytest.mark.slow) for one in [*LATER, *(("postgres", r) for r in revisions())]),
]


@pytest.mark.parametrize(("kind", "revision"), ALL)
def test_data_of_every_earlier_state_is_kept_and_used(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, revision: str
) -> None:
    """Rows stay, tables are as the schema has them, and a message that was ready before is handed over after."""
    url = f"sqlite:///{tmp_path}/kairos.db" if kind == "sqlite" else request.getfixturevalue("empty_postgres_url")
    database = engine.connect(url)
    request.addfinalizer(database.dispose)
    with database.begin() as connection:
        upgraded(connection, revision)
        before = filled(connection)
    records = SqlRecords.open(url)
    request.addfinalizer(records.close)
    with database.begin() as connection:
        assert {table: _count(connection, table) for table in before} == before
        standing = inspect(connection)
        for table in schema.metadata.sorted_tables:
            assert {column["name"] for column in standing.get_columns(table.name)} == set(table.columns.keys())
    assert records.profiles(["u1"])["u1"].addresses == {"email": ("a@example.com",)}
    assert claimed(records, "d1", now=NOW) == ["d1"]
    assert records.accept([moment("m1"), moment("m2")], now=NOW, lease=AT_ONCE) == {"m2"}
    assert [one.id for one in records.take_moments(now=NOW + timedelta(seconds=1), lease=LEASE, limit=9)] == ["m2"]


def test_text_is_in_the_order_of_its_bytes_on_postgresql(
    empty_postgres_url: str, request: pytest.FixtureRequest
) -> None:
    """In whichever language the database is: all columns say so, and no index goes by another order."""
    records = SqlRecords.open(empty_postgres_url)
    request.addfinalizer(records.close)
    database = engine.connect(empty_postgres_url)
    request.addfinalizer(database.dispose)
    with database.begin() as connection:
        found = connection.execute(text(ORDERS))
        orders = {(table, column): order for table, column, order in found}
        assert connection.execute(text(IN_ANOTHER_ORDER)).scalars().all() == ["alembic_version_pkc"]
    texts = {(t.name, c.name) for t in schema.metadata.sorted_tables for c in t.columns if c.type is schema.TEXT}
    assert len(texts) > 100
    assert orders == dict.fromkeys(texts, "C")


def test_the_attempts_of_a_message_stay_its_own(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The last one stands in the message's own row since, and what happens next is told behind it."""
    url = f"sqlite:///{tmp_path}/kairos.db"
    database = engine.connect(url)
    request.addfinalizer(database.dispose)
    with database.begin() as connection:
        upgraded(connection, "0008")
        filled(connection)
        connection.execute(
            text("UPDATE messages SET state = 'retry', wake = 1, attempt = 2, fence = 2, provider = 'first'")
        )
        for attempt in (1, 2):
            connection.execute(
                text("INSERT INTO attempts VALUES ('d1', :n, :n, :n, 'first', 'retry', 'busy', 9)"), {"n": attempt}
            )
    records = SqlRecords.open(url)
    request.addfinalizer(records.close)
    before = [Attempt("d1", n, n, instant(n), "first", "retry", "busy", instant(9)) for n in (1, 2)]
    assert records.attempts("d1") == before
    assert claimed(records, "d1", now=NOW) == ["d1"]
    assert records.attempts("d1") == [*before, Attempt("d1", 3, 3, NOW, "first")]
