"""`kairos audit`: who did what, in ids and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestrator import wire
from orchestrator.app import App
from orchestrator.audit import ACTIONS
from orchestrator.cli import program
from orchestrator.stores.sql import SqlDesk
from tests.cli.conftest import Kairos
from tests.support import person

ADDRESS = "canary.bird@example.com"


@pytest.fixture
def busy(app: App, kairos: Kairos, folder: Path) -> App:
    """An installation in which an operator did all that can be done."""
    app.records.update_profiles([wire.profile(person("u1", email=ADDRESS)["profile"], at=app.clock())])
    (folder / "yes.jsonl").write_text(
        f'{{"profile": "u1", "channel": "email", "purpose": "marketing", "state": "granted", "source": "form", "address": "{ADDRESS}"}}'
    )
    kairos("import", "consents", "yes.jsonl")
    (key,) = kairos("keys", "create", "--scope", "preview", "--name", "somebody's name")
    kairos("keys", "revoke", key["id"])
    kairos("campaigns", "pause", "news")
    kairos("campaigns", "resume", "news")
    kairos("messages", "retry", "m1", code=1)
    kairos("export", "u1")
    kairos("forget", "u1")
    return app


def test_what_an_operator_did_is_told(busy: App, kairos: Kairos) -> None:
    """The last first, and without a name, an address or a secret."""
    found = kairos("audit")
    assert [deed["action"] for deed in reversed(found)] == [
        "consents.imported", "key.created", "key.revoked", "campaign.paused", "campaign.resumed", "messages.retried",
        "profile.exported", "profile.forgotten",
    ]  # fmt: skip
    assert {deed["action"] for deed in found} <= set(ACTIONS)
    assert all(deed["actor"].startswith("operator") for deed in found)
    assert not [word for word in (ADDRESS, "somebody", "kairos_") if word in str(found)]
    shown = CliRunner().invoke(program, ["audit", "--limit", "2"])
    assert (shown.exit_code, "2 deeds" in shown.stdout) == (0, True)


def test_of_somebody_who_is_forgotten_a_pseudonym_remains(busy: App, kairos: Kairos) -> None:
    """By which whoever asks still finds what was done to them."""
    assert [deed for deed in kairos("audit") if "u1" in str(deed)] == []
    found = kairos("audit", "--profile", "u1")
    assert [deed["action"] for deed in found] == ["profile.forgotten", "profile.exported", "consents.imported"]
    assert len({tuple(deed["people"]) for deed in found}) == 1
    assert kairos("audit", "--profile", "u2") == []


@pytest.mark.parametrize(
    ("tampering", "deed", "differs"),
    [
        ("UPDATE trail SET actor = 'nobody' WHERE seq = 2", 2, "content"),
        ("DELETE FROM trail WHERE seq = 2", 2, "link"),
        ("DELETE FROM trail WHERE seq = 8", 7, "end"),
        ("DELETE FROM trail", 0, "end"),
    ],
)
def test_what_was_changed_behind_its_back_shows(
    busy: App, kairos: Kairos, tampering: str, deed: int, differs: str
) -> None:
    assert kairos("audit", "--verify") == [{"deeds": 8, "broken": None}]
    assert isinstance(busy.desk, SqlDesk)
    with busy.desk._write() as session:
        session.run(tampering)
    (told,) = kairos("audit", "--verify", code=1)
    assert told["broken"] == {"deed": deed, "differs": differs}
