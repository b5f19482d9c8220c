"""`kairos status`: everything at a glance, and what to do."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestrator.app import App, open_watch
from orchestrator.civil import rfc3339
from orchestrator.cli import program
from orchestrator.settings import Settings
from orchestrator.watch.canary import Canary, came_back
from tests.cli.conftest import Kairos


def test_it_tells_what_is_wrong_and_what_to_do(app: App, kairos: Kairos) -> None:
    """Ends with 1; no Redis, no scheduler, nobody at work."""
    (told,) = kairos("status", code=1)
    assert told["away"] == ["redis"]
    assert {alarm["code"] for alarm in told["alarms"]} == {"redis.away", "scheduler.gone", "lane.silent"}
    page = CliRunner().invoke(program, ["status"]).output
    assert told["why"]["redis"].partition(".")[0] in " ".join(page.split())
    assert "scheduler.gone" in page
    assert "kairos scheduler" in " ".join(page.split())


def test_a_workspace_that_cannot_be_loaded_hides_nothing_else(folder: Path, app: App, kairos: Kairos) -> None:
    """It is an alarm of its own, with the place of what is wrong."""
    app.records.stops()
    (folder / "campaigns/c0.yaml").write_text("campaign: [")
    (told,) = kairos("status", code=1)
    assert told["broken"].startswith("campaigns/c0.yaml:1:")
    assert told["database"]["kind"] == "sqlite"
    assert {"workspace.broken", "redis.away", "scheduler.gone"} <= {alarm["code"] for alarm in told["alarms"]}


def test_a_house_at_work_is_told_in_all_its_parts(
    app: App, kairos: Kairos, redis_url: str, redis_client: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who leads, what is served, which database; and the one thing that is not as it should be."""
    monkeypatch.setenv("KAIROS_REDIS_URL", redis_url)
    for lane in ("urgent", "bulk"):
        came_back(app.records, Canary(lane, app.clock(), app.clock(), "here:1"))
    app.records.lead("scheduler", "here:2", now=app.clock(), lease=timedelta(seconds=15))
    watch = open_watch(Settings.read())
    for worker, version in (("here:1", app.material.version), ("here:3", "older")):
        watch.report(worker, {"at": rfc3339(app.clock()), "lanes": ["bulk"], "workspace": version}, {})
    (told,) = kairos("status", code=1)
    assert told["others"] == ["here:3"]
    assert "workspace.differs" in {alarm["code"] for alarm in told["alarms"]}
    watch.forget("here:3")
    (told,) = kairos("status", code=1)  # a Redis without a log is a risk in any case
    assert [alarm["code"] for alarm in told["alarms"]] == ["redis.at_risk"]
    assert told["lanes"]["bulk"]["served"]
    assert told["scheduler"]["holder"] == "here:2"
    assert told["database"]["kind"] == "sqlite"
