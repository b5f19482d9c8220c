"""`kairos campaigns`: what an operator says, and is told."""

from __future__ import annotations

from orchestrator.app import App
from tests.cli.conftest import Kairos


def test_a_campaign_is_paused_resumed_and_cancelled(app: App, kairos: Kairos) -> None:
    """As JSON; a cancelled one goes on no more."""
    states = lambda: {told["campaign"]: told["state"] for told in kairos("campaigns", "list")}  # noqa: E731
    name = sorted(app.material.workspace.campaigns)[0]
    assert states()[name] == "running"
    assert kairos("campaigns", "pause", name)[0]["state"] == "paused" == states()[name]
    assert kairos("campaigns", "resume", name)[0]["state"] == "running" == states()[name]
    (told,) = kairos("campaigns", "cancel", name)
    assert (told["state"], told["dropped"]) == ("cancelled", 0)
    assert kairos("campaigns", "resume", name, code=1) == []
    assert kairos("campaigns", "pause", "nothing-like-it", code=1) == []
