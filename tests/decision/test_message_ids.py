"""Ids of messages: one for a moment and a campaign, and those that are recorded together side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.decision.message_ids import COMMON, message_id
from orchestrator.model import Moment

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
PAGE = 500  # people of a run whose messages are recorded at once


def counted() -> Sequence[str]:
    """A hundred thousand people, with numbers for ids."""
    return [f"p{number:08d}" for number in range(100_000)]


def at_random() -> Sequence[str]:
    """As many whose ids say nothing."""
    return sorted(str(uuid5(UUID(int=0), person)) for person in counted())


def said(id: str, profile: str = "ana", at: datetime = AT) -> Moment:
    """A moment of somebody."""
    return Moment(id, "order", profile, at)


def run(label: str, people: Sequence[str]) -> list[str]:
    """The ids of a run's messages, as its people stand in order."""
    return [message_id(said(f"news:{label}:{person}", person), "news") for person in people]


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@given(st.dictionaries(st.tuples(texts, st.sampled_from(["news", "order"])), texts, max_size=20))
def test_each_message_has_an_id_of_its_own(people: Mapping[tuple[str, str], str]) -> None:
    """32 hexadecimal digits, the same whenever it is asked, for each moment and campaign another."""
    ids = [message_id(said(moment, person), campaign) for (moment, campaign), person in people.items()]
    assert ids == [message_id(said(moment, person), campaign) for (moment, campaign), person in people.items()]
    assert len(set(ids)) == len(people)
    assert all(len(id) == 32 and int(id, 16) >= 0 for id in ids)


@pytest.mark.parametrize("known", [counted, at_random])
def test_a_page_of_a_run_stands_together(known: Callable[[], Sequence[str]]) -> None:
    """Among all ids of ten runs those of a page stand in few places: not each in a place of its own."""
    people = known()
    ids = run("today", people)
    every = sorted([*ids, *(id for label in range(9) for id in run(f"before-{label}", people))])
    assert len(set(every)) == 10 * len(people)
    place = {id: index // 50 for index, id in enumerate(every)}  # some fifty are on a page of an index
    touched = {place[id] for id in ids[20_000 : 20_000 + PAGE]}
    assert len(touched) < PAGE / 5


def test_when_it_happened_does_not_matter() -> None:
    """A preview has the id of what is sent, though nobody has said when it happens."""
    assert message_id(said("m1"), "news") == message_id(said("m1", at=AT + timedelta(days=1)), "news")


def test_what_is_counted_stands_together_whoever_it_happens_to() -> None:
    """Moments that a service counts are hundreds to a place, each with an id of its own."""
    people = at_random()[:1_000]
    ids = [message_id(said(f"order-{number:06d}", person), "news") for number, person in enumerate(people)]
    assert len(set(ids)) == 1_000
    assert len({id[:COMMON] for id in ids}) == 10
