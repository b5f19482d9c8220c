"""Commands that run: worker, scheduler, up, demo."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import typer

from orchestrator.app import App
from orchestrator.cli import output
from orchestrator.cli.api import PORT, Port, assert_free
from orchestrator.cli.decisions import open_app
from orchestrator.cli.log import open_log
from orchestrator.cli.output import Json, Workspace
from orchestrator.watch import events
from orchestrator.watch.events import tell

Concurrency = Annotated[int, typer.Option(help="Worker processes.", min=1, max=256)]


class Lane(StrEnum):
    """What a worker serves."""

    urgent = "urgent"
    bulk = "bulk"
    all = "all"


def worker(
    concurrency: Concurrency = 2,
    lane: Annotated[Lane, typer.Option(help="What people wait for, campaigns to many, or both.")] = Lane.all,
    workspace: Workspace = None,
) -> None:
    """Run a worker: it decides and hands over."""
    with open_app(workspace) as app:
        os.environ["KAIROS_WORKSPACE"] = str(app.settings.workspace)
        open_log(app.settings, "worker")
        channels = app.material.channels
        app.records.stops()  # the database is there and up to date before any process forks
        _warn(app.settings.redis)
    from orchestrator.broker import LANES
    from orchestrator.tasks import work

    work(concurrency, channels, LANES if lane is Lane.all else (lane.value,))


def scheduler(workspace: Workspace = None) -> None:
    """Run a scheduler: it looks what is due. Of several, one leads."""
    with open_app(workspace) as app:
        os.environ["KAIROS_WORKSPACE"] = str(app.settings.workspace)
        open_log(app.settings, "scheduler")
        _ = app.material, app.settings.redis  # without the one no run could start, without the other no beat could hint
        app.records.stops()  # as for a worker; a store that goes away later is waited for
        from orchestrator.scheduler import schedule

        schedule(app)


def up(concurrency: Concurrency = 2, port: Port = PORT, workspace: Workspace = None) -> None:
    """Run everything on this machine, on embedded services, until Ctrl-C."""
    from orchestrator.supervisor import Supervisor

    with open_app(workspace) as app:
        _ = app.material  # a workspace that cannot be loaded stops here, in words
        assert_free("127.0.0.1", port)
        app.settings.prepare()
        _assert_there(app)
        with Supervisor(app.settings) as running:
            running.start_all(concurrency, port)
            output.note(
                f"Up: worker, scheduler and http://127.0.0.1:{port} for {app.settings.workspace}. Ctrl-C stops."
            )
            running.wait()


def demo(
    people: Annotated[int, typer.Option(help="How many people the audience has.", min=1)] = 1000,
    moments: Annotated[int, typer.Option(help="How many moments are triggered.", min=1)] = 3000,
    directory: Annotated[str | None, typer.Option(help="Where to leave the workspace and what was sent.")] = None,
    json: Json = False,
) -> None:
    """Take an audience and some thousands of moments through everything, and show what happened and why."""
    from orchestrator.cli.demo import run_demo

    run_demo(people, moments, directory, json)


def _assert_there(app: App) -> None:
    """What is named must answer: what is started would be started again and again."""
    from orchestrator.stores.outages import ping

    app.records.stops()
    if app.settings.redis_url:
        ping(app.settings.redis)


def _warn(redis: str) -> None:
    from orchestrator.stores.redis_touches import connect, warnings

    for warning in warnings(connect(redis)):
        tell(events.REDIS_AT_RISK, warning=warning)


COMMANDS = (worker, scheduler, up, demo)
