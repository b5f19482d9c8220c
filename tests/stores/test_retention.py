"""What has been kept long enough is removed, and what is needed stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from orchestrator.decision.case import refused
from orchestrator.model import Receipt
from orchestrator.ports import Kept, Settlement, Step
from orchestrator.stores.sql import SqlRecords
from orchestrator.stores.sql.desk import SqlKeeper
from tests.stores.builders import AT_ONCE, DAY, HOUR, LEASE, NOW, allow, claimed, consent, draft, moment, recorded

LATER = NOW + 100 * DAY


@pytest.fixture
def keeper(sql_records: SqlRecords) -> SqlKeeper:
    """Works on the same database."""
    return SqlKeeper(sql_records._engine)


@pytest.fixture
def records(sql_records: SqlRecords) -> SqlRecords:
    """A message for each way that one may go, of long ago; and one of now."""
    drafts = [
        replace(draft(f"d{n}"), moment=moment(f"m{n}", text="canary"), links={f"l{n}": "https://a.example"})
        for n in range(5)
    ]
    recorded(sql_records, *drafts, draft("d5", "drop", reason="caps.exceeded"), draft("d6", "hold", send_at=LATER))
    recorded(sql_records, draft("now", at=LATER))
    claimed(sql_records, "d0", "d1", "d2")
    outcomes = [Settlement(f"d{n}", 1, state, "null", f"p-{n}") for n, state in enumerate(("sent", "unknown", "sent"))]  # type: ignore[arg-type]
    sql_records.settle(outcomes, now=NOW)
    sql_records.accept([one.moment for one in drafts], now=NOW, lease=AT_ONCE)
    sql_records.record([], settled=["m0", "m1"], now=NOW)
    return sql_records


def remove(keeper: SqlKeeper, kind: Kept, *, before: datetime = LATER, dry: bool = False, limit: int = 500) -> int:
    """A whole pass."""
    removed, after = 0, ""
    while True:
        step = keeper.remove(kind, before=before, touched_before=before, after=after, limit=limit, dry=dry)
        removed += step.removed
        if step.after is None:
            return removed
        after = step.after


def test_what_finished_messages_said_goes_and_that_they_were_sent_stays(records: SqlRecords, keeper: SqlKeeper) -> None:
    """What is open, or may be taken up again, is left whole."""
    assert remove(keeper, "content", dry=True) == remove(keeper, "content", limit=2) == 3
    assert remove(keeper, "content") == 0
    gone, kept = records.message("d0"), records.message("d1")
    assert gone
    assert kept
    assert (gone.state, gone.content, gone.addresses, gone.moment.data) == ("sent", None, (), {})
    assert (gone.moment.id, gone.touch is not None, gone.provider_id) == ("m0", True, "p-0")
    assert (kept.state, kept.moment.data) == ("unknown", {"text": "canary"})
    assert records.retry(["d1"], now=LATER) == 1
    assert [one.id for one in records.claim(["d1", "d3"], now=LATER, lease=LEASE, recheck=allow)] == ["d1", "d3"]


def test_what_moments_carried_goes_and_that_they_happened_stays(records: SqlRecords, keeper: SqlKeeper) -> None:
    """A repeated one is recognised, conditions look back at it, and one that waits to be decided is whole."""
    assert remove(keeper, "moments", before=NOW) == 0
    assert remove(keeper, "moments") == 2
    assert records.accept([moment("m0")], now=LATER, lease=AT_ONCE) == frozenset()
    seen = records.gather(["u1"], history={"playlist.ready": 200 * DAY}, now=LATER)["u1"].history
    assert len(seen["playlist.ready"]) == 5
    waiting = records.take_moments(now=LATER, lease=LEASE, limit=9)
    assert {one.id: one.data for one in waiting} == {f"m{n}": {"text": "canary"} for n in (2, 3, 4)}


def test_raw_reports_go_and_are_known_when_they_come_again(records: SqlRecords, keeper: SqlKeeper) -> None:
    """Those about no message of ours go whole; those that wait for one stay."""
    about = Receipt("bounced", NOW, "k1", message="d0", address="a@example.com", permanent=True, raw={"x": "canary"})
    records.receive([about, Receipt("opened", NOW, "k2", provider_id="nobody", raw={"x": "canary"})], now=NOW)
    assert remove(keeper, "receipts") == 1
    assert records.receipts("d0") == [replace(about, raw={}, address=None)]
    records.receive([], now=NOW + 2 * HOUR)
    assert remove(keeper, "receipts") == 1
    assert records.receive([about], now=LATER) == []


def test_finished_messages_go_with_all_that_is_theirs(records: SqlRecords, keeper: SqlKeeper) -> None:
    """Once no cap counts their touch; consent and the moment's id stay."""
    records.record_consents([consent("u1", "withdrawn")])
    early = keeper.remove("messages", before=LATER, touched_before=NOW, after="", limit=500)
    assert early == Step(1, None)
    assert remove(keeper, "messages") == 3
    assert {record.id for record in records.messages()} == {"d3", "d4", "d6", "now"}
    assert (records.link("l0"), records.attempts("d0")) == (None, [])
    assert records.link("l3") is not None
    assert len(records.gather(["u1"], history={}, now=LATER)["u1"].consents) == 1
    assert records.accept([moment("m0")], now=LATER, lease=timedelta(0)) == frozenset()


def _months(records: SqlRecords) -> list[str]:
    """The months of which shared traces are on record, one for each of them."""
    with records._engine.connect() as connection:
        return [name[:7] for (name,) in connection.execute(text("SELECT id FROM traces ORDER BY id"))]


def test_what_messages_shared_goes_with_the_last_one_of_their_month(sql_records: SqlRecords, keeper: SqlKeeper) -> None:
    """However many traces that are, and as long as one of these messages waits, all of them stay."""
    reasons = ("caps.exceeded", "market.not_targeted", "profile.unknown")
    for month in range(3):
        at = NOW + 31 * month * DAY
        drafts = [
            replace(
                draft(f"{month}-{reason}-{one}", "drop", profile=one, reason=reason, at=at),
                trace=(refused("gate", reason),),
            )
            for reason in reasons
            for one in ("u1", "u2")
        ]
        sql_records.record(drafts, settled=[], now=at)
    sql_records.record([draft("held", "hold", send_at=LATER)], settled=[], now=NOW)
    first, second, third = sorted(set(_months(sql_records)))
    assert _months(sql_records) == [first] * 3 + [second] * 3 + [third] * 3
    assert remove(keeper, "messages", before=NOW + 40 * DAY, limit=2) == 12
    assert len(_months(sql_records)) == 9
    sql_records.record([draft("held", "drop", reason="campaign.cancelled")], settled=[], now=NOW)
    assert remove(keeper, "messages", before=NOW + 40 * DAY, dry=True) == 1
    assert remove(keeper, "messages", before=NOW + 40 * DAY, limit=2) == 1
    assert _months(sql_records) == [third] * 3
    assert all(record.trace for record in sql_records.messages())
    assert remove(keeper, "messages", before=LATER) == 6
    assert _months(sql_records) == []
