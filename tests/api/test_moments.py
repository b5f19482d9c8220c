"""Moments over HTTP: all of a request are committed, or none."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.api.conftest import Build, Place

PING = {"id": "m1", "name": "ping", "profile": "a", "data": {"n": 1}}


def test_what_is_accepted_is_on_record_before_the_answer(place: Place) -> None:
    """202, and the moment waits in SQL for whichever worker is hinted at it."""
    answer = place.client.post("/v1/moments", json=PING, headers=place.key("moments:write"))
    assert (answer.status_code, answer.json()) == (202, {"accepted": ["m1"], "repeated": []})
    (taken,) = place.app.records.take_moments(now=place.clock(), lease=timedelta(seconds=1), limit=9)
    assert (taken.id, taken.data) == ("m1", {"n": 1})
    assert place.hints == ["m1"]


def test_a_list_is_taken_in_order_and_repeats_are_named(place: Place) -> None:
    """Within the list, and across requests."""
    key = place.key("moments:write")
    place.client.post("/v1/moments", json=PING, headers=key)
    lines = [PING, {**PING, "id": "m2"}, {**PING, "id": "m3"}, {**PING, "id": "m2"}]
    answer = place.client.post("/v1/moments", json=lines, headers=key)
    assert answer.json() == {"accepted": ["m2", "m3"], "repeated": ["m1", "m2"]}


def test_without_an_id_each_is_new(place: Place) -> None:
    """Nothing tells one from the other."""
    line = {key: value for key, value in PING.items() if key != "id"}
    answer = place.client.post("/v1/moments", json=[line, line], headers=place.key("moments:write")).json()
    assert len({*answer["accepted"]}) == 2


def test_every_fault_is_named_and_nothing_is_taken(place: Place) -> None:
    """By its place in the list, its field, what was found and what was expected."""
    lines = [PING, {"name": "pin", "profile": "a"}, {**PING, "id": "m3", "data": {"n": "one", "text": 2}}]
    answer = place.client.post("/v1/moments", json=lines, headers=place.key("moments:write"))
    told = answer.json()
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["type"] == "urn:kairos:problem:request.invalid"
    assert told["errors"] == [
        {"pointer": "/1/name", "detail": "There is no moment 'pin'. Did you mean 'ping'?"},
        {"pointer": "/2/data/n", "detail": "`data.n`: expected a whole number, found a text."},
        {"pointer": "/2/data/text", "detail": "`data.text`: expected a text, found a number."},
    ]
    assert place.app.desk.backlog(9).waiting == 0


@pytest.mark.parametrize(
    ("line", "pointer", "said"),
    [
        ({"id": "m1", "profile": "a"}, "/name", "`name` is required"),
        ({**PING, "profile": ""}, "/profile", "Expected a text of at least 1 characters; found 0."),
        ({**PING, "id": "x" * 201}, "/id", "at most 200 characters; found 201."),
        ({**PING, "id": "x" * 900_000}, "/id", "at most 200 characters; found 900000."),
        ({**PING, "id": "a\nb"}, "/id", "printable"),
        ({**PING, "at": "yesterday"}, "/at", "RFC 3339"),
        ({**PING, "at": "2026-03-02T09:00:00"}, "/at", "offset"),
        ({**PING, "at": "0001-01-01T00:00:00+23:59"}, "/at", "`at`"),
        ({**PING, "data": [1]}, "/data", "Expected an object; found a list."),
        ({**PING, "profil": "a"}, "/profil", "Did you mean 'profile'?"),
        ({**PING, "a/b~c": 1}, "/a~1b~0c", "There is no field"),
        ("ping", "", "Expected an object; found a text."),
    ],
)
def test_a_line_that_is_none_is_told_where(still: Place, line: object, pointer: str, said: str) -> None:
    """With a JSON pointer to the very field."""
    answer = still.client.post("/v1/moments", json=line, headers=still.key("moments:write"))
    (fault,) = answer.json()["errors"]
    assert (answer.status_code, fault["pointer"]) == (422, pointer)
    assert said in fault["detail"]


@pytest.mark.parametrize("count", [0, 1001])
def test_a_list_has_one_to_a_thousand_items(still: Place, count: int) -> None:
    """Others are refused as a whole."""
    answer = still.client.post("/v1/moments", json=[PING] * count, headers=still.key("moments:write"))
    assert answer.status_code == 422
    assert f"found {count}." in answer.json()["errors"][0]["detail"]


def test_a_thousand_go_at_once(place: Place) -> None:
    """In one transaction."""
    lines = [{**PING, "id": f"m{n}"} for n in range(1000)]
    answer = place.client.post("/v1/moments", json=lines, headers=place.key("moments:write"))
    assert len(answer.json()["accepted"]) == 1000


def test_nobody_raises_the_moments_of_a_schedule(still: Place) -> None:
    """Only the scheduler does."""
    line = {**PING, "name": "schedule:news"}
    assert still.client.post("/v1/moments", json=line, headers=still.key("moments:write")).status_code == 422


def test_no_more_is_taken_on_than_can_be_decided(build: Build) -> None:
    """Before it drowns, the house says so, and when to come again."""
    place = build(room=2)
    key = place.key("moments:write")
    place.client.post("/v1/moments", json=[PING, {**PING, "id": "m2"}], headers=key)
    place.look_anew()
    answer = place.client.post("/v1/moments", json={**PING, "id": "m3"}, headers=key)
    assert (answer.status_code, answer.json()["type"]) == (429, "urn:kairos:problem:backlog.full")
    assert int(answer.headers["retry-after"]) > 0
    assert place.app.desk.backlog(9).waiting == 2
