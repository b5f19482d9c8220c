"""`kairos simulate`: what a campaign would do to an audience, before it does it to anybody."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer

from orchestrator import wire
from orchestrator.cli import output
from orchestrator.cli.decisions import At, instant, open_app
from orchestrator.cli.output import Json, Workspace
from orchestrator.cli.rows import batches, profile_line, rows_of
from orchestrator.preview import Unanswerable, campaign_of
from orchestrator.reasons import SENTENCES
from orchestrator.simulation import Tally
from orchestrator.simulation import simulate as simulated


def simulate(
    campaign: Annotated[str, typer.Argument(help="The campaign's name.")],
    audience: Annotated[
        Path, typer.Option(metavar="FILE", exists=True, dir_okay=False, help="People: CSV, or JSON lines.")
    ],
    data: Annotated[
        str | None, typer.Option(metavar="JSON", help="What the moment carries; default: a sample.")
    ] = None,
    consented: Annotated[
        bool, typer.Option("--consented", help="Pretend that everybody agreed to everything.")
    ] = False,
    at: At = None,
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """Count whom a campaign would reach, where people are lost, when, and what the messages would cost."""
    faults: list[str] = []
    with open_app(workspace) as app:
        material = app.material
        declared = material.workspace.attributes
        try:
            asked = campaign_of(material, campaign)
            carried = wire.mapping(orjson.loads(data), "--data") if data else None
            now = instant(at)
            lines = ([profile_line(row, declared) for _, row in batch] for batch in batches(rows_of(audience, faults)))
            tally = simulated(material, asked, lines, data=carried, consented=consented, now=now)
        except (Unanswerable, ValueError) as error:
            output.fail(f"{audience.name}: {error}" if isinstance(error, wire.Malformed) else str(error))
    for fault in faults:
        output.note(f"{audience}: {fault}")
    if json:
        output.line(tally.told())
    else:
        _show(tally)


def _show(tally: Tally) -> None:
    told = tally.told()
    output.out.print(
        f"Of {told['people']} people, {told['send']} are written to at once, {told['hold']} later, {told['drop']} not."
    )
    rows = (
        (*where, count, tally.parts[where] or "", output.price(tally.costs.get(where)))
        for where, count in sorted(tally.reached.items())
    )
    output.table("Reach", ("market", "channel", "locale", "messages", "SMS parts", "cost"), rows)
    if tally.costs:
        output.out.print(f"Cost: {_total(tally)}.")
    losses = (
        (reason, count, SENTENCES.get(reason, "")) for reason, count in (tally.lost + tally.waiting).most_common()
    )
    output.table("Losses and waits", ("reason", "people", "which means"), losses)
    output.table(
        "Hours of people's own day",
        ("hour", "messages"),
        ((f"{hour:02}:00", tally.hours[hour]) for hour in sorted(tally.hours)),
    )


def _total(tally: Tally) -> str:
    costs = " and ".join(output.price(cost) for cost in tally.total())
    unpriced = tally.unpriced()
    return f"{costs}, and {unpriced} messages that have no price in markets.yaml" if unpriced else costs


COMMANDS = (simulate,)
