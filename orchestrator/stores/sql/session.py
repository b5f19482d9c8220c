"""One transaction, and one SQL text for two databases.

Statements are written once, in plain SQL with a few words of our own that each database reads in its way:

    id IN :ids                                  any of a list of texts, as one parameter
    :rows(id text, fence bigint) AS new         a list of mappings as a table, as one parameter
    FOR UPDATE, FOR SHARE, SKIP LOCKED          fall away on SQLite, where a writing transaction is alone anyway

One parameter for a whole batch keeps the statement's text the same whatever the batch's size, so that it is parsed and
planned once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, CursorResult, Row

from orchestrator.stores.codec import encode
from orchestrator.stores.sql import schema

Found = Row[*tuple[Any, ...]]

_MEMBER = re.compile(r"\bIN :(\w+)")
_TABLE = re.compile(r":(\w+)\(([^)]*)\)")
_LOCK = re.compile(r"\s+FOR (?:UPDATE|SHARE)(?: OF \w+)?(?: SKIP LOCKED)?")
_VALUE = re.compile(r"(?<!:):(\w+)")


def _postgresql(statement: str) -> str:
    statement = _MEMBER.sub(r"= ANY(:\1)", statement)
    statement = re.sub(_TABLE.pattern + r" AS (\w+)", r"json_to_recordset(CAST(:\1 AS json)) AS \3(\2)", statement)
    return _VALUE.sub(r"%(\1)s", statement)


def _sqlite(statement: str) -> str:
    statement = _LOCK.sub("", _MEMBER.sub(r"IN (SELECT value FROM json_each(:\1))", statement))
    return _TABLE.sub(_unpacked, statement)


def _unpacked(table: re.Match[str]) -> str:
    names = [column.split()[0] for column in table[2].split(",")]
    columns = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in names)
    return f"(SELECT {columns} FROM json_each(:{table[1]}))"


_READINGS: Mapping[str, Callable[[str], str]] = {"postgresql": _postgresql, "sqlite": _sqlite}


@cache
def read_as(dialect: str, statement: str) -> str:
    """A statement as a database's driver reads it."""
    return _READINGS[dialect](statement)


@cache
def insertion(dialect: str, table: str, conflict: str) -> str:
    """The statement that inserts many whole rows at once, given as one JSON text."""
    names = _columns(table)
    rows = f"json_populate_recordset(CAST(NULL AS {table}), CAST(%(rows)s AS json))"
    values = ", ".join(names)
    if dialect == "sqlite":
        rows, values = "json_each(:rows)", ", ".join(f"json_extract(value, '$.{name}')" for name in names)
    # without a condition, SQLite would take the conflict for a join's
    return f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {rows} WHERE true {conflict}"


@cache
def repeated_insertion(table: str, conflict: str) -> str:
    """The statement that SQLite's driver repeats for each row: slower for many small columns, faster for large texts."""
    names = _columns(table)
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)}) {conflict}"


def _columns(table: str) -> list[str]:
    """The columns that rows are given in: all but the number that the database gives."""
    return [column.name for column in schema.metadata.tables[table].columns if column.name != "seq"]


class Session:
    """What may be done within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name

    def rows(self, statement: str, **values: Any) -> Sequence[Found]:
        """Run a statement that answers. A tuple of texts is for `IN`, a list of mappings is a table."""
        return self._execute(statement, values).all()

    def run(self, statement: str, **values: Any) -> None:
        """Run a statement that does not answer."""
        self._execute(statement, values)

    def _execute(self, statement: str, values: Mapping[str, Any]) -> CursorResult[*tuple[Any, ...]]:
        packed = {name: self._packed(value) for name, value in values.items()}
        return self._connection.exec_driver_sql(read_as(self._dialect, statement), packed)

    def _packed(self, value: Any) -> Any:
        if isinstance(value, tuple) and self._dialect == "postgresql":
            return list(value)
        return encode(value) if isinstance(value, (tuple, list)) else value

    def insert(self, table: str, rows: Sequence[Mapping[str, Any]], conflict: str = "") -> Sequence[Found]:
        """Insert whole rows; `conflict` is what to do where one is there already, and may ask for an answer."""
        if not rows:
            return ()
        found = self._connection.exec_driver_sql(insertion(self._dialect, table, conflict), {"rows": encode(rows)})
        return found.all() if found.returns_rows else ()

    def insert_large(self, table: str, rows: Sequence[dict[str, Any]], conflict: str = "") -> None:
        """Insert whole rows with large texts, which SQLite's own JSON functions would read too often."""
        if self._dialect != "sqlite":
            self.insert(table, rows, conflict)
        elif rows:
            self._connection.exec_driver_sql(repeated_insertion(table, conflict), list(rows))
