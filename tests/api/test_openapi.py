"""The description of the service: true of this workspace, and of every answer."""

from __future__ import annotations

from typing import Any
from unicodedata import category
from urllib.parse import quote, unquote

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.api.conftest import LOCALES, MORE, PLACES, Build, Place
from tests.support import HI, KAIROS, NEWS, ORDER, workspace

RICH = """
moments:
  ping: {data: {n: integer, text: string, amount: number}}
  bought:
    data:
      price: {type: money, required: true}
      when: datetime
      day: date
      where: geo
      things: list
      more: object
      ok: boolean
"""
POSTED = ("/v1/moments", "/v1/profiles", "/v1/consents", "/v1/preview")
FIELDS = st.sampled_from(["id", "name", "profile", "at", "data", "state", "campaign", "email", "attributes", "x"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(FIELDS, inner, max_size=5),
    max_leaves=12,
)


@pytest.fixture
def place(build: Build, redis_client: object) -> Place:
    """A workspace with values of every type."""
    kairos = KAIROS.partition("moments:")[0] + RICH + MORE
    return build(
        workspace(NEWS, ORDER, kairos=kairos, markets=PLACES, templates=HI, locales=LOCALES),
        rate=1e6,
        burst=10**6,
        room=10**9,
    )


def described(place: Place) -> dict[str, Any]:
    """The document."""
    found: dict[str, Any] = place.client.get("/openapi.json").json()
    return found


def test_the_document_knows_the_workspace(place: Place) -> None:
    """Its moments with what they carry, its purposes, channels and campaigns."""
    schemas = described(place)["components"]["schemas"]
    kinds = {kind["properties"]["name"]["const"]: kind for kind in schemas["Moment"]["oneOf"]}
    assert set(kinds) == {"ping", "bought"}
    assert kinds["bought"]["properties"]["data"]["required"] == ["price"]
    purposes = {"transactional", "marketing", "newsletter", "*"}
    assert set(schemas["Consent"]["properties"]["purpose"]["enum"]) == purposes
    assert schemas["Preview"]["properties"]["campaign"]["enum"] == ["news", "order"]
    assert "tenure_days" in str(schemas["Known"]["properties"]["attributes"])


def test_every_example_is_one(place: Place) -> None:
    """What the document shows can be sent as it stands."""
    schemas, key = described(place)["components"]["schemas"], place.key("admin")
    sent = {"/v1/moments": "Moment", "/v1/profiles": "Profile", "/v1/consents": "Consent", "/v1/preview": "Preview"}
    for path, name in sent.items():
        (example,) = schemas[name]["examples"]
        assert place.client.post(path, json=example, headers=key).is_success
    (example,) = schemas["Known"]["examples"]
    assert place.client.put("/v1/profiles/u1", json=example, headers=key).is_success


def test_every_operation_for_services_asks_for_a_key(place: Place) -> None:
    """And says so; those for people and providers do not."""
    for path, operations in described(place)["paths"].items():
        for operation in operations.values():
            guarded = path.startswith("/v1/") and not path.startswith("/v1/receipts")
            assert bool(operation.get("security")) == guarded


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(body=json_values, raw=st.binary(max_size=40), segment=st.text(max_size=12))
def test_nothing_that_comes_in_breaks_anything(place: Place, body: Any, raw: bytes, segment: str) -> None:
    """Whatever it is: an answer that was meant, and never a fault of ours."""
    key = place.key("admin")
    kind = {**key, "content-type": "application/json"}
    answers = [place.client.post(path, json=body, headers=key) for path in POSTED]
    answers += [place.client.post(path, content=raw, headers=kind) for path in (*POSTED, "/v1/receipts/webhook")]
    answers.append(place.client.put(f"/v1/profiles/{quote(segment, safe='')}", json=body, headers=key))
    answers.append(place.client.get("/v1/messages", params={"profile": segment, "cursor": segment}, headers=key))
    answers += [place.client.post(f"/{where}/{quote(segment, safe='')}", content=raw) for where in ("p", "u", "c")]
    assert [answer.text for answer in answers if answer.status_code >= 500] == []


def is_meant(sent: Any) -> bool:
    """What the schemas allow and nobody means: characters that Unicode has yet to assign, whole numbers with a point."""
    if isinstance(sent, dict):
        return all(is_meant(part) for pair in sent.items() for part in pair)
    if isinstance(sent, list):
        return all(map(is_meant, sent))
    if isinstance(sent, str):
        return all(category(char) != "Cn" for char in unquote(sent))  # those in paths are quoted already
    return not (isinstance(sent, float) and sent.is_integer())


@pytest.mark.slow
def test_schemathesis_finds_no_fault(place: Place) -> None:
    """Every operation, with what the document allows and what it forbids."""
    import schemathesis  # a second to import, and only needed here
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    key = place.key("admin")
    schema = schemathesis.openapi.from_asgi("/openapi.json", place.client.app)
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
        @given(operation.as_strategy())
        def holds(case: Any) -> None:
            assume(is_meant([case.body, dict(case.query or {}), dict(case.path_parameters or {})]))
            said = [not_a_server_error] if case.path == "/readyz" else []  # nobody works here, and it says so
            case.call_and_validate(headers=key, excluded_checks=[checks.ignored_auth, *said])

        holds()
        tried += 1
    assert tried >= 15
