"""The consent ledger over HTTP, each entry with its evidence."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Place

GRANT = {"profile": "a", "channel": "email", "purpose": "marketing", "state": "granted", "source": "signup-form"}


def test_an_entry_keeps_its_evidence(place: Place) -> None:
    """The words that were shown, from where, by whom, and whatever else was sent."""
    proof = {
        "wording": {"id": "w7", "locale": "de", "hash": "ab" * 32},
        "ip": "192.0.2.7",
        "user_agent": "Browser/1",
        "actor": "person",
        "evidence_ref": "scan-12",
    }
    line = {**GRANT, **proof, "at": "2026-03-01T09:00:00Z", "address": "a@example.com"}
    answer = place.client.post("/v1/consents", json=line, headers=place.key("consents:write"))
    assert (answer.status_code, answer.json()) == (201, {"recorded": 1, "confirmations": []})
    (entry,) = place.ledger()
    assert (entry.state, entry.source, entry.address) == ("granted", "signup-form", "a@example.com")
    assert entry.evidence == proof
    assert (entry.at.day, entry.recorded_at) == (1, place.clock())


def test_many_are_appended_in_order(place: Place) -> None:
    """One request, several people and purposes."""
    lines = [{**GRANT, "profile": id_, "purpose": "newsletter"} for id_ in ("a", "b")]
    answer = place.client.post("/v1/consents", json=lines, headers=place.key("consents:write"))
    assert answer.json()["recorded"] == 2
    assert [len(place.ledger(id_)) for id_ in ("a", "b")] == [1, 1]


@pytest.mark.parametrize(
    ("change", "pointer", "said"),
    [
        ({"source": None}, "/source", "name the form"),
        ({"state": "pending", "source": None}, "/source", "name the form"),
        ({"state": "granted!"}, "/state", "'granted', 'pending'"),
        ({"purpose": "marketin"}, "/purpose", "Did you mean 'marketing'?"),
        ({"channel": "mail"}, "/channel", "Did you mean 'email'?"),
        ({"wording": {"text": "x"}}, "/wording/text", "no field"),
        ({"at": "x"}, "/at", "RFC 3339"),
    ],
)
def test_what_would_never_count_is_refused(still: Place, change: dict[str, Any], pointer: str, said: str) -> None:
    """A grant that nothing proves, a purpose or channel that nobody has."""
    answer = still.client.post("/v1/consents", json=[GRANT, {**GRANT, **change}], headers=still.key("consents:write"))
    (fault,) = answer.json()["errors"]
    assert (answer.status_code, fault["pointer"]) == (422, f"/1{pointer}")
    assert said in fault["detail"]
    assert still.ledger() == []


def test_a_withdrawal_needs_no_proof(place: Place) -> None:
    """And may be about everything at once."""
    line = {"profile": "a", "channel": "*", "purpose": "*", "state": "withdrawn"}
    assert place.client.post("/v1/consents", json=line, headers=place.key("consents:write")).status_code == 201


def test_what_is_pending_comes_back_with_a_link_for_the_person(place: Place) -> None:
    """About the address that was named, or the best one of today; it allows nothing yet."""
    place.know(market="DE", email="a@example.com")
    lines = [{**GRANT, "state": "pending"}, GRANT, {**GRANT, "state": "pending", "address": "b@example.com"}]
    answer = place.client.post("/v1/consents", json=lines, headers=place.key("consents:write")).json()
    assert [asked["index"] for asked in answer["confirmations"]] == [0, 2]
    assert all(asked["url"].startswith("https://kairos.example.com/c/") for asked in answer["confirmations"])
    assert "example.com" not in answer["confirmations"][0]["url"].removeprefix("https://kairos.example.com")
    assert sorted(entry.address or "" for entry in place.ledger() if entry.state == "pending") == [
        "a@example.com",
        "b@example.com",
    ]


def test_who_wrote_to_the_ledger_stands_in_the_trail(place: Place) -> None:
    """A service by its key's id, a person as one."""
    place.know()
    key = place.key("consents:write")
    line = {"profile": "a", "channel": "email", "purpose": "marketing", "state": "granted", "source": "form"}
    place.client.post("/v1/consents", json=[line, line], headers=key)
    place.write()
    place.client.post(f"/u/{place.token()}")
    (_, last), (_, first) = place.app.desk.deeds()
    kept = key["authorization"].split("_")[1]
    assert (first.actor, first.people, dict(first.details)) == (f"key:{kept}", ("a",), {"entries": 2})
    assert (last.actor, last.action, dict(last.details)) == (
        "person",
        "consents.chosen",
        {"email/marketing": "withdrawn"},
    )
