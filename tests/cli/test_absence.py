"""What whoever runs a command reads where a store cannot be used: what is wrong and what to try, and no password."""

from __future__ import annotations

import logging
import signal
import sys
from pathlib import Path

import pytest

from orchestrator.app import App
from orchestrator.cli import main
from orchestrator.cli.absence import told
from orchestrator.ports import Away
from orchestrator.scheduler import Pulse
from orchestrator.stores.sql.migrations import NewerDatabase
from orchestrator.watch import logs

NOBODY = "127.0.0.1:1"


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What the program says on its way out, with 2."""
    sys.argv = ["kairos", *words]
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    return " ".join(capsys.readouterr().err.split())


@pytest.fixture(autouse=True)
def call(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command sets for its process is put back afterwards, or is not set."""
    monkeypatch.setattr(sys, "argv", [])
    monkeypatch.setattr(logs, "set_up", lambda *_: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setenv("KAIROS_WORKSPACE", ".")
    for name in ("REDIS_URL", "KAIROS_REDIS_URL", "KAIROS_TOUCHES_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("KAIROS_DATABASE_URL", "secret", "KAIROS_DATABASE_URL: it is no URL of a database: write sqlite:///"),
        ("KAIROS_DATABASE_URL", "mysql://me:secret@here/kairos", "KAIROS_DATABASE_URL: 'mysql' is not supported"),
        ("KAIROS_DATABASE_URL", f"postgresql://me:secret@{NOBODY}/kairos", f"postgresql://me:***@{NOBODY}/kairos"),
        ("KAIROS_DATABASE_URL", "postgresql://me:secret@here:port/kairos", "it is no URL of a database"),
        ("KAIROS_DATABASE_URL", "sqlite:////proc/nowhere/kairos.db", "unable to open database file"),
        ("KAIROS_TOUCHES_URL", "http://me:secret@here", "KAIROS_TOUCHES_URL begins with http://"),
        ("KAIROS_CANARY", "soon", "KAIROS_CANARY is 'soon': expected a number of seconds above 0"),
        ("KAIROS_CANARY", "-1", "KAIROS_CANARY is '-1'"),
    ],
)
def test_every_command_tells_what_it_cannot_use(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    value: str,
    expected: str,
) -> None:
    """By the variable, or by the address with its password left out."""
    monkeypatch.setenv(variable, value)
    told = said(capsys, "messages", "list")
    assert expected in told
    assert "secret" not in told


def test_a_database_s_own_words_are_told(
    folder: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As they say best what is wrong: a name, a password, a setting that a pooler in between does not take."""
    monkeypatch.setenv("KAIROS_DATABASE_URL", postgres_url.replace("//postgres@", "//nobody@"))
    assert 'role "nobody" does not exist' in said(capsys, "messages", "list")


@pytest.mark.parametrize("command", ["worker", "scheduler", "api", "up", "status"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("secret", "KAIROS_REDIS_URL (or REDIS_URL) has no ://: expected a URL with one of redis://"),
        ("http://me:secret@here", "KAIROS_REDIS_URL (or REDIS_URL) begins with http://"),
        ("redis://me:secret@here:port", "KAIROS_REDIS_URL (or REDIS_URL) has a port that is no number"),
    ],
)
def test_whatever_needs_a_redis_tells_what_it_cannot_use(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    value: str,
    expected: str,
) -> None:
    """Before it runs, where it would go on without ever doing anything."""
    monkeypatch.setenv("KAIROS_REDIS_URL", value)
    told = said(capsys, command)
    assert expected in told
    assert "secret" not in told


def test_touches_may_be_in_a_cluster(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Which the broker cannot be."""
    monkeypatch.setenv("KAIROS_TOUCHES_URL", "redis+cluster://here:7000")
    monkeypatch.setenv("KAIROS_REDIS_URL", "redis+cluster://here:7000")
    assert "begins with redis+cluster://" in said(capsys, "scheduler")


@pytest.mark.parametrize("command", ["worker", "up"])
def test_what_would_only_be_started_again_and_again_is_not_started(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """A Redis that is named must be there."""
    monkeypatch.setenv("KAIROS_REDIS_URL", f"redis://{NOBODY}")
    assert "Connection refused" in said(capsys, command)


@pytest.mark.parametrize("command", ["worker", "scheduler", "api", "up"])
def test_nothing_is_started_without_a_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """As where a disk is not there: whoever knows no campaign at all would refuse everything."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KAIROS_REDIS_URL", f"redis://{NOBODY}")
    assert "is empty: name the folder that has kairos.yaml in it" in said(capsys, command)
    (tmp_path / "kairos.yaml").write_text("locale: [")
    assert "The workspace cannot be loaded: 1 errors." in said(capsys, command)


def test_a_folder_for_what_is_kept_must_be_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And one that may be written to."""
    (folder / "file").touch()
    for place, why in ((folder / "file", "File exists"), (Path("/proc/nowhere"), "No such file or directory")):
        monkeypatch.setenv("KAIROS_STATE", str(place))
        expected = f"{place} cannot be used for what is kept between runs ({why})"
        assert expected in said(capsys, "messages", "list")


def test_a_scheduler_tells_once_that_a_store_is_away_and_once_that_it_is_back(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    """Not at each beat, of which there are two a second; and no beat is the last."""
    caplog.set_level(logging.INFO, "kairos")
    is_away = True

    def look() -> None:
        if is_away:
            raise Away("the database is away")

    beat = Pulse(app).outlasting(look)
    beat()
    beat()
    is_away = False
    beat()
    beat()
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert caplog.messages[0] == "a store is away (Away); scheduler goes on when it is back"


def test_what_is_no_store_s_fault_is_not_told_as_one() -> None:
    """Nor is a database that was there before us taken for one that is away."""
    assert told(KeyError("x")) == ()
    assert told(NewerDatabase("it is newer")) == ("KAIROS_DATABASE_URL: it is newer.",)
