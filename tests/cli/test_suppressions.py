"""`kairos suppressions`: what is not written to any more, and the way back."""

from __future__ import annotations

from typer.testing import CliRunner

from orchestrator import rights, wire
from orchestrator.app import App
from orchestrator.cli import program
from orchestrator.model import Suppression
from tests.cli.conftest import Kairos
from tests.support import person


def test_an_address_is_shown_and_lifted_once(app: App, kairos: Kairos) -> None:
    """Who did it is in the trail, with whom it concerns."""
    now = app.clock()
    app.records.update_profiles([wire.profile(person("ada", email="ada@example.com")["profile"], at=now)])
    app.records.suppress([Suppression("email", "ada@example.com", "bounced", now)])
    (shown,) = kairos("suppressions", "show", "email", "Ada@example.com")
    assert (shown["address"], shown["reason"]) == ("ada@example.com", "bounced")
    assert kairos("suppressions", "lift", "email", "Ada@example.com") == [{**shown, "lifted": True}]
    assert kairos("suppressions", "lift", "email", "Ada@example.com", code=1) == []
    assert kairos("suppressions", "show", "email", "Ada@example.com", code=1) == []
    (deed,) = [one for one in kairos("audit") if one["action"] == "suppression.lifted"]
    assert (deed["people"], deed["details"]) == (["ada"], {"channel": "email", "why": "bounced"})


def test_it_asks_first(app: App) -> None:
    """Whoever does not say yes has changed nothing."""
    app.records.suppress([Suppression("sms", "+14155552671", "failed", app.clock())])
    words = ["suppressions", "lift", "sms", "+1 415 555 2671"]
    assert CliRunner().invoke(program, words, input="n\n").exit_code == 1
    assert app.records.suppression("sms", "+14155552671")
    assert CliRunner().invoke(program, [*words, "--yes"]).exit_code == 0
    assert app.records.suppression("sms", "+14155552671") is None


def test_who_asked_to_be_forgotten_stays_so(app: App, kairos: Kairos) -> None:
    """Whatever somebody else says of the address."""
    now = app.clock()
    line = wire.profile(person("ada", email="ada@example.com")["profile"], at=now)
    app.records.update_profiles([line])
    rights.forget(app, "ada")
    app.records.update_profiles([line])
    assert kairos("suppressions", "show", "email", "ada@example.com")[0]["reason"] == "forgotten"
    refusal = CliRunner().invoke(program, ["suppressions", "lift", "email", "ada@example.com", "--yes"])
    assert (refusal.exit_code, "asked to be forgotten" in " ".join(refusal.output.split())) == (1, True)
    assert app.records.suppression("email", "ada@example.com")
