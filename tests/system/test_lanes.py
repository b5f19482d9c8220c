"""What the scheduler hands on, and by which lane."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator import scheduler
from orchestrator.app import App
from orchestrator.settings import Settings
from tests.stores.builders import NOW, draft, recorded
from tests.support import workspace


def test_what_somebody_waits_for_goes_by_its_own_lane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much of a campaign is due before it, and waits in its queue."""
    for path, data in workspace().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    monkeypatch.setenv("KAIROS_DATABASE_URL", f"sqlite:///{tmp_path}/kairos.db")
    monkeypatch.setattr(scheduler, "DUE", 3)
    monkeypatch.setattr(scheduler, "any_waits", lambda queue: queue == "bulk.sms")
    hints: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(scheduler, "hint", lambda task, ids, queue: hints.append((queue, ids)))
    with App(Settings.read(tmp_path), clock=lambda: NOW + timedelta(minutes=1)) as app:
        campaign = [draft(f"d{n}", channel=channel) for n, channel in enumerate(("sms", "sms", "email", "email"))]
        owed = [
            replace(
                draft(f"o-{channel}", channel=channel, touched=False, at=NOW + timedelta(seconds=9)),
                purpose="transactional",
            )
            for channel in ("sms", "email")
        ]
        recorded(app.records, *campaign, *owed)
        scheduler.Pulse(app).hand_on()
    assert sorted(hints) == [("bulk.email", ["d2"]), ("urgent.email", ["o-email"]), ("urgent.sms", ["o-sms"])]
