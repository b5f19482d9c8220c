"""`kairos messages`: what was sent, is stuck, has died."""

from __future__ import annotations

from typing import Annotated, get_args

import typer

from orchestrator import audit, wire
from orchestrator.blueprint.problems import did_you_mean
from orchestrator.cli import output
from orchestrator.cli.decisions import open_app, tell
from orchestrator.cli.output import Json, Workspace
from orchestrator.ports import State

program = typer.Typer(help="What was sent, is stuck, or has died.", no_args_is_help=True)
STATES = get_args(State)


@program.command(name="list")
def list_(
    state: Annotated[
        list[str] | None, typer.Option(help="Only messages in this state; may be given several times.")
    ] = None,
    profile: Annotated[str | None, typer.Option(help="Only messages to this person.")] = None,
    campaign: Annotated[str | None, typer.Option(help="Only messages of this campaign.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many, the newest first.", min=1, max=100_000)] = 50,
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """List messages on record, the newest first."""
    for name in state or ():
        if name not in STATES:
            output.fail(f"There is no state {name!r}.{did_you_mean(name, STATES)} States: {', '.join(STATES)}.")
    with open_app(workspace) as app:
        found = app.records.messages(states=state or None, profile=profile, campaign=campaign, limit=limit)  # type: ignore[arg-type]
    if json:
        for record in found:
            output.line(wire.recorded(record))
        return
    columns = ("decided", "message", "campaign", "person", "channel", "state", "reason", "detail")
    rows = ((r.at, r.id, r.campaign, r.profile, r.channel, r.state, r.reason, r.detail) for r in found)
    output.table(f"{len(found)} messages", columns, rows)


@program.command()
def show(
    message: Annotated[str, typer.Argument(help="A message's id.")], workspace: Workspace = None, json: Json = False
) -> None:
    """Show one message: its trace, content, attempts and receipts."""
    with open_app(workspace) as app:
        record = app.records.message(message) or output.fail(f"There is no message {message!r} on record.", code=1)
        attempts, receipts = app.records.attempts(message), app.records.receipts(message)
    if json:
        output.line(wire.told(record, attempts, receipts))
        return
    tell(record)
    output.table(
        "Attempts",
        ("begun", "provider", "outcome", "detail"),
        ((a.begun_at, a.provider, a.outcome, a.detail) for a in attempts),
    )
    output.table("Receipts", ("at", "kind"), ((r.at, r.kind) for r in receipts))


@program.command()
def retry(
    messages: Annotated[
        list[str] | None, typer.Argument(help="Ids of messages that died, failed or are unknown.")
    ] = None,
    state: Annotated[
        str | None, typer.Option(help="Instead of ids: all in this state (dead, failed or unknown).")
    ] = None,
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """Take messages up again that were given up, once what stopped them is mended."""
    if state and state not in ("dead", "failed", "unknown"):
        output.fail(f"Only messages that are dead, failed or unknown can be retried; not {state!r}.")
    if not messages and not state:
        output.fail("Name messages by id, or all in a state: kairos messages retry --state dead")
    with open_app(workspace) as app:
        ids = list(messages or ()) or [r.id for r in app.records.messages(states=[state], limit=100_000)]  # type: ignore[list-item]
        count = app.records.retry(ids, now=app.clock())
        audit.note(app, audit.operator(), "messages.retried", subjects=ids, retried=count)
    if json:
        output.line({"asked": len(ids), "retried": count})
    else:
        output.out.print(f"{count} of {len(ids)} messages are ready again.")
    raise SystemExit(0 if count == len(ids) else 1)
