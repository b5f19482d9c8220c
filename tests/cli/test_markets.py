"""`kairos markets`: what holds where, and that it is no legal advice."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from orchestrator.cli import program
from tests.cli.conftest import Kairos


def test_every_built_in_market_is_told_with_its_source(folder: Path, kairos: Kairos) -> None:
    """And with what the workspace says otherwise."""
    (folder / "markets.yaml").write_text(
        "VN: {}\nKR: {nights: false}\nDE: {quiet_hours: {from: '21:00', until: '08:00'}}\n"
    )
    (told,) = kairos("markets")
    assert "not legal advice" in told["notice"]
    by_name = {one["market"]: one for one in told["markets"]}
    assert (by_name["VN"]["daily"], by_name["VN"]["overridden"]) == ({"sms": 3, "email": 3}, [])
    assert (by_name["VN"]["confidence"], by_name["VN"]["reviewed_on"][:4]) == ("high", "2026")
    assert by_name["VN"]["prefix"] == {"sms": "[QC] ", "email": "[QC] "}
    assert (by_name["KR"]["hours"], by_name["KR"]["overridden"]) == (["daily 08:00-21:00"], ["nights"])
    assert (by_name["DE"]["hours"], by_name["DE"]["overridden"]) == (["not 21:00-08:00"], ["hours"])


def test_people_read_it_too(folder: Path) -> None:
    (folder / "markets.yaml").write_text("VN: {}\n")
    one = CliRunner().invoke(program, ["markets", "VN"])
    assert (one.exit_code, "brand name" in one.output.replace("\n", " ")) == (0, True)
    assert CliRunner().invoke(program, ["markets"]).exit_code == 0
    assert CliRunner().invoke(program, ["markets", "XX"]).exit_code == 1
