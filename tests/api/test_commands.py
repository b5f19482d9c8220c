"""The commands around the API: keys, export, forget."""

from __future__ import annotations

import socket
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from orchestrator.cli import program
from tests.api.conftest import Place


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing from the surroundings."""
    for name in ("KAIROS_DATABASE_URL", "KAIROS_REDIS_URL", "REDIS_URL", "KAIROS_STATE"):
        monkeypatch.delenv(name, raising=False)


def run(place: Place, *arguments: str) -> Result:
    """The program, in this workspace."""
    return CliRunner().invoke(program, [*arguments, "--workspace", str(place.app.settings.workspace)])


def test_a_key_is_shown_once_and_opens_what_it_says(place: Place) -> None:
    """Created, listed without its secret, revoked."""
    made = orjson.loads(run(place, "keys", "create", "--scope", "messages:read", "--name", "shop", "--json").stdout)
    assert made["scopes"] == ["messages:read"]
    headers = {"authorization": f"Bearer {made['key']}"}
    assert place.client.get("/v1/messages", headers=headers).status_code == 200
    listed = run(place, "keys", "list", "--json").stdout
    assert (made["id"] in listed, made["key"].rpartition("_")[2] in listed) == (True, False)
    assert run(place, "keys", "revoke", made["id"]).exit_code == 0
    assert run(place, "keys", "revoke", made["id"]).exit_code == 1
    assert place.client.get("/v1/messages", headers=headers).status_code == 401


def test_a_scope_that_there_is_not_is_asked_about(still: Place) -> None:
    """With a guess."""
    refused = run(still, "keys", "create", "--scope", "message:read")
    assert refused.exit_code == 2
    assert "Did you mean 'messages:read'?" in refused.output


def test_a_person_is_exported_and_forgotten(place: Place) -> None:
    """Exit code 1 where nothing is on record."""
    place.know("u1", email="a@example.com")
    assert orjson.loads(run(place, "export", "u1").stdout)["profile"]["id"] == "u1"
    assert orjson.loads(run(place, "forget", "u1", "--json").stdout) == {"profile": "u1", "forgotten": True}
    assert run(place, "forget", "u1", "--yes").exit_code == 1
    assert run(place, "export", "u1").exit_code == 1


def test_a_port_that_is_taken_is_told(still: Place, tmp_path: Path) -> None:
    """Before anything is started."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for command in ("api", "up"):
            refused = run(still, command, "--port", port)
            assert refused.exit_code == 2
            assert f"127.0.0.1:{port}" in refused.output
