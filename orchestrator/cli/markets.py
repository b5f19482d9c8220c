"""`kairos markets`: what holds where, where it comes from, and how far to trust it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from orchestrator.blueprint import NOTICE, AllowedWindow, ClockRange, Market, default_markets
from orchestrator.blueprint.problems import did_you_mean
from orchestrator.blueprint.schedule import WEEKDAYS
from orchestrator.cli import output
from orchestrator.cli.decisions import open_app
from orchestrator.cli.output import Json, Workspace


def markets(
    name: Annotated[str | None, typer.Argument(metavar="MARKET", help="Only this one, with all that is known.")] = None,
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """Show the workspace's markets: consent, hours, limits and marks, with their source, date of review and confidence."""
    with open_app(workspace) as app:
        known = app.material.workspace.markets
    if name is not None and name not in known:
        output.fail(f"There is no market {name!r}.{did_you_mean(name, known)}", code=1)
    lines = [_line(market) for key, market in sorted(known.items()) if name in (None, key)]
    if json:
        output.line({"notice": NOTICE, "markets": lines})
        return
    if name is None:
        columns = ("market", "consent", "hours", "daily", "confidence", "reviewed_on")
        output.table("Markets", columns, ([_cell(line[column]) for column in columns] for line in lines))
    else:
        output.table(name, ("what", "is"), ((key, _cell(value)) for key, value in lines[0].items()))
    output.note(NOTICE)


def _line(market: Market) -> dict[str, Any]:
    """A market as JSON has it. `overridden` has what the workspace says otherwise than the default that is built in."""
    default, behind = default_markets().get(market.name), market.provenance
    told = _rules(market)
    usual = _rules(default) if default else told
    return {
        "market": market.name,
        **told,
        "overridden": [key for key in told if told[key] != usual[key]],
        "source": behind.source if behind else None,
        "reviewed_on": behind.reviewed_on if behind else None,
        "confidence": behind.confidence if behind else None,
        "basis": behind.basis if behind else None,
        "registration": behind.registration if behind else None,
    }


def _rules(market: Market) -> dict[str, Any]:
    return {
        "locales": list(market.locales),
        "currency": market.currency,
        "timezones": list(market.timezones),
        "channels": list(market.channels),
        "consent": dict(market.consent),
        "hours": list(_hours(market)),
        "holidays": market.holidays,
        "nights": market.nights,
        "daily": dict(market.daily),
        "prefix": dict(market.prefix),
        "suffix": dict(market.suffix),
        "pause_on_refusal": market.pause_on_refusal,
    }


def _hours(market: Market) -> Iterator[str]:
    """When marketing may come; or, where the workspace says so, when nothing may."""
    if market.quiet_hours is None:
        yield from (f"{_days(window)} {_range(window.range)}" for window in market.windows)
    else:
        yield from (f"not {_range(hours)}" for hours in market.quiet_hours)


def _days(window: AllowedWindow) -> str:
    names = [WEEKDAYS[day] for day in sorted(window.days)]
    return "daily" if len(names) == len(WEEKDAYS) else ",".join(names)


def _range(hours: ClockRange) -> str:
    return f"{hours.start:%H:%M}-{hours.end:%H:%M}"


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {str(part).strip()}" for key, part in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


COMMANDS = (markets,)
