"""`kairos simulate`: reach and losses, with no effect."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from orchestrator.cli import program
from tests.support import HI, KAIROS, MARKETS, person, workspace

SMS = (
    "campaign: text\nmoment: {on: ping}\nsegment: {where: 'tenure_days >= 3'}\nchannel: [sms]\ntactic: {template: hi}\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace with one campaign by SMS, and four people."""
    for path, data in workspace(SMS, kairos=KAIROS, templates=HI).items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    people = [
        person("new", attributes={"tenure_days": 1}),
        person("old", attributes={"tenure_days": 9}),
        person("elder", attributes={"tenure_days": 99}),
        person("mute", attributes={"tenure_days": 9}, phone=None),
    ]
    (tmp_path / "people.jsonl").write_bytes(b"\n".join(orjson.dumps(line["profile"]) for line in people))
    return tmp_path


def test_an_audience_is_counted(folder: Path) -> None:
    """Who is reached where, who is lost why, when, and how many parts are paid for."""
    call = ["simulate", "text", "--audience", str(folder / "people.jsonl"), "--workspace", str(folder), "--json"]
    result = CliRunner().invoke(program, [*call, "--at", "2026-03-02T09:30:00Z"])
    assert orjson.loads(result.stdout) == {
        "people": 4,
        "send": 2,
        "hold": 0,
        "drop": 2,
        "reach": [{"market": "US", "channel": "sms", "locale": "en", "messages": 2, "sms_parts": 2}],
        "waiting": {},
        "losses": {"segment.not_matched": 1, "address.missing": 1},
        "hours": {"9": 2},
    }
    assert not (folder / ".kairos").exists()


def test_what_it_would_cost_is_summed(folder: Path) -> None:
    """Where the market has a price for the channel: by market, channel and locale, and in all."""
    (folder / "markets.yaml").write_text(
        f"{MARKETS.rstrip()[:-1]}, prices: {{sms: {{amount: '0.0083', currency: EUR}}}}}}"
    )
    call = ["simulate", "text", "--audience", str(folder / "people.jsonl"), "--workspace", str(folder)]
    at = ["--at", "2026-03-02T09:30:00Z"]
    told = orjson.loads(CliRunner().invoke(program, [*call, *at, "--json"]).stdout)
    assert told["reach"][0]["cost"] == {"amount": "0.0166", "currency": "EUR"}
    assert told["cost"] == {"total": [{"amount": "0.0166", "currency": "EUR"}], "unpriced": 0}
    assert "Cost: 0.0166 EUR." in CliRunner().invoke(program, [*call, *at]).stdout
    preview = CliRunner().invoke(program, ["preview", "text", "--workspace", str(folder), *at, "--json"])
    assert orjson.loads(preview.stdout)["cost"] == {"amount": "0.0083", "currency": "EUR"}


def test_a_campaign_that_is_not_there_is_told(folder: Path) -> None:
    """With the nearest name."""
    call = ["simulate", "test", "--audience", str(folder / "people.jsonl"), "--workspace", str(folder)]
    result = CliRunner().invoke(program, call)
    assert result.exit_code == 2
    assert "Did you mean 'text'?" in result.stderr
