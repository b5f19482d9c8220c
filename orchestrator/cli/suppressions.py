"""`kairos suppressions`: addresses that are not written to any more, and the way back for one that is well again."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orchestrator import audit
from orchestrator.civil import rfc3339
from orchestrator.cli import output
from orchestrator.cli.decisions import open_app
from orchestrator.cli.output import Json, Workspace
from orchestrator.model import Suppression

program = typer.Typer(help="Addresses that are not written to any more.", no_args_is_help=True)

Channel = Annotated[str, typer.Argument(metavar="CHANNEL", help="The channel, like email.", show_default=False)]
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The address, however spelled.", show_default=False)]


@program.command()
def show(channel: Channel, address: Address, workspace: Workspace = None, json: Json = False) -> None:
    """Say whether an address is on the list, since when and why; exit code 1 if it is not."""
    with open_app(workspace) as app:
        found = app.records.suppression(channel, address)
    if found is None:
        output.fail(f"{address!r} is not on the list of {channel!r}: it is written to.", code=1)
    if json:
        output.line(_told(found))
    else:
        output.out.print(f"{address} is not written to on {channel} since {rfc3339(found.at)}: {found.reason}")


@program.command()
def lift(
    channel: Channel,
    address: Address,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """Take an address off the list, as its owner says that it is well again. Consent is untouched: a STOP goes on counting."""
    if not yes and not json:
        typer.confirm(f"Write to {address!r} on {channel} again?", abort=True, err=True)
    with open_app(workspace) as app:
        people = app.records.profiles_at(channel, address)
        lifted = app.records.lift(channel, address)
        if lifted is not None:
            audit.note(app, audit.operator(), "suppression.lifted", people=people, channel=channel, why=lifted.reason)
        stays = lifted is None and app.records.suppression(channel, address) is not None
    if lifted is None:
        why = "somebody who asked to be forgotten had it" if stays else "it is not on the list"
        output.fail(f"{address!r} on {channel!r} stays as it is: {why}.", code=1)
    if json:
        output.line({**_told(lifted), "lifted": True})
    else:
        output.out.print(f"{address} is written to on {channel} again.")


def _told(found: Suppression) -> dict[str, Any]:
    return {
        "channel": found.channel,
        "address": found.address,
        "reason": found.reason,
        "at": rfc3339(found.at),
    }
