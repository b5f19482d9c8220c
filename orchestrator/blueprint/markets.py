"""Markets: the built-in defaults of 32 countries, and what an entry in markets.yaml makes of them.

entry ──┬─ named like one of the countries ──► its defaults, replaced key by key
        ├─ named like another country      ──► its time zones, and otherwise as below
        └─ any other name                  ──► opt-in everywhere, the workspace's locale, no hours of its own
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from orchestrator.blueprint.clock import ClockRange, parse_range
from orchestrator.blueprint.codes import countries, zones_of
from orchestrator.blueprint.schedule import parse_weekdays
from orchestrator.blueprint.schema import MarketSpec, PriceSpec, QuietHours
from orchestrator.blueprint.workspace import AllowedWindow, Basis, Market, Provenance
from orchestrator.blueprint.yaml_reader import read_yaml
from orchestrator.model import CHANNELS, Price

NOTICE = "Market defaults are cautious product defaults, not legal advice. Have them reviewed before you rely on them."
UNKNOWN_ZONE = ("UTC",)
OPT_IN: Mapping[str, Basis] = dict.fromkeys(CHANNELS, "opt-in")


@cache
def default_markets() -> Mapping[str, Market]:
    """The markets that are built in, by ISO country code, as they are without an entry in markets.yaml."""
    document, mistakes = read_yaml((files("orchestrator.blueprint") / "markets_defaults.yaml").read_bytes())
    if document is None or mistakes:
        raise RuntimeError(f"The market defaults that came with this installation are damaged: {mistakes}")
    return {code: _default(code, entry) for code, entry in document.value.items()}


def _default(code: str, entry: Mapping[str, Any]) -> Market:
    return Market(
        name=code,
        territory=code,
        locales=tuple(entry["locales"]),
        currency=entry["currency"],
        timezones=zones_of(code),
        channels=tuple(entry["channels"]),
        consent=entry["consent"],
        windows=tuple(map(_window, entry["hours"])),
        holidays=entry.get("holidays", False),
        nights=entry.get("nights", False),
        daily=entry.get("daily", {}),
        prefix=entry.get("prefix", {}),
        suffix=entry.get("suffix", {}),
        provenance=Provenance(
            entry["source"], entry["reviewed_on"], entry["confidence"], entry["basis"], entry["registration"]
        ),
    )


def _window(text: str) -> AllowedWindow:
    days, hours = text.split()
    return AllowedWindow(parse_weekdays(days), parse_range(hours))


def base_market(name: str, locale: str) -> Market:
    """What a market is where its entry says nothing. `locale` is the workspace's."""
    known = default_markets().get(name)
    country = name if name in countries() else None
    return known or Market(
        name=name,
        territory=country,
        locales=(locale,),
        currency=None,
        timezones=zones_of(name) or UNKNOWN_ZONE,
        channels=("email", "push", "sms", "whatsapp"),
        consent=OPT_IN,
    )


def market(name: str, spec: MarketSpec, locale: str) -> Market:
    """The market that an entry writes: each of its keys replaces what is there without it."""
    return replace(base_market(name, locale), **_replaced(spec))


def _replaced(spec: MarketSpec) -> dict[str, Any]:
    given: dict[str, Any] = {
        "locales": _tuple(spec.locales),
        "currency": spec.currency,
        "timezones": (spec.timezone,) if spec.timezone else _tuple(spec.timezones),
        "channels": _tuple(spec.channels),
        "consent": None if spec.consent is None else {**OPT_IN, **spec.consent},
        "terms": spec.terms,
        "daily": spec.daily,
        "nights": spec.nights,
        "prefix": spec.prefix,
        "suffix": spec.suffix,
        "prices": None if spec.prices is None else _prices(spec.prices),
        "pause_on_refusal": spec.pause_on_refusal,
    }
    if spec.quiet_hours is not None:
        given |= {"quiet_hours": quiet_ranges(spec.quiet_hours), "windows": (), "holidays": False}
    return {key: value for key, value in given.items() if value is not None}


def _prices(specs: Mapping[str, PriceSpec]) -> dict[str, Price]:
    return {channel: Price(spec.amount, spec.currency) for channel, spec in specs.items()}


def _tuple(items: list[str] | None) -> tuple[str, ...] | None:
    return None if items is None else tuple(dict.fromkeys(items))


def quiet_ranges(hours: list[QuietHours]) -> tuple[ClockRange, ...]:
    """Quiet hours as values."""
    return tuple(entry.range() for entry in hours)
