"""`kairos goals`: what campaigns move."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestrator.app import App
from orchestrator.cli import program
from orchestrator.goals import compared, wilson
from orchestrator.ports import Group
from tests.cli.conftest import Kairos
from tests.stores.builders import draft, moment, recorded
from tests.support import NEWS


@pytest.fixture
def folder(folder: Path) -> Path:
    """A campaign with a goal that leaves half of all people out."""
    aimed = NEWS + "goal: {moment: bought, within: 1d12h}\nholdout: 50%\n"
    (folder / "campaigns/c0.yaml").write_text(aimed)
    return folder


def test_a_difference_comes_with_its_interval() -> None:
    """As in the paper that the method is from; none where there is nobody to compare."""
    found = compared(Group(70, 56), Group(80, 48))
    assert found
    assert [round(part, 4) for part in found] == [0.2, 0.0524, 0.3339]
    assert found.is_certain
    assert compared(Group(10, 0), Group(0, 0)) is None
    assert wilson(Group(10, 0))[0] == 0


def test_goals_are_told_for_each_campaign(app: App, kairos: Kairos) -> None:
    """Half of those written to did it, and a quarter of those left out."""
    start = app.clock() - timedelta(days=3)
    written = [draft(f"w{n}", campaign="news", profile=f"w{n}", at=start) for n in range(20)]
    left_out = [replace(one, id=f"l{n}", profile=f"l{n}") for n, one in enumerate(written)]
    held = [replace(one, outcome="drop", reason="experiment.holdout", touch=None) for one in left_out]
    recorded(app.records, *written, *held)
    happened = [moment(f"b{id_}", id_, start + timedelta(hours=1), "bought") for id_ in ("w0", "w1", "l0", "l1", "l19")]
    happened += [
        moment(f"b{id_}", id_, start + timedelta(hours=1), "bought") for id_ in (f"w{n}" for n in range(2, 10))
    ]
    app.records.accept(happened, now=start, lease=timedelta(0))
    news, order = kairos("goals")
    assert (order["campaign"], order["goal"], order["sent"]) == ("order", None, 0)
    assert news["goal"] == {"moment": "bought", "within": "1d12h"}
    assert news["addressed"] == {"people": 20, "converted": 10, "rate": 0.5}
    assert news["holdout"] == {"people": 20, "converted": 3, "rate": 0.15}
    assert news["lift"]["low"] < news["lift"]["by"] == 0.35 < news["lift"]["high"]
    assert kairos("goals", "news") == [news]


def test_goals_are_shown_to_people_too(app: App) -> None:
    shown = CliRunner().invoke(program, ["goals"])
    assert (shown.exit_code, "2 campaigns" in shown.stdout) == (0, True)
    wrong = CliRunner().invoke(program, ["goals", "newz"])
    assert (wrong.exit_code, "Did you mean 'news'?" in wrong.stderr) == (2, True)
