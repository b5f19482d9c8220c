"""`kairos consents`: what somebody agreed to, and the proof that the ledger is what was written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from orchestrator import Kairos as Face
from orchestrator import wire
from orchestrator.app import App
from orchestrator.cli import program
from orchestrator.stores.sql import SqlRecords
from tests.cli.conftest import Kairos
from tests.support import consent, person

AT = "2026-03-01T00:00:00Z"


def say(app: App, *lines: dict[str, Any]) -> None:
    """Add to the ledger."""
    now, bodies = app.clock(), [line["consent"] for line in lines]
    app.records.record_consents([wire.consent(body, at=wire.when(body, now), recorded_at=now) for body in bodies])


def tamper(app: App, statement: str) -> None:
    """Change the database behind everybody's back."""
    assert isinstance(app.records, SqlRecords)
    with app.records._write() as session:
        session.run(statement)


@pytest.fixture
def ledger(app: App) -> App:
    """Three people with an entry or two."""
    app.records.update_profiles([wire.profile(person(id_)["profile"], at=app.clock()) for id_ in "abc"])
    say(app, *(consent(AT, "granted", profile=id_) for id_ in "abc"), consent(AT, "withdrawn", profile="b"))
    return app


def test_a_ledger_that_is_whole_is_proved(ledger: App, kairos: Kairos) -> None:
    assert kairos("consents", "verify") == [{"people": 3, "entries": 4, "broken": []}]
    assert kairos("consents", "verify", "--profile", "b") == [{"people": 1, "entries": 2, "broken": []}]


@pytest.mark.parametrize(
    ("tampering", "entry", "differs"),
    [
        ("UPDATE consents SET state = 'granted' WHERE state = 'withdrawn'", 2, "content"),
        ("DELETE FROM consents WHERE profile = 'b' AND state = 'granted'", 1, "link"),
        ("DELETE FROM consents WHERE state = 'withdrawn'", 1, "end"),
    ],
)
def test_the_first_broken_entry_is_named(ledger: App, kairos: Kairos, tampering: str, entry: int, differs: str) -> None:
    """With the person, and what differs; all others are still proved."""
    tamper(ledger, tampering)
    (told,) = kairos("consents", "verify", code=1)
    (fault,) = told["broken"]
    assert (told["people"], fault["profile"], fault["entry"], fault["differs"]) == (3, "b", entry, differs)
    assert kairos("consents", "verify", "--profile", "a")[0]["broken"] == []


def test_a_person_is_told_in_words(ledger: App) -> None:
    whole = CliRunner().invoke(program, ["consents", "verify"])
    assert "4 entries of 3 people: nothing was changed or removed." in whole.stdout
    tamper(ledger, "UPDATE consents SET purpose = 'news' WHERE profile = 'c'")
    broken = CliRunner().invoke(program, ["consents", "verify"])
    assert broken.exit_code == 1
    assert "c: entry 1 does not say what it said when it was recorded." in broken.output


def test_a_seal_shows_what_hashes_alone_cannot(ledger: App, kairos: Kairos, tmp_path: Path) -> None:
    """Somebody who removes a person whole, or writes a chain anew with good hashes, leaves no trace but there."""
    seal = str(tmp_path / "seal.jsonl")
    assert kairos("consents", "verify", "--seal", seal)[0]["broken"] == []
    say(ledger, consent(AT, "withdrawn", profile="a"))
    assert kairos("consents", "verify", "--against", seal)[0]["broken"] == [], "what was appended since is no fault"
    for table in ("consents", "chains"):
        tamper(ledger, f"DELETE FROM {table} WHERE profile IN ('b', 'c')")
    say(ledger, consent(AT, "granted", profile="b"), consent(AT, "granted", profile="b"))
    assert kairos("consents", "verify")[0]["broken"] == []
    (told,) = kairos("consents", "verify", "--against", seal, code=1)
    assert {(fault["profile"], fault["differs"]) for fault in told["broken"]} == {("b", "seal"), ("c", "lost")}


def test_what_is_no_seal_is_refused(folder: Path, kairos: Kairos) -> None:
    assert kairos("consents", "verify", "--against", "kairos.yaml", code=2) == []


def test_a_person_s_ledger_and_what_it_comes_to(ledger: App, kairos: Kairos) -> None:
    """Per purpose and channel, with the reason; evidence as it was reported."""
    say(ledger, consent("2026-03-02T00:00:00Z", "withdrawn", "sms", wording="v3", ip="203.0.113.9", actor="desk-4"))
    (told,) = kairos("consents", "list", "a")
    today = {(line["purpose"], line["channel"]): (line["allowed"], line["reason"]) for line in told["today"]}
    assert today["marketing", "email"] == (True, "consent.not_refused")
    assert today["marketing", "sms"] == (False, "consent.withdrawn")
    assert today["transactional", "sms"] == (True, "consent.not_needed")
    assert told["entries"][-1]["evidence"] == {"wording": "v3", "ip": "203.0.113.9", "actor": "desk-4"}
    assert kairos("consents", "list", "nobody", code=1) == []


def test_an_import_without_proof_is_no_grant(app: App, kairos: Kairos, tmp_path: Path) -> None:
    """It is taken in as unknown; a withdrawal needs no proof; what proves a grant is kept with it."""
    proof = {"source": "form", "wording": "v3", "wording_locale": "de", "text_hash": "9f", "ip": "203.0.113.9"}
    proof |= {"user_agent": "Mozilla/5.0", "actor": "web"}
    base = {"channel": "email", "purpose": "marketing", "at": AT}
    rows = [
        {"profile": "a", **base, "state": "granted"},
        {"profile": "b", **base, "state": "granted", **proof},
        {"profile": "c", **base, "state": "withdrawn"},
    ]
    file = tmp_path / "consents.jsonl"
    file.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    kairos("import", "consents", str(file))
    entries = {id_: kairos("consents", "list", id_)[0]["entries"][0] for id_ in "abc"}
    assert {id_: entry["state"] for id_, entry in entries.items()} == {"a": "unknown", "b": "granted", "c": "withdrawn"}
    assert {**entries["b"]["evidence"], "source": entries["b"]["source"]} == proof


def test_an_entry_about_what_there_is_not_is_refused(app: App, kairos: Kairos, tmp_path: Path) -> None:
    """It would never count: with its line, what was found, and what it may have meant, or else what there is."""
    base = {"profile": "a", "channel": "email", "purpose": "marketing", "state": "withdrawn", "at": AT}
    changes: list[dict[str, str]] = [{"purpose": "*", "channel": "*"}, {"purpose": "marketting"}, {"channel": "fax"}]
    file = tmp_path / "consents.jsonl"
    file.write_bytes(b"\n".join(orjson.dumps(base | change) for change in changes))
    (told,) = kairos("import", "consents", str(file), code=1)
    assert (told["imported"], told["refused"]) == (1, 2)
    assert told["faults"][0] == "line 2: There is no purpose 'marketting'. Did you mean 'marketing'?"
    assert told["faults"][1].startswith("line 3: There is no channel 'fax'. There is 'email', ")
    assert [entry["purpose"] for entry in kairos("consents", "list", "a")[0]["entries"]] == ["*"]
    with Face(app.settings.workspace) as face, pytest.raises(ValueError, match="Did you mean 'sms'"):
        face.consent({**base, "channel": "ssm"})
