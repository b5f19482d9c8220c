"""Messages on record: decided, held, decided anew, listed."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.model import Content, Moment, Segments
from orchestrator.ports import Records, Settlement
from tests.stores.builders import DAY, HOUR, LEASE, MINUTE, NOW, TRACE, allow, claimed, draft, recorded, state


def test_a_draft_is_on_record_whole(records: Records) -> None:
    """Its moment, trace, content and touch come back as they were."""
    sent = replace(
        draft("d1", channel="sms"),
        moment=Moment(
            "m9", "order.shipped", "u1", NOW - HOUR, {"total": {"amount": "1.50"}, "tracks": [1, None, True]}
        ),
        content=Content("sms", {"body": "Grüße 😀"}, sms=Segments("UCS-2", 9, 1), unsubscribe="https://x.example/u/1"),
        variant="b",
    )
    recorded(records, sent)
    record = records.message("d1")
    assert record is not None
    assert (record.state, record.reason, record.at, record.due) == ("ready", None, NOW, None)
    assert (record.moment, record.content, record.trace, record.touch) == (sent.moment, sent.content, TRACE, sent.touch)
    assert (record.campaign, record.purpose, record.channel) == ("day3-playlist", "marketing", "sms")
    assert (record.market, record.locale, record.variant, record.addresses) == ("ID", "id", "b", ("a@example.com",))
    assert (record.attempt, record.fence, record.handed_over) == (0, 0, None)


def test_a_silence_is_on_record_with_its_reason(records: Records) -> None:
    """Even one for which no campaign, purpose or channel was found."""
    silent = replace(
        draft("d1", "drop", reason="moment.invalid"), campaign=None, purpose=None, channel=None, content=None
    )
    recorded(records, silent)
    record = records.message("d1")
    assert record is not None
    assert (record.state, record.reason, record.campaign, record.content) == ("dropped", "moment.invalid", "", None)
    assert records.message("d2") is None
    assert records.take_due(now=NOW + DAY, lease=LEASE, limit=5) == []


def test_what_is_decided_stays_decided(records: Records) -> None:
    """Only a held message is decided anew, and then once more like any other."""
    recorded(records, draft("d1"), draft("d2", "drop", reason="caps.exceeded"), draft("d3", "hold", send_at=NOW + HOUR))
    recorded(records, draft("d1", "drop"), draft("d2"), draft("d3", at=NOW + HOUR))
    assert [state(records, id) for id in ("d1", "d2", "d3")] == ["ready", "dropped", "ready"]
    record = records.message("d3")
    assert record is not None
    assert (record.at, record.due) == (NOW + HOUR, None)
    assert record.touch == draft("d3", at=NOW + HOUR).touch
    assert records.next_due() is None


def test_a_held_message_falls_due_and_is_leased_to_one(records: Records) -> None:
    """Earliest first; it claims no touch while it waits, and remembers when it was due."""
    recorded(records, draft("d2", "hold", send_at=NOW + 2 * MINUTE), draft("d1", "hold", send_at=NOW + MINUTE))
    recorded(records, draft("d3", "hold", send_at=NOW + HOUR))
    assert records.next_due() == NOW + MINUTE
    assert records.take_due(now=NOW, lease=LEASE, limit=9) == []
    now = NOW + 2 * MINUTE
    found = records.take_due(now=now, lease=LEASE, limit=9)
    assert [(record.id, record.due, record.touch) for record in found] == [
        ("d1", NOW + MINUTE, None),
        ("d2", NOW + 2 * MINUTE, None),
    ]
    assert records.take_due(now=now, lease=LEASE, limit=9) == []
    assert records.next_due() == now + LEASE
    assert [record.id for record in records.take_due(now=now + LEASE, lease=LEASE, limit=1)] == ["d1"]


def test_all_that_is_due_of_a_person_is_taken_together(records: Records) -> None:
    """Whatever the limit: what has priority must not come second because it was written later."""
    for id_, person, minutes in (("d1", "u1", 1), ("d2", "u2", 1), ("d3", "u1", 3), ("d4", "u1", 9)):
        recorded(records, draft(id_, "hold", profile=person, send_at=NOW + minutes * MINUTE))
    now = NOW + 5 * MINUTE
    assert [record.id for record in records.take_due(now=now, lease=LEASE, limit=1)] == ["d1", "d3"]
    assert [record.id for record in records.take_due(now=now, lease=LEASE, limit=1)] == ["d2"]
    assert records.take_due(now=now, lease=LEASE, limit=1) == []


def test_a_message_held_again_waits_for_its_new_instant(records: Records) -> None:
    """As when quiet hours begin before it was sent."""
    recorded(records, draft("d1", "hold", send_at=NOW))
    records.take_due(now=NOW, lease=LEASE, limit=9)
    recorded(records, draft("d1", "hold", send_at=NOW + 8 * HOUR))
    assert records.take_due(now=NOW + 7 * HOUR, lease=LEASE, limit=9) == []
    assert [record.due for record in records.take_due(now=NOW + 8 * HOUR, lease=LEASE, limit=9)] == [NOW + 8 * HOUR]


def test_touches_are_those_of_messages_that_have_them(records: Records) -> None:
    """Younger than the instant asked for, oldest first, and of the people asked for."""
    recorded(
        records,
        draft("d1", at=NOW),
        draft("d2", at=NOW - HOUR, channel="sms"),
        draft("d3", at=NOW - DAY),
        draft("d4", "hold", send_at=NOW),
        draft("d5", touched=False),
        draft("d6", profile="u2"),
    )
    found = records.touches(["u1", "u3"], since=NOW - DAY)
    assert found == {"u1": (draft("d2", at=NOW - HOUR, channel="sms").touch, draft("d1").touch), "u3": ()}


def test_messages_are_listed_newest_first_in_pages(records: Records) -> None:
    """Those decided at one instant by their ids, and none twice."""
    recorded(records, *(draft(f"d{n}", at=NOW + (n // 2) * MINUTE) for n in range(6)))
    pages, after = [], ""
    while page := [record.id for record in records.messages(after=after, limit=4)]:
        pages.append(page)
        after = page[-1]
    assert pages == [["d5", "d4", "d3", "d2"], ["d1", "d0"]]


def test_messages_are_listed_by_state_person_and_campaign(records: Records) -> None:
    """Each narrows the others."""
    recorded(records, draft("d1"), draft("d2", "drop"), draft("d3", profile="u2"), draft("d4", campaign="other"))
    assert {record.id for record in records.messages(profile="u1")} == {"d1", "d2", "d4"}
    assert {record.id for record in records.messages(states=["ready"], campaign="day3-playlist")} == {"d1", "d3"}
    assert records.messages(states=[]) == []


def test_messages_are_counted_by_what_became_of_them(records: Records) -> None:
    """Each kind once."""
    recorded(records, draft("d1"), draft("d2"), draft("d3", "drop", reason="caps.exceeded"))
    kind = {"channel": "email", "market": "ID", "locale": "id", "campaign": "day3-playlist"}
    counted = sorted(records.counts(), key=lambda pair: pair[1])
    assert counted == [
        ({"state": "dropped", "reason": "caps.exceeded"} | kind, 1),
        ({"state": "ready", "reason": None} | kind, 2),
    ]
    assert records.progress() == (0, 2)


def test_the_latest_message_is_the_one_handed_over_last(records: Records) -> None:
    """Whenever it was decided; what was not handed over does not count."""
    recorded(records, draft("d1"), draft("d2", at=NOW + MINUTE), draft("d3", at=NOW + HOUR), draft("d4", channel="sms"))
    for n, id in enumerate(("d2", "d1", "d4")):
        now = NOW + (n + 1) * MINUTE
        assert claimed(records, id, now=now) == [id]
        records.settle([Settlement(id, 1, "sent", "null")], now=now)
    latest = records.latest("u1", "day3-playlist", "email")
    assert latest is not None
    assert (latest.id, latest.handed_over) == ("d1", NOW + 2 * MINUTE)
    assert records.latest("u1", "other", "email") is None


def test_odd_texts_survive_in_messages(records: Records) -> None:
    """In ids, fields and reasons."""
    odd = "ü'\"%:;,[]{}\\ \n$1 %(x)s :ids 😀"
    recorded(records, draft(odd, profile=odd, fields={odd: odd, "nul": "\0", "n": 2**70}, reason=odd))
    record = records.message(odd)
    assert record is not None
    assert record.content is not None
    assert (record.reason, record.content.fields) == (odd, {odd: odd, "nul": "\0", "n": 2**70})
    assert [message.id for message in records.claim([odd], now=NOW, lease=LEASE, recheck=allow)] == [odd]
