"""What the program is given and cannot use: it says so in a sentence, and takes the rest."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from orchestrator import cli
from tests.cli.conftest import Kairos


def test_rows_that_are_no_text_are_named_and_the_others_taken(kairos: Kairos, tmp_path: Path, app: Any) -> None:
    """A CSV from another program: a mark at its beginning, a row in another encoding, a column of attributes."""
    people = tmp_path / "people.csv"
    people.write_bytes(b"\xef\xbb\xbfid,market,attributes.tenure_days\nu8,US,4\nu\xff,US,5\nu9,US,6\n")
    (told,) = kairos("import", "profiles", str(people), code=1)
    assert told == {"imported": 2, "refused": 1, "faults": ["line 3: it is not UTF-8: save the file as CSV UTF-8"]}
    assert app.records.profiles(["u9"])["u9"].attributes["tenure_days"].value == 6


def test_a_moment_is_accepted_where_no_redis_runs(kairos: Kairos, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is on record, and decided when the services are back."""
    monkeypatch.setattr("orchestrator.broker.hint_later", lambda *_: None)
    call = ("trigger", "ping", "--profile", "u1", "--id", "m1")
    assert [kairos(*call), kairos(*call)] == [[{"id": "m1", "new": True}], [{"id": "m1", "new": False}]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["preview", "news", "--at", "9999-12-31T23:59:59Z"], "within the years"),
        (["preview", "news", "--at", "0001-01-01T00:00:00+14:00"], "RFC 3339"),
        (["preview", "news", "--profile", "x" * 5000], "neither a file nor a person"),
        (["preview", "news", "--workspace", "/nonexistent"], "is no folder"),
    ],
)
def test_what_cannot_be_is_told(
    words: list[str], said: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In words, on stderr, with an exit code of its own."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["kairos", *words, "--json"])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    seen = capsys.readouterr()
    assert (stopped.value.code != 0, seen.out) == (True, "")
    assert said in seen.err
