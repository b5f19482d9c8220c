"""`kairos check`: a line for each finding, an exit code for errors, and JSON for programs."""

from __future__ import annotations

from pathlib import Path

import orjson
from typer.testing import CliRunner

from orchestrator.cli import program
from tests.checking.examples import WORKSPACE


def made(folder: Path, **changes: tuple[str, str]) -> Path:
    """The workspace of the examples in a folder, with changes by a file's stem: what stands there, and what instead."""
    for name, text in WORKSPACE.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(*changes.get(path.name.replace(".", "_"), ("", ""))))
    return folder


def test_nothing_is_wrong(tmp_path: Path) -> None:
    """Exit code 0, and nothing on stdout."""
    result = CliRunner().invoke(program, ["check", "--workspace", str(made(tmp_path))])
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Nothing is wrong." in result.stderr


def test_an_error_has_its_line_and_fails(tmp_path: Path) -> None:
    """`file:line:col: severity code message`, and how many there are."""
    made(tmp_path, email_html=("profile.points", "profile.point"), messages_po=('"Unterwegs"', '""'))
    result = CliRunner().invoke(program, ["check", "--workspace", str(tmp_path)])
    assert result.exit_code == 1
    warning, error = result.stdout.splitlines()
    assert warning.startswith("locales/de/LC_MESSAGES/messages.po:10:1: warning catalog.empty ")
    assert error.startswith("templates/shipped/email.html:4:25: error attribute.unknown There is no attribute 'point'.")
    assert "1 error and 1 warning in 2 files." in result.stderr


def test_warnings_alone_do_not_fail(tmp_path: Path) -> None:
    """They are to be read, and to be decided on."""
    made(tmp_path, messages_po=('"Unterwegs"', '""'))
    assert CliRunner().invoke(program, ["check", "--workspace", str(tmp_path)]).exit_code == 0


def test_json_is_a_list_of_findings(tmp_path: Path) -> None:
    """With exactly these keys."""
    made(tmp_path, email_html=("profile.points", "profile.point"))
    result = CliRunner().invoke(program, ["check", "--workspace", str(tmp_path), "--json"])
    (finding,) = orjson.loads(result.stdout)
    assert list(finding) == ["file", "line", "column", "severity", "code", "message"]
    assert (finding["file"], finding["line"], finding["column"]) == ("templates/shipped/email.html", 4, 25)
    assert result.exit_code == 1
