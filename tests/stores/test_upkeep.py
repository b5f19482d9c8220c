"""What keeps the house running: pauses, leaders, notes, and the eras of the hot state."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestrator.ports import Later, Queue, Records, Settlement, Stops, Stuck, Superseded
from orchestrator.reasons import SENTENCES
from tests.stores.builders import (
    DAY,
    HOUR,
    LEASE,
    NOW,
    SECOND,
    allow,
    claimed,
    consent,
    draft,
    moment,
    person,
    recorded,
    state,
)


def test_campaigns_are_paused_until_they_go_on(records: Records) -> None:
    """Twice is once."""
    for campaign, paused in (("a", True), ("b", True), ("b", True), ("a", False), ("c", False)):
        records.pause(campaign, paused)
    assert records.stops() == Stops(frozenset({"b"}))


def test_what_waits_for_a_person_is_counted(records: Records) -> None:
    """By when the last of them ended so; of what was decided lately."""
    old, dead = draft("d1", at=NOW - DAY), draft("d3", "drop", campaign="b", reason="moment.undecidable", channel="sms")
    recorded(records, old, draft("d2"), draft("d4"), draft("d5"), dead)
    fences = {
        message.id: message.fence for message in records.claim(["d1", "d2", "d4"], now=NOW, lease=LEASE, recheck=allow)
    }
    for number, (id, fence) in enumerate(sorted(fences.items())):
        records.settle([Settlement(id, fence, "unknown", "x")], now=NOW + number * SECOND)
    unknown, stuck = records.stuck(since=NOW - DAY, limit=9)[::-1]
    assert stuck == Stuck("dead", "b", "sms", 1, NOW)
    assert unknown == Stuck("unknown", "day3-playlist", "email", 2, NOW + 2 * SECOND)
    assert records.stuck(since=NOW, limit=9) == []
    assert sum(one.count for one in records.stuck(since=NOW - 2 * DAY, limit=2)) == 2


def test_what_a_decision_goes_by_is_read_at_once(records: Records) -> None:
    """The same as if it was asked for one by one."""
    records.update_profiles([person("u1", email=["a@example.com"])])
    records.record_consents([consent("u1")])
    records.accept([moment("m1", "u1")], now=NOW, lease=LEASE)
    records.pause("a", True)
    records.cancel("b", now=NOW)
    history = {"playlist.ready": DAY}
    facts, stops = records.outlook(["u1", "nobody"], history=history, now=NOW)
    assert facts == records.gather(["u1", "nobody"], history=history, now=NOW)
    assert facts["u1"].history
    assert (stops, stops.paused, len(stops.cancelled)) == (records.stops(), {"a"}, 1)


def test_what_is_taken_in_comes_with_what_it_is_decided_by(records: Records) -> None:
    """Or with nothing, where that has to be looked for; a repeated one is counted as ever."""
    records.update_profiles([person("u1", email=["a@example.com"])])
    records.pause("a", True)
    asked = {"history": {"playlist.ready": DAY}, "now": NOW, "lease": LEASE}
    new, outlook = records.take_in([moment("m1", "u1"), moment("m2", "nobody"), moment("m1", "u1")], **asked)
    assert new == {"m1", "m2"}
    assert outlook in (None, records.outlook(["u1", "nobody"], history=asked["history"], now=NOW))
    assert records.take_in([moment("m1", "u1")], **asked)[0] == frozenset()
    assert records.take_moments(now=NOW, lease=LEASE, limit=9) == []


def test_what_waits_for_a_pause_to_end_is_woken(records: Records) -> None:
    """Held or ready by then; not what waits for something else, what is another's, or what somebody has in hand."""
    hold = {"outcome": "hold", "campaign": "mix", "send_at": NOW + HOUR}
    recorded(records, draft("taken", **hold | {"send_at": NOW}, reason="campaign.paused", profile="u2"))
    assert [one.id for one in records.take_due(now=NOW, lease=LEASE, limit=9)] == ["taken"]
    recorded(
        records, draft("held", **hold, reason="campaign.paused"), draft("later", **hold, reason="timing.quiet_hours")
    )
    recorded(records, draft("other", "hold", campaign="news", send_at=NOW + HOUR, reason="campaign.paused"))
    recorded(records, draft("ready", campaign="mix"))
    halt = Later(NOW + HOUR, SENTENCES["campaign.paused"])
    assert records.claim(["ready"], now=NOW, lease=LEASE, recheck=lambda records, facts: [halt]) == []
    assert [records.wake("mix", now=NOW, limit=1) for _ in range(3)] == [1, 1, 0]
    assert [one.id for one in records.take_due(now=NOW, lease=LEASE, limit=9)] == ["held"]
    assert claimed(records, "ready") == ["ready"]


def test_what_is_cancelled_stays_so(records: Records) -> None:
    """A campaign, or one of its runs; nothing else is, and the first instant stands."""
    records.cancel("mix", "2026-03-02T07:30", now=NOW)
    records.cancel("news", now=NOW)
    records.cancel("news", now=NOW + SECOND)
    records.pause("mix", True)
    stops = records.stops()
    assert stops.cancelled == {("mix", "2026-03-02T07:30"): NOW, ("news", ""): NOW}
    assert (stops.of("mix", "mix:2026-03-02T07:30:u1"), stops.of("news", "m1")) == ("cancelled", "cancelled")
    assert (stops.of("mix", "mix:2026-03-09T07:30:u1"), stops.of("other", "m1")) == ("paused", None)


def test_what_waits_of_a_cancelled_run_is_dropped_in_pages(records: Records) -> None:
    """Held, ready or to be tried again; touches come back; another run, and what is being handed over, is left alone."""
    campaign = 'mix "7%_"'
    for run, profile in (("a", "u1"), ("a", "u2"), ("a", "u3"), ("b", "u4")):
        happened = moment(f"{campaign}:{run}:{profile}", profile)
        recorded(records, replace(draft(profile, campaign=campaign, profile=profile), moment=happened))
    recorded(records, draft("other", profile="u5"))
    assert claimed(records, "u3") == ["u3"]
    dropped = [records.drop_cancelled(campaign, "a", limit=1) for _ in range(3)]
    assert [[(one.id, one.state, one.touch is not None) for one in page] for page in dropped] == [
        [("u1", "ready", True)],
        [("u2", "ready", True)],
        [],
    ]
    assert [state(records, id) for id in ("u1", "u2", "u3", "u4", "other")] == [
        "dropped", "dropped", "sending", "ready", "ready"
    ]  # fmt: skip
    assert {one.reason for one in records.messages(states=["dropped"])} == {"campaign.cancelled"}
    assert not any(records.touches(["u1", "u2"], since=NOW - LEASE).values())
    recorded(records, replace(draft("u6", "hold", campaign=campaign, send_at=NOW + LEASE)))
    assert [one.id for one in records.drop_cancelled(campaign, limit=9)] == ["u4", "u6"]


def test_one_leads_until_its_lease_is_over(records: Records) -> None:
    """Who leads may stay; another role is another matter."""
    assert records.lead("scheduler", "one", now=NOW, lease=LEASE)
    assert not records.lead("scheduler", "two", now=NOW + SECOND, lease=LEASE)
    assert records.lead("sweeper", "two", now=NOW, lease=LEASE)
    assert records.lead("scheduler", "one", now=NOW + LEASE - SECOND, lease=LEASE)
    assert not records.lead("scheduler", "two", now=NOW + LEASE, lease=LEASE)
    assert records.lead("scheduler", "two", now=NOW + 2 * LEASE, lease=LEASE)
    assert not records.lead("scheduler", "one", now=NOW + 2 * LEASE, lease=LEASE)


def test_it_is_known_who_leads(records: Records) -> None:
    """And until when."""
    assert records.leader("scheduler") is None
    records.lead("scheduler", "one", now=NOW, lease=LEASE)
    assert records.leader("scheduler") == ("one", NOW + LEASE)


def test_what_is_not_done_is_counted_by_state_campaign_and_channel(records: Records) -> None:
    """Up to a bound for each state, the most urgent first; with how long it has been waiting, and since when it is late."""
    recorded(records, draft("a", profile="u1"), draft("b", profile="u2", at=NOW - SECOND), draft("c", "drop"))
    recorded(
        records, draft("d", "hold", send_at=NOW + LEASE), draft("e", channel="sms", campaign="other", profile="u3")
    )
    claimed(records, "e")
    assert records.queues(9) == [
        Queue("held", "day3-playlist", "email", 1, NOW, NOW + LEASE),
        Queue("ready", "day3-playlist", "email", 2, NOW - SECOND, NOW - SECOND),
        Queue("sending", "other", "sms", 1, NOW, NOW + LEASE),
    ]
    assert [(queue.state, queue.count, queue.due) for queue in records.queues(1)][1] == ("ready", 1, NOW - SECOND)


def test_notes_are_kept(records: Records) -> None:
    """The last value stands."""
    assert records.recall("reached") is None
    records.remember("reached", "a")
    records.remember("reached", "b")
    assert records.recall("reached") == "b"
    records.remember("re", "c")
    assert records.recall_all("rea") == {"reached": "b"}
    records.remember("reached", None)
    assert records.recall("reached") is None


def test_claims_of_an_era_that_is_over_are_not_recorded(records: Records) -> None:
    """Nothing of their batch is, and an era that is over never comes back."""
    records.accept([moment("m1")], now=NOW, lease=LEASE)
    assert records.enter("0:aa")
    assert records.enter("0:aa")
    records.record([draft("d1")], settled=[], now=NOW, eras=["0:aa"])
    assert records.enter("0:bb")
    with pytest.raises(Superseded):
        records.record([draft("d2")], settled=["m1"], now=NOW, eras=["0:aa"])
    assert not records.enter("0:aa")
    assert records.message("d2") is None
    assert records.progress()[0] == 0
    records.record([draft("d2")], settled=["m1"], now=NOW, eras=["0:bb"])
    assert records.progress() == (1, 2)


def test_each_slot_has_its_own_era(records: Records) -> None:
    """A batch may have claims in several; an era that nobody has entered is none."""
    assert records.enter("0:aa")
    assert records.enter("1:bb")
    records.record([draft("d1")], settled=[], now=NOW, eras={"0:aa", "1:bb", ""})
    with pytest.raises(Superseded):
        records.record([draft("d2")], settled=[], now=NOW, eras={"0:aa", "1:cc"})
    recorded(records, draft("d3"))
