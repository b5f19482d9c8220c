"""`kairos preview --html` and `--diff`, on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from orchestrator.cli import program
from tests.translation.shop import write


def run(*words: str) -> Result:
    """A preview."""
    return CliRunner().invoke(program, ["preview", *words])


def told(*words: str) -> Any:
    """What a preview prints as JSON."""
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return orjson.loads(result.stdout)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small workspace, where we are."""
    monkeypatch.chdir(write(tmp_path))
    return tmp_path


def reword(shop: Path) -> None:
    """Change a text of the sms."""
    path = shop / "templates/shipped/sms.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("!{% endblock", ". Enjoy!{% endblock"), encoding="utf-8")


def test_a_gallery_of_all_campaigns_is_the_same_each_time(shop: Path) -> None:
    assert told("--all", "--html", "one") == {"gallery": "one", "messages": 12}
    told("--html", "two")
    names = sorted(path.name for path in (shop / "one").iterdir())
    assert names == ["index.html", "manifest.json", "shipped.html"]
    assert all((shop / "one" / name).read_bytes() == (shop / "two" / name).read_bytes() for name in names)


def test_a_gallery_may_be_of_one_campaign_locale_and_channel(shop: Path) -> None:
    assert told("shipped", "--html", "out", "--locale", "de", "--channel", "sms")["messages"] == 2
    assert run("nothing", "--html", "out").exit_code == 2


def test_what_a_change_did_is_told_with_before_and_after(shop: Path) -> None:
    told("--all", "--html", "before")
    reword(shop)
    found = told("--all", "--html", "after", "--diff", "before")
    assert {(change["change"], change["channel"]) for change in found} == {("changed", "sms")}
    german = next(change for change in found if change["locale"] == "de" and change["person"] == "known")
    assert german["fields"]["body"]["after"] == f"{german['fields']['body']['before'][:-1]}. Enjoy!"
    assert "<ins>" in (shop / "after/changes.html").read_text(encoding="utf-8")


def test_the_summary_shows_words_that_go_and_come(shop: Path) -> None:
    told("--all", "--html", "before")
    reword(shop)
    result = run("--all", "--diff", "before")
    assert result.exit_code == 0
    assert "changed shipped/sms/de/DE/known" in result.stdout
    assert "{+. Enjoy+}" in result.stdout
    assert "6 of 12 messages differ." in result.stderr


def test_nothing_but_an_older_gallery_is_written_over(shop: Path) -> None:
    (shop / "mine").mkdir()
    (shop / "mine/letter.txt").write_text("precious")
    assert run("--all", "--html", "mine").exit_code == 2
    told("--all", "--html", "out")
    (shop / "out/gone.html").write_text("a campaign of yesterday")
    told("--all", "--html", "out")
    assert not (shop / "out/gone.html").exists()


def test_what_cannot_be_compared_is_said(shop: Path) -> None:
    result = run("--all", "--diff", "nowhere")
    assert result.exit_code == 2
    assert "nowhere is no gallery" in result.stderr
    assert run("--all", "--html", "out", "--profile", "somebody").exit_code == 2
    assert run().exit_code == 2
