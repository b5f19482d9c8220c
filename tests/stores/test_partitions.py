"""The recipe for partitions: what was there stays, hand-overs go on, and a month can be let go."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from orchestrator.ports import Settlement
from orchestrator.stores.sql import SqlRecords
from tests.stores.builders import NOW, claimed, draft, recorded

RECIPE = Path(__file__).parents[2] / "docs/deploy/partitions.sql"


@pytest.mark.slow
def test_attempts_are_kept_by_months(empty_postgres_url: str, request: pytest.FixtureRequest) -> None:
    """Each in its own month's table; of a month without one, in a table for such."""
    records = SqlRecords.open(empty_postgres_url)
    request.addfinalizer(records.close)
    told = _handed_over(records, "before", NOW - timedelta(days=40))
    with psycopg.connect(empty_postgres_url) as connection:
        connection.execute(RECIPE.read_bytes())
        connection.execute("SELECT kairos_attempts_month('2026-03-01')")
    SqlRecords.open(empty_postgres_url).close()
    _handed_over(records, "after", NOW)
    _handed_over(records, "later", NOW + timedelta(days=9000))
    assert [one.outcome for one in records.attempts("before")] == told == ["sent"]
    with psycopg.connect(empty_postgres_url) as connection:
        for part in ("2026_01", "2026_03", "other"):
            assert connection.execute(f"SELECT count(*) FROM attempts_{part}".encode()).fetchone() == (1,)
        connection.execute("DROP TABLE attempts_2026_01")
    assert [len(records.attempts(id)) for id in ("before", "after", "later")] == [0, 1, 1]


def _handed_over(records: SqlRecords, id: str, at: datetime) -> list[str | None]:
    """Hand a message over; the outcomes of its attempts."""
    recorded(records, draft(id, at=at, profile=id), now=at)
    assert claimed(records, id, now=at) == [id]
    records.settle([Settlement(id, 1, "sent", "fake")], now=at)
    return [one.outcome for one in records.attempts(id)]
