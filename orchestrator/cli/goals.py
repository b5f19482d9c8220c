"""`kairos goals`: what campaigns move."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orchestrator import goals as found
from orchestrator.blueprint.problems import did_you_mean
from orchestrator.cli import output
from orchestrator.cli.decisions import open_app
from orchestrator.cli.output import Json, Workspace

COLUMNS = ("campaign", "goal", "sent", "clicked", "converted", "addressed", "held out", "lift")


def goals(
    campaign: Annotated[str | None, typer.Argument(help="Only this campaign.")] = None,
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """Show what campaigns move: people written to, who clicked, who did what the campaign is for, and who did so without it.

    `addressed` and `held out` were drawn by lot from the same people and are compared once their time is over; `lift` is the
    difference between them in points, with the interval in which it lies 19 times out of 20.
    """
    with open_app(workspace) as app:
        known = app.material.workspace.campaigns
        if campaign is not None and campaign not in known:
            output.fail(f"There is no campaign {campaign!r}.{did_you_mean(campaign, known)}")
        results = [found.results(app, one) for name, one in sorted(known.items()) if campaign in (None, name)]
    if json:
        for result in results:
            output.line(result)
        return
    output.table(f"{len(results)} campaigns", COLUMNS, map(_row, results))


def _row(result: dict[str, Any]) -> tuple[Any, ...]:
    goal, clicked = result["goal"], result["clicked"]
    clicks = f"{clicked['people']} (machines {clicked['machines']})" if clicked["machines"] else clicked["people"]
    if not goal:
        return result["campaign"], "none", result["sent"], clicks, *("",) * 4
    aim = f"{goal['moment']} within {goal['within']}"
    compared = (_share(result[group]["rate"], result[group]["people"]) for group in ("addressed", "holdout"))
    converted = f"{result['converted']} {_percent(result['rate'])}".rstrip()
    return result["campaign"], aim, result["sent"], clicks, converted, *compared, _lift(result["lift"])


def _percent(rate: float | None) -> str:
    return "" if rate is None else f"{rate:.1%}"


def _share(rate: float | None, people: int) -> str:
    return f"{_percent(rate)} of {people}" if people else ""


def _lift(lift: dict[str, Any] | None) -> str:
    if lift is None:
        return ""
    by, low, high = (100 * lift[name] for name in ("by", "low", "high"))
    return f"{by:+.1f} ({low:+.1f} to {high:+.1f})"


COMMANDS = (goals,)
"""Those that stand on their own."""
