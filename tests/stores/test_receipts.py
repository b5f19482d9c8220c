"""What comes back: reports in any order, any number of times, and replies."""

from __future__ import annotations

import pytest

from orchestrator.model import Receipt, ReceiptKind
from orchestrator.ports import Records, Reply, Settlement
from tests.stores.builders import AT_ONCE, DAY, HOUR, LEASE, MINUTE, NOW, SECOND, claimed, draft, person, recorded


@pytest.fixture
def sent(records: Records) -> Records:
    """Records with one message that was handed over: d1, which the provider calls p-1."""
    recorded(records, draft("d1"))
    claimed(records, "d1")
    records.settle([Settlement("d1", 1, "sent", "null", "p-1")], now=NOW)
    return records


def report(key: str = "k1", kind: ReceiptKind = "delivered", **about: object) -> Receipt:
    """A report about d1, unless it says otherwise."""
    return Receipt(kind, about.pop("at", NOW), key, **(about or {"message": "d1"}))  # type: ignore[arg-type]


def test_a_report_is_new_once(sent: Records) -> None:
    """Repeated within a call or in a later one, it is not."""
    first = report(
        permanent=True,
        text="no\0pe",
        raw={"event": "x", "n": [1, {"a": None}]},
        message="d1",
        channel="email",
        taken_for="stop",
    )
    ((found, record),) = sent.receive([first, first], now=NOW)
    assert (found, record.id, record.state) == (first, "d1", "sent")
    assert sent.receive([first], now=NOW + DAY) == []
    assert sent.receipts("d1") == [first]


def test_a_report_about_no_message_is_given_to_one_caller(sent: Records) -> None:
    """Who undertakes to heed it; once that is done, nobody is given it any more."""
    about_nothing, ours = report("k1", "replied", address="a@example.com"), report("k2")
    sent.receive([about_nothing, ours], now=NOW)
    assert sent.unmatched(["k1", "k2"], now=NOW, lease=LEASE) == {"k1"}
    assert sent.unmatched(["k1"], now=NOW, lease=LEASE) == frozenset()
    sent.receive([about_nothing], now=NOW + LEASE)
    assert sent.unmatched(["k1"], now=NOW + LEASE, lease=LEASE) == {"k1"}
    sent.learnt(["k1"])
    assert sent.unmatched(["k1"], now=NOW + DAY, lease=LEASE) == frozenset()


def test_reports_come_in_the_order_in_which_things_happened(sent: Records) -> None:
    """Whatever the order in which they were delivered."""
    late, early = report("k1", "opened", at=NOW + MINUTE, message="d1"), report("k2", "delivered", at=NOW, message="d1")
    assert [found.key for found, _ in sent.receive([late, early], now=NOW)] == ["k2", "k1"]
    assert [found.key for found in sent.receipts("d1")] == ["k2", "k1"]


def test_a_report_finds_its_message_by_the_provider_s_name_for_it(sent: Records) -> None:
    """Reports about messages that are not ours are kept, and nothing else."""
    news = sent.receive(
        [report(provider_id="p-1"), report("k2", provider_id="p-2"), report("k3", message="d9")], now=NOW
    )
    assert [(found.key, record.id) for found, record in news] == [("k1", "d1")]


def test_a_report_may_be_faster_than_the_answer(records: Records) -> None:
    """It waits an hour for its message."""
    recorded(records, draft("d1"), draft("d2"))
    claimed(records, "d1", "d2")
    assert records.receive([report("k1", provider_id="p-1"), report("k2", provider_id="p-2")], now=NOW) == []
    records.settle([Settlement("d1", 1, "sent", "null", "p-1")], now=NOW)
    assert [record.id for _, record in records.receive([], now=NOW + SECOND)] == ["d1"]
    assert records.receive([], now=NOW + SECOND) == []
    records.settle([Settlement("d2", 1, "sent", "null", "p-2")], now=NOW)
    assert records.receive([], now=NOW + HOUR + SECOND) == []


def test_a_report_whose_reader_died_is_returned_once_more(sent: Records) -> None:
    """Until somebody says that it has had its effect."""
    assert len(sent.receive([report()], now=NOW, lease=LEASE)) == 1
    assert sent.receive([report()], now=NOW, lease=LEASE) == sent.receive([], now=NOW, lease=LEASE) == []
    assert len(sent.receive([], now=NOW + LEASE, lease=LEASE)) == 1
    sent.learnt(["k1", "unknown"])
    assert sent.receive([], now=NOW + DAY, lease=LEASE) == sent.receive([report()], now=NOW + DAY, lease=LEASE) == []


def test_the_last_reply_on_each_channel_is_known(records: Records) -> None:
    """Whatever the order in which replies arrive."""
    records.update_profiles([person("u1")])
    for at in (NOW, NOW - HOUR, NOW):
        records.replied(Reply("u1", "whatsapp", at, "hi\0"))
    records.replied(Reply("u1", "sms", NOW - DAY, "STOP"))
    facts = records.gather(["u1"], history={}, now=NOW)["u1"]
    assert facts.replied == {"whatsapp": NOW, "sms": NOW - DAY}
    assert NOW - facts.replied["whatsapp"] == AT_ONCE
