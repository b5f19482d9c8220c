"""One transaction, and one SQL text for two databases.

Statements are written once, in plain SQL with a few words of our own that each database reads in its way:

    id IN :ids                                  any of a list of texts, as one parameter; `id = …` for a list of one
    :rows(id text, fence bigint) AS new         a list of mappings as a table, as one parameter
    FOR UPDATE, FOR SHARE, SKIP LOCKED          fall away on SQLite, where a writing transaction is alone anyway

One parameter for a whole batch keeps the statement's text the same whatever the batch's size, so that it is parsed and
planned once. Only SQLite is given rows value by value, some at a time: its JSON functions would take longer than all the
rest. So a statement that has a table as its one parameter must mean the same for all rows and for some after the others.

On PostgreSQL it is round trips that take time. So what is run for its effect, or to see whether all of it may be done, waits
until an answer is asked for, or until the end, and goes in the same trip: with what asks, or with the COMMIT.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection

from orchestrator.stores.codec import encode
from orchestrator.stores.sql import engine, schema

Found = Any  # a row: a tuple with the names of its columns
Given = Mapping[str, Any]  # a row, by column

CHUNK = 100  # rows that SQLite is given at once: it reads that many values no slower than JSON, and writes them sooner

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
    columns = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in _named(table[2]))
    return f"(SELECT {columns} FROM json_each(:{table[1]}))"


def _named(declared: str) -> list[str]:
    return [column.split()[0] for column in declared.split(",")]


_READINGS: Mapping[str, Callable[[str], str]] = {"postgresql": _postgresql, "sqlite": _sqlite}


@cache
def read_as(dialect: str, statement: str, alone: frozenset[str] = frozenset()) -> str:
    """A statement as a database's driver reads it.

    Lists that are `alone`, of one text, are no lists any more: PostgreSQL would plan the statement anew for each.
    """
    return _READINGS[dialect](_MEMBER.sub(lambda found: f"= :{found[1]}" if found[1] in alone else found[0], statement))


@cache
def columns_in(statement: str) -> tuple[str, ...]:
    """The columns of the table that is a statement's parameter."""
    return tuple(name for table in _TABLE.finditer(statement) for name in _named(table[2]))


@cache
def valued(count: int, statement: str) -> str:
    """A statement as SQLite reads it whose one parameter is a table of so many rows, given as their values."""
    names = columns_in(statement)
    renamed = ", ".join(f"column{place} AS {name}" for place, name in enumerate(names, start=1))
    return _TABLE.sub(f"(SELECT {renamed} FROM (VALUES {_places(count, len(names))}))", _LOCK.sub("", statement))


def _places(rows: int, columns: int) -> str:
    return ", ".join([f"({', '.join('?' * columns)})"] * rows)


@cache
def insertion(table: str, conflict: str) -> str:
    """The statement by which PostgreSQL inserts many whole rows at once, given as one JSON text."""
    names = ", ".join(columns(table))
    rows = f"json_populate_recordset(CAST(NULL AS {table}), CAST(%(rows)s AS json))"
    return f"INSERT INTO {table} ({names}) SELECT {names} FROM {rows} {conflict}"


@cache
def insertion_of(count: int, table: str, conflict: str) -> str:
    """The statement by which SQLite inserts so many whole rows at once, given as their values."""
    names = columns(table)
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES {_places(count, len(names))} {conflict}"


@cache
def columns(table: str) -> tuple[str, ...]:
    """The columns that rows are given in: all but the number that the database gives."""
    return tuple(column.name for column in schema.metadata.tables[table].columns if column.name != "seq")


Hearer = Callable[[Sequence[Found]], object]


def _nobody(_: Sequence[Found]) -> None:
    """Hears what a statement answers."""


_Waiting = tuple[str, Any, Hearer]
_BEGIN: _Waiting = ("BEGIN", None, _nobody)


class Session:
    """What may be done within one transaction; `commit` ends it, where what it ran may wait until then.

    On PostgreSQL it `begins` one by itself: the driver would spend a trip on that alone.
    """

    def __init__(self, connection: Connection, *, may_wait: bool = False, begins: bool = False) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name
        self._may_wait = may_wait and self._dialect == "postgresql"
        self._waiting: list[_Waiting] = [_BEGIN] if begins and self._may_wait else []

    @property
    def dialect(self) -> str:
        """Which database it is: sqlite or postgresql."""
        return self._dialect

    def rows(self, statement: str, **values: Any) -> Sequence[Found]:
        """Run a statement that may answer. A tuple of texts is for `IN`, a list of mappings is a table."""
        if self._dialect == "sqlite" and len(values) == 1 and isinstance(given := next(iter(values.values())), list):
            return self._by_values(partial(valued, statement=statement), given, columns_in(statement))
        return self._answer(*self._read(statement, values))

    def together(self, *asked: tuple[str, Given]) -> list[Sequence[Found]]:
        """The rows of statements that are run one after the other, and of which none needs what another answers."""
        return self._asked(*(self._read(statement, values) for statement, values in asked))

    def run(self, statement: str, *, then: Hearer = _nobody, **values: Any) -> None:
        """Run a statement for what it does. `then` hears the answer, when another one is asked for at the latest.

        What others ask for is done by then; where it must not be, `then` raises, which undoes the transaction.
        """
        if self._may_wait:
            self._waiting.append((*self._read(statement, values), then))
        else:
            then(self.rows(statement, **values))

    def flush(self) -> None:
        """Send what waits still."""
        if self._waiting:
            self._asked()

    def commit(self) -> None:
        """Send what waits still, and end the transaction with it; first what somebody hears, who may object."""
        if any(then is not _nobody for _, _, then in self._waiting):
            self._asked()
        if self._waiting not in ([], [_BEGIN]):
            self._answer("COMMIT", None)

    def _read(self, statement: str, values: Given) -> tuple[str, Given]:
        alone = frozenset(name for name, value in values.items() if isinstance(value, tuple) and len(value) == 1)
        packed = {name: value[0] if name in alone else self._packed(value) for name, value in values.items()}
        return read_as(self._dialect, statement, alone), packed

    def _packed(self, value: Any) -> Any:
        if isinstance(value, tuple) and self._dialect == "postgresql":
            return list(value)
        return encode(value) if isinstance(value, (tuple, list)) else value

    def inserted(self, table: str, rows: Sequence[Given], conflict: str) -> Sequence[Found]:
        """Insert whole rows; `conflict` is what to do where one is there already, and asks for an answer."""
        if self._dialect == "sqlite":
            return self._by_values(partial(insertion_of, table=table, conflict=conflict), rows, columns(table))
        return self._answer(insertion(table, conflict), {"rows": encode(rows)}) if rows else ()

    def insert(self, table: str, rows: Sequence[Given], conflict: str = "", *, then: Hearer = _nobody) -> None:
        """Insert whole rows; `conflict` is what to do where one is there already, and `then` hears what that answers."""
        if not self._may_wait:
            then(self.inserted(table, rows, conflict))
        elif rows:
            self._waiting.append((insertion(table, conflict), {"rows": encode(rows)}, then))

    def _by_values(self, made: Callable[[int], str], rows: Sequence[Given], names: Sequence[str]) -> Sequence[Found]:
        found: list[Found] = []
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            found += self._answer(made(len(chunk)), tuple(_values(chunk, names)))
        return found

    def _answer(self, statement: str, values: Any) -> Sequence[Found]:
        return self._asked((statement, values))[0]

    def _asked(self, *statements: tuple[str, Any]) -> list[Sequence[Found]]:
        """What the database answers, once what waits is done and heard."""
        waiting, self._waiting = self._waiting, []
        answers = engine.ask(
            self._connection, [*((statement, values) for statement, values, _ in waiting), *statements]
        )
        for (_, _, then), answer in zip(waiting, answers, strict=False):
            then(answer)
        return answers[len(waiting) :]


def _values(rows: Sequence[Given], names: Sequence[str]) -> Iterator[Any]:
    """The values of all rows, one after the other."""
    if len(names) == 1:
        return (row[names[0]] for row in rows)
    return chain.from_iterable(map(itemgetter(*names), rows))
