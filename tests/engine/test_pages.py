"""A batch is put on record page by page; what is on record stays, whatever becomes of the next page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from orchestrator import engine, tasks
from orchestrator.model import Draft, Moment, Outgoing
from orchestrator.ports import Away, Superseded
from tests.engine.conftest import House
from tests.support import NEWS, workspace

PEOPLE = [f"p{number}" for number in range(5)]


@pytest.fixture
def here(house: Callable[..., House], monkeypatch: pytest.MonkeyPatch) -> House:
    """A house that knows some people, and puts two messages on record at once."""
    monkeypatch.setattr(engine, "PAGE", 2)
    made = house()
    for id_ in PEOPLE:
        made.know(id_, email=f"{id_}@example.com")
    return made


def pings(here: House) -> list[Moment]:
    """A moment of each."""
    return [Moment(f"m-{person}", "ping", person, here.now) for person in PEOPLE]


def failing(here: House, faults: dict[int, Exception], monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Let the pages with these numbers fail; returns whom each page is about, as they come."""
    record, pages = here.records.record, list[list[str]]()

    def count(drafts: list[Draft], **given: Any) -> list[Outgoing]:
        pages.append([draft.profile for draft in drafts])
        if fault := faults.get(len(pages)):
            raise fault
        return record(drafts, **given)

    monkeypatch.setattr(here.records, "record", count)
    return pages


def test_what_is_on_record_is_not_decided_again(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the hot state is lost between two pages, the rest is decided by what is true then; everybody gets one."""
    pages = failing(here, {2: Superseded("lost"), 4: Superseded("lost")}, monkeypatch)
    assert here.express(pings(here)) == []
    assert pages == [PEOPLE[:2], PEOPLE[2:4], PEOPLE[2:4], PEOPLE[4:], PEOPLE[4:]]
    assert sorted(message.profile for message in here.provider.given) == PEOPLE


def test_what_was_begun_leaves_though_the_store_is_away_for_the_rest(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is taken up when its lease is over, and everybody gets one message in the end."""
    failing(here, {2: Away("gone")}, monkeypatch)
    express = here.courier.express()
    with pytest.raises(Away):
        tasks._send(lambda departure: here.decide(pings(here), departure), express)
    assert sorted(message.profile for message in here.provider.given) == PEOPLE[:2]
    here.later(minutes=1)
    here.hand_over(here.engine.sweep())
    assert sorted(message.profile for message in here.provider.given) == PEOPLE


def test_a_moment_is_settled_with_all_that_it_raised(
    house: Callable[..., House], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever dies between two pages leaves no moment half decided."""
    monkeypatch.setattr(engine, "PAGE", 2)
    here = house(workspace(*(NEWS.replace("news", name) for name in ("one", "two", "three"))))
    pages = failing(here, {2: Away("gone")}, monkeypatch)
    with pytest.raises(Away):
        here.engine.process(pings(here)[:2])
    assert pages == [["p0"] * 3, ["p1"] * 3]
    here.later(minutes=1)
    assert [draft.profile for draft in here.engine.sweep()] == ["p1"] * 3
