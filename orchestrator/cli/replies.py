"""`kairos replies`: what people wrote that sounds like a refusal, and what is made of it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orchestrator import audit
from orchestrator.civil import rfc3339
from orchestrator.cli import output
from orchestrator.cli.decisions import open_app
from orchestrator.cli.output import Json, Workspace
from orchestrator.ports import Reply, Verdict

program = typer.Typer(help="Refusals in free words, which somebody has to read.", no_args_is_help=True)
MOST = 1000  # that are shown at once
SETTLED: dict[Verdict, str] = {"withdraw": "taken for a STOP", "ignore": "no refusal"}


@program.command(name="list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Those that are settled, too.")] = False,
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """Show what sounds like a refusal, oldest first: who wrote it, and whether anything is sent to them meanwhile."""
    with open_app(workspace) as app:
        found = app.records.replies(waiting=not every, limit=MOST)
        people = app.records.profiles(sorted({reply.profile for reply in found}))
        markets = app.material.workspace.markets
        pausing = {
            id
            for id, person in people.items()
            if (market := markets.get(person.market or "")) and market.pause_on_refusal
        }
    lines = [_line(reply, pauses=reply.profile in pausing) for reply in found]
    if json:
        output.line(lines)
        return
    columns = ("id", "at", "person", "channel", "text", "paused", "settled")
    rows = (
        (
            one["id"],
            one["at"],
            one["profile"],
            one["channel"],
            one["text"],
            "yes" if one["paused"] else "no",
            _settled(one),
        )
        for one in lines
    )
    output.table(f"{len(lines)} replies", columns, rows)


@program.command()
def settle(
    id: Annotated[str, typer.Argument(metavar="ID", help="The reply's id, as `list` shows it.")],
    withdraw: Annotated[bool, typer.Option("--withdraw", help="It is a refusal: take it for a STOP.")] = False,
    ignore: Annotated[bool, typer.Option("--ignore", help="It is none: what waited for you goes on.")] = False,
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Who says so; by default whoever runs this.")] = None,
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """Say what a reply means, once and for good; it is on record who did, and when."""
    if withdraw == ignore:
        output.fail("Say what it is: --withdraw or --ignore.")
    verdict: Verdict = "withdraw" if withdraw else "ignore"
    with open_app(workspace) as app:
        reply = app.records.reply(id)
        if reply is None or reply.reading != "refusal":
            output.fail(f"No reply {id!r} waits to be settled. See: kairos replies list", code=1)
        actor = by or audit.operator()
        done = app.replies.settle(reply, verdict, by=actor)
        if done:
            audit.note(app, actor, "reply.settled", people=[reply.profile], subjects=[id], verdict=verdict)
        settled = app.records.reply(id) or reply
    if not done:
        output.fail(f"{settled.settled_by} has settled it on {rfc3339(settled.settled_at)}: {settled.verdict}.", code=1)
    if json:
        output.line(_line(settled, pauses=False))
    else:
        output.note(f"{id} is {SETTLED[verdict]}.")


def _line(reply: Reply, *, pauses: bool) -> dict[str, Any]:
    return {
        "id": reply.id,
        "at": rfc3339(reply.at),
        "profile": reply.profile,
        "channel": reply.channel,
        "text": reply.text,
        "reading": reply.reading,
        "paused": pauses and reply.waits,
        "verdict": reply.verdict,
        "settled_at": rfc3339(reply.settled_at),
        "settled_by": reply.settled_by,
    }


def _settled(line: dict[str, Any]) -> str:
    return f"{line['verdict']} by {line['settled_by']}, {line['settled_at']}" if line["verdict"] else ""
