"""What is peculiar to SQL: one text for two databases, few statements, one truth about the tables, and commits that hold."""

from __future__ import annotations

import importlib
import os
import pkgutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import enumerate as enumerate_threads
from threading import get_ident
from time import monotonic, sleep
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, event, text

from orchestrator.model import Finding
from orchestrator.ports import Away, ProfileUpdate, Settlement, Start, departing
from orchestrator.stores import sql
from orchestrator.stores.sql import SqlRecords, engine, profiles, schema, wal
from orchestrator.stores.sql.engine import UnknownDatabase
from orchestrator.stores.sql.migrations import NewerDatabase, upgrade
from orchestrator.stores.sql.session import columns, insertion, insertion_of, read_as, valued
from tests.stores.builders import AT_ONCE, DAY, LEASE, NOW, allow, consent, draft, moment, person
from tests.waiting import until

ROOT = Path(__file__).parents[2]
STATEMENT = "SELECT n.id FROM :rows(id text, n bigint) AS n WHERE n.id IN :ids AND x = :x FOR UPDATE SKIP LOCKED"


def test_a_statement_is_read_in_each_database_s_way() -> None:
    """Lists are one parameter each, and locks are PostgreSQL's own."""
    assert read_as("postgresql", STATEMENT) == (
        "SELECT n.id FROM json_to_recordset(CAST(%(rows)s AS json)) AS n(id text, n bigint)"
        " WHERE n.id = ANY(%(ids)s) AND x = %(x)s FOR UPDATE SKIP LOCKED"
    )
    assert read_as("sqlite", STATEMENT) == (
        "SELECT n.id FROM (SELECT json_extract(value, '$.id') AS id, json_extract(value, '$.n') AS n FROM json_each(:rows))"
        " AS n WHERE n.id IN (SELECT value FROM json_each(:ids)) AND x = :x"
    )


@pytest.mark.parametrize(("dialect", "place"), [("postgresql", "%(ids)s"), ("sqlite", ":ids")])
def test_a_list_of_one_is_read_as_no_list(dialect: str, place: str) -> None:
    """So that what is asked of one person is planned once."""
    statement = "SELECT id FROM m WHERE id IN :ids"
    assert read_as(dialect, statement, frozenset({"ids"})) == f"SELECT id FROM m WHERE id = {place}"


def test_what_nobody_waits_for_is_done_with_the_rest_or_not_at_all(sql_records: SqlRecords) -> None:
    """Before what asks for an answer, and with the end of the transaction."""
    with sql_records._write() as session:
        session.run("INSERT INTO pauses (campaign) VALUES ('first')")
        found = session.together(("SELECT campaign FROM pauses", {}), ("SELECT count(*) AS size FROM pauses", {}))
        assert [tuple(row) for rows in found for row in rows] == [("first",), (1,)]
        session.insert("pauses", [{"campaign": "second"}])
    with pytest.raises((sqlite3.Error, psycopg.Error)):
        _pause(sql_records, "third", "second")
    assert sql_records.stops().paused == {"first", "second"}


def _pause(records: SqlRecords, *campaigns: str) -> None:
    with records._write() as session:
        for name in campaigns:
            session.run("INSERT INTO pauses (campaign) VALUES (:name)", name=name)


@pytest.mark.parametrize("asks", [True, False])
def test_whoever_hears_an_answer_may_object_to_all_of_it(sql_records: SqlRecords, asks: bool) -> None:
    """Whatever else was done with it, be it before the objection or after."""

    def object_to(found: Sequence[Any]) -> None:
        raise KeyError(len(found))

    def run() -> None:
        with sql_records._write() as session:
            session.run("SELECT campaign FROM pauses", then=object_to)
            session.insert("pauses", [{"campaign": "second"}])
            if asks:
                session.rows("SELECT 1")

    sql_records.pause("first", True)
    with pytest.raises(KeyError, match="1"):
        run()
    assert sql_records.stops().paused == {"first"}


def test_a_table_alone_is_given_to_sqlite_as_values() -> None:
    """Its JSON functions would take longer than all the rest."""
    statement = "UPDATE m SET n = new.n FROM :rows(id text, n bigint) AS new WHERE m.id = new.id FOR UPDATE"
    assert valued(2, statement) == (
        "UPDATE m SET n = new.n FROM (SELECT column1 AS id, column2 AS n FROM (VALUES (?, ?), (?, ?))) AS new"
        " WHERE m.id = new.id"
    )


def test_whole_rows_are_inserted_in_each_database_s_fastest_way() -> None:
    """The database numbers the ledger's entries itself."""
    assert insertion_of(2, "pauses", "") == "INSERT INTO pauses (campaign) VALUES (?), (?) "
    assert "json_populate_recordset(CAST(NULL AS pauses), CAST(%(rows)s AS json))" in insertion("pauses", "")
    assert "seq" not in columns("consents")


@contextmanager
def counted(records: SqlRecords, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements that are run, but for the beginning of transactions; on PostgreSQL one for each round trip."""
    statements: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    def note_trip(connection: Connection, asked: Sequence[tuple[str, Any]]) -> list[Sequence[Any]]:
        texts = [statement for statement, _ in asked]
        statements.extend([" & ".join(texts)] if connection.dialect.name == "postgresql" else texts)
        return ask(connection, asked)

    ask = engine.ask
    with monkeypatch.context() as patch:
        patch.setattr(engine, "ask", note_trip)
        event.listen(records._engine, "before_cursor_execute", note)
        yield statements
        event.remove(records._engine, "before_cursor_execute", note)


def test_a_batch_costs_as_few_statements_as_one(sql_records: SqlRecords, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL, what needs no answer of the others goes with them: every round trip counts for a single moment."""
    sqlite = sql_records._engine.dialect.name == "sqlite"
    outlook, decisions, begins, hand_over = (3, 6, 3, 4) if sqlite else (1, 2, 2, 3)
    people = [f"u{n}" for n in range(50)]
    sql_records.update_profiles([person(id, email=[f"{id}@example.com"]) for id in people])
    sql_records.record_consents([consent(id) for id in people])
    sql_records.enter("0:aa")
    drafts = [draft(id, profile=id) for id in people]
    revisions = {id: found.revision for id, found in sql_records.profiles(people).items()}
    first, rest = (
        Start({one.id: departing(one, "null", attempt=attempt) for one in some}, revisions, LEASE)
        for some, attempt in ((drafts[:20], 1), (drafts[20:40], 0))
    )
    with counted(sql_records, monkeypatch) as statements:
        happened = [moment(f"m-{id}", id) for id in people]
        assert len(sql_records.take_in(happened, history={"playlist.ready": DAY}, now=NOW, lease=LEASE)[0]) == 50
    assert len(statements) == 1
    with counted(sql_records, monkeypatch) as statements:
        sql_records.outlook(people, history={"playlist.ready": DAY}, now=NOW)
    assert len(statements) == outlook
    with counted(sql_records, monkeypatch) as statements:
        begun = sql_records.record(drafts, settled=[f"m-{id}" for id in people], now=NOW, eras=["0:aa"], start=first)
    assert (len(begun), len(statements)) == (20, decisions)
    with counted(sql_records, monkeypatch) as statements:
        assert len(sql_records.begin(rest, now=NOW)) == 20
    assert len(statements) == begins
    with counted(sql_records, monkeypatch) as statements:
        assert len(sql_records.claim(people, now=NOW, lease=LEASE, recheck=allow)) == 10
    assert len(statements) == hand_over
    with counted(sql_records, monkeypatch) as statements:
        sql_records.settle([Settlement(id, 1, "sent", "null") for id in people], now=NOW)
    assert len(statements) == 1


def test_what_was_found_of_several_people_is_written_once(sql_records: SqlRecords) -> None:
    """What was found of one alone stands in that person's messages, and goes with them."""
    own = (Finding("window", True, "window.open", "The person wrote at 09:00.", "whatsapp"),)
    drafts = [draft(f"d{n}", profile=f"u{n}") for n in range(3)]
    drafts += [replace(draft(id, profile="u3"), trace=own) for id in ("d3", "d4")]
    sql_records.record(drafts, settled=[], now=NOW)
    sql_records.record([draft("d5", profile="u5")], settled=[], now=NOW)
    kept = [record.trace for one in drafts if (record := sql_records.message(one.id))]
    assert kept == [one.trace for one in drafts]
    assert _told(sql_records) == (1, 3)


def test_a_long_content_takes_little_room(sql_records: SqlRecords) -> None:
    """And is what it was when it is read, or handed over."""
    long = draft("d1", fields={"subject": "Hello", "html": "<p>Hello</p>" * 1000})
    sql_records.record([long, draft("d2")], settled=[], now=NOW)
    with sql_records._engine.connect() as connection:
        sizes = connection.execute(text("SELECT length(content) FROM bodies ORDER BY message")).scalars().all()
    assert max(sizes) < 500
    (handed,) = sql_records.claim(["d1"], now=NOW, lease=LEASE, recheck=allow)
    assert handed.content == long.content


def _told(records: SqlRecords) -> tuple[int, int]:
    """How many traces are written for several messages, and how many messages have theirs to themselves."""
    with records._engine.connect() as connection:
        shared = connection.execute(text("SELECT count(*) FROM traces")).scalar_one()
        own = connection.execute(text("SELECT count(*) FROM bodies WHERE trace LIKE '[%'")).scalar_one()
    return int(shared), int(own)


def test_the_migrations_make_the_tables_that_the_code_knows(sql_records: SqlRecords) -> None:
    """Not one column or index more or less, whichever module of the package has the table."""
    for module in pkgutil.iter_modules(sql.__path__, "orchestrator.stores.sql."):
        importlib.import_module(module.name)
    with sql_records._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []


def test_a_database_is_brought_up_to_date_once(tmp_path: Path) -> None:
    """And folders on the way to a new file are made."""
    url = f"sqlite:///{tmp_path}/deep/down/kairos.db"
    SqlRecords.open(url).close()
    records = SqlRecords.open(url)
    records.update_profiles([person()])
    assert records.audience() == ["u1"]
    records.close()


def test_programs_that_start_at_once_share_the_work(tmp_path: Path, empty_postgres_url: str) -> None:
    """One makes the tables, the others wait for it."""
    urls = [f"sqlite:///{tmp_path}/kairos.db", empty_postgres_url]
    programs = [fork(lambda url=url: SqlRecords.open(url).close()) for url in urls * 3]  # type: ignore[misc]
    assert [ended_well(program) for program in programs] == [True] * 6


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    """With a word on what to do."""
    database = engine.connect(f"sqlite:///{tmp_path}/kairos.db")
    upgrade(database)
    with database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerDatabase, match="install a newer version"):
        upgrade(database)
    database.dispose()


def test_other_databases_are_refused() -> None:
    """By name, with what may be written instead."""
    with pytest.raises(UnknownDatabase, match=r"'mysql'.*sqlite:///"):
        SqlRecords.open("mysql://localhost/kairos")
    with pytest.raises(UnknownDatabase, match=r"prepare_threshold is '5': leave it out, or write none"):
        SqlRecords.open("postgresql://localhost/kairos?prepare_threshold=5")


def test_an_error_repeats_nothing_of_what_is_stored(sql_records: SqlRecords) -> None:
    """Errors end up in logs, and what is stored is about people."""
    with pytest.raises((sqlite3.Error, psycopg.Error)) as raised, sql_records._write() as session:
        session.run("INSERT INTO nowhere VALUES (:secret)", secret="ani@example.com")
    assert "ani@example.com" not in str(raised.value)


CHILD = """
import sys
from datetime import timedelta
from orchestrator.stores.sql import SqlRecords
from tests.stores.builders import NOW, moment
records = SqlRecords.open(sys.argv[1])
n = 0
while True:
    records.accept([moment(f"m{n}")], now=NOW, lease=timedelta(0))
    print(n, flush=True)
    n += 1
"""


def test_a_database_that_somebody_else_holds_or_nobody_serves_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which is no fault of what was to be written: it is tried again."""
    monkeypatch.setattr(engine, "PATIENCE", "PRAGMA busy_timeout=10")
    monkeypatch.setattr(engine, "LOCK_WAIT", 0.1)
    records = SqlRecords.open(f"sqlite:///{tmp_path / 'held.db'}")
    with closing(sqlite3.connect(tmp_path / "held.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(Away):
            records.remember("key", "value")
        assert records.recall("key") is None
    with pytest.raises(Away):
        SqlRecords(engine.connect("postgresql://nobody@127.0.0.1:1/none")).recall("key")
    records.close()


def test_a_connection_that_breaks_off_with_statements_waiting_is_told_as_such(empty_postgres_url: str) -> None:
    """Nothing of them is written, and the next transaction has a connection that works."""
    records, other = SqlRecords.open(empty_postgres_url), engine.connect(empty_postgres_url)
    with pytest.raises(Away):
        _pause_cut_off(records, other)
    assert records.stops().paused == set()
    _pause(records, "second")
    assert records.stops().paused == {"second"}
    records.close()
    other.dispose()


def _pause_cut_off(records: SqlRecords, other: Engine) -> None:
    with records._write() as session:
        [(backend,)] = session.rows("SELECT pg_backend_pid()")
        session.run("INSERT INTO pauses (campaign) VALUES ('first')")
        with other.connect() as connection:
            connection.exec_driver_sql(f"SELECT pg_terminate_backend({backend})")


def test_postgresql_goes_by_ids_before_it_knows_anything_of_its_tables(empty_postgres_url: str) -> None:
    """By itself it would read all of a table that nobody has analysed."""
    records = SqlRecords.open(empty_postgres_url)
    records.update_profiles([person(f"u{n:05}") for n in range(2000)])
    with records._read() as session:
        ids = tuple(f"u{n:05}" for n in range(500))
        plan = "\n".join(line for (line,) in session.rows(f"EXPLAIN {profiles.OF}", ids=ids))
    assert "profiles_pkey" in plan
    assert "Seq Scan" not in plan
    records.close()


def test_no_more_are_taken_than_asked_for_however_it_is_planned(empty_postgres_url: str) -> None:
    """Where there is but one row, as far as the database knows, it asks a subselect anew for each row that there is."""
    records = SqlRecords.open(empty_postgres_url)
    waiting = [draft(f"d{n}", "hold", send_at=NOW + DAY, reason="campaign.paused") for n in range(4)]
    records.record(waiting[:1], settled=[], now=NOW)
    with records._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE messages"))
    records.record(waiting[1:], settled=[], now=NOW)
    assert [records.wake(waiting[0].campaign or "", now=NOW, limit=3) for _ in range(3)] == [3, 1, 0]
    records.close()


def test_who_writes_little_leaves_the_log_to_who_writes_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Moving it to the file takes a while, and somebody waits for what is small."""
    monkeypatch.setattr(engine, "IN_TIME", replace(engine.IN_TIME, log=10))
    monkeypatch.setattr(wal, "REST", 60.0)
    file = tmp_path / "kairos.db"
    records = SqlRecords.open(f"sqlite:///{file}")
    small = [person(f"s{number}") for number in range(50)]
    before = file.stat().st_size
    for one in small:
        records.update_profiles([one])
    assert (tmp_path / "kairos.db-wal").stat().st_size > 10 * 4096
    assert file.stat().st_size == before
    records.update_profiles([person(f"l{number:03}") for number in range(engine.LARGE + 1)])
    assert file.stat().st_size > before
    records.close()


def test_what_is_written_little_by_little_is_moved_to_the_file_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that nobody waits for it, and closing waits for what is being moved."""
    monkeypatch.setattr(wal, "REST", 0.0)
    file = tmp_path / "kairos.db"
    records = SqlRecords.open(f"sqlite:///{file}")
    before = file.stat().st_size

    def moved() -> bool:
        records.update_profiles([person(f"s{number}") for number in range(50)])
        return file.stat().st_size > before

    until(moved)
    records.close()
    assert not [thread for thread in enumerate_threads() if thread.name == "checkpoint"]


def test_a_log_that_has_grown_gives_its_room_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It grows for as long as somebody reads beside it; once that is over, no more of it stays than may."""
    monkeypatch.setattr(engine, "LARGEST_LOG", 200_000)
    monkeypatch.setattr(wal, "REST", 0.0)
    file, log = tmp_path / "kairos.db", tmp_path / "kairos.db-wal"
    records = SqlRecords.open(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM profiles").fetchall()
        records.update_profiles([person(f"u{number}") for number in range(10_000)])
        assert log.stat().st_size > 500_000

    def is_small() -> bool:
        records.update_profiles([person("a")])
        return log.stat().st_size <= 200_000

    until(is_small)
    records.close()


def test_a_log_that_cannot_be_moved_stops_nobody(tmp_path: Path) -> None:
    """It stands as it is, until the next time."""
    mover = wal.Mover(str(tmp_path / "gone?.db"))
    mover._move()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("rows", "manner"), [(1, engine.AT_ONCE), (engine.LARGE + 1, engine.IN_TIME)])
def test_who_has_written_much_looks_less_often_for_the_next_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int, manner: engine._Manner
) -> None:
    """So that whoever writes little comes first."""
    file = tmp_path / "kairos.db"
    records, looks = SqlRecords.open(f"sqlite:///{file}"), list[float]()
    records.update_profiles([person(f"a{number:03}") for number in range(rows)])
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr(engine, "sleep", lambda seconds: (looks.append(seconds), other.execute("ROLLBACK")))
        records.update_profiles([person("b")])
    assert looks == [manner.glance]
    assert "b" in records.profiles(["b"])
    records.close()


def test_of_a_process_one_thread_looks_for_the_writers_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others wait until it is there: all of them together would keep the processor from whoever writes."""
    file = tmp_path / "kairos.db"
    records, looks = SqlRecords.open(f"sqlite:///{file}"), list[int]()
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")

        def look(seconds: float) -> None:
            looks.append(get_ident())
            if len(looks) == 50:
                other.execute("ROLLBACK")
            sleep(0.001)

        monkeypatch.setattr(engine, "sleep", look)
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda id: records.update_profiles([person(id)]), "abcd"))
    assert len(set(looks[:50])) == 1
    assert records.audience() == list("abcd")
    records.close()


HOLD = """
import sqlite3, sys
sqlite3.connect(sys.argv[1], isolation_level=None).execute("BEGIN IMMEDIATE")
print(flush=True)
sys.stdin.read()
"""


def test_who_is_forked_while_somebody_looks_need_not_wait_for_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the child it is nobody's turn."""
    file = tmp_path / "kairos.db"
    records, children = SqlRecords.open(f"sqlite:///{file}"), list[int]()
    with subprocess.Popen([sys.executable, "-c", HOLD, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()

        def look(seconds: float) -> None:
            monkeypatch.setattr(engine, "sleep", sleep)
            children.append(fork(lambda: records.update_profiles([person("a")])))
            other.kill()

        monkeypatch.setattr(engine, "sleep", look)
        records.update_profiles([person("b")])
    began = monotonic()
    assert list(map(ended_well, children)) == [True]
    assert monotonic() - began < engine.LOCK_WAIT / 2
    assert records.audience() == ["a", "b"]
    records.close()


def test_what_was_accepted_outlives_a_killed_process(tmp_path: Path) -> None:
    """All that was said to be committed before kill -9 is there."""
    url = f"sqlite:///{tmp_path}/kairos.db"
    child = subprocess.Popen([sys.executable, "-c", CHILD, url], stdout=subprocess.PIPE, cwd=ROOT)
    with child:
        assert child.stdout is not None
        said = [child.stdout.readline() for _ in range(20)]
        child.send_signal(signal.SIGKILL)
        said += child.stdout.readlines()
    last = int([line for line in said if line.endswith(b"\n")][-1])
    records = SqlRecords.open(url)
    found = records.take_moments(now=NOW, lease=LEASE, limit=10_000)
    records.close()
    assert {moment.id for moment in found} >= {f"m{n}" for n in range(last + 1)}


def test_a_forked_worker_has_connections_of_its_own(sql_records: SqlRecords) -> None:
    """What it does leaves its parent's alone."""
    sql_records.update_profiles([ProfileUpdate("u1", NOW)])

    def work() -> None:
        assert sql_records.audience() == ["u1"]
        sql_records.accept([moment("m1")], now=NOW, lease=AT_ONCE)

    assert ended_well(fork(work))
    assert sql_records.audience() == ["u1"]
    assert [found.id for found in sql_records.take_moments(now=NOW, lease=LEASE, limit=9)] == ["m1"]


def fork(run: Callable[[], object]) -> int:
    """Do something in a child process; returns its id."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            run()
            status = 0
        finally:
            os._exit(status)
    return child


def ended_well(child: int) -> bool:
    """Wait for a child; whether it did what it was to do."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_connection_that_was_cut_off_while_it_rested_costs_nobody_an_error(
    empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the database was restarted in between."""
    monkeypatch.setattr(engine, "RESTED", 0.0)
    database, other = engine.connect(empty_postgres_url), engine.connect(empty_postgres_url)
    with database.connect() as connection:
        backend = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with other.connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_terminate_backend({backend})")
    with database.connect() as connection:
        assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() != backend
    database.dispose()
    other.dispose()


def test_no_connection_to_be_had_is_an_absence(sql_records: SqlRecords, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever needs one tries again later; it is no fault of what was to be written."""
    pool: Any = sql_records._engine.pool
    monkeypatch.setattr(pool, "_timeout", 0.05)
    with ExitStack() as stack:
        for _ in range(pool.size() + pool._max_overflow):
            stack.enter_context(sql_records._engine.connect())
        with pytest.raises(Away):
            sql_records.accept([moment("m1")], now=NOW, lease=AT_ONCE)
        with pytest.raises(Away):
            sql_records.stops()
        with pytest.raises(Away):
            sql_records.suppress([])
    assert sql_records.accept([moment("m1")], now=NOW, lease=AT_ONCE) == {"m1"}
