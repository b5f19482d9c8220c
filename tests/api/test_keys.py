"""API keys: who may ask, and for what."""

from __future__ import annotations

import pytest

from orchestrator.api import keys
from tests.api.conftest import NOW, Build, Place

SCOPED = {
    "moments:write": ("POST", "/v1/moments"),
    "profiles:write": ("POST", "/v1/profiles"),
    "consents:write": ("POST", "/v1/consents"),
    "messages:read": ("GET", "/v1/messages"),
    "preview": ("POST", "/v1/preview"),
}


def test_what_is_kept_of_a_key_does_not_tell_it() -> None:
    """Only a digest; and the secret is 256 bits."""
    written, kept = keys.mint("a", ["admin"], NOW)
    secret = written.rpartition("_")[2]
    assert len(bytes.fromhex(secret)) == 32
    assert secret not in str(kept.digest)
    assert kept.digest not in repr(kept)
    assert keys.named(f"Bearer {written}") == (kept.id, secret)


@pytest.mark.parametrize("held", [*SCOPED, "admin"])
def test_a_key_opens_what_it_was_made_for(still: Place, held: str) -> None:
    """And nothing else; only `admin` opens everything."""
    key = still.key(held)
    refused = [still.client.request(method, path, headers=key) for method, path in SCOPED.values()]
    opened = {scope for scope, answer in zip(SCOPED, refused, strict=True) if answer.status_code != 403}
    assert opened == (set(SCOPED) if held == "admin" else {held})
    assert all("scope.missing" in answer.text for answer in refused if answer.status_code == 403)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer x", "Basic a2Fpcm9z", "Bearer kairos_0_0"])
def test_without_a_key_nothing_opens(still: Place, header: str | None) -> None:
    """401, before the body is even looked at."""
    headers = {"authorization": header} if header is not None else {}
    answer = still.client.post("/v1/moments", content=b"{", headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["type"] == "urn:kairos:problem:key.missing"


def test_every_other_key_is_unknown(place: Place) -> None:
    """With another secret, another id, or one that was revoked."""
    good = place.key("messages:read")["authorization"]
    id_, secret = keys.named(good) or ("", "")
    other = f"{int(secret[0], 16) ^ 1:x}{secret[1:]}"
    for forged in (f"kairos_{id_}_{other}", f"kairos_{'0' * 12}_{secret}"):
        answer = place.client.get("/v1/messages", headers={"authorization": f"Bearer {forged}"})
        assert (answer.status_code, answer.json()["type"]) == (401, "urn:kairos:problem:key.unknown")
    assert place.client.get("/v1/messages", headers={"authorization": good}).status_code == 200
    place.app.desk.revoke_key(id_, now=place.clock())
    assert place.client.get("/v1/messages", headers={"authorization": good}).status_code == 401


def test_one_key_keeps_its_pace(build: Build, redis_client: object) -> None:
    """429 with the seconds to wait; another key goes on."""
    place = build(rate=0.1, burst=2)
    first, second = place.key("messages:read"), place.key("messages:read")
    assert [place.client.get("/v1/messages", headers=first).status_code for _ in range(3)] == [200, 200, 429]
    refused = place.client.get("/v1/messages", headers=first)
    assert 1 <= int(refused.headers["retry-after"]) <= 10
    assert place.client.get("/v1/messages", headers=second).status_code == 200
