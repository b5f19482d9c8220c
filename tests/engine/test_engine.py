"""From moments to handed-over messages, on every kind of store: the tutorial of the engine, and what may go wrong."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from channels.base import Capabilities
from orchestrator.model import Delivery, Moment, Receipt
from orchestrator.ports import Settlement
from tests.engine.conftest import START, House
from tests.support import KAIROS, NEWS, ORDER, workspace

Make = Callable[..., House]
CAPPED = workspace(kairos=KAIROS + "caps: [{limit: 1, per: 24h, purpose: marketing}]\n")
MORNING = workspace(
    "campaign: dawn\nmoment: {on: ping, send: {between: ['07:00-09:00']}}\nchannel: [email]\ntactic: {template: hi}\n"
)


def test_a_moment_becomes_a_message(house: Make) -> None:
    """It is decided, recorded, handed over; and asked about afterwards, it tells why."""
    here = house()
    here.know()
    (draft,) = here.happen("m1")
    assert (draft.outcome, draft.channel) == ("send", "email")
    (outcome,) = here.hand_over([draft])
    assert outcome.state == "sent"
    record = here.records.message(draft.id)
    assert record is not None
    assert (record.state, record.provider_id, record.trace, record.content) == (
        "sent",
        f"p-{draft.id}",
        draft.trace,
        draft.content,
    )
    assert [message.id for message in here.provider.given] == [draft.id]


def test_a_repeated_moment_changes_nothing(house: Make) -> None:
    """It is refused with its reason, and the first message stays as it is."""
    here = house()
    here.know()
    first = here.happen("m1")
    here.hand_over(first)
    (again,) = here.happen("m1")
    assert again.reason == "moment.duplicate"
    here.hand_over(first)
    assert len(here.provider.given) == 1
    assert here.state(first[0]) == "sent"


def test_an_interrupted_decision_is_taken_up_and_its_claim_is_its_own(house: Make) -> None:
    """A worker dies between claim and record: the leftover touch does not count against the message that made it."""
    here = house(CAPPED)
    here.know()
    accepted = here.engine.accept([Moment("m1", "ping", "a", here.now)])
    record = here.records.record

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    here.records.record = die  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        here.engine.decide_new(accepted.new, accepted.until)
    here.records.record = record  # type: ignore[method-assign]
    assert here.engine.sweep() == [], "it is still in the other's hands"
    here.later(seconds=30)
    (draft,) = here.engine.sweep()
    assert draft.outcome == "send"
    assert here.happen("m2")[0].reason == "caps.exceeded"


def test_what_is_delivered_after_it_was_given_up_counts_again(house: Make) -> None:
    """Its touch had been given back, and is taken again."""
    here = house(CAPPED)
    here.know()
    (draft,) = here.happen("m1")
    (begun,) = here.records.claim([draft.id], now=here.now, lease=timedelta(minutes=1), recheck=lambda r, f: [None])
    here.records.settle([Settlement(draft.id, begun.fence, "dead", "fake", release=True)], now=here.now)
    assert here.records.message(draft.id).touch is None  # type: ignore[union-attr]
    here.feedback.receive([Receipt("delivered", here.now, "k1", message=draft.id)])
    assert here.records.message(draft.id).touch == draft.touch  # type: ignore[union-attr]
    assert here.happen("m2")[0].reason == "caps.exceeded"


def test_a_withdrawal_stops_what_is_not_yet_handed_over(house: Make) -> None:
    """Consent is looked at again at the door."""
    here = house(CAPPED)
    here.know()
    drafts = here.happen("m1")
    here.later(seconds=1)
    here.say("a", "withdrawn")
    assert here.hand_over(drafts) == []
    record = here.records.message(drafts[0].id)
    assert record is not None
    assert (record.state, record.reason, here.provider.given) == ("dropped", "consent.withdrawn", [])


def test_a_refusal_for_good_gives_the_touch_back(house: Make) -> None:
    """The next message has the place; the dead address is not written to again."""
    here = house(CAPPED)
    here.know()
    drafts = here.happen("m1")
    here.provider.answers = [Delivery("rejected", detail="no such mailbox")]
    assert [outcome.state for outcome in here.hand_over(drafts)] == ["failed"]
    assert here.happen("m2")[0].outcome == "send"


def test_what_is_known_not_sent_is_tried_again(house: Make) -> None:
    """Not before the provider's own time, and under the same id."""
    here = house()
    here.know()
    drafts = here.happen("m1")
    here.provider.answers = [Delivery("retry", retry_after=60, detail="429")]
    assert here.hand_over(drafts)[0].state == "retry"
    assert here.hand_over(drafts) == []
    here.later(seconds=61)
    assert here.records.deliverable(now=here.now, limit=9) == [("email", drafts[0].id)]
    assert here.hand_over(drafts)[0].state == "sent"
    assert [message.attempt for message in here.provider.given] == [1, 2]


@pytest.mark.parametrize(
    ("name", "idempotent", "state"), [("ping", False, "unknown"), ("bought", False, "retry"), ("ping", True, "retry")]
)
def test_a_lost_answer_is_never_followed_blindly(house: Make, name: str, idempotent: bool, state: str) -> None:
    """Advertising is not repeated, what is owed is once more; and a provider that recognises a repetition is asked again."""
    here = house()
    here.know()
    here.provider.capabilities = Capabilities(idempotent=idempotent)
    here.provider.answers = [Delivery("unknown", detail="timeout"), Delivery("unknown", detail="timeout")]
    drafts = here.happen("m1", name)
    assert here.hand_over(drafts)[0].state == state
    if name == "bought":
        here.later(minutes=11)
        assert here.hand_over(drafts)[0].state == "unknown"


def test_a_hand_over_whose_worker_died_is_settled_by_another(house: Make) -> None:
    """Whether it was sent is not known; and the dead one's late answer is welcome."""
    here = house()
    here.know()
    (draft,) = here.happen("m1")
    claimed = here.records.claim(
        [draft.id], now=here.now, lease=timedelta(seconds=45), recheck=lambda r, f: [None] * len(r)
    )
    assert len(claimed) == 1
    assert here.courier.recover() == []
    here.later(minutes=1)
    assert [outcome.state for outcome in here.courier.recover()] == ["unknown"]
    assert here.state(draft) == "unknown"


def test_a_held_message_is_composed_again_when_it_is_due(house: Make) -> None:
    """In its hour, and once."""
    here = house(MORNING)
    here.know()
    (held,) = here.happen("m1")
    assert (held.outcome, held.send_at) == ("hold", START.replace(day=3, hour=7))
    assert here.engine.release() == []
    here.now = held.send_at or here.now
    (sent,) = here.engine.release()
    assert (sent.id, sent.outcome) == (held.id, "send")
    assert here.engine.release() == []


def test_a_held_message_keeps_its_id(house: Make) -> None:
    """Also one that an earlier version recorded, which made its ids in another way."""
    here = house(MORNING)
    here.know()
    (ask,) = here.engine.asks(Moment("m1", "ping", "a", here.now))
    (held,) = here.engine.compose([replace(ask, id="of old")])
    here.records.record([held], settled=[], now=here.now)
    here.now = held.send_at or here.now
    (sent,) = here.engine.release()
    assert (sent.id, sent.outcome) == ("of old", "send")
    assert [record.id for record in here.records.messages()] == ["of old"]


def test_a_paused_campaign_keeps_what_it_holds(house: Make) -> None:
    """New moments are refused, held messages wait; when it goes on, they go out."""
    here = house(MORNING)
    here.know()
    (held,) = here.happen("m1")
    here.records.pause("dawn", True)
    assert here.happen("m2")[0].reason == "campaign.paused"
    here.now = held.send_at or here.now
    assert [(draft.outcome, draft.reason) for draft in here.engine.release()] == [("hold", "campaign.paused")]
    here.records.pause("dawn", False)
    here.later(minutes=10)
    assert [draft.outcome for draft in here.engine.release()] == ["send"]


def test_a_bounce_gives_the_touch_back_and_closes_the_address(house: Make) -> None:
    """Told ten times, it changes things once."""
    here = house(CAPPED)
    here.know()
    drafts = here.happen("m1")
    here.hand_over(drafts)
    bounce = Receipt("bounced", here.now, key="e1", message=drafts[0].id, permanent=True)
    assert [here.feedback.receive([bounce]) for _ in range(10)] == [1] + [0] * 9
    assert here.state(drafts[0]) == "failed"
    assert here.happen("m2")[0].reason == "address.suppressed"
    assert here.happen("m3", "bought")[0].reason == "address.suppressed"


def test_a_moment_that_nobody_declared_is_on_record(house: Make) -> None:
    """No silence without a reason."""
    here = house()
    here.know()
    (draft,) = here.happen("m1", "pong")
    assert (draft.campaign, draft.reason) == (None, "moment.invalid")
    assert here.state(draft) == "dropped"


def test_workers_that_race_for_the_last_touch_send_one_message(house: Make) -> None:
    """Eight at once, for the same person: one has it, and everybody else learns why not."""
    here = house(CAPPED)
    people = [f"p{number}" for number in range(6)]
    for id_ in people:
        here.know(id_)

    def happen(number: int) -> list[str | None]:
        moments = [Moment(f"{id_}-{number}", "ping", id_, here.now) for id_ in people]
        return [draft.reason or draft.outcome for draft in here.engine.process(moments)]

    with ThreadPoolExecutor(8) as pool:
        reasons = [reason for found in pool.map(happen, range(8)) for reason in found]
    here.later(seconds=3)
    while drafts := here.engine.release():
        reasons = [reason for reason in reasons if reason != "claim.contended"] + [
            d.reason or d.outcome for d in drafts
        ]
        here.later(seconds=3)
    assert reasons.count("send") == len(people)
    assert set(reasons) - {"claim.contended"} == {"send", "caps.exceeded"}


def test_priority_decides_only_where_a_cap_leaves_too_few(house: Make) -> None:
    """The higher one takes the touch, the other one is told; without a cap, both go out."""
    louder = NEWS.replace("news", "loud") + "priority: 9\n"
    capped = house(workspace(NEWS, louder, ORDER, kairos=KAIROS + "caps: [{limit: 1, per: 24h}]\n"))
    capped.know()
    assert [(d.campaign, d.reason) for d in capped.happen("m1")] == [("loud", None), ("news", "priority.lost")]
    assert [(d.campaign, d.reason) for d in capped.happen("m2")] == [
        ("loud", "caps.exceeded"),
        ("news", "caps.exceeded"),
    ]
