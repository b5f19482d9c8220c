"""Profiles over HTTP: fields are replaced, attributes merged."""

from __future__ import annotations

import pytest

from tests.api.conftest import Place


def test_what_is_known_is_replaced_and_merged(place: Place) -> None:
    """What is not sent stays; null removes."""
    key = place.key("profiles:write")
    first = {"market": "US", "locale": "en", "email": "a@example.com", "attributes": {"stage": "x", "tenure_days": 2}}
    assert place.client.put("/v1/profiles/a", json=first, headers=key).json() == {"updated": ["a"]}
    place.client.put("/v1/profiles/a", json={"locale": None, "attributes": {"stage": None}, "push": ["t"]}, headers=key)
    profile = place.app.records.profiles(["a"])["a"]
    assert (profile.market, profile.locale) == ("US", None)
    assert profile.addresses == {"email": ("a@example.com",), "push": ("t",)}
    assert {name: known.value for name, known in profile.attributes.items()} == {"tenure_days": 2}


def test_many_are_taken_or_none(place: Place) -> None:
    """With every fault at its place."""
    key = place.key("profiles:write")
    lines = [{"id": "a", "email": "a@example.com"}, {"id": "b", "attributes": {"tenure_days": "two"}}, {"market": "US"}]
    answer = place.client.post("/v1/profiles", json=lines[:2], headers=key)
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/1/attributes/tenure_days"]
    assert place.client.post("/v1/profiles", json=lines, headers=key).json()["errors"][0]["pointer"] == "/2/id"
    assert place.app.records.profiles(["a", "b"]) == {}
    assert place.client.post("/v1/profiles", json=lines[:1], headers=key).json() == {"updated": ["a"]}


def test_an_id_may_hold_anything_printable(place: Place) -> None:
    """A slash, a space, another script."""
    key = place.key("profiles:write")
    for id_, path in (("a/b", "a/b"), ("a b", "a%20b"), ("名前", "%E5%90%8D%E5%89%8D")):
        assert place.client.put(f"/v1/profiles/{path}", json={}, headers=key).json() == {"updated": [id_]}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"id": "b"}, "/id"),
        ({"emial": "a@example.com"}, "/emial"),
        ({"email": 5}, "/email"),
        ({"email": ["a@example.com", 5]}, "/email/1"),
        ({"addresses": {"fax": 1}}, "/addresses/fax"),
        ({"market": "x" * 201}, "/market"),
        ({"attributes": []}, "/attributes"),
    ],
)
def test_a_field_of_the_wrong_kind_is_named(still: Place, body: object, pointer: str) -> None:
    """And nothing is changed."""
    answer = still.client.put("/v1/profiles/a", json=body, headers=still.key("profiles:write"))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert still.app.records.profiles(["a"]) == {}
