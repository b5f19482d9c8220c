"""The program, run in a workspace with its own SQLite, as a person would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from orchestrator.app import App
from orchestrator.cli import program
from orchestrator.settings import Settings
from tests.support import workspace

Kairos = Callable[..., list[Any]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small workspace, where we are."""
    for path, data in workspace().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KAIROS_DATABASE_URL", raising=False)
    return tmp_path


@pytest.fixture
def app(folder: Path) -> Any:
    """What the program works on, to put something there."""
    with App(Settings.read(folder)) as made:
        yield made


@pytest.fixture
def kairos(folder: Path) -> Kairos:
    """Runs a command with `--json`, and gives the lines that it prints."""

    def run(*words: str, code: int = 0) -> list[Any]:
        result = CliRunner().invoke(program, [*words, "--json"])
        assert result.exit_code == code, result.output
        return [orjson.loads(line) for line in result.stdout.splitlines()]

    return run
