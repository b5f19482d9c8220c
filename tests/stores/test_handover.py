"""Handing over: claims, fences, outcomes, and second thoughts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from orchestrator.model import Facts, Finding, Profile, Suppression
from orchestrator.ports import (
    Attempt,
    Later,
    ProfileUpdate,
    Record,
    Records,
    Settlement,
    Start,
    State,
    departing,
    outgoing,
)
from tests.stores.builders import (
    DAY,
    HOUR,
    LEASE,
    MINUTE,
    NOW,
    SECOND,
    allow,
    claimed,
    consent,
    draft,
    forbid,
    person,
    recorded,
    state,
    withdrawn,
)  # fmt: skip


def sent(id: str = "d1", fence: int = 1, state: State = "sent", **options: object) -> Settlement:
    """An outcome."""
    return Settlement(id, fence, state, "null", **options)  # type: ignore[arg-type]


def test_a_claim_gives_what_an_adapter_needs_and_records_the_attempt(records: Records) -> None:
    """The attempt and the fence are raised before anything is sent."""
    recorded(records, draft("d1"))
    (message,) = records.claim(["d1", "d1", "unknown"], now=NOW, lease=LEASE, recheck=allow)
    record = records.message("d1")
    assert record is not None
    assert message == outgoing(record)
    assert (record.state, message.attempt, message.fence, message.addresses) == ("sending", 1, 1, ("a@example.com",))
    assert records.attempts("d1") == [Attempt("d1", 1, 1, NOW)]
    assert records.deliverable(now=NOW, limit=9) == []


def test_of_two_claimers_one_gets_the_message(records: Records) -> None:
    """Also after the first one's lease has run out: somebody must say what became of it first."""
    recorded(records, draft("d1"), draft("d2"))
    assert claimed(records, "d1") == ["d1"]
    assert claimed(records, "d1", "d2") == ["d2"]
    assert claimed(records, "d1", now=NOW + LEASE) == []


def test_only_what_is_ready_or_due_again_is_claimed(records: Records) -> None:
    """Not what waits, was dropped, or is to be tried later."""
    recorded(records, draft("d1", "hold", send_at=NOW), draft("d2", "drop"), draft("d3"))
    claimed(records, "d3")
    records.settle([sent("d3", state="retry", due=NOW + MINUTE)], now=NOW)
    assert records.deliverable(now=NOW, limit=9) == []
    assert claimed(records, "d1", "d2", "d3") == []
    assert records.deliverable(now=NOW + MINUTE, limit=9) == [("email", "d3")]
    (again,) = records.claim(["d3"], now=NOW + MINUTE, lease=LEASE, recheck=allow)
    assert (again.attempt, again.fence) == (2, 2)


def test_what_is_forbidden_at_the_last_look_is_dropped_and_gives_its_touch_back(records: Records) -> None:
    """With the finding's code as its reason, in its words; the others go on."""
    recorded(records, draft("d1"), draft("d2"))
    assert records.claim(["d1"], now=NOW, lease=LEASE, recheck=forbid) == []
    record = records.message("d1")
    assert record is not None
    assert (record.state, record.reason, record.touch, record.attempt) == ("dropped", "consent.withdrawn", None, 0)
    assert record.detail == "Withdrawn."
    assert records.touches(["u1"], since=NOW - DAY) == {"u1": (draft("d2").touch,)}
    assert records.attempts("d1") == []


def test_what_must_wait_and_be_decided_anew_is_held_again(records: Records) -> None:
    """Without its touch; it falls due, and whatever is decided then takes its place."""
    recorded(records, draft("d1"), draft("d2"))
    later = Later(NOW + HOUR, "not now", "timing.paused")
    assert records.claim(["d1"], now=NOW, lease=LEASE, recheck=lambda records, facts: [later]) == []
    record = records.message("d1")
    assert record is not None
    assert (record.state, record.reason, record.due, record.touch) == ("held", "timing.paused", NOW + HOUR, None)
    assert records.touches(["u1"], since=NOW - DAY) == {"u1": (draft("d2").touch,)}
    assert (records.next_due(), records.deliverable(now=NOW, limit=9)) == (NOW + HOUR, [("email", "d2")])
    assert [one.id for one in records.take_due(now=NOW + HOUR, lease=LEASE, limit=9)] == ["d1"]
    recorded(records, draft("d1"))
    assert claimed(records, "d1", now=NOW + HOUR) == ["d1"]


def test_a_stale_decision_does_not_begin_what_was_tried_before(records: Records) -> None:
    """The message is held again, with its attempt on record, and is decided when it falls due."""
    records.update_profiles([person("u1")])
    recorded(records, draft("d1"))
    claimed(records, "d1")
    records.settle([sent(state="retry", due=NOW)], now=NOW)
    later = Later(NOW + HOUR, "not now", "timing.paused")
    assert records.claim(["d1"], now=NOW, lease=LEASE, recheck=lambda records, facts: [later]) == []
    tried, revision = records.attempts("d1"), records.profiles(["u1"])["u1"].revision
    start = Start({"d1": departing(draft("d1"), "null", attempt=1)}, {"u1": revision}, LEASE)
    assert records.record([draft("d1")], settled=[], now=NOW, start=start) == []
    assert (state(records, "d1"), records.attempts("d1"), len(tried)) == ("held", tried, 1)
    assert [one.id for one in records.take_due(now=NOW + HOUR, lease=LEASE, limit=9)] == ["d1"]


def test_the_last_look_sees_what_is_known_now(records: Records) -> None:
    """Withdrawals and suppressions of this very moment; people are asked about once, however many messages they get."""
    seen: list[Mapping[str, Facts]] = []

    def look(messages: Sequence[Record], facts: Mapping[str, Facts]) -> Sequence[Finding | None]:
        seen.append(facts)
        return withdrawn(messages, facts)

    records.update_profiles([person("u1", email=["a@example.com"]), ProfileUpdate("u2", NOW, attributes={"a": 1})])
    recorded(records, draft("d1"), draft("d2"), draft("d3", profile="u2"), draft("d4", profile="nobody"))
    records.record_consents([consent(state="withdrawn")])
    records.suppress([Suppression("email", "a@example.com", "bounced", NOW)])
    found = records.claim(["d1", "d2", "d3", "d4"], now=NOW, lease=LEASE, recheck=look)
    assert [message.id for message in found] == ["d3", "d4"]
    assert {id: facts.profile for id, facts in seen[0].items() if id != "u1"} == {"u2": Profile("u2"), "nobody": None}
    assert seen[0]["u1"].suppressed == {("email", "a@example.com")}


def test_an_outcome_is_on_record(records: Records) -> None:
    """With the provider's name for it, and when it was handed over."""
    recorded(records, draft("d1"))
    claimed(records, "d1")
    assert records.settle([sent(provider_id="p-1", detail="queued\0")], now=NOW + SECOND) == []
    record = records.message("d1")
    assert record is not None
    assert (record.state, record.provider, record.provider_id) == ("sent", "null", "p-1")
    assert record.handed_over == NOW + SECOND
    assert record.touch == draft("d1").touch
    (attempt,) = records.attempts("d1")
    assert (attempt.outcome, attempt.provider, attempt.ended_at) == ("sent", "null", NOW + SECOND)


def test_a_final_failure_gives_its_touch_back(records: Records) -> None:
    """And says whose; what made no touch has none to give."""
    recorded(records, draft("d1"), draft("d2", touched=False), draft("d3"))
    claimed(records, "d1", "d2", "d3")
    outcomes = [sent("d1", state="failed", release=True), sent("d2", state="failed", release=True), sent("d3")]
    assert [(record.id, record.state, record.touch) for record in records.settle(outcomes, now=NOW)] == [
        ("d1", "failed", None)
    ]
    assert [touch.id for touch in records.touches(["u1"], since=NOW - DAY)["u1"]] == ["d3"]
    assert records.settle(outcomes[:1], now=NOW) == []


def test_an_outcome_under_an_old_fence_is_void(records: Records) -> None:
    """The message belongs to whoever claimed it since."""
    recorded(records, draft("d1"))
    claimed(records, "d1")
    records.settle([sent(state="retry", due=NOW)], now=NOW)
    claimed(records, "d1")
    assert records.settle([sent(fence=1, state="failed", release=True)], now=NOW) == []
    assert state(records, "d1") == "sending"
    assert [attempt.outcome for attempt in records.attempts("d1")][1] is None


def test_a_lapsed_hand_over_is_found_and_settled_by_another(records: Records) -> None:
    """When the lease of whoever began it has run out, not before."""
    recorded(records, draft("d1"))
    claimed(records, "d1")
    assert records.lapsed(now=NOW + LEASE - SECOND, limit=9) == []
    (record,) = records.lapsed(now=NOW + LEASE, limit=9)
    assert (record.id, record.fence) == ("d1", 1)
    records.settle([sent(state="unknown", detail="gone")], now=NOW + LEASE)
    assert records.lapsed(now=NOW + DAY, limit=9) == []
    assert state(records, "d1") == "unknown"


@pytest.mark.parametrize("meanwhile", ["unknown", "retry"])
def test_a_late_answer_is_better_knowledge_than_none(records: Records, meanwhile: State) -> None:
    """Whoever began the attempt comes back after somebody else had to settle it blindly: it is not sent again."""
    recorded(records, draft("d1"))
    claimed(records, "d1")
    records.settle([sent(state=meanwhile, due=NOW + LEASE)], now=NOW + LEASE)
    records.settle([sent(provider_id="p-1")], now=NOW + 2 * LEASE)
    assert state(records, "d1") == "sent"
    assert claimed(records, "d1", now=NOW + DAY) == []


def test_an_answer_takes_nothing_back_from_a_receipt(records: Records) -> None:
    """A receipt may be faster than the answer, which then only fills in what is missing."""
    recorded(records, draft("d1"))
    claimed(records, "d1")
    assert records.advance("d1", "delivered", seen="sending", reason=None, release=False, now=NOW)
    assert records.settle([sent(provider_id="p-1")], now=NOW + SECOND) == []
    record = records.message("d1")
    assert record is not None
    assert (record.state, record.provider_id, record.handed_over) == ("delivered", "p-1", NOW + SECOND)


def test_a_receipt_moves_a_message_on_and_may_give_its_touch_back(records: Records) -> None:
    """What is not on record is left alone."""
    recorded(records, draft("d1"))
    claimed(records, "d1")
    records.settle([sent()], now=NOW)
    bounced: Any = {"reason": "bounced", "release": True, "now": NOW}
    assert not records.advance("unknown", "failed", seen="sent", **bounced)
    assert not records.advance("d1", "failed", seen="delivered", **bounced)
    assert records.advance("d1", "failed", seen="sent", **bounced)
    record = records.message("d1")
    assert record is not None
    assert (record.state, record.reason, record.touch) == ("failed", "bounced", None)


def test_a_person_may_take_a_message_up_again(records: Records) -> None:
    """One that still has its touch is ready; one that gave it back has to find a place under the caps anew."""
    recorded(records, draft("d1"), draft("d2"), draft("d3", touched=False), draft("d4"), draft("d5"))
    claimed(records, "d1", "d2", "d3", "d4")
    records.settle(
        [
            sent("d1", state="unknown"),
            sent("d2", state="failed", release=True),
            sent("d3", state="dead", release=True),
            sent("d4"),
        ],
        now=NOW,
    )
    later = NOW + HOUR
    assert records.retry(["d1", "d2", "d3", "d4", "d5", "none", "d1"], now=later) == 3
    assert [state(records, f"d{n}") for n in range(1, 6)] == ["ready", "held", "ready", "sent", "ready"]
    assert [record.id for record in records.take_due(now=later, lease=LEASE, limit=9)] == ["d2"]
    recorded(records, draft("d2", at=later), now=later)
    assert sorted(claimed(records, "d1", "d2", "d3", now=later)) == ["d1", "d2", "d3"]
    assert [attempt.fence for attempt in records.attempts("d2")] == [1, 2]


def test_what_is_ready_is_handed_on_in_order_and_in_part(records: Records) -> None:
    """Longest ready first, with its channel; even what was recorded before the clock was set back."""
    recorded(records, draft("d1", at=NOW + MINUTE), draft("d2", at=NOW), draft("d3", at=NOW + SECOND, channel="sms"))
    assert records.deliverable(now=NOW + HOUR, limit=2) == [("email", "d2"), ("sms", "d3")]
    assert records.deliverable(now=NOW - HOUR, limit=9) == [("email", "d2"), ("sms", "d3"), ("email", "d1")]


def test_what_somebody_waits_for_is_found_among_whatever_waits(records: Records) -> None:
    """However much of other purposes was ready before."""
    owed = replace(draft("d9", touched=False), purpose="transactional")
    recorded(records, *(draft(f"d{n}", at=NOW - MINUTE) for n in range(3)), owed)
    assert records.deliverable(now=NOW, limit=2, purposes=["transactional"]) == [("email", "d9")]
    assert ("email", "d9") not in records.deliverable(now=NOW, limit=3)
    assert records.deliverable(now=NOW, limit=2, purposes=[]) == []


def test_what_a_worker_has_said_itself_stands(records: Records) -> None:
    """Whoever found its hand-over left, and comes after it, changes neither the message nor its attempt."""
    recorded(records, draft("d1"), draft("d2"))
    records.claim(["d1", "d2"], now=NOW, lease=LEASE, recheck=allow)
    records.settle([Settlement("d1", 1, "retry", "x", due=NOW + DAY)], now=NOW)
    lost = [Settlement(id, 1, "unknown", "x") for id in ("d1", "d2")]
    records.settle(lost, now=NOW + MINUTE, lapsed=True)
    assert (state(records, "d1"), state(records, "d2")) == ("retry", "unknown")
    assert [records.attempts(id)[0].outcome for id in ("d1", "d2")] == ["retry", "unknown"]
