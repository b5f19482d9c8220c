"""What people are called, where they are reached and what they are told is in no log, whatever goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from channels.testing import FakeProvider, reply
from orchestrator import wire
from tests.support import KAIROS, person, workspace
from tests.system.conftest import Installation
from tests.waiting import until

NAME, MAIL, PHONE, DEVICE, CODE = "Kanarienvogel", "canary-mail", "+12025550177", "canary-device", "canary-4711"
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
def test_no_log_knows_the_canary(install: Callable[..., Installation], capfd: pytest.CaptureFixture[str]) -> None:
    """Templates that fail, a provider that repeats what it was sent, and moments that are none."""
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
        until(lambda: here.app.records.progress()[0] == 5 and len(provider.requests) >= 6, 60)
    here.app.replies.take("a", "sms", f"stop texting {NAME}", here.app.clock())
    told = "".join(capfd.readouterr())
    assert "kairos" in told, "the logs were looked at"
    assert [line for line in told.splitlines() if any(secret in line for secret in SECRETS)] == []


def _know(here: Installation) -> None:
    fields: dict[str, Any] = {"email": f"{MAIL}@example.com", "phone": PHONE, "whatsapp": PHONE, "push": [DEVICE]}
    line = person("a", attributes={"first_name": NAME}, **fields)["profile"]
    here.app.records.update_profiles([wire.profile(line, at=here.app.clock())])
