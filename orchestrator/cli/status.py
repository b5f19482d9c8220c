"""`kairos status`: how everything stands, and what to do about what is wrong."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.live import Live
from rich.table import Table

from orchestrator.app import App
from orchestrator.cli import output
from orchestrator.cli.decisions import open_app
from orchestrator.cli.output import Json, Workspace

if TYPE_CHECKING:
    from orchestrator.watch.alarms import Alarm
    from orchestrator.watch.status import Status

EVERY = 2.0  # seconds between two looks

Row = tuple[str, str]


def status(
    watch: Annotated[bool, typer.Option("--watch", help="Look again every two seconds, until Ctrl-C.")] = False,
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """Tell how everything stands: what waits, who works, providers, stores; and what is wrong, with what to do.

    Ends with 1 where anything is wrong.
    """
    with open_app(workspace) as app:
        if watch:
            _watch(app, json)
            return
        seen, found = _looked(app)
    if json:
        _line(seen, found)
    else:
        output.out.print(page(seen, found))
    raise SystemExit(1 if found else 0)


def _looked(app: App) -> tuple[Status, list[Alarm]]:
    from orchestrator.watch.alarms import alarms  # these know the broker's queues, and Celery is slow to import
    from orchestrator.watch.status import look

    seen = look(app)
    return seen, alarms(seen)


def _watch(app: App, json: bool) -> None:
    """Look again and again; a terminal shows one page that changes, a program gets a line each time."""
    with suppress(KeyboardInterrupt), Live(console=output.out, auto_refresh=False) as live:
        while True:
            seen, found = _looked(app)
            if json:
                _line(seen, found)
            else:
                live.update(page(seen, found), refresh=True)
            time.sleep(EVERY)


def _line(seen: Status, found: list[Alarm]) -> None:
    from orchestrator.watch.status import told  # as above

    output.line({**told(seen), "alarms": [asdict(alarm) for alarm in found]})


def page(seen: Status, found: Iterable[Alarm]) -> Table:
    """All of it as one table."""
    grid = Table(title=f"Kairos at {seen.at:%Y-%m-%d %H:%M:%S} UTC", title_justify="left", show_header=False, box=None)
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, text in _rows(seen):
        grid.add_row(name, text)
    for alarm in found:
        grid.add_row("[red]alarm[/red]", f"[red]{alarm.code}[/red] {alarm.sentence} [bold]{alarm.remedy}[/bold]")
    return grid


def _rows(seen: Status) -> Iterator[Row]:
    if seen.backlog is not None:
        yield "moments", f"{seen.backlog.waiting} wait{_since(seen, seen.backlog.oldest)}"
    for queue in seen.queues:
        late = f", late{_since(seen, queue.due)}" if queue.due < seen.at else ""
        yield "messages", f"{queue.count} {queue.state}: {queue.campaign} {queue.channel}{late}"
    for one in seen.stuck:
        yield "messages", f"{one.count} {one.state}: {one.campaign} {one.channel}, the last{_since(seen, one.last)} ago"
    for name, length in seen.hints.items():
        yield "queue", f"{name}: {length} tasks"
    for lane, canary in seen.canaries.items():
        yield "lane", f"{lane}: a canary came back{_since(seen, canary.back)} ago, through {canary.worker}"
    yield "workers", f"{len(seen.workers)} processes {', '.join(seen.workers)}"
    yield "scheduler", f"{seen.leader[0]} {'leads' if seen.leads else 'led'}" if seen.leader else "none"
    for account in seen.accounts:
        state = "open" if account.is_open else "closed"
        lowered = f", {account.lowered:.0%} of the whole taken from its share" if account.lowered else ""
        troubles = f", {account.faults} failed, {account.slow} slow" if account.calls else ""
        yield (
            "account",
            f"{account.name}: breaker {state}{lowered}, {account.calls} calls lately{troubles}",
        )
    for store, facts in (("database", seen.database), ("redis", seen.redis)):
        yield store, f"away: {seen.away[store]}" if store in seen.away else _facts(facts)


def _since(seen: Status, since: datetime | None) -> str:
    return f" {seen.age(since).total_seconds():.0f} s" if since else ""


def _facts(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in facts.items() if name != "risks")


COMMANDS = (status,)
