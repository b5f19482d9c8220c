"""`kairos retention`, and what the scheduler does of it by itself."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestrator import retention
from orchestrator.app import App, wall_clock
from orchestrator.cli import program
from orchestrator.scheduler import ROLE, Pulse
from orchestrator.settings import Settings
from tests.cli.conftest import Kairos
from tests.stores.builders import draft, recorded
from tests.waiting import until


@pytest.fixture
def folder(folder: Path) -> Path:
    """What is said is kept for a week."""
    with (folder / "kairos.yaml").open("a") as file:
        file.write("retention: {content: 1w}\n")
    return folder


@pytest.fixture
def app(app: App, monkeypatch: pytest.MonkeyPatch) -> App:
    """Three messages that nobody was told, of ten days ago; pages are small."""
    monkeypatch.setattr(retention, "PAGE", 2)
    at = wall_clock() - timedelta(days=10)
    recorded(app.records, *(draft(f"d{n}", "drop", reason="caps.exceeded", at=at) for n in range(3)))
    return app


def test_a_pass_is_made_at_once_and_counted(app: App, kairos: Kairos) -> None:
    nothing = {"moments": 0, "receipts": 0, "messages": 0}
    for _ in range(2):
        assert kairos("retention", "--dry-run") == [{"dry_run": True, "removed": {"content": 3, **nothing}}]
    assert kairos("retention") == [{"dry_run": False, "removed": {"content": 3, **nothing}}]
    assert kairos("retention")[0]["removed"] == {"content": 0, **nothing}
    (deed,) = kairos("audit")
    assert (deed["action"], deed["details"]) == ("retention.ran", {"content": 3, **nothing})
    assert CliRunner().invoke(program, ["retention"]).exit_code == 0


def test_the_scheduler_goes_on_where_it_was_and_begins_anew_a_day_later(app: App) -> None:
    """Page by page, whoever leads."""
    assert retention.go_on(app)
    assert [bool(record.content) for record in app.records.messages()].count(False) == 2
    beats = 1
    while retention.go_on(app):
        beats += 1
    assert beats == 6  # two pages of messages, twice, and a look at moments and receipts
    assert [deed.details["content"] for _, deed in app.desk.deeds()] == [3]
    app.clock = lambda: wall_clock() + timedelta(days=1)
    assert retention.go_on(app)


def test_only_the_scheduler_that_leads_tidies(
    app: App, folder: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one looks on."""
    monkeypatch.setenv("KAIROS_REDIS_URL", redis_url)
    with App(Settings.read(folder)) as one:
        app.records.lead(ROLE, "another", now=app.clock(), lease=timedelta(seconds=15))
        Pulse(one).tidy()
        assert all(record.content for record in app.records.messages())
        app.records.lead(ROLE, "another", now=app.clock(), lease=timedelta(0))
        pulse = Pulse(one)

        def is_tidy() -> bool:
            pulse.tidy()
            return not any(record.content for record in app.records.messages())

        until(is_tidy)


def test_messages_are_kept_for_as_long_as_their_ways_out_have_to_work(folder: Path) -> None:
    text = (folder / "kairos.yaml").read_text()
    (folder / "kairos.yaml").write_text(text.replace("{content: 1w}", "{messages: 30d}"))
    refused = CliRunner().invoke(program, ["check"])
    assert (refused.exit_code, "60d" in refused.stdout) == (1, True)
