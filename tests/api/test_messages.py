"""Messages over HTTP: what was sent, what was not, and why."""

from __future__ import annotations

import pytest

from orchestrator.model import Receipt
from tests.api.conftest import Place


@pytest.fixture
def written(place: Place) -> Place:
    """Three messages to somebody, newest last, and one to nobody we know."""
    place.know()
    for number in range(3):
        place.clock.forward(minutes=1)
        place.write(f"m{number}")
    place.clock.forward(minutes=1)
    place.write("m9", id_="stranger")
    return place


def test_messages_come_newest_first_page_by_page(written: Place) -> None:
    """Each page leads to the next, and the last to none."""
    key, cursor, seen = written.key("messages:read"), None, []
    while True:
        page = written.client.get(
            "/v1/messages", params={"limit": 3, **({"cursor": cursor} if cursor else {})}, headers=key
        ).json()
        seen += [(one["moment"], one["state"], one["reason"]) for one in page["messages"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [("m9", "dropped", "profile.unknown"), *((f"m{number}", "ready", None) for number in (2, 1, 0))]


def test_messages_can_be_asked_for_by_state_person_and_campaign(written: Place) -> None:
    """Without content and trace, which belong to a single message."""
    key = written.key("messages:read")
    asked = {"state": ["ready", "held"], "profile": "a", "campaign": "news"}
    found = written.client.get("/v1/messages", params=asked, headers=key).json()["messages"]
    assert len(found) == 3
    assert not {"content", "trace"} & set(found[0])
    assert written.client.get("/v1/messages?profile=b", headers=key).json() == {"messages": [], "next": None}


def test_one_message_tells_everything(written: Place) -> None:
    """Its content, the trace of its decision, attempts and receipts."""
    id_ = written.token("m2").partition(".")[0]
    receipt = Receipt("delivered", written.clock(), "r1", message=id_, raw={"secret": "of the provider"})
    written.app.feedback.receive([receipt])
    told = written.client.get(f"/v1/messages/{id_}", headers=written.key("messages:read")).json()
    assert (told["id"], told["state"], told["content"]["subject"]) == (id_, "delivered", "Hello")
    assert next(line["code"] for line in told["trace"]) == "profile.known"
    assert told["receipts"] == [{"at": "2026-03-02T09:04:00Z", "kind": "delivered", "permanent": False}]


@pytest.mark.parametrize("asked", ["limit=0", "limit=201", "limit=x", "state=gone", "profile="])
def test_what_cannot_be_asked_is_named(still: Place, asked: str) -> None:
    """By the parameter's name."""
    answer = still.client.get(f"/v1/messages?{asked}", headers=still.key("messages:read"))
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, asked.partition("=")[0])


def test_there_is_not_every_message(still: Place) -> None:
    """Nor a page behind every cursor: 404."""
    nowhere = still.client.get("/v1/messages?cursor=nothing", headers=still.key("messages:read"))
    assert (nowhere.status_code, nowhere.json()["errors"][0]["parameter"]) == (404, "cursor")
    assert still.client.get("/v1/messages/none", headers=still.key("messages:read")).status_code == 404
