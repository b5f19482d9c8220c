"""Where an entry in markets.yaml allows more than the built-in defaults do: its author may, but should know.

consent    a weaker basis than the default's         prefix, suffix    advertising not marked as the rule has it
daily      more messages a day than the default's    hours, nights     a time that the default's windows leave out
"""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.blueprint.clock import ClockRange
from orchestrator.blueprint.markets import default_markets
from orchestrator.blueprint.problems import Problem
from orchestrator.blueprint.schedule import WEEKDAYS
from orchestrator.blueprint.sources import MARKETS, Sources
from orchestrator.blueprint.workspace import Market, Workspace
from orchestrator.blueprint.yaml_reader import Path

_DAY = 24 * 60
_STRICTNESS = ("opt-out", "opt-in", "double-opt-in")


def loosened_markets(workspace: Workspace, sources: Sources) -> Iterator[Problem]:
    """Entries that loosen a built-in default."""
    for name in sources.names(MARKETS) or ():
        default, market = default_markets().get(name), workspace.markets.get(name)
        if default and market:
            for key, message in _loosened(default, market):
                path = _written(sources, name, key)
                yield sources.problem(MARKETS, path, "warning", "market.loosened", message, on_key=True)


def _written(sources: Sources, name: str, key: Path) -> Path:
    """The nearest part of a market's entry that is in the file: a basis may be weaker because it is not written."""
    path: Path = (name, *key)
    return path if path in sources.documents[MARKETS].values else path[:2]


def _loosened(default: Market, market: Market) -> Iterator[tuple[Path, str]]:
    for channel, basis in market.consent.items():
        usual = default.consent.get(channel, "opt-in")
        if _STRICTNESS.index(basis) < _STRICTNESS.index(usual):
            yield ("consent", channel), f"{channel} needs {basis} here, and {usual} by default."
    if market.quiet_hours is not None and (opened := _opened(default, market.quiet_hours)):
        lifts = "" if market.quiet_hours else "'none' lifts the default's hours, too. "
        yield (
            ("quiet_hours",),
            f"{lifts}Marketing by SMS, WhatsApp and push may come {opened} here, and not by default.",
        )
    for channel, limit in default.daily.items():
        if (here := market.daily.get(channel)) is None or here > limit:
            allows = "as often as you like" if here is None else f"{here} times a day"
            message = f"Marketing by {channel} may come {allows} here, and {limit} times a day by default."
            yield ("daily", channel), message
    if market.nights and market.windows and not default.nights:
        yield ("nights",), "Marketing may come outside of the default's hours here, where somebody has agreed to that."
    for key in ("prefix", "suffix"):
        for channel, mark in getattr(default, key).items():
            if getattr(market, key).get(channel, "").strip() != mark.strip():
                yield (key, channel), f"Marketing by {channel} has the {key} {mark!r} by default, and here it has not."


def _opened(default: Market, quiet: tuple[ClockRange, ...]) -> str | None:
    """When quiet hours, in place of the default's windows, allow what those do not: the first such time of the week."""
    silent = {minute for hours in quiet for minute in _minutes(hours)}
    for day, name in enumerate(WEEKDAYS):
        allowed = {minute for window in default.windows if day in window.days for minute in _minutes(window.range)}
        for minute in range(_DAY):
            if minute not in silent and minute not in allowed:
                return f"on {name.capitalize()} at {minute // 60:02}:{minute % 60:02}"
    return "on public holidays" if default.holidays else None


def _minutes(hours: ClockRange) -> Iterator[int]:
    start, end = (at.hour * 60 + at.minute for at in (hours.start, hours.end))
    for minute in range(start, end if end > start else end + _DAY):
        yield minute % _DAY
