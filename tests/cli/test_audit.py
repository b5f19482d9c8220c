"""`kairos audit`: who did what, in ids and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestrator import wire
from orchestrator.app import App
from orchestrator.audit import ACTIONS
from orchestrator.cli import program
from orchestrator.ports import Deed
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
    # of somebody who is forgotten a pseudonym remains, by which whoever asks still finds what was done to them
    assert [deed for deed in found if "u1" in str(deed)] == []
    found = kairos("audit", "--profile", "u1")
    assert [deed["action"] for deed in found] == ["profile.forgotten", "profile.exported", "consents.imported"]
    assert len({tuple(deed["people"]) for deed in found}) == 1
    assert kairos("audit", "--profile", "u2") == []


def test_the_trail_is_proved_or_not(app: App, kairos: Kairos) -> None:
    """Whoever asks is told, by the exit code too."""
    app.desk.note(Deed(app.clock(), "person", "consents.chosen", ("u1",)))
    assert kairos("audit", "--verify") == [{"deeds": 1, "broken": None}]
    assert isinstance(app.desk, SqlDesk)
    with app.desk._write() as session:
        session.run("DELETE FROM trail")
    assert kairos("audit", "--verify", code=1) == [{"deeds": 0, "broken": {"deed": 0, "differs": "end"}}]
