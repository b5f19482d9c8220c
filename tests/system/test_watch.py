"""Real workers and a real scheduler are seen at work: canaries return, counts add up, and a lane that dies is silent."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orchestrator.watch.alarms import alarms
from orchestrator.watch.status import look
from tests.support import KAIROS, workspace
from tests.system.conftest import OUTBOX, Installation, kill
from tests.waiting import until


@pytest.mark.slow
def test_a_house_at_work_is_seen_to_work(
    install: Callable[..., Installation], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """And one whose worker is gone is not, though its scheduler goes on."""
    monkeypatch.setenv("KAIROS_CANARY", "12")
    here = install(workspace(kairos=KAIROS + OUTBOX))
    here.running.env["KAIROS_LOG_LEVEL"] = "debug"
    here.know("a")
    assert look(here.app).silent == ("urgent", "bulk")
    worker = here.worker()
    here.scheduler()
    until(lambda: not look(here.app).silent, 40)
    here.send({"id": "m1", "name": "ping", "profile": "a", "data": {}})
    until(lambda: ("kairos_handovers", "outbox", "sent") in look(here.app).counted, 20)
    seen = look(here.app)
    assert seen.counted["kairos_decisions", "news", "send", ""] == 1
    assert (len(seen.workers), seen.leads, [alarm.code for alarm in alarms(seen)]) == (2, True, [])
    kill(worker)
    until(lambda: look(here.app).silent, 40)
    assert [alarm.code for alarm in alarms(look(here.app)) if alarm.code != "lane.silent"] == []
    told = "".join(capfd.readouterr())
    assert '"event":"decided"' in told
    assert '"event":"message.settled"' in told
    assert "a@example.com" not in told
