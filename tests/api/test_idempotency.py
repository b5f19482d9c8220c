"""`Idempotency-Key`: the same request has one effect, and one answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest

from orchestrator.model import Moment
from tests.api.conftest import Place

PING = {"name": "ping", "profile": "a"}


def under(key: dict[str, str], name: str) -> dict[str, str]:
    """The headers of a request under an idempotency key."""
    return {**key, "idempotency-key": name}


def test_the_same_request_is_answered_as_it_was(place: Place) -> None:
    """Status and body, and there is one moment, though it has no id of its own."""
    headers = under(place.key("moments:write"), "k1")
    first, again = (place.client.post("/v1/moments", json=PING, headers=headers) for _ in range(2))
    assert (first.status_code, first.content) == (again.status_code, again.content) == (202, first.content)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert place.app.desk.backlog(9).waiting == 1


def test_the_same_request_may_be_written_otherwise(place: Place) -> None:
    """Spaces, and the order of names, mean nothing in JSON."""
    headers = {**under(place.key("moments:write"), "k1"), "content-type": "application/json"}
    bodies = (
        b'{"name": "ping", "profile": "a", "data": {"n": 1, "text": "x"}}',
        b'{"data":{"text":"x","n":1},"profile":"a","name":"ping"}',
    )
    first, again = (place.client.post("/v1/moments", content=body, headers=headers) for body in bodies)
    assert (first.status_code, first.content) == (again.status_code, again.content) == (202, first.content)


def test_what_is_shown_of_people_is_not_kept(place: Place) -> None:
    """A preview has no effect: it is made anew each time."""
    headers = under(place.key("preview"), "k1")
    for name in ("Ada", "Grace"):
        line = {"campaign": "news", "profile": {"id": "a", "market": "US", "attributes": {"first_name": name}}}
        answer = place.client.post("/v1/preview", json=line, headers=headers)
        assert (answer.status_code, "idempotency-replayed" in answer.headers) == (200, False)


def test_another_request_under_the_key_is_refused(place: Place) -> None:
    """Another body, or another place: 409, and nothing happens."""
    key = place.key("moments:write", "profiles:write")
    place.client.post("/v1/moments", json=PING, headers=under(key, "k1"))
    other = place.client.post("/v1/moments", json={**PING, "profile": "b"}, headers=under(key, "k1"))
    elsewhere = place.client.post("/v1/profiles", json={"id": "a"}, headers=under(key, "k1"))
    assert [answer.status_code for answer in (other, elsewhere)] == [409, 409]
    assert other.json()["type"] == "urn:kairos:problem:idempotency.mismatch"
    assert place.app.desk.backlog(9).waiting == 1


def test_each_caller_has_keys_of_their_own(place: Place) -> None:
    """Nobody is told another's answer."""
    for n in range(2):
        headers = under(place.key("moments:write"), "k1")
        answer = place.client.post("/v1/moments", json={**PING, "id": f"m{n}"}, headers=headers)
        assert answer.json()["accepted"] == [f"m{n}"]


def test_what_had_no_effect_may_be_mended(place: Place) -> None:
    """A refused request does not use its key up."""
    headers = under(place.key("moments:write"), "k1")
    assert place.client.post("/v1/moments", json={**PING, "name": "pin"}, headers=headers).status_code == 422
    assert place.client.post("/v1/moments", json=PING, headers=headers).status_code == 202


def test_answers_are_kept_for_a_week(place: Place) -> None:
    """Then the key is free again."""
    headers = under(place.key("profiles:write"), "k1")
    place.client.put("/v1/profiles/a", json={"market": "US"}, headers=headers)
    place.clock.forward(days=6.9)
    assert place.client.put("/v1/profiles/a", json={"market": "DE"}, headers=headers).status_code == 409
    place.clock.forward(days=0.2)
    assert place.client.put("/v1/profiles/a", json={"market": "DE"}, headers=headers).status_code == 200


def test_while_it_is_at_work_the_second_is_told_to_wait(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """409 with the seconds to wait; after that, the first one's answer."""
    headers, begun, go_on = under(place.key("moments:write"), "k1"), Event(), Event()
    accept = place.app.records.accept

    def slow(moments: list[Moment], *, now: object, lease: timedelta) -> frozenset[str]:
        begun.set()
        go_on.wait(10)
        return accept(moments, now=place.clock(), lease=lease)

    monkeypatch.setattr(place.app.records, "accept", slow)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(place.client.post, "/v1/moments", json=PING, headers=headers)
        begun.wait(10)
        busy = place.client.post("/v1/moments", json=PING, headers=headers)
        go_on.set()
        answer = first.result()
    assert (busy.status_code, busy.headers["retry-after"]) == (409, "1")
    assert busy.json()["type"] == "urn:kairos:problem:idempotency.busy"
    assert place.client.post("/v1/moments", json=PING, headers=headers).content == answer.content


def test_a_request_whose_process_died_is_taken_on_again_with_the_same_ids(place: Place) -> None:
    """After its lease; what it had committed is recognised, though the service named no id."""
    headers = under(place.key("moments:write"), "k1")
    desk, answered = place.app.desk, place.app.desk.answered

    def dies(*_: object) -> None:
        raise MemoryError

    desk.answered = dies  # type: ignore[method-assign,assignment]
    assert place.client.post("/v1/moments", json=PING, headers=headers).status_code == 500
    desk.answered = answered  # type: ignore[method-assign]
    assert place.client.post("/v1/moments", json=PING, headers=headers).status_code == 409
    place.clock.forward(minutes=2)
    again = place.client.post("/v1/moments", json=PING, headers=headers).json()
    assert (again["accepted"], len(again["repeated"])) == ([], 1)
    assert place.app.desk.backlog(9).waiting == 1


@pytest.mark.parametrize("name", ["x" * 201, "two words", "naïve".encode("latin-1")])
def test_a_key_is_short_and_visible(still: Place, name: str | bytes) -> None:
    """Others are refused, with the parameter's name."""
    headers = {**still.key("moments:write"), "idempotency-key": name}
    answer = still.client.post("/v1/moments", json=PING, headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "Idempotency-Key")
