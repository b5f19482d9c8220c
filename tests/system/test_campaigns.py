"""A campaign that a real worker sends: an operator stops it, something urgent comes, its worker is killed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from redis import Redis

from orchestrator import audience
from orchestrator.broker import CAMPAIGNS
from orchestrator.decision.schedule import Run
from orchestrator.ports import Record
from tests.support import KAIROS, workspace
from tests.system.conftest import OUTBOX, Installation, kill
from tests.waiting import until

MIX = "campaign: mix\npurpose: transactional\nmoment: {every: mon 07:30}\nchannel: [sms]\ntactic: {template: hi}\n"
URGENT = "campaign: urgent\npurpose: transactional\nmoment: {on: ping}\nchannel: [email]\ntactic: {template: hi}\n"
PEOPLE = 4000
AT_ONCE = timedelta(0)


@pytest.mark.slow
@pytest.mark.parametrize("cancelled", [False, True])
def test_a_campaign_is_stopped_in_mid_run(install: Callable[..., Installation], cancelled: bool) -> None:
    """Within seconds nothing more goes out; after a pause everybody gets it once, after a cancellation nobody more does."""
    here, run = begun(install, MIX)
    here.worker()
    here.scheduler()
    until(lambda: len(here.files()) > 300, 60)
    here.app.campaigns.pause("mix")
    sent = come_to_rest(here)
    assert sent < PEOPLE
    if cancelled:
        assert kairos(here.folder, "campaigns", "cancel", "mix", "--run", run.label)["cancelled_runs"] == [run.label]
    kairos(here.folder, "campaigns", "resume", "mix")
    until(lambda: is_done(here), 120)
    found = Counter(record.reason for record in here.app.records.messages(limit=2 * PEOPLE))
    if cancelled:
        assert (found[None], len(here.files())) == (sent, sent)
        assert set(found) <= {None, "campaign.cancelled"}
    else:
        assert (found, len(here.files())) == ({None: PEOPLE}, PEOPLE)
    assert {len(here.app.records.attempts(id_)) for id_ in here.files()} == {1}


@pytest.mark.slow
def test_a_campaign_gives_way_to_what_is_urgent(install: Callable[..., Installation]) -> None:
    """In a worker that does both, between two pages."""
    here, _ = begun(install, MIX, URGENT)
    here.worker()
    here.scheduler()
    until(lambda: len(here.files()) > 300, 60)
    here.send({"id": "now", "name": "ping", "profile": "p00000", "data": {}})
    until(lambda: len(here.files()) == PEOPLE + 1 and is_done(here), 60)
    [urgent] = here.app.records.messages(campaign="urgent")
    later = [one for one in here.app.records.messages(campaign="mix", limit=PEOPLE) if handed(one) > handed(urgent)]
    assert len(later) > 100


@pytest.mark.slow
def test_a_run_goes_on_however_often_its_worker_is_killed(install: Callable[..., Installation]) -> None:
    """Kill -9 of the worker and its children, three times over; then everybody has been raised and written to once."""
    here, _ = begun(install, MIX)
    here.scheduler()
    for killed in (300, 1300, 2600):
        worker = here.worker()
        until(lambda killed=killed: len(here.files()) >= killed, 90)
        kill(worker)
    here.worker()
    until(lambda: is_done(here), 120)
    found = here.app.records.messages(limit=2 * PEOPLE)
    assert Counter(record.state for record in found) == {"sent": PEOPLE}
    assert {record.id for record in found} == here.files()


@pytest.mark.slow
def test_what_was_forgotten_is_taken_up_while_a_campaign_has_work_queued(install: Callable[..., Installation]) -> None:
    """Nobody serves the bulk lane here, so that its queue is never empty."""
    here, run = begun(install, MIX, URGENT)
    here.hint("kairos.fan_out", run.key, queue=CAMPAIGNS)
    here.app.records.accept([here.app.moment("ping", profile="p00000", data={})], now=here.app.clock(), lease=AT_ONCE)
    here.running.start("worker", ["worker", "--lane", "urgent"])
    here.scheduler()
    until(lambda: bool(here.app.records.messages(campaign="urgent", states=["sent"])), 60)
    with Redis.from_url(here.app.settings.redis) as broker:
        assert broker.llen(CAMPAIGNS)


def begun(install: Callable[..., Installation], *campaigns: str) -> tuple[Installation, Run]:
    """An installation with a run on record that nobody works on yet."""
    here = install(workspace(*campaigns, kairos=KAIROS + OUTBOX))
    here.know(*(f"p{number:05}" for number in range(PEOPLE)))
    run = Run(here.app.clock(), "mix", "2026-03-02T07:30", tuple(here.app.records.zones()))
    audience.open_run(here.app.records, run)
    return here, run


def handed(record: Record) -> datetime:
    """When a message was handed over."""
    assert record.handed_over is not None
    return record.handed_over


def come_to_rest(here: Installation) -> int:
    """Wait until nothing has gone out for three seconds; how many messages have."""
    seen, since = -1, time.monotonic()

    def rests() -> bool:
        nonlocal seen, since
        if (count := len(here.files())) != seen:
            seen, since = count, time.monotonic()
        return time.monotonic() - since > 3

    until(rests, 15)
    return seen


def is_done(here: Installation) -> bool:
    """Whether everybody was raised and decided for, and nothing waits."""
    records = here.app.records
    waits = records.messages(states=["held", "ready", "retry", "sending"], limit=1)
    return not (audience.open_runs(records) or here.app.desk.backlog(1).waiting or waits)


def kairos(folder: Path, *words: str) -> dict[str, Any]:
    """What the program says, as a person would ask it."""
    command = [sys.executable, "-m", "orchestrator", *words, "--workspace", str(folder), "--json"]
    told: dict[str, Any] = orjson.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return told
