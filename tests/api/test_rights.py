"""A person's rights: to be told everything, and to be forgotten."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import orjson
import pytest
from redis import Redis

from orchestrator import rights
from orchestrator.model import Receipt
from tests.api.conftest import Place

ADDRESS = "forget.me@example.com"


@pytest.fixture
def place(place: Place) -> Place:
    """Somebody of whom there is something of everything."""
    place.know("u1", email=ADDRESS, attributes={"first_name": "Zanzibarina"})
    place.agree(id_="u1", wording="w7")
    draft = place.write("m1", id_="u1")
    place.app.courier.deliver([draft.id])
    place.app.feedback.receive(
        [Receipt("bounced", place.clock(), "r1", message=draft.id, address=ADDRESS, permanent=True)]
    )
    place.app.replies.take("u1", "sms", "Zanzibarina says no", place.clock())
    pending = {"profile": "u1", "channel": "email", "purpose": "marketing", "state": "pending", "source": "form"}
    place.client.post("/v1/consents", json=pending, headers=place.key("consents:write"))
    place.know("u2", email="other@example.com")
    place.write("m2", id_="u2")
    return place


def kept(place: Place) -> Iterator[tuple[str, str]]:
    """Every row of every table, by table."""
    database = sqlite3.connect(place.app.settings.state / "kairos.db")
    for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for row in database.execute(f"SELECT * FROM {table}"):
            yield table, repr(row)
    database.close()


def test_everything_is_told(place: Place) -> None:
    """Profile, ledger with evidence, moments, messages with attempts and receipts, replies, suppressions."""
    told = rights.export(place.app, "u1")
    orjson.dumps(told)
    assert told["profile"]["addresses"]["email"] == [ADDRESS]
    assert told["profile"]["attributes"]["first_name"]["value"] == "Zanzibarina"
    assert {entry["state"] for entry in told["consents"]} == {"granted", "pending"}
    assert told["consents"][0]["evidence"] == {"wording": "w7"}
    assert told["suppressed"] == [{"channel": "email", "address": ADDRESS}]
    assert [moment["id"].partition(":")[0] for moment in told["moments"]] == ["consent.pending", "m1"]
    (message,) = told["messages"]
    assert (message["addresses"], len(message["attempts"])) == ([ADDRESS], 1)
    assert message["receipts"][0]["address"] == ADDRESS
    assert [reply["text"] for reply in told["replies"]] == ["Zanzibarina says no"]
    assert not rights.is_empty(told)


def test_who_is_forgotten_is_nowhere(place: Place, redis_client: Redis) -> None:
    """In no table, and in no key of Redis; others are as they were."""
    others = rights.export(place.app, "u2")
    assert rights.forget(place.app, "u1")
    traces = ("u1", ADDRESS, "Zanzibarina", "m1")
    found = [(table, row) for table, row in kept(place) for trace in traces if f"'{trace}" in row or f'"{trace}' in row]
    assert found == []
    assert not list(redis_client.scan_iter("*u1*"))
    assert rights.is_empty(rights.export(place.app, "u1"))
    assert rights.export(place.app, "u2") == others
    assert not rights.forget(place.app, "u1")


def test_a_forgotten_address_is_never_written_to_again(place: Place) -> None:
    """Should somebody import it once more, in whatever spelling: it is recognised by its hash."""
    rights.forget(place.app, "u1")
    place.know("u3", email=ADDRESS.replace("forget", "FORGET"), phone="+12025550199")
    draft = place.write("m3", id_="u3")
    assert (draft.outcome, draft.reason) == ("drop", "address.suppressed")


def test_an_address_that_others_have_is_theirs(place: Place) -> None:
    """A mailbox of two stays open for the one who stays."""
    place.know("u4", email="shared@example.com")
    place.know("u5", email="shared@example.com")
    rights.forget(place.app, "u4")
    place.know("u5", locale="en-GB", email="shared@example.com")
    assert place.write("m5", id_="u5").outcome == "send"


def test_a_stranger_goes_with_who_was_one_unless_others_are_reached_there(place: Place) -> None:
    """Whoever wrote STOP before being known is told of it, and it goes from the ledger."""
    place.clock.forward(hours=1)
    for number in ("+12025550177", "+12025550188"):
        stop = Receipt("replied", place.clock(), f"stop-{number}", channel="sms", address=number, text="STOP")
        place.app.feedback.receive([stop])
    place.know("u6", phone=["+12025550177", "+12025550188"], whatsapp=None)
    place.know("u7", phone="+12025550188", whatsapp=None)
    assert {entry["source"] for entry in rights.export(place.app, "u6")["consents"]} == {"reply:stop"}
    rights.forget(place.app, "u6")
    assert {table for table, row in kept(place) if "2025550177" in row} <= {"receipts"}  # which go by age
    assert {entry["state"] for entry in rights.export(place.app, "u7")["consents"]} == {"withdrawn"}


def test_links_of_who_is_forgotten_lead_nowhere(place: Place) -> None:
    """As all links that are not ours."""
    token = place.token()
    assert place.client.get(f"/p/{token}").status_code == 200
    rights.forget(place.app, "u1")
    assert place.client.get(f"/p/{token}").status_code == 404
    assert place.client.post(f"/u/{token}").status_code == 404
