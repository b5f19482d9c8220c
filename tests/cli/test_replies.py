"""`kairos replies`: what somebody has to read, and what they make of it."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from orchestrator import wire
from orchestrator.app import App
from orchestrator.cli import program
from tests.cli.conftest import Kairos
from tests.support import person


@pytest.fixture
def refused(app: App) -> App:
    """Two people who have written that they want no more."""
    app.records.update_profiles([wire.profile(person(id_)["profile"], at=app.clock()) for id_ in "ab"])
    for id_ in "ab":
        app.replies.take(id_, "sms", "please stop texting me", app.clock())
    return app


def test_what_waits_is_listed_and_settled(refused: App, kairos: Kairos) -> None:
    """It is on record by whom, and in the trail; what was settled once is settled."""
    ((first, second),) = kairos("replies", "list")
    assert (first["profile"], first["text"], first["paused"]) == ("a", "please stop texting me", False)
    (settled,) = kairos("replies", "settle", first["id"], "--withdraw", "--by", "ada")
    assert (settled["verdict"], settled["settled_by"]) == ("withdraw", "ada")
    kairos("replies", "settle", second["id"], "--ignore")
    assert kairos("replies", "list") == [[]]
    assert [one["verdict"] for one in kairos("replies", "list", "--all")[0]] == ["withdraw", "ignore"]
    kairos("replies", "settle", first["id"], "--ignore", code=1)
    facts = refused.records.gather(["a"], history={}, now=refused.clock())["a"]
    assert {(entry.state, entry.source, entry.evidence["settled_by"]) for entry in facts.consents} == {
        ("withdrawn", "reply:stop", "ada")
    }


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["settle", "unknown", "--ignore"], "kairos replies list"),
        (["settle", "unknown"], "--withdraw or --ignore"),
        (["settle", "unknown", "--ignore", "--withdraw"], "--withdraw or --ignore"),
    ],
)
def test_what_cannot_be_settled_is_told(refused: App, words: list[str], says: str) -> None:
    result = CliRunner().invoke(program, ["replies", *words])
    assert result.exit_code in (1, 2)
    assert says in result.output


def test_people_read_a_table(refused: App) -> None:
    result = CliRunner().invoke(program, ["replies", "list"])
    assert result.output.count("please") == 2
