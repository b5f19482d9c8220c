"""The hot state: what stands, and compare-and-set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from redis import Redis

from orchestrator.model import Snapshot, Touch
from orchestrator.ports import Away, Change, Records, Superseded, Touches
from orchestrator.stores.embedded import redis_server
from orchestrator.stores.memory import MemoryTouches
from orchestrator.stores.redis_touches import CHUNK, RedisTouches, connect, warnings
from tests.conftest import HORIZON
from tests.stores.builders import DAY, NOW, SECOND, draft


def touch(id: str, at: datetime = NOW) -> Touch:
    """A touch."""
    return Touch(id, at, "email", "marketing", "day3-playlist")


def add(snapshot: Snapshot, person: str, *ids: str) -> Change:
    """A claim of further touches."""
    return Change(person, snapshot.version, (*snapshot.touches, *map(touch, ids)))


def ids(snapshot: Snapshot) -> list[str]:
    """Whose touches stand."""
    return [touch.id for touch in snapshot.touches]


def test_a_claim_stands(touches: Touches) -> None:
    """And is what the next one sees."""
    assert touches.swap([add(touches.snapshot(["u1"], now=NOW)["u1"], "u1", "d1")], now=NOW) == [True]
    first = touches.snapshot(["u1", "u2"], now=NOW)
    assert (first["u1"].touches, first["u2"].touches) == ((touch("d1"),), ())
    assert touches.swap([add(first["u1"], "u1", "d2")], now=NOW) == [True]
    assert ids(touches.snapshot(["u1"], now=NOW)["u1"]) == ["d1", "d2"]


def test_of_two_claims_of_one_snapshot_the_first_wins(touches: Touches) -> None:
    """Person by person: others in the batch are not concerned."""
    found = touches.snapshot(["u1", "u2"], now=NOW)
    assert touches.swap([add(found["u1"], "u1", "a")], now=NOW) == [True]
    assert touches.swap([add(found["u1"], "u1", "b"), add(found["u2"], "u2", "b")], now=NOW) == [False, True]
    assert ids(touches.snapshot(["u1"], now=NOW)["u1"]) == ["a"]


def test_a_claim_repeated_because_its_answer_was_lost_counts_as_made(touches: Touches) -> None:
    """Unless somebody has claimed since."""
    change = add(touches.snapshot(["u1"], now=NOW)["u1"], "u1", "a")
    assert touches.swap([change], now=NOW) == touches.swap([change], now=NOW) == [True]
    assert touches.swap([add(touches.snapshot(["u1"], now=NOW)["u1"], "u1", "b")], now=NOW) == [True]
    assert touches.swap([change], now=NOW) == [False]


def test_giving_everything_back_is_known_too(touches: Touches) -> None:
    """A person without touches is not a person unknown."""
    touches.swap([add(touches.snapshot(["u1"], now=NOW)["u1"], "u1", "a")], now=NOW)
    before = touches.snapshot(["u1"], now=NOW)["u1"]
    assert touches.swap([Change("u1", before.version, ())], now=NOW) == [True]
    assert touches.swap([add(before, "u1", "b")], now=NOW) == [False]
    assert touches.snapshot(["u1"], now=NOW)["u1"].touches == ()


def test_touches_older_than_the_horizon_are_forgotten(touches: Touches) -> None:
    """When the next claim is written."""
    old, young = touch("old", NOW - HORIZON), touch("young", NOW - HORIZON + SECOND)
    touches.swap([Change("u1", touches.snapshot(["u1"], now=NOW)["u1"].version, (old, young))], now=NOW)
    assert ids(touches.snapshot(["u1"], now=NOW)["u1"]) == ["young"]


def test_any_number_of_people_with_any_name(touches: Touches) -> None:
    """More than one script call takes, asked for twice, in one batch."""
    people = [f"ü:{{{n}}} \n" for n in range(2 * CHUNK + 1)]
    found = touches.snapshot(people * 2, now=NOW)
    assert all(touches.swap([add(found[person], person, "a") for person in people], now=NOW))
    assert {tuple(ids(snapshot)) for snapshot in touches.snapshot(people, now=NOW).values()} == {("a",)}
    assert touches.snapshot([], now=NOW) == {}
    assert touches.swap([], now=NOW) == []


@pytest.fixture(params=["memory", "redis"])
def rebuilding(request: pytest.FixtureRequest) -> tuple[Touches, list[list[str]]]:
    """A hot state before which `d1` of u1 is on record, and the rebuilds that were asked for."""
    asked: list[list[str]] = []

    def rebuild(people: Sequence[str], since: datetime) -> Mapping[str, tuple[Touch, ...]]:
        asked.append(list(people))
        assert since == NOW - HORIZON
        return {"u1": (touch("d1"),)} if "u1" in people else {}

    if request.param == "memory":
        return MemoryTouches(rebuild, HORIZON), asked
    return RedisTouches(request.getfixturevalue("redis_client"), rebuild, HORIZON), asked


def test_people_not_held_here_are_rebuilt_from_the_records(rebuilding: tuple[Touches, list[list[str]]]) -> None:
    """At once for a batch, until something is written for them."""
    touches, asked = rebuilding
    found = touches.snapshot(["u1", "u2"], now=NOW)
    assert (ids(found["u1"]), ids(found["u2"])) == (["d1"], [])
    assert touches.swap([add(found["u1"], "u1", "d2")], now=NOW) == [True]
    assert ids(touches.snapshot(["u1", "u2"], now=NOW)["u1"]) == ["d1", "d2"]
    assert asked == [["u1", "u2"], ["u2"]]


def test_a_value_goes_when_its_last_touch_cannot_matter_any_more(redis_client: Redis) -> None:
    """So that Redis holds only people who were written to lately."""
    touches = RedisTouches(redis_client, lambda people, since: {}, HORIZON)
    touches.swap([add(touches.snapshot(["u1"], now=NOW)["u1"], "u1", "a")], now=NOW)
    left = redis_client.pttl("kairos:{0}:touches:u1")
    assert 0 < left <= HORIZON.total_seconds() * 1000


def test_slots_spread_people_over_a_cluster(redis_client: Redis) -> None:
    """Each script call keeps to the keys of one slot."""
    touches = RedisTouches(redis_client, lambda people, since: {}, HORIZON, slots=4)
    people = [f"u{n}" for n in range(50)]
    found = touches.snapshot(people, now=NOW)
    assert all(touches.swap([add(found[person], person, "a") for person in people], now=NOW))
    assert len({snapshot.era for snapshot in found.values()}) == 4
    assert {ids(snapshot)[0] for snapshot in touches.snapshot(people, now=NOW).values()} == {"a"}


def test_a_redis_that_lost_its_scripts_is_given_them_again(redis_client: Redis) -> None:
    """In the middle of things."""
    touches = RedisTouches(redis_client, lambda people, since: {}, HORIZON)
    found = touches.snapshot(["u1"], now=NOW)
    redis_client.script_flush()
    assert touches.swap([add(found["u1"], "u1", "a")], now=NOW) == [True]


def test_a_claim_on_what_was_flushed_is_lost(redis_client: Redis) -> None:
    """And people are rebuilt, those known before too."""
    touches = RedisTouches(redis_client, lambda people, since: {"u1": (touch("on record"),)}, HORIZON)
    before = touches.snapshot(["u1"], now=NOW)["u1"]
    redis_client.flushall()
    assert touches.swap([add(before, "u1", "a")], now=NOW) == [False]
    after = touches.snapshot(["u1"], now=NOW)["u1"]
    assert ids(after) == ["on record"]
    assert after.era != before.era


def test_what_an_older_run_of_the_server_wrote_counts_no_more(tmp_path: Path) -> None:
    """Its log may lack the last writes, so that what it brings back is not believed."""
    found: list[Snapshot] = []
    for _ in range(2):
        with redis_server(tmp_path, persistent=True) as server, connect(server.url) as client:
            touches = RedisTouches(client, lambda people, since: {"u1": (touch("on record"),)}, HORIZON)
            if found:
                assert client.exists("kairos:{0}:touches:u1")
                assert touches.swap([add(found[0], "u1", "late")], now=NOW) == [False]
            found.append(touches.snapshot(["u1"], now=NOW)["u1"])
            assert touches.swap([add(found[-1], "u1", "a")], now=NOW) == [True]
    assert [ids(snapshot) for snapshot in found] == [["on record"], ["on record"]]


def test_a_claim_made_before_the_loss_cannot_be_recorded_after_it(redis_client: Redis, records: Records) -> None:
    """One worker claims and stalls; Redis comes back empty; another rebuilds and claims: the first one's record is refused."""

    def hot_state() -> RedisTouches:
        return RedisTouches(
            redis_client, lambda people, since: records.touches(people, since=since), HORIZON, enter=records.enter
        )

    one, two = hot_state(), hot_state()
    first = one.snapshot(["u1"], now=NOW)["u1"]
    assert one.swap([add(first, "u1", "d1")], now=NOW) == [True]
    redis_client.flushall()
    second = two.snapshot(["u1"], now=NOW)["u1"]
    assert second.touches == ()
    assert two.swap([add(second, "u1", "d2")], now=NOW) == [True]
    with pytest.raises(Superseded):
        records.record([draft("d1")], settled=[], now=NOW, eras=[first.era])
    records.record([draft("d2")], settled=[], now=NOW, eras=[second.era])
    assert ids(Snapshot(records.touches(["u1"], since=NOW - DAY)["u1"])) == ["d2"]


def test_an_era_that_is_over_for_the_records_is_left(redis_client: Redis, records: Records) -> None:
    """As when somebody was late to tell them of it: another one begins, and everybody is rebuilt."""
    touches = RedisTouches(redis_client, lambda people, since: {}, HORIZON, enter=records.enter)
    before = touches.snapshot(["u1"], now=NOW)["u1"]
    records.enter("0:0000000000000000")
    after = touches.snapshot(["u1"], now=NOW)["u1"]
    assert after.era not in {before.era, "0:0000000000000000"}
    records.record([draft("d1")], settled=[], now=NOW, eras=[after.era])


def test_a_careless_redis_is_warned_of(redis_client: Redis) -> None:
    """In words that say what to set."""
    (persistence,) = warnings(redis_client)
    assert "appendonly" in persistence
    redis_client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        assert any("noeviction" in warning for warning in warnings(redis_client))
    finally:
        redis_client.config_set("maxmemory-policy", "noeviction")


def test_a_redis_that_is_away_is_an_error_soon(tmp_path: Path) -> None:
    """Nobody waits for ever."""
    with connect(f"unix://{tmp_path}/none.sock") as client, pytest.raises(Away):
        RedisTouches(client, lambda people, since: {}, HORIZON).snapshot(["u1"], now=NOW)
