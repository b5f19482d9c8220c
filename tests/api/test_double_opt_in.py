"""Double opt-in from end to end: a service reports, a message goes out, the person presses its button."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from orchestrator import Kairos
from orchestrator.ports import Record
from tests.api.conftest import MORE, PLACES, Build, Place
from tests.support import HI, KAIROS, NEWS, ORDER, workspace

BASE = "https://kairos.example.com"
PENDING = {"profile": "a", "channel": "email", "purpose": "marketing", "state": "pending", "source": "form"}
OUTBOX = "providers: {email: [{adapter: outbox}], sms: [{adapter: outbox}]}\n"


@pytest.fixture
def place(build: Build, redis_client: object) -> Place:
    """Somebody in Germany, where every consent needs to be confirmed."""
    kairos = KAIROS + MORE.partition("providers:")[0] + OUTBOX
    made = build(workspace(NEWS, ORDER, kairos=kairos, markets=PLACES, templates=HI))
    made.know(market="DE", locale="de-DE")
    return made


def report(place: Place, *entries: dict[str, Any]) -> None:
    """Report entries over HTTP."""
    answer = place.client.post("/v1/consents", json=list(entries) or PENDING, headers=place.key("consents:write"))
    assert answer.status_code == 201, answer.text


def deliver(place: Place) -> list[Record]:
    """Let the workers do all that is to be done; the messages of the house, oldest first."""
    place.app.engine.sweep()
    place.app.courier.deliver([id_ for _, id_ in place.app.records.deliverable(now=place.clock(), limit=99)])
    return place.app.records.messages(campaign="kairos.consent.pending", limit=99)[::-1]


def link(message: Record) -> str:
    """The path of the link in a message."""
    assert message.content is not None
    found = re.search(
        rf"{BASE}(/c/[^\"\s<]+)", unescape(message.content.fields.get("html") or message.content.fields["body"])
    )
    assert found
    return found[1]


def news(place: Place) -> str:
    """What becomes of marketing by email now."""
    place.clock.forward(seconds=1)
    draft = place.write(f"m{place.clock.now.timestamp()}")
    return draft.reason or draft.outcome


def test_from_the_form_to_the_first_message(place: Place) -> None:
    """Nothing but the question is sent before; it is a message like any other, and its link is the person's alone."""
    report(place)
    (message,) = deliver(place)
    assert (message.state, message.channel, message.locale, message.purpose) == ("sent", "email", "de", "transactional")
    told = place.client.get(f"/v1/messages/{message.id}", headers=place.key("messages:read")).json()
    assert (told["campaign"], told["attempts"][0]["outcome"]) == ("kairos.consent.pending", "sent")
    assert news(place) == "consent.missing"
    assert "Bestätigen" in place.client.get(link(message)).text
    assert place.client.post(link(message)).status_code == 200
    assert news(place) == "send"
    place.clock.forward(minutes=1)
    assert place.client.post(link(message)).status_code == 410
    assert deliver(place) == [replace(message)]


def test_one_message_a_day_asks_for_all_that_is_asked_at_once(place: Place) -> None:
    """One link confirms it; what is reported afterwards waits for the next day."""
    report(place, PENDING, {**PENDING, "purpose": "newsletter"})
    report(place)
    (message,) = deliver(place)
    page = place.client.get(link(message)).text
    assert "Neuigkeiten und Angebote" in page
    assert "Newsletter" in page
    place.client.post(link(message))
    assert sorted(one.purpose for one in place.ledger() if one.state == "granted") == ["marketing", "newsletter"]
    place.clock.forward(days=1)
    report(place)
    assert len(deliver(place)) == 2


def test_a_link_outlives_the_key_that_signed_it_and_nothing_forged_works(place: Place) -> None:
    """As long as the old key is kept behind the new one."""
    report(place)
    (message,) = deliver(place)
    path = link(message)
    forged = [
        path[:-1] + ("A" if path[-1] != "A" else "B"),
        path.replace("/c/", "/p/"),
        path.replace("/c/", "/u/"),
        path + "x",
    ]
    for wrong in forged:
        assert place.client.post(wrong).status_code == 404
    old = place.app.settings.secret.decode()
    place.app.settings = replace(place.app.settings, secret_text="a-new-one")
    assert place.client.post(path).status_code == 404
    place.app.settings = replace(place.app.settings, secret_text=f"a-new-one,{old}")
    assert place.client.post(path).status_code == 200


def test_a_new_address_is_asked_anew(place: Place) -> None:
    """What was confirmed was the old one."""
    report(place)
    place.client.post(link(deliver(place)[0]))
    place.know(market="DE", locale="de-DE", email="new@example.com")
    assert news(place) == "consent.missing"
    report(place)
    (_, message) = deliver(place)
    assert message.addresses == ("new@example.com",)
    place.client.post(link(message))
    assert news(place) == "send"


def test_by_text_message_too(place: Place) -> None:
    report(place, {**PENDING, "channel": "sms"})
    (message,) = deliver(place)
    assert (message.channel, message.state) == ("sms", "sent")
    assert place.client.post(link(message)).status_code == 200


def test_from_python_and_by_the_page_of_preferences(place: Place) -> None:
    """Whoever reports it, the same question is asked."""
    with Kairos(place.app.settings.workspace) as face:
        face._app = place.app
        face.consent(PENDING)
    assert len(deliver(place)) == 1
    place.client.post(f"/p/{place.token()}")  # of no message: changes nothing
    place.write(name="bought")
    page = {"shown": ["sms/marketing"], "was": [], "wanted": ["sms/marketing"]}
    assert place.client.post(f"/p/{place.token(campaign='order')}", data=page).status_code == 200
    assert sorted(message.channel or "" for message in deliver(place)) == ["email", "sms"]
