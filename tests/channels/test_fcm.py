"""Push: one call for each device, one outcome for the person."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from channels.base import Call, Misconfigured, Unsupported
from channels.contract import NOWHERE, HttpContract
from channels.fcm import Fcm
from channels.testing import Behaviour, FakeProvider, Received, outgoing, reply

PRIVATE = (
    rsa.generate_private_key(65537, 1024).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
)
TOKEN = reply(200, {}, b'{"access_token": "ya29.feathers", "expires_in": 3600}')
TAKEN = reply(200, {}, b'{"name": "projects/p/messages/1"}')


def account(url: str) -> dict[str, str]:
    return {
        "type": "service_account",
        "client_email": "kairos@p.iam.example.com",
        "private_key": PRIVATE,
        "token_uri": f"{url}/token",
    }


def make(url: str, **settings: Any) -> Fcm:
    given = {"project": "kairos-test", "credentials": account(url), "base_url": url, "timeout": 5.0}
    return Fcm("push", given | settings)


def with_tokens(behaviour: Behaviour, token: Behaviour = TOKEN) -> Behaviour:
    return lambda exchange: (token if exchange.path == "/token" else behaviour)(exchange)


def pushes(provider: FakeProvider) -> list[dict[str, Any]]:
    return [json.loads(request.body)["message"] for request in provider.requests if request.path != "/token"]


def refusing(answers: dict[str, Behaviour]) -> Behaviour:
    """Answer by the device that is asked for."""

    def answer(exchange: Any) -> None:
        asked = json.loads(exchange.server.provider.requests[-1].body)["message"]["token"]
        answers.get(asked, TAKEN)(exchange)

    return with_tokens(answer)


def error(http: int, status: str, code: str = "", field: str = "") -> Behaviour:
    details = [{"errorCode": code}] if code else [{"fieldViolations": [{"field": field}]}] if field else []
    body = {"error": {"code": http, "status": status, "message": "token-1 is bad", "details": details}}
    return reply(http, {}, json.dumps(body).encode())


class TestContract(HttpContract):
    channel = "push"
    secrets = ("ya29.feathers", PRIVATE[100:140])
    good = TAKEN

    def make(self, url: str, timeout: float) -> Fcm:
        return make(url, timeout=timeout)

    def serve(self, behaviour: Behaviour) -> Behaviour:
        return with_tokens(behaviour)

    def about_messages(self, requests: Sequence[Received]) -> list[Received]:
        return [request for request in requests if request.path != "/token"]

    def shape(self, request: tuple[Call, ...]) -> Any:
        return [(super(TestContract, self).shape(call), json.loads(call.body)["message"]["token"]) for call in request]


def test_a_push_is_shown_opens_its_link_and_replaces_itself() -> None:
    """The data hold no name and no address; a repeated message takes the place of the first."""
    [call] = make(NOWHERE).build(outgoing("push"))
    message = json.loads(call.body)["message"]

    assert message["token"] == "token-1"
    assert message["notification"] == {"title": "Halo", "body": "Ada"}
    assert message["data"]["link"] == message["webpush"]["fcm_options"]["link"] == "https://example.com/a"
    tag = message["android"]["notification"]["tag"]
    assert message["apns"]["headers"]["apns-collapse-id"] == tag
    assert len(tag) <= 64


def test_a_push_about_the_same_thing_replaces_the_older_and_is_kept_for_a_while() -> None:
    """In the words of each platform; the instant derives from the message."""
    [call] = make(NOWHERE).build(outgoing("push", fields={"collapse": "order-7", "ttl": "2h"}))
    message = json.loads(call.body)["message"]

    assert (message["android"]["collapse_key"], message["android"]["ttl"]) == ("order-7", "7200s")
    assert message["apns"]["headers"] == {"apns-collapse-id": "order-7", "apns-expiration": str(1772442000 + 7200)}
    assert message["webpush"]["headers"] == {"TTL": "7200"}


@pytest.mark.parametrize("ttl", ["29d", "soon", "-1", "1.5h"])
def test_a_span_that_firebase_would_not_keep_is_refused(ttl: str) -> None:
    """With what one looks like."""
    with pytest.raises(Unsupported, match="12h"):
        make(NOWHERE).build(outgoing("push", fields={"ttl": ttl}))


def test_every_device_is_asked_and_one_that_takes_it_is_enough() -> None:
    """Devices that are gone are told all the same."""
    behaviour = refusing({"old": error(404, "NOT_FOUND", "UNREGISTERED"), "slow": error(503, "UNAVAILABLE")})
    with FakeProvider(behaviour) as provider:
        [outcome] = make(provider.url).deliver([outgoing("push", addresses=("old", "new", "slow"))])

    assert (outcome.kind, outcome.provider_id, outcome.dead) == ("accepted", "projects/p/messages/1", ("old",))
    assert sorted(push["token"] for push in pushes(provider)) == ["new", "old", "slow"]


def test_an_installation_is_addressed_as_one() -> None:
    """By the id that follows registration tokens."""
    [call] = make(NOWHERE).build(outgoing("push", addresses=("fid:abc",)))

    assert json.loads(call.body)["message"]["fid"] == "abc"


@pytest.mark.parametrize(
    ("answer", "kind", "dead"),
    [
        (error(404, "NOT_FOUND", "UNREGISTERED"), "rejected", True),
        (error(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"), "retry", False),
        (error(403, "PERMISSION_DENIED"), "retry", False),
        (error(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"), "retry", False),
        (error(400, "INVALID_ARGUMENT", field="message.token"), "rejected", True),
        (error(400, "INVALID_ARGUMENT", field="message.data"), "rejected", False),
        (error(404, "NOT_FOUND"), "rejected", False),
        (error(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"), "retry", False),
        (error(500, "INTERNAL", "UNREGISTERED"), "unknown", False),
    ],
)
def test_firebases_codes_say_what_became_of_it(answer: Behaviour, kind: str, dead: bool) -> None:
    """Its words, which may hold the token, are not repeated."""
    with FakeProvider(with_tokens(answer)) as provider:
        [outcome] = make(provider.url).deliver([outgoing("push")])

    assert (outcome.kind, outcome.dead) == (kind, ("token-1",) if dead else ())
    assert "token-1" not in outcome.detail


def test_a_lost_answer_from_one_device_outweighs_a_refusal_from_another() -> None:
    """It may have been shown."""
    with FakeProvider(refusing({"a": error(500, "INTERNAL"), "b": error(400, "INVALID_ARGUMENT")})) as provider:
        [outcome] = make(provider.url).deliver([outgoing("push", addresses=("b", "a"))])

    assert outcome.kind == "unknown"


def test_an_access_token_serves_many_batches_and_is_renewed_when_refused() -> None:
    """A refused token sends nothing, so the message is tried again with another."""
    with FakeProvider(with_tokens(TAKEN)) as provider:
        adapter = make(provider.url)
        adapter.deliver([outgoing("push", id=str(n)) for n in range(5)])
        adapter.deliver([outgoing("push")])
        assert [request.path for request in provider.requests].count("/token") == 1
        assert {request.headers.get("authorization") for request in provider.requests} == {None, "Bearer ya29.feathers"}

        provider.behaviour = with_tokens(error(401, "UNAUTHENTICATED"))
        assert [outcome.kind for outcome in adapter.deliver([outgoing("push")])] == ["retry"]
        provider.behaviour = with_tokens(TAKEN)
        assert [outcome.kind for outcome in adapter.deliver([outgoing("push")])] == ["accepted"]
        assert [request.path for request in provider.requests].count("/token") == 2


@pytest.mark.parametrize("token", [reply(500), reply(400, {}, b'{"error": "invalid_grant"}'), reply(200), reply(429)])
def test_without_an_access_token_nothing_is_sent(token: Behaviour) -> None:
    """Known not to be, at once, and asked for only once."""
    with FakeProvider(with_tokens(TAKEN, token)) as provider:
        outcomes = make(provider.url).deliver([outgoing("push", id=str(n)) for n in range(3)])

    assert [outcome.kind for outcome in outcomes] == ["retry"] * 3
    assert [request.path for request in provider.requests] == ["/token"]


def test_what_a_device_would_not_take_is_refused() -> None:
    """More than four kilobytes, in bytes and not in letters; or nothing to show."""
    with pytest.raises(Unsupported, match="4096"):
        make(NOWHERE).build(outgoing("push", fields={"body": "न" * 1400}))
    with pytest.raises(Unsupported, match="neither title nor body"):
        make(NOWHERE).build(outgoing("push", fields={"title": "", "body": ""}))
    with pytest.raises(Unsupported, match="no device"):
        make(NOWHERE).build(outgoing("push", addresses=()))


def test_credentials_are_the_key_itself_or_its_file(tmp_path: Any) -> None:
    """Anything else is told without being repeated."""
    key = json.dumps(account(NOWHERE))
    path = tmp_path / "key.json"
    path.write_text(key)
    for given in (key, str(path)):
        assert make(NOWHERE, credentials=given).settings.project == "kairos-test"
    for wrong in ("/no/such/file", '{"private_key": "feathers"}', "{feathers"):
        with pytest.raises(Misconfigured, match="`credentials`") as refusal:
            make(NOWHERE, credentials=wrong)
        assert "feathers" not in str(refusal.value)
