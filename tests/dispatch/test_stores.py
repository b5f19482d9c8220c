"""Vitals that all workers see, and paces that hold for all of them together."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from redis import Redis

from orchestrator.ports import PATIENCE, Demand, Health, Limit, Slot, Vitals
from orchestrator.stores.redis_health import RedisHealth, connect

NOW = datetime(2026, 3, 2, 9, 0, 0, 123_456, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
ILL = Vitals((Slot(1, 2, 3, 4), Slot(2, 1, 0, 0)), 3, 0.25, NOW, 2, NOW, NOW + SECOND, NOW - SECOND)
SENDER = Limit("sms:twilio", SECOND / 10, SECOND * 0.9)
ACCOUNT = Limit("twilio:a1", SECOND / 5, SECOND * 0.8)


def test_an_account_of_which_nothing_is_known_is_well(health: Health) -> None:
    """And nobody asked for is nobody told of."""
    assert health.vitals(["a"]) == {"a": Vitals()}
    assert health.vitals([]) == {}


def test_what_one_has_seen_all_know(health: Health) -> None:
    """Whole, to the microsecond."""
    assert health.change({"a": (Vitals(), ILL)}) == {}
    assert health.vitals(["a", "b"]) == {"a": ILL, "b": Vitals()}


def test_who_is_late_is_told_what_stands(health: Health) -> None:
    """Nothing of others is overwritten; each account goes for itself."""
    health.change({"a": (Vitals(), ILL)})
    worse = replace(ILL, trips=3)
    assert health.change({"a": (Vitals(), worse), "b": (Vitals(), worse)}) == {"a": ILL}
    assert health.vitals(["a", "b"]) == {"a": ILL, "b": worse}
    assert health.change({}) == {}


def test_a_burst_goes_at_once_and_the_rest_gets_its_turns(health: Health) -> None:
    """Ten a second: ten at once, two more within the fifth of a second that a worker waits, the others one by one."""
    [grant] = health.reserve([Demand((SENDER,), 15)], now=NOW)
    assert grant.count == 12
    assert grant.pause == PATIENCE
    assert grant.turn == SECOND * 0.3
    assert grant.apart == SECOND / 10


def test_who_waits_comes_after_those_who_wait_already(health: Health) -> None:
    """So that everybody comes back once, in his own turn."""
    waiting = [health.reserve([Demand((SENDER,), 12 + 5)], now=NOW)[0]]
    waiting += [health.reserve([Demand((SENDER,), 5)], now=NOW)[0] for _ in range(3)]
    assert [grant.count for grant in waiting] == [12, 0, 0, 0]
    assert all(after.turn - before.turn == SECOND / 2 for before, after in pairwise(waiting))


def test_what_is_urgent_does_not_queue(health: Health) -> None:
    """Its turn is the next; those who wait keep theirs."""
    health.reserve([Demand((SENDER,), 1000)], now=NOW)
    [urgent] = health.reserve([Demand((SENDER,), 1, urgent=True)], now=NOW)
    assert (urgent.count, urgent.turn) == (0, SECOND * 0.3)
    [late] = health.reserve([Demand((SENDER,), 1)], now=NOW)
    assert late.turn > 90 * SECOND


def test_what_was_used_grows_again(health: Health) -> None:
    """At the pace, and never beyond the burst."""
    assert health.reserve([Demand((SENDER,), 10)], now=NOW)[0].count == 10
    assert health.reserve([Demand((SENDER,), 10)], now=NOW + SECOND / 2)[0].count == 5 + 2
    assert health.reserve([Demand((SENDER,), 99)], now=NOW + 3600 * SECOND)[0].count == 12


def test_the_stricter_of_several_limits_holds_and_all_are_charged(health: Health) -> None:
    """Of the account and the sender, say; another sender of the account finds it used."""
    [grant] = health.reserve([Demand((SENDER, ACCOUNT), 9)], now=NOW)
    assert (grant.count, grant.apart) == (6, SECOND / 5)
    other = Limit("sms:other", SECOND / 10, SECOND)
    both = health.reserve([Demand((other, ACCOUNT), 3), Demand((SENDER,), 3)], now=NOW)
    assert [grant.count for grant in both] == [0, 3]


def test_no_rate_is_exceeded_however_many_ask(health: Health) -> None:
    """Whoever comes when, no more than the burst and the pace have gone."""
    sent = 0
    for step in range(40):
        [grant] = health.reserve([Demand((SENDER,), 7)], now=NOW + step * SECOND / 20)
        sent += grant.count
        assert sent <= 10 + 10 * (step / 20 + PATIENCE.total_seconds())


def test_a_clock_that_is_set_back_silences_no_account(health: Health) -> None:
    """For a minute at most: what was counted in what is the future now does not count for longer."""
    assert health.reserve([Demand((SENDER,), 12)], now=NOW + 3600 * SECOND)[0].count == 12
    assert health.reserve([Demand((SENDER,), 12)], now=NOW)[0].count == 0
    assert health.reserve([Demand((SENDER,), 12)], now=NOW + 62 * SECOND)[0].count == 12


def test_hosts_whose_clocks_differ_share_a_pace(redis_client: Redis) -> None:
    """It goes by the clock of Redis."""
    health = RedisHealth(redis_client)
    slow = Limit("sms:slow", 3600 * SECOND, SECOND * 0)
    assert [health.reserve([Demand((slow,), 1)], now=NOW + skew)[0].count for skew in (2 * DAY, -DAY, DAY)] == [1, 0, 0]


def test_while_redis_is_away_each_process_goes_by_itself(tmp_path: Path) -> None:
    """At once, without asking each time."""
    asked = iter([0.0, 0.0, 0.0, 1.0, 2.0, 3.0])
    away = RedisHealth(connect(f"unix://{tmp_path}/none.sock"), tick=lambda: next(asked))
    assert away.change({"a": (Vitals(), ILL)}) == {}
    assert away.vitals(["a"]) == {"a": ILL}
    assert away.reserve([Demand((SENDER,), 99)], now=NOW)[0].count == 12
    away.close()


def test_who_cannot_ask_redis_goes_by_what_it_knew_last(redis_client: Redis) -> None:
    """What all knew of an ill account is not forgotten for a moment's silence; a Redis that is back is asked after five seconds."""
    now, worse = [0.0], replace(ILL, trips=3)
    told, read, late = (RedisHealth(redis_client, tick=lambda: now[0]) for _ in range(3))
    assert told.change({"a": (Vitals(), ILL)}) == {}
    assert read.vitals(["a"]) == {"a": ILL}
    assert late.change({"a": (Vitals(), worse)}) == {"a": ILL}
    redis_client.flushdb()
    for health in (told, read, late):
        health._aside_until = 5.0
        assert health.vitals(["a"]) == {"a": ILL}
        assert health.change({"a": (ILL, worse)}) == {}
        assert health.vitals(["a"]) == {"a": worse}
    now[0] = 5.0
    assert told.vitals(["a"]) == {"a": Vitals()}


def test_nothing_is_kept_for_ever(redis_client: Redis) -> None:
    """Redis throws nothing away by itself."""
    health = RedisHealth(redis_client)
    health.change({"a": (Vitals(), ILL)})
    health.reserve([Demand((SENDER, ACCOUNT), 50)], now=NOW)
    assert {key: redis_client.pttl(key) > 0 for key in redis_client.keys("kairos:{accounts}:*")} == {
        b"kairos:{accounts}:vitals:a": True,
        b"kairos:{accounts}:pace:sms:twilio": True,
        b"kairos:{accounts}:pace:twilio:a1": True,
    }
