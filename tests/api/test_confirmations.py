"""Double opt-in: only the person's own click confirms, once and in time."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from orchestrator.api import confirmations
from orchestrator.model import Consent
from tests.api.conftest import Place

PENDING = {"profile": "a", "channel": "email", "purpose": "marketing", "state": "pending", "source": "form"}


@pytest.fixture
def link(place: Place) -> str:
    """The path of a confirmation that waits for somebody in Germany."""
    place.know(market="DE", locale="de-DE", email="a@example.com")
    answer = place.client.post("/v1/consents", json=PENDING, headers=place.key("consents:write"))
    return str(answer.json()["confirmations"][0]["url"]).removeprefix("https://kairos.example.com")


def outcome(place: Place) -> str:
    """What becomes of a marketing mail to them."""
    place.clock.forward(seconds=1)
    draft = place.write(f"m{place.clock.now.timestamp()}")
    return draft.reason or draft.outcome


def test_pressing_the_button_confirms(place: Place, link: str) -> None:
    """In the person's language; nothing was sent before, and the grant is proved."""
    assert outcome(place) == "consent.missing"
    assert "Bestätigen" in place.client.get(link).text
    answer = place.client.post(link, headers={"user-agent": "Browser/1"})
    assert (answer.status_code, "Bestätigt" in answer.text) == (200, True)
    granted = place.ledger()[-1]
    assert (granted.state, granted.source, granted.address) == ("granted", "double-opt-in", "a@example.com")
    assert (granted.evidence["user_agent"], granted.evidence["wording"]["locale"]) == ("Browser/1", "de")
    assert outcome(place) == "send"


def test_whoever_only_looks_confirms_nothing(place: Place, link: str) -> None:
    """A hundred scanners of mail open every link."""
    for _ in range(50):
        assert place.client.get(link).status_code == 200
        assert place.client.head(link).status_code == 200
    assert [entry.state for entry in place.ledger()] == ["pending"]


def test_a_link_works_once(place: Place, link: str) -> None:
    """Afterwards it says so, and brings back no consent that was withdrawn since."""
    place.client.post(link)
    place.clock.forward(hours=1)
    withdrawal = {**PENDING, "state": "withdrawn"}
    place.client.post("/v1/consents", json=withdrawal, headers=place.key("consents:write"))
    for answer in (place.client.post(link), place.client.get(link)):
        assert answer.status_code == 410
    assert [entry.state for entry in place.ledger()] == ["pending", "granted", "withdrawn"]


def test_pressing_the_button_twice_confirms_once(place: Place, link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second press may come while the first is at work, have begun before the first was done, or come right after."""
    record, meanwhile = place.app.records.record_consents, []

    def interrupted(entries: Sequence[Consent]) -> None:
        meanwhile.append(place.client.post(link))
        record(entries)

    with monkeypatch.context() as first_press:
        first_press.setattr(place.app.records, "record_consents", interrupted)
        first = place.client.post(link)
    with monkeypatch.context() as began_before:
        began_before.setattr(confirmations, "_is_open", lambda *_: True)
        meanwhile.append(place.client.post(link))
    for answer in (*meanwhile, place.client.post(link)):
        assert (answer.status_code, answer.text) == (200, first.text)
    assert [entry.state for entry in place.ledger()] == ["pending", "granted"]
    assert [deed.action for _, deed in place.app.desk.deeds()].count("consents.confirmed") == 1


def test_a_press_that_failed_can_be_repeated_at_once(place: Place, link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds up nobody."""

    def fails(_: Sequence[Consent]) -> None:
        raise RuntimeError("out of order")

    with monkeypatch.context() as away:
        away.setattr(place.app.records, "record_consents", fails)
        assert place.client.post(link).status_code == 500
    assert place.client.post(link).status_code == 200
    assert outcome(place) == "send"


def test_a_link_lasts_seven_days(place: Place, link: str) -> None:
    """A moment before it works, and then it does not."""
    place.clock.forward(days=7, seconds=-1)
    assert place.client.get(link).status_code == 200
    place.clock.forward(seconds=1)
    assert place.client.post(link).status_code == 410
    assert [entry.state for entry in place.ledger()] == ["pending"]


def test_a_new_address_inherits_nothing(place: Place, link: str) -> None:
    """What was confirmed was the old one."""
    place.client.post(link)
    place.know(market="DE", email="new@example.com")
    assert outcome(place) == "consent.missing"
