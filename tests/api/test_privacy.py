"""Nothing about a person, and no token or key, is ever written to a log: not even when something goes wrong."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from tests.api.conftest import Place

CANARIES = {
    "name": "Zanzibarina",
    "address": "canary.bird@example.com",
    "phone": "+12025550177",
    "text": "otp-493817",
    "profile": "person-canary-77",
}


def storm(place: Place) -> list[str]:
    """Every route with canaries in every part, the wrong ways, too; the secrets that were used."""
    key = place.key("admin")
    place.know(CANARIES["profile"], email=CANARIES["address"], phone=CANARIES["phone"])
    place.write(id_=CANARIES["profile"])
    token = place.token()
    line = {"name": "ping", "profile": CANARIES["profile"], "data": {"text": CANARIES["text"]}}
    profile = {"id": CANARIES["profile"], "email": CANARIES["address"], "attributes": {"first_name": CANARIES["name"]}}
    consent = {"profile": CANARIES["profile"], "channel": "email", "purpose": "marketing", "source": CANARIES["text"]}
    bodies: list[tuple[str, Any]] = [
        ("/v1/moments", line),
        ("/v1/moments", {**line, "name": CANARIES["name"]}),
        ("/v1/moments", {**line, "data": {"n": CANARIES["text"]}}),
        ("/v1/profiles", profile),
        ("/v1/profiles", {**profile, CANARIES["name"]: 1}),
        ("/v1/consents", {**consent, "state": "pending", "address": CANARIES["address"]}),
        ("/v1/consents", {**consent, "state": CANARIES["text"]}),
        ("/v1/preview", {"campaign": "news", "profile": {**profile, "market": "US"}, "moment": line}),
        ("/v1/preview", {"campaign": CANARIES["name"]}),
        ("/v1/receipts/webhook", {"text": CANARIES["text"], "address": CANARIES["address"]}),
    ]
    for path, body in bodies:
        place.client.post(path, json=body, headers={**key, "idempotency-key": CANARIES["text"]})
        place.client.post(path, json=body, headers={**key, "user-agent": CANARIES["name"]})
        place.client.post(path, content=str(body).encode(), headers={**key, "content-type": "application/json"})
        place.client.post(f"{path}?q={CANARIES['address']}", json=body, headers={"authorization": "Bearer otp-493817"})
    for where in ("p", "u", "c"):
        for link in (token, f"{token}x", CANARIES["address"]):
            place.client.get(f"/{where}/{link}")
            place.client.post(f"/{where}/{link}", data={"wanted": CANARIES["text"], "language": CANARIES["name"]})
    place.client.get(f"/v1/messages?profile={CANARIES['profile']}&cursor={CANARIES['text']}", headers=key)
    place.client.put(f"/v1/profiles/{CANARIES['profile']}", json=profile, headers=key)
    return [token, token.partition(".")[2], key["authorization"].rpartition("_")[2]]


def heard(caplog: pytest.LogCaptureFixture) -> str:
    """All that was logged by us, by the server and by libraries on the server's side."""
    own = logging.Formatter("%(name)s %(message)s")
    return "\n".join(own.format(entry) for entry in caplog.records if not entry.name.startswith(("httpx", "httpcore")))


def test_no_canary_is_in_any_log(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever came in, and wherever."""
    caplog.set_level(logging.DEBUG)
    secrets = storm(place)
    told = heard(caplog)
    assert "POST /v1/moments 202" in told
    assert "POST /v1/moments 422" in told
    assert [word for word in (*CANARIES.values(), *secrets) if word in told] == []


def test_an_unforeseen_error_tells_where_it_was_and_not_what_it_held(
    place: Place, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its text may quote anything: the log has its kind and its way, the answer nothing."""

    def broken(*_: object, **__: object) -> None:
        raise KeyError(CANARIES["address"])

    caplog.set_level(logging.DEBUG)
    key = place.key("admin")
    monkeypatch.setattr(place.app.records, "accept", broken)
    line = {"name": "ping", "profile": "a"}
    answer = place.client.post("/v1/moments", json=line, headers=key)
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:kairos:problem:internal")
    assert CANARIES["address"] not in answer.text
    told = heard(caplog)
    assert "KeyError at test_privacy.py:" in told
    assert CANARIES["address"] not in told


def test_metrics_hold_no_canary(place: Place) -> None:
    """Labels are ours alone."""
    storm(place)
    told = place.client.get("/metrics").text
    assert [word for word in CANARIES.values() if word in told] == []
