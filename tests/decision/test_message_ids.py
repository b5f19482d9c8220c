"""Ids of messages: one for a moment and a campaign, and those that are recorded together side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.decision.message_ids import COMMON, message_id
from orchestrator.model import Moment

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
PAGE = 500  # people of a run whose messages are recorded at once
COUNTED = [f"p{number:08d}" for number in range(100_000)]
RANDOM = sorted(str(uuid5(UUID(int=0), person)) for person in COUNTED)


def said(id: str, profile: str = "ana", seconds: float = 0) -> Moment:
    """A moment of somebody, so many seconds from noon."""
    return Moment(id, "order", profile, AT + timedelta(seconds=seconds))


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@given(st.dictionaries(st.tuples(texts, st.sampled_from(["news", "order"])), texts, max_size=20))
def test_each_message_has_an_id_of_its_own(people: Mapping[tuple[str, str], str]) -> None:
    """32 hexadecimal digits, the same whenever it is asked, for each moment and campaign another."""
    ids = [message_id(said(moment, person), campaign) for (moment, campaign), person in people.items()]
    assert ids == [message_id(said(moment, person), campaign) for (moment, campaign), person in people.items()]
    assert len(set(ids)) == len(people)
    assert all(len(id) == 32 and int(id, 16) >= 0 for id in ids)


@pytest.mark.parametrize("people", [COUNTED, RANDOM], ids=["counted", "random"])
def test_a_page_of_a_run_stands_together(people: Sequence[str]) -> None:
    """Among the ids of all whom a run addresses, those of a page stand in few places: not each in a place of its own."""
    ids = [message_id(said(f"news:today:{person}", person), "news") for person in people]
    assert len(set(ids)) == len(people)
    place = {id: index // 50 for index, id in enumerate(sorted(ids))}  # some fifty are on a page of an index
    touched = {place[id] for id in ids[20_000 : 20_000 + PAGE]}
    assert len(touched) < PAGE / 4


def test_what_happens_later_stands_behind() -> None:
    """Whoever it happens to, so that what comes in all the time is written at one end."""
    ids = [message_id(said(f"m{second}", RANDOM[second], seconds=second), "order") for second in range(1_000)]
    assert ids == sorted(ids)


def test_the_second_in_which_seconds_begin_anew_puts_nothing_in_doubt() -> None:
    """What two moments have in common may be all but their own digits."""
    first, later = said("m1"), said("m2", seconds=1 << 24)
    ids = [message_id(first, "order"), message_id(later, "order")]
    assert ids[0][:COMMON] == ids[1][:COMMON]
    assert ids[0] != ids[1]
