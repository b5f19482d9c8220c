"""Real workers on a real broker: what was previewed is what is sent, and no kill loses or repeats anything."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pytest

from orchestrator import wire
from orchestrator.app import replay
from orchestrator.decision.message_ids import message_id
from orchestrator.model import Moment
from orchestrator.replay import read
from tests.support import HI, KAIROS, consent, person, workspace
from tests.system.conftest import OUTBOX, Installation, kill
from tests.waiting import until

Install = Callable[..., Installation]
TEMPLATES = {
    "hi/email.html": "{% block subject %}Zoë's {{ moment.data.text }}{% endblock %}{% block html %}<p>{{ moment.data.amount|money }} <a href='{{ links.unsubscribe }}'>out</a></p>{% endblock %}",
    "hi/sms.txt": "{% block body %}{{ moment.data.text }} – {{ moment.data.amount|money }}{% endblock %}",
    "hi/push.txt": "{% block title %}{{ moment.data.text }}{% endblock %}{% block body %}{{ moment.data.n }}{% endblock %}",
    "hi/whatsapp.txt": "{% block template %}hello{% endblock %}{% block variables %}{{ moment.data.text }}{% endblock %}{% block body %}Hi {{ moment.data.text }}{% endblock %}",
}
CHANNELS = ("email", "sms", "push", "whatsapp")
EACH = [
    f"campaign: by-{channel}\nmoment: {{on: ping}}\nchannel: [{channel}]\ntactic: {{template: hi}}\n"
    for channel in CHANNELS
]
DATA = {"n": 7, "text": "O'Brien & Søns “quoted” ليلى", "amount": 1234.5}


def test_preview_replay_and_worker_give_the_same_bytes(install: Install) -> None:
    """On all four channels, links and typography included."""
    here = install(workspace(*EACH, kairos=KAIROS + OUTBOX, templates=TEMPLATES))
    here.know("a")
    happened = Moment("m1", "ping", "a", here.app.clock(), DATA)
    previewed = here.app.engine.compose(here.app.engine.asks(happened), show=True)
    lines = [person(), *(consent("2026-03-02T00:00:00Z", "granted", channel) for channel in CHANNELS)]
    lines.append({"at": "2026-03-02T12:00:00Z", "moment": {"id": "m1", "name": "ping", "profile": "a", "data": DATA}})
    replayed = list(replay(here.app.material, print).run(read(map(orjson.dumps, lines), print)))

    here.worker()
    here.send({"id": "m1", "name": "ping", "profile": "a", "data": DATA})
    here.settle(1)

    assert len(previewed) == len(replayed) == len(CHANNELS)
    for draft, again in zip(previewed, replayed, strict=True):
        assert (draft.id, draft.content, draft.channel) == (again.id, again.content, again.channel)
        assert draft.content is not None
        assert draft.channel is not None
        sent = orjson.loads((here.outbox / draft.channel / f"{draft.id}.json").read_bytes())
        assert sent["content"] == wire.outcome(draft)["content"]
    html = (here.outbox / "email" / f"{message_id(happened, 'by-email')}.html").read_text()
    assert html == next(d.content.fields["html"] for d in previewed if d.channel == "email" and d.content)


def test_bad_input_is_refused_in_words_and_stops_nothing_else(install: Install) -> None:
    """Malformed, unknown, too large: the moment beside them goes out."""
    here = install(workspace(kairos=KAIROS + OUTBOX, templates=HI))
    here.know("a")
    here.worker()
    here.send(
        {"name": "ping"},
        {"id": "m-unknown", "name": "pong", "profile": "a"},
        {"id": "m-nobody", "name": "ping", "profile": "nobody"},
        {"id": "m-wrong", "name": "ping", "profile": "a", "data": {"n": "many"}},
        {"id": "m-list", "name": "ping", "profile": "a", "data": [1]},
        {"id": "m-large", "name": "ping", "profile": "a", "data": {"text": "x" * 1_000_000}},
        {"id": "m-good", "name": "ping", "profile": "a", "data": {}},
    )
    until(lambda: here.files(), 30)
    until(lambda: here.app.records.progress()[1] == 0)
    reasons = {record.moment.id: record.reason for record in here.app.records.messages()}
    assert reasons["m-good"] is None
    assert reasons["m-unknown"] == reasons["m-wrong"] == reasons["m-list"] == "moment.invalid"
    assert reasons["m-nobody"] == "profile.unknown"


@pytest.mark.slow
def test_a_worker_killed_in_mid_run_loses_nothing_and_repeats_nothing(install: Install) -> None:
    """Kill -9 of the worker and its children, three times over; then every moment has its outcome, each message once."""
    here = install(workspace(*EACH[:2], kairos=KAIROS + OUTBOX, templates=HI))
    people = [f"p{number}" for number in range(40)]
    here.know(*people)
    here.scheduler()
    total = 3000
    lines = [
        {"id": f"m{number}", "name": "ping", "profile": people[number % len(people)], "data": {}}
        for number in range(total)
    ]
    worker = here.worker()
    for start in range(0, total, 20):
        here.send(*lines[start : start + 20])
    for killed in (200, 1200, 2500):
        until(lambda killed=killed: len(here.files()) >= killed, 90)
        kill(worker)
        worker = here.worker()
    here.settle(total, 120)
    records = here.app.records.messages(limit=10 * total)
    assert len(records) == 2 * total
    assert {record.id for record in records if record.state == "sent"} == here.files()
    assert {record.state for record in records} == {"sent"}
