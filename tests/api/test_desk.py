"""What is kept for those who call: one test body holds the desk in memory and in SQL to the same word."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copy

import pytest

from orchestrator.ports import Answer, ApiKey, Backlog, Confirmation, Deed, Desk
from orchestrator.stores.memory.desk import MemoryDesk
from orchestrator.stores.sql import SqlDesk

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LEASE = timedelta(seconds=60)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """An empty desk, of each kind in turn."""
    if request.param == "memory":
        yield MemoryDesk()
        return
    if request.param == "sqlite":
        copy(request.getfixturevalue("sqlite_template"), tmp_path / "desk.db")
        store = SqlDesk.open(f"sqlite:///{tmp_path}/desk.db")
    else:
        request.getfixturevalue("postgres")
        store = SqlDesk.open(request.getfixturevalue("postgres_url"))
    yield store
    store.close()


def test_keys_are_found_listed_and_revoked(desk: Desk) -> None:
    """Once."""
    older = ApiKey("k1", "one", frozenset({"admin"}), "digest", NOW)
    newer = ApiKey("k2", "two", frozenset({"preview", "messages:read"}), "other", NOW + LEASE)
    desk.add_key(newer)
    desk.add_key(older)
    assert desk.key("k1") == older
    assert desk.key("k3") is None
    assert desk.keys() == [older, newer]
    assert [desk.revoke_key(id_, now=NOW) for id_ in ("k1", "k1", "k3")] == [True, False, False]
    key = desk.key("k1")
    assert key is not None
    assert key.revoked_at == NOW


def test_a_request_is_taken_on_once(desk: Desk) -> None:
    """Whoever comes again is told what stands: nothing yet, or the answer."""
    assert desk.begin("a", "k", "same", now=NOW, lease=LEASE) is None
    assert desk.begin("a", "k", "other", now=NOW, lease=LEASE) == Answer("same")
    assert desk.begin("b", "k", "other", now=NOW, lease=LEASE) is None
    desk.answered("a", "k", Answer("same", 202, '{"ü": 1}'))
    assert desk.begin("a", "k", "same", now=NOW + 2 * LEASE, lease=LEASE) == Answer("same", 202, '{"ü": 1}')


def test_of_many_at_once_one_is_taken_on(desk: Desk) -> None:
    """However close they come."""
    with ThreadPoolExecutor(8) as pool:
        begun = [pool.submit(desk.begin, "a", "k", "same", now=NOW, lease=LEASE) for _ in range(16)]
    assert [one.result() for one in begun].count(None) == 1


def test_what_was_abandoned_or_left_lying_may_be_taken_on_again(desk: Desk) -> None:
    """The latter after its lease, and only as the same request."""
    desk.begin("a", "k", "same", now=NOW, lease=LEASE)
    desk.abandon("a", "k")
    assert desk.begin("a", "k", "other", now=NOW, lease=LEASE) is None
    later = NOW + LEASE
    assert desk.begin("a", "k", "same", now=later, lease=LEASE) == Answer("other")
    assert desk.begin("a", "k", "other", now=later, lease=LEASE) is None
    assert desk.begin("a", "k", "other", now=later, lease=LEASE) == Answer("other")


def test_an_answer_is_not_abandoned_and_is_gone_after_a_week(desk: Desk) -> None:
    """Not a moment earlier."""
    desk.begin("a", "k", "same", now=NOW, lease=LEASE)
    desk.answered("a", "k", Answer("same", 202))
    desk.abandon("a", "k")
    assert desk.begin("a", "k", "other", now=NOW + timedelta(days=7), lease=LEASE) == Answer("same", 202)
    assert desk.begin("a", "k", "other", now=NOW + timedelta(days=7, seconds=1), lease=LEASE) is None


def test_a_confirmation_is_used_once(desk: Desk) -> None:
    """And remembers when."""
    asked = Confirmation("c1", "u1", "email", "marketing", "a@example.com", NOW)
    desk.ask([asked, Confirmation("c2", "u1", "sms", "marketing", None, NOW)])
    assert desk.confirmation("c1") == asked
    assert desk.confirmation("c3") is None
    assert [desk.confirm(id_, now=NOW) for id_ in ("c1", "c1", "c3")] == [True, False, False]
    confirmed = desk.confirmation("c1")
    assert confirmed is not None
    assert confirmed.confirmed_at == NOW


def test_what_was_asked_together_is_found_together(desk: Desk) -> None:
    """The same person, address and time; whatever the purpose."""
    first = Confirmation("c1", "u1", "email", "marketing", "a@example.com", NOW)
    beside = replace(first, id="c2", purpose="newsletter")
    later = NOW + timedelta(seconds=1)
    others = [
        {"asked_at": later},
        {"profile": "u2"},
        {"address": "b@example.com"},
        {"address": None},
        {"channel": "sms"},
    ]
    desk.ask([beside, first, *(replace(first, id=f"x{n}", **other) for n, other in enumerate(others))])
    assert desk.asked_with(first) == desk.asked_with(beside) == [first, beside]


def test_an_idle_house_has_no_backlog(desk: Desk) -> None:
    """Nothing waits."""
    assert desk.backlog(10) == Backlog(0, None)


def test_what_was_done_stands_in_the_trail_for_good(desk: Desk) -> None:
    """The last first, in pages; and the chain of it is whole."""
    assert (desk.deeds(), desk.verify_trail()) == ([], (0, None))
    done = [Deed(NOW, f"key:{n}", "key.created", ("ü", f"p{n}"), ("b",), {"n": n, "scopes": ["x"]}) for n in range(5)]
    for deed in done:
        desk.note(deed)
    assert [deed for _, deed in desk.deeds()] == done[::-1]
    (_, first), (number, second) = desk.deeds(limit=2)
    assert [first, second] == [done[4], done[3]]
    assert [deed for _, deed in desk.deeds(before=number)] == done[2::-1]
    assert [deed for _, deed in desk.deeds(person="p3")] == [done[3]]
    assert desk.deeds(person="p9") == []
    assert desk.verify_trail() == (5, None)


def test_deeds_that_are_done_at_once_stand_one_behind_the_other(desk: Desk) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: desk.note(Deed(NOW, "person", "consents.chosen", (str(n),))), range(12)))
    assert {deed.people for _, deed in desk.deeds()} == {(str(n),) for n in range(12)}
    assert desk.verify_trail() == (12, None)
