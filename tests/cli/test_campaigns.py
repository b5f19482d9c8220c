"""`kairos campaigns`: what an operator says, and is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestrator import audience, wire
from orchestrator.app import App
from orchestrator.cli import program
from orchestrator.settings import Settings
from tests.cli.conftest import Kairos
from tests.stores.builders import draft
from tests.support import person


def test_a_campaign_is_paused_resumed_and_cancelled(app: App, kairos: Kairos) -> None:
    """As JSON; a cancelled one goes on no more."""
    states = lambda: {told["campaign"]: told["state"] for told in kairos("campaigns", "list")}  # noqa: E731
    name = sorted(app.material.workspace.campaigns)[0]
    assert states()[name] == "running"
    assert kairos("campaigns", "pause", name)[0]["state"] == "paused" == states()[name]
    assert kairos("campaigns", "resume", name)[0]["state"] == "running" == states()[name]
    (told,) = kairos("campaigns", "cancel", name)
    assert (told["state"], told["dropped"]) == ("cancelled", 0)
    assert kairos("campaigns", "resume", name, code=1) == []
    assert kairos("campaigns", "pause", "nothing-like-it", code=1) == []


def test_what_is_on_record_is_stopped_whatever_the_workspace_says(folder: Path, app: App, kairos: Kairos) -> None:
    """An emergency does not wait for somebody to find a typing error; what is not on record cannot be known."""
    now = app.clock()
    app.records.record([draft(campaign="news", at=now)], settled=[], now=now)
    (folder / "campaigns/c0.yaml").write_text("campaign: [")
    assert kairos("campaigns", "pause", "news")[0]["state"] == "paused"
    assert [one["campaign"] for one in kairos("campaigns", "list")] == ["news"]
    (told,) = kairos("campaigns", "cancel", "news")
    assert (told["state"], told["dropped"]) == ("cancelled", 1)
    refusal = CliRunner().invoke(program, ["campaigns", "pause", "order"])
    assert (refusal.exit_code, "the workspace cannot be loaded" in " ".join(refusal.output.split())) == (1, True)


def test_a_scheduled_campaign_is_run_now(folder: Path, kairos: Kairos, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its run is open on record, and the bulk workers are told; what is not scheduled, or stopped, is not run."""
    told: list[tuple[str, str]] = []
    monkeypatch.setattr("orchestrator.broker.hint_later", lambda task, run, queue: told.append((task, queue)))
    weekly = (
        "campaign: weekly\npurpose: marketing\nmoment: {every: mon 07:30}\nchannel: [sms]\ntactic: {template: hi}\n"
    )
    (folder / "campaigns" / "weekly.yaml").write_text(weekly)
    with App(Settings.read(folder)) as app:
        now = app.clock()
        app.records.update_profiles([wire.profile(person(id_)["profile"], at=now) for id_ in ("p1", "p2")])
        assert kairos("run", "weekly") == [{"campaign": "weekly", "people": 2}]
        assert [key.partition("@")[0] for key in audience.open_runs(app.records)] == ["weekly"]
    assert told == [("kairos.fan_out", "campaigns")]
    assert kairos("run", "news", code=2) == []
    assert kairos("campaigns", "pause", "weekly")
    assert kairos("run", "weekly", code=1) == []


@pytest.mark.parametrize(
    ("answer", "words", "state"), [("n\n", [], "running"), ("y\n", [], "cancelled"), ("", ["--yes"], "cancelled")]
)
def test_at_a_terminal_it_asks_before_what_is_for_good(
    folder: Path, app: App, answer: str, words: list[str], state: str
) -> None:
    """A slip of the hand ends no campaign."""
    ours, theirs = os.openpty()
    try:
        os.write(ours, answer.encode())
        command = [sys.executable, "-m", "orchestrator", "campaigns", "cancel", "news", *words]
        done = subprocess.run(command, stdin=theirs, capture_output=True, text=True, cwd=folder, check=False)
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == (1 if state == "running" else 0), done.stderr
    assert ("End the campaign news" in done.stderr) is not bool(words)
    assert {one.name: one.state for one in app.campaigns.list()}["news"] == state
