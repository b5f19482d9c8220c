"""What people are called, where they are reached and what they are told is in no log, whatever goes wrong."""

from __future__ import annotations

import json
import socket
import sqlite3
import sys
from collections.abc import Callable, Mapping
from subprocess import run
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from channels.testing import FakeProvider, reply
from orchestrator import links, wire
from orchestrator.api import keys
from orchestrator.decision.message_ids import message_id
from orchestrator.model import Moment
from orchestrator.stores.redis_touches import connect
from tests.support import KAIROS, person, workspace
from tests.system.conftest import Installation
from tests.waiting import until

NAME, MAIL, PHONE, DEVICE, CODE = "Kanarienvogel", "canary-mail", "+12025550177", "canary-device", "canary-4711"
DIRECT = build_opener(ProxyHandler({}))
SECRETS = (NAME, MAIL, PHONE.lstrip("+"), DEVICE, CODE)
PROVIDERS = "providers: {{email: [{webhook}], sms: [{webhook}], push: [{webhook}], whatsapp: [{webhook}]}}\n"
CAMPAIGN = "campaign: by-{0}\npurpose: transactional\nmoment: {{on: ping}}\nchannel: [{0}]\ntactic: {{template: hi}}\n"
TEMPLATES = {
    "hi/email.html": "{% block subject %}{{ profile.first_name }}{% endblock %}{% block html %}<p>{{ moment.data.text }}</p>{% endblock %}",
    "hi/sms.txt": "{% block body %}{{ moment.data.text|money }}{% endblock %}",
    "hi/push.txt": "{% block title %}{{ profile.first_name }}{% endblock %}{% block body %}{{ moment.data.text }}{% endblock %}",
    "hi/whatsapp.txt": "{% block template %}hello{% endblock %}{% block variables %}{{ moment.data.text }}{% endblock %}{% block body %}{{ 1 / (moment.data.n - 7) }}{% endblock %}",
}


@pytest.mark.slow
def test_nothing_but_the_records_knows_the_canary(
    install: Callable[..., Installation], capfd: pytest.CaptureFixture[str]
) -> None:
    """Templates that fail, a provider that repeats what it was sent, moments that are none; by task, HTTP and program.

    No log, no reason or error on record, no counter and no key in Redis has a name, an address, a text, a token or a key.
    """
    echo = reply(500, body=" ".join(SECRETS).encode())
    with FakeProvider(echo) as provider:
        webhook = f"{{adapter: webhook, url: '{provider.url}', secret: {'s' * 32}}}"
        campaigns = [CAMPAIGN.format(channel) for channel in ("email", "sms", "push", "whatsapp")]
        kairos = KAIROS + PROVIDERS.format(webhook=webhook)
        here = install(workspace(*campaigns, kairos=kairos, templates=TEMPLATES))
        _know(here)
        here.worker()
        here.scheduler()
        here.send(*({"id": f"m{n}", "name": "ping", "profile": "a", "data": {"n": 7, "text": CODE}} for n in range(3)))
        here.send({"id": "m3", "name": "ping", "profile": "a", "data": {"n": CODE, "amount": NAME}})
        here.send({"id": "m4", "name": "ping", "profile": NAME, "data": {"text": CODE}})
        here.send({"id": 5, "name": [MAIL], "data": CODE}, {CODE: NAME})
        here._service.send_task("kairos.moments", args=[CODE], queue="moments")
        here._service.send_task("kairos.moments", args=[[NAME]], kwargs={"more": MAIL}, queue="moments")
        secrets, counted = _over_http(here)
        until(lambda: here.app.records.progress()[0] == 6 and len(provider.requests) >= 6, 60)
        _by_program(here)
    here.app.replies.take("a", "sms", f"stop texting {NAME}", here.app.clock())
    told = "".join(capfd.readouterr())
    assert "kairos" in told, "the logs were looked at"
    assert "POST /v1/moments 202" in told
    for place in (told, counted, *_kept(here)):
        assert [line for line in place.splitlines() if any(secret in line for secret in secrets)] == []


def _over_http(here: Installation) -> tuple[tuple[str, ...], str]:
    """Everything once over HTTP, the wrong ways too; what must be in no log then, and what was counted."""
    written, kept = keys.mint("a service", ["admin"], here.app.clock())
    here.app.desk.add_key(kept)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    here.running.start("api", ["api", "--port", str(port)])
    base = f"http://127.0.0.1:{port}"
    until(lambda: _ask(f"{base}/healthz") == 200, 90)
    token = links.token(here.app.settings.secret, message_id(Moment("m0", "ping", "a", here.app.clock()), "by-email"))
    bearer = {"authorization": f"Bearer {written}", "idempotency-key": "once"}
    line = {"id": "m5", "name": "ping", "profile": "a", "data": {"n": 7, "text": CODE}}
    known = {"id": "a", "attributes": {"first_name": NAME}, "phone": PHONE}
    for body in (line, {**line, "name": NAME}, known, [CODE], {NAME: MAIL}):
        for path in ("moments", "profiles", "consents", "preview", "receipts/webhook"):
            _ask(f"{base}/v1/{path}", body, bearer)
            _ask(f"{base}/v1/{path}?to={MAIL}", body, {"authorization": f"Bearer {token}", "user-agent": NAME})
    for page in ("p", "u", "c", "l"):
        _ask(f"{base}/{page}/{token}")
        _ask(f"{base}/{page}/{MAIL}", [NAME])
    with DIRECT.open(f"{base}/metrics", timeout=10) as answer:
        counted = answer.read().decode()
    return (*SECRETS, token, written.rpartition("_")[2]), counted


def _ask(url: str, body: object = None, headers: Mapping[str, str] | None = None) -> int:
    """The status of an answer; 0 where there is none."""
    sent = None if body is None else json.dumps(body).encode()
    asked = Request(url, sent, {"content-type": "application/json", **(headers or {})})
    try:
        with DIRECT.open(asked, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


def _by_program(here: Installation) -> None:
    """What an operator asks, which is told beside the logs."""
    for words in (["status"], ["goals"], ["audit"], ["campaigns", "list"], ["keys", "list"]):
        run([sys.executable, "-m", "orchestrator", *words, "--json"], env=here.running.env, check=False, timeout=60)


def _kept(here: Installation) -> list[str]:
    """Where nobody looks for people: reasons and errors on record, the keys of Redis, and the trail."""
    connection = sqlite3.connect(here.folder / ".kairos" / "kairos.db")
    asked = (
        "SELECT state, reason, detail, provider, outcome, answer FROM messages",
        "SELECT provider, outcome, detail FROM attempts",
        "SELECT key, value FROM notes",
        "SELECT * FROM trail",
    )
    errors = [repr(row) for statement in asked for row in connection.execute(statement)]
    connection.close()
    with connect(here.app.settings.redis) as redis:
        held = [repr(key) for key in redis.scan_iter()]
    assert errors
    assert held
    return ["\n".join(errors), "\n".join(held)]


def _know(here: Installation) -> None:
    fields: dict[str, Any] = {"email": f"{MAIL}@example.com", "phone": PHONE, "whatsapp": PHONE, "push": [DEVICE]}
    line = person("a", attributes={"first_name": NAME}, **fields)["profile"]
    here.app.records.update_profiles([wire.profile(line, at=here.app.clock())])
