"""The demo: real moments through a real worker on a real Redis, in about a minute, and what became of them."""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from orchestrator import wire
from orchestrator.app import App
from orchestrator.cli import output
from orchestrator.cli.workspace import init
from orchestrator.demo_data import Audience
from orchestrator.ports import Records
from orchestrator.reasons import SENTENCES
from orchestrator.settings import Settings
from orchestrator.supervisor import Supervisor

BATCH = 500
PATIENCE = 240.0  # seconds until we say that something is stuck


def run_demo(people: int, moments: int, directory: str | None, json: bool) -> None:
    """Make a workspace, start everything, send moments, wait until all is handed over, and tell."""
    folder = Path(directory or tempfile.mkdtemp(prefix="kairos-demo-")).resolve()
    if not (folder / "kairos.yaml").exists():
        init(str(folder))
    settings = Settings.read(folder)
    settings.prepare()
    with Supervisor(settings) as running:
        os.environ.update(running.env)
        with App(Settings.read(folder)) as app:
            took = _perform(app, running, people, moments)
            _report(app, folder, took, json)


def _perform(app: App, running: Supervisor, people: int, moments: int) -> float:
    audience = Audience(app.material.workspace, people)
    _import(app, audience)
    output.note(f"{people} people imported; starting a worker and a scheduler.")
    running.start_all(concurrency=2)
    started = time.monotonic()
    total = _send(audience, moments, app)
    _wait(app.records, total)
    return time.monotonic() - started


def _import(app: App, audience: Audience) -> None:
    now = app.clock()
    for lines in _batches(audience.profiles()):
        app.records.update_profiles([wire.profile(line, at=now) for line in lines])
    for lines in _batches(audience.consents()):
        app.records.record_consents([wire.consent(line, at=now, recorded_at=now) for line in lines])


def _send(audience: Audience, count: int, app: App) -> int:
    """Send moments as any service would: lists of plain JSON, by the task's name. Returns how many ids they have."""
    from orchestrator.broker import celery

    ids = set()
    for lines in _batches(audience.moments(count, app.clock())):
        celery.send_task("kairos.moments", args=[lines], queue="moments")
        ids |= {line["id"] for line in lines}
    output.note(f"{len(ids)} moments sent.")
    return len(ids)


def _wait(records: Records, total: int) -> None:
    """Wait until every moment is settled, and every message handed over, held, or refused."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        settled, open_ = records.progress()
        if settled >= total and not open_:
            return
        time.sleep(0.2)
    output.fail("Not everything was handed over in time: see `kairos messages list --state ready`.", code=1)


def _report(app: App, folder: Path, took: float, json: bool) -> None:
    counts = app.records.counts()
    if json:
        output.line(
            {"seconds": round(took, 1), "workspace": str(folder), "counts": [{**key, "count": n} for key, n in counts]}
        )
        return
    sent = Counter[tuple[str, str, str]]()
    silent = Counter[tuple[str, str]]()
    for key, count in counts:
        if key["state"] in ("sent", "delivered"):
            sent[key["channel"] or "", key["market"] or "", key["locale"] or ""] += count
        elif key["reason"]:
            silent[key["reason"], "waits" if key["state"] == "held" else "never"] += count
    output.table(
        f"{sum(sent.values())} messages handed over in {took:.1f} s",
        ("channel", "market", "locale", "messages"),
        ((*where, count) for where, count in sorted(sent.items())),
    )
    output.table(
        f"{sum(silent.values())} silences, each with its reason",
        ("reason", "", "messages", "which means"),
        ((reason, kind, count, SENTENCES.get(reason, "")) for (reason, kind), count in silent.most_common()),
    )
    output.out.print(
        f"Open what was sent: {folder / '.kairos' / 'outbox'}\n"
        f"Ask why: kairos messages list --workspace {folder}\n"
        f"         kairos explain MESSAGE --workspace {folder}",
        markup=False,
        soft_wrap=True,
    )


def _batches(lines: Iterable[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    lines = iter(lines)
    while batch := list(islice(lines, BATCH)):
        yield batch
