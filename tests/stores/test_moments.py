"""Accepted moments: taken in once, leased to one, looked back at."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.model import Moment
from orchestrator.ports import Overtaken, Records
from orchestrator.stores.memory import MemoryRecords
from orchestrator.stores.sql import SqlRecords
from tests.stores.builders import AT_ONCE, DAY, HOUR, LEASE, MINUTE, NOW, draft, moment, person, recorded


def taken(records: Records, now: datetime = NOW, limit: int = 100, ids: list[str] | None = None) -> list[str]:
    """Take what is free; returns the ids."""
    return [found.id for found in records.take_moments(now=now, lease=LEASE, limit=limit, ids=ids)]


def test_a_moment_is_accepted_once(records: Records) -> None:
    """Repeated within a list or later, its first content stays."""
    first = moment("m1", total={"amount": "12.50", "currency": "EUR"}, tracks=[1, 2])
    assert records.accept([first, moment("m1", total=0), moment("m2")], now=NOW, lease=AT_ONCE) == {"m1", "m2"}
    assert records.accept([moment("m1", total=1), moment("m3")], now=NOW, lease=AT_ONCE) == {"m3"}
    assert records.take_moments(now=NOW, lease=LEASE, limit=9, ids=["m1"]) == [first]


def test_a_page_is_accepted_with_the_place_behind_it(records: Records) -> None:
    """Both or neither; whoever saw an older place than the one on record is too late."""
    page = {"name": "run:a", "now": NOW, "lease": LEASE}
    assert records.accept_page([moment("m1")], seen="0", then="1", **page) is None
    records.remember("run:a", "0")
    assert records.accept_page([moment("m1"), moment("m2")], seen="0", then="1", **page) == {"m1", "m2"}
    assert records.accept_page([moment("m3")], seen="0", then="1", **page) is None
    assert records.accept_page([moment("m2"), moment("m4")], seen="1", then="2", **page) == {"m4"}
    assert records.accept_page([], seen="2", then="end", **page) == frozenset()
    assert records.recall("run:a") == "end"
    assert (taken(records), sorted(taken(records, NOW + LEASE))) == ([], ["m1", "m2", "m4"])


def test_what_is_put_back_is_free_at_once(records: Records) -> None:
    """By whoever has it: what was taken, and what was accepted with a lease; what is settled stays so."""
    records.accept([moment("m1"), moment("m2"), moment("m3")], now=NOW, lease=LEASE)
    assert taken(records, NOW + LEASE, ids=["m1"]) == ["m1"]
    records.record([], settled=["m3"], now=NOW)
    records.put_back(["m1", "m2", "m3"], [], until=NOW + 2 * LEASE, now=NOW)
    assert taken(records) == ["m1"]
    records.put_back(["m1", "m2", "m3"], [], until=NOW + LEASE, now=NOW)
    assert sorted(taken(records)) == ["m1", "m2"]
    assert [one.id for one in records.spent(now=NOW + DAY, limit=9)[0]] == []


def test_what_is_held_for_longer_is_free_later(records: Records) -> None:
    """All of it or nothing, while nobody else has had it in hand."""
    records.accept([moment("m1"), moment("m2")], now=NOW, lease=LEASE)
    records.prolong(["m1", "m2"], [], until=NOW + LEASE, then=NOW + 2 * LEASE)
    assert taken(records, NOW + LEASE) == []
    with pytest.raises(Overtaken):
        records.prolong(["m1", "m2"], [], until=NOW + LEASE, then=NOW + 3 * LEASE)
    assert taken(records, NOW + 2 * LEASE, ids=["m1"]) == ["m1"]
    with pytest.raises(Overtaken):
        records.prolong(["m1", "m2"], [], until=NOW + 2 * LEASE, then=NOW + 4 * LEASE)
    assert taken(records, NOW + 2 * LEASE) == ["m2"]


def test_what_is_leased_otherwise_is_not_settled(records: Records) -> None:
    """Nothing of what was decided with it is on record, and the other's word stands."""
    records.accept([moment("m1"), moment("m2")], now=NOW, lease=LEASE)
    assert taken(records, NOW + LEASE, ids=["m1"]) == ["m1"]
    made = [draft("d1"), draft("d2", "hold", send_at=NOW)]
    made = [replace(one, moment=moment(id)) for one, id in zip(made, ("m1", "m2"), strict=True)]
    with pytest.raises(Overtaken):
        records.record(made, settled=["m1", "m2"], now=NOW, until=NOW + LEASE)
    assert records.messages() == []
    records.record(made[:1], settled=["m1"], now=NOW, until=NOW + 2 * LEASE)
    records.record(made[1:], settled=["m2"], now=NOW, until=NOW + LEASE)
    assert taken(records, NOW + DAY) == []

    (held,) = records.take_due(now=NOW, lease=LEASE, limit=9)
    records.prolong([], [held.id], until=NOW + LEASE, then=NOW + 2 * LEASE)
    records.put_back([], [held.id], until=NOW + LEASE, now=NOW)
    assert records.take_due(now=NOW + LEASE, lease=LEASE, limit=9) == []
    again = replace(made[1], outcome="drop", reason="caps.exceeded")
    with pytest.raises(Overtaken):
        records.record([again], settled=[], now=NOW, until=NOW + LEASE)
    records.record([again], settled=[], now=NOW, until=NOW + 2 * LEASE)
    with pytest.raises(Overtaken):
        records.record([again], settled=[], now=NOW, until=NOW + 2 * LEASE)


def test_what_is_left_to_others_is_free_later(records: Records) -> None:
    """What was accepted lately; and it counts as never taken."""
    records.accept([moment("m1")], now=NOW, lease=AT_ONCE)
    records.accept([moment("m2"), moment("m3")], now=NOW + MINUTE, lease=AT_ONCE)
    records.record([], settled=["m3"], now=NOW + MINUTE)
    for _ in range(4):
        assert "m2" in taken(records, NOW + MINUTE)
        left = records.leave(["m1", "m2", "m3"], [], accepted_after=NOW, until=NOW + 2 * MINUTE)
        assert (left, taken(records, NOW + MINUTE)) == ({"m2"}, [])
        records.leave(["m2"], [], accepted_after=NOW, until=NOW + MINUTE)
    assert taken(records, NOW + MINUTE, ids=["m2"]) == ["m2"]
    assert records.spent(now=NOW + 2 * MINUTE, limit=9)[0] == []


def test_repetitions_are_counted(sql_records: SqlRecords) -> None:
    """Those within a list, too."""
    for _ in range(2):
        sql_records.accept([moment("m1"), moment("m1"), moment("m2")], now=NOW, lease=AT_ONCE)
    with sql_records._read() as session:
        assert dict(session.rows("SELECT id, repeats FROM moments")) == {"m1": 3, "m2": 1}


def test_a_moment_is_leased_to_one_and_free_again_when_the_lease_is_over(records: Records) -> None:
    """Who accepts with a lease has it first."""
    records.accept([moment("m1")], now=NOW, lease=LEASE)
    assert taken(records) == []
    assert taken(records, NOW + LEASE) == ["m1"]
    assert taken(records, NOW + LEASE) == []
    assert taken(records, NOW + 2 * LEASE) == ["m1"]


def test_a_settled_moment_is_never_taken_again(records: Records) -> None:
    """Nor accepted again."""
    records.accept([moment("m1"), moment("m2")], now=NOW, lease=AT_ONCE)
    records.record([], settled=["m1", "unknown"], now=NOW)
    assert taken(records) == ["m2"]
    assert records.accept([moment("m1")], now=NOW, lease=AT_ONCE) == frozenset()
    assert taken(records, NOW + DAY) == ["m2"]
    assert records.progress() == (1, 0)


def test_the_oldest_moments_are_taken_first(records: Records) -> None:
    """By when they happened, whatever the order in which they came."""
    records.accept([moment(f"m{n}", at=NOW - n * MINUTE) for n in range(5)], now=NOW, lease=AT_ONCE)
    assert taken(records, limit=2) == ["m4", "m3"]
    assert taken(records, limit=9, ids=["m0", "m4", "m2"]) == ["m2", "m0"]


def test_history_looks_back_as_far_as_asked(records: Records) -> None:
    """At the moments named, of the person, the one at hand included."""
    records.update_profiles([person("u1")])
    ages = {"a": AT_ONCE, "b": HOUR, "c": 2 * HOUR, "d": 3 * HOUR}
    records.accept([moment(id, at=NOW - age, name="opened") for id, age in ages.items()], now=NOW, lease=LEASE)
    records.accept([moment("e", name="other"), moment("f", profile="u2", name="opened")], now=NOW, lease=LEASE)
    facts = records.gather(["u1", "u2"], history={"opened": 2 * HOUR, "never": DAY}, now=NOW)
    assert facts["u1"].history == {"opened": (NOW - 2 * HOUR, NOW - HOUR, NOW)}
    assert facts["u2"].history == {"opened": (NOW,)}
    assert facts["u2"].profile is None


def test_facts_come_for_everybody_asked_for(records: Records) -> None:
    """Nothing known is an answer, too; asking for nobody is allowed."""
    assert records.gather(["u9"], history={"opened": DAY}, now=NOW)["u9"].profile is None
    assert records.gather([], history={}, now=NOW) == {}


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=6), max_size=6))
def test_each_id_is_new_exactly_once(batches: list[list[str]]) -> None:
    """However moments are cut into batches, and repeated among them."""
    records = MemoryRecords()
    new = [id for ids in batches for id in records.accept(list(map(moment, ids)), now=NOW, lease=AT_ONCE)]
    assert sorted(new) == sorted({id for ids in batches for id in ids})


def test_instants_are_exact(records: Records) -> None:
    """To the microsecond, on both sides of 1970."""
    at = datetime.fromisoformat("1969-12-31T23:59:59.999999+00:00")
    records.accept(
        [Moment("m1", "x", "u1", at, {}), Moment("m2", "x", "u1", NOW.replace(microsecond=1), {})],
        now=NOW,
        lease=AT_ONCE,
    )
    assert [found.at for found in records.take_moments(now=NOW, lease=LEASE, limit=2)] == [
        at,
        NOW.replace(microsecond=1),
    ]


def test_recording_nothing_is_allowed(records: Records) -> None:
    """Batches may be empty everywhere."""
    recorded(records)
    assert records.accept([], now=NOW, lease=AT_ONCE) == frozenset()
    assert (
        records.settle([], now=NOW)
        == records.receive([], now=NOW)
        == records.take_due(now=NOW, lease=LEASE, limit=5)
        == []
    )
    assert records.retry([], now=NOW) == 0
    records.update_profiles([])
    records.record_consents([])
    records.suppress([])
