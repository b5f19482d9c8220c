"""What is told to whoever runs the house, and what happens when a store is away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from orchestrator.watch.canary import Canary, came_back
from tests.api.conftest import Build, Place

PING = {"id": "m1", "name": "ping", "profile": "a"}


def test_a_process_that_answers_is_alive(still: Place) -> None:
    """To GET and HEAD."""
    assert still.client.get("/healthz").json() == {"status": "ok"}
    assert still.client.head("/healthz").status_code == 200


def serve(place: Place, *lanes: str) -> None:
    """Let a canary come through these lanes now."""
    for lane in lanes:
        came_back(place.app.records, Canary(lane, place.clock(), place.clock(), "here:1"))
    place.look_anew()


def test_it_is_ready_when_stores_answer_and_workers_work(place: Place) -> None:
    """And tells how long what was reported has been waiting for a worker."""
    serve(place, "urgent", "bulk")
    assert place.client.get("/readyz").json() == {
        "status": "ok",
        "away": [],
        "silent": [],
        "waiting": {"moments": 0, "since": None, "seconds": 0.0},
    }
    place.client.post("/v1/moments", json=PING, headers=place.key("moments:write"))
    place.look_anew()
    place.clock.forward(seconds=42)
    assert place.client.get("/readyz").json()["waiting"] == {
        "moments": 1,
        "since": "2026-03-02T09:00:00Z",
        "seconds": 42.0,
    }


def test_a_lane_that_nobody_serves_is_named(place: Place) -> None:
    """Where no canary ever came through it, or none within a minute: the process alone proves nothing."""
    serve(place, "urgent")
    ready = place.client.get("/readyz")
    assert (ready.status_code, ready.json()["status"], ready.json()["silent"]) == (503, "silent", ["bulk"])
    place.clock.forward(seconds=61)
    serve(place, "bulk")
    assert place.client.get("/readyz").json()["silent"] == ["urgent"]
    serve(place, "urgent")
    assert place.client.get("/readyz").status_code == 200


def test_intake_refuses_before_it_drowns(build: Build) -> None:
    """By number and, where that is asked for, by age: 429, when to come again, and nothing taken."""
    place = build(room=2, patience=30.0)
    key = place.key("moments:write")

    def report(id_: str) -> int:
        place.look_anew()
        answer = place.client.post("/v1/moments", json={**PING, "id": id_}, headers=key)
        if answer.status_code == 429:
            assert (answer.json()["type"], int(answer.headers["retry-after"])) == ("urn:kairos:problem:backlog.full", 5)
        return answer.status_code

    assert report("a") == 202
    place.clock.forward(seconds=31)
    assert report("b") == 429
    place.clock.forward(seconds=-31)
    assert [report(id_) for id_ in ("b", "c", "d")] == [202, 429, 429]
    place.app.engine.sweep()
    assert report("c") == 202


def test_a_redis_that_is_away_stops_no_report(place: Place, tmp_path: Path) -> None:
    """It is named, and moments are accepted all the same: a sweep finds them."""
    place.app.settings = replace(place.app.settings, redis_url=f"unix://{tmp_path}/none.sock")
    ready = place.client.get("/readyz")
    assert (ready.status_code, ready.json()["away"]) == (503, ["redis"])
    assert place.client.post("/v1/moments", json=PING, headers=place.key("moments:write")).status_code == 202


def test_nothing_is_accepted_while_sql_is_away(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 and when to come again; never 202."""
    key = place.key("moments:write")

    def away(*_: object, **__: object) -> None:
        raise OperationalError("SELECT secret", {"secret": "canary"}, Exception("away"))

    for part, method in ((place.app.records, "accept"), (place.app.desk, "key"), (place.app.desk, "begin")):
        with monkeypatch.context() as patch:
            patch.setattr(part, method, away)
            answer = place.client.post("/v1/moments", json=PING, headers={**key, "idempotency-key": "k"})
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:kairos:problem:store.away")
        assert int(answer.headers["retry-after"]) > 0
        assert "canary" not in answer.text
    assert place.app.desk.backlog(9).waiting == 0
    assert place.client.post("/v1/moments", json=PING, headers={**key, "idempotency-key": "k"}).status_code == 202


def test_what_is_counted_tells_nothing_of_anybody(place: Place) -> None:
    """Routes, not addresses; kinds, not people."""
    place.know()
    place.write()
    place.client.post("/v1/moments", json={**PING, "id": "m2"}, headers=place.key("moments:write"))
    place.client.get(f"/u/{place.token()}")
    place.client.request("BREW", "/pot/a@example.com")
    place.look_anew()
    told = place.client.get("/metrics").text
    assert 'kairos_api_moments_total{became="accepted"} 1.0' in told
    assert 'kairos_http_seconds_count{method="GET",route="/u/{token}",status="200"} 1.0' in told
    assert 'method="other",route="-",status="404"' in told
    assert "kairos_moments_waiting 1.0" in told
    assert not {place.token(), "m2", "a@example.com", "BREW"} & set(told.replace('"', " ").split())


def test_what_leads_nowhere_is_told_so(still: Place) -> None:
    """404 and 405, with what is allowed."""
    nowhere, wrong = still.client.get("/v1/nothing"), still.client.delete("/v1/moments")
    assert (nowhere.status_code, nowhere.headers["content-type"]) == (404, "application/problem+json")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("kind", [None, "text/plain", "application/xml", "application/x-www-form-urlencoded", "json"])
def test_a_body_says_that_it_is_json(still: Place, kind: str | None) -> None:
    """415 otherwise."""
    headers = {**still.key("moments:write"), **({"content-type": kind} if kind else {})}
    assert still.client.post("/v1/moments", content=b"{}", headers=headers).status_code == 415


@pytest.mark.parametrize(("path", "mebibytes"), [("/v1/moments", 1), ("/v1/receipts/webhook", 4), ("/p/x.y", 1)])
def test_a_body_has_a_bound_whatever_it_says_of_its_length(still: Place, path: str, mebibytes: int) -> None:
    """One that is declared longer is not even read, one that turns out longer is cut off."""
    headers = {**still.key("moments:write"), "content-type": "application/json"}
    declared = still.client.post(path, content=b" " * (mebibytes * 1024 * 1024 + 1), headers=headers)
    streamed = still.client.post(path, content=(b" " * 65536 for _ in range(mebibytes * 16 + 1)), headers=headers)
    for answer in (declared, streamed):
        assert (answer.status_code, answer.json()["type"]) == (413, "urn:kairos:problem:body.too_large")
