"""The recipe for partitions: what was there stays, hand-overs go on, and a month can be let go."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from orchestrator.ports import Settlement
from orchestrator.stores.sql import SqlRecords
from tests.stores.builders import NOW, TRACE, claimed, draft, recorded

RECIPE = Path(__file__).parents[2] / "docs/deploy/partitions.sql"


@pytest.mark.slow
def test_bodies_are_kept_by_months(empty_postgres_url: str, request: pytest.FixtureRequest) -> None:
    """What was there before in a table of its own, and what comes in the month's; who got what stays when a month goes."""
    records = SqlRecords.open(empty_postgres_url)
    request.addfinalizer(records.close)
    _handed_over(records, "before")
    with psycopg.connect(empty_postgres_url) as connection:
        connection.execute(RECIPE.read_bytes())
    SqlRecords.open(empty_postgres_url).close()
    _handed_over(records, "after")
    this_month = f"bodies_{datetime.now(UTC):%Y_%m}"
    with psycopg.connect(empty_postgres_url) as connection:
        for part, count in (("bodies_before", 1), (this_month, 1), ("bodies_other", 0)):
            assert connection.execute(f"SELECT count(*) FROM {part}".encode()).fetchone() == (count,)
        connection.execute(f"DROP TABLE {this_month}".encode())
    assert [one.outcome for id in ("before", "after") for one in records.attempts(id)] == ["sent", "sent"]
    kept = [(one.id, one.state, one.content is None, one.trace) for one in records.messages()]
    assert sorted(kept) == [("after", "sent", True, ()), ("before", "sent", False, TRACE)]
    _handed_over(records, "later")
    records.advance("after", "failed", seen="sent", reason="bounced", release=True, now=NOW)
    assert records.retry(["after"], now=NOW) == 0  # nobody knows any more what it said


def _handed_over(records: SqlRecords, id: str) -> None:
    recorded(records, draft(id, profile=id))
    assert claimed(records, id) == [id]
    records.settle([Settlement(id, 1, "sent", "fake")], now=NOW)
