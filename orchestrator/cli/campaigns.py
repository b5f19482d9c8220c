"""`kairos campaigns`: stop a campaign in mid-run, let it go on, or end it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

import typer

from orchestrator import audit
from orchestrator.campaigns import Campaigns, Refused, Standing
from orchestrator.civil import rfc3339
from orchestrator.cli import output
from orchestrator.cli.decisions import open_app
from orchestrator.cli.output import Json, Workspace

program = typer.Typer(help="Pause a campaign in mid-run, let it go on, or end it.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The campaign's name.", show_default=False)]
Run = Annotated[str, typer.Option("--run", metavar="ID", help="Only this run of it, by its local time.")]


@program.command(name="list")
def list_(workspace: Workspace = None, json: Json = False) -> None:
    """List all campaigns: which run, which are paused or cancelled, and whose runs are under way."""
    with open_app(workspace) as app:
        found = app.campaigns.list()
    if json:
        for one in found:
            output.line(_told(one))
        return
    rows = ((one.name, one.state, one.since, one.trigger, one.priority, ", ".join(one.open_runs)) for one in found)
    output.table(f"{len(found)} campaigns", ("campaign", "state", "since", "when", "priority", "runs under way"), rows)


@program.command()
def pause(name: Name, workspace: Workspace = None, json: Json = False) -> None:
    """Let nothing more of a campaign be sent, within seconds, until it is resumed."""
    _report(workspace, json, lambda campaigns: campaigns.pause(name), "paused", "is paused: what waits keeps its place")


@program.command()
def resume(name: Name, run: Run = "", workspace: Workspace = None, json: Json = False) -> None:
    """Let a paused campaign go on where it was."""
    _report(workspace, json, lambda campaigns: campaigns.resume(name, run), "resumed", "goes on where it was")


@program.command()
def cancel(
    name: Name,
    run: Run = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask at a terminal.")] = False,
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """End a campaign, or one run of it, for good: what waits is dropped, and nothing more is sent."""
    if not (yes or json) and sys.stdin.isatty():
        what = f"the run {run} of {name}" if run else f"the campaign {name}, with all that waits of it,"
        question = f"End {what} for good? (`kairos campaigns pause` stops it, too, and can be taken back.)"
        typer.confirm(question, abort=True, err=True)
    with open_app(workspace) as app:
        try:
            dropped = sum(app.campaigns.cancel(name, run))
        except Refused as error:
            output.fail(str(error), code=1)
        audit.note(app, audit.operator(), "campaign.cancelled", subjects=[name], run=run, dropped=dropped)
        standing = app.campaigns.standing(name)
    if json:
        output.line({**_told(standing), "run": run or None, "dropped": dropped})
    else:
        output.out.print(
            f"{f'The run {run} of {name}' if run else name} is cancelled; {dropped} messages were dropped."
        )


def _report(workspace: str | None, json: bool, act: Callable[[Campaigns], Standing], done: str, told: str) -> None:
    with open_app(workspace) as app:
        try:
            standing = act(app.campaigns)
        except Refused as error:
            output.fail(str(error), code=1)
        audit.note(app, audit.operator(), f"campaign.{done}", subjects=[standing.name])
    if json:
        output.line(_told(standing))
    else:
        output.out.print(f"{standing.name} {told}.")


def _told(standing: Standing) -> dict[str, Any]:
    told = asdict(standing)
    return {
        **{("campaign" if key == "name" else key): value for key, value in told.items()},
        "since": rfc3339(standing.since),
    }
