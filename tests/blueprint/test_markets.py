"""A market starts from its country's defaults, and an entry replaces them key by key."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

import pytest

from orchestrator.blueprint import AllowedWindow, ClockRange, Market, default_markets, load
from orchestrator.blueprint.codes import parse_currency, parse_locale, parse_zone
from orchestrator.model import CHANNELS, Price
from tests.blueprint.workspaces import workspace

WEEK = frozenset(range(7))
WORKDAYS = frozenset(range(5))


def market(entry: str, name: str = "DE") -> Market:
    return workspace(markets=f"{name}: {entry}", news=None).markets[name]


def window(days: frozenset[int], start: int, end: int) -> AllowedWindow:
    return AllowedWindow(days, ClockRange(time(start), time(end)))


def test_thirty_two_countries_are_built_in() -> None:
    assert len(default_markets()) == 32


@pytest.mark.parametrize("default", default_markets().values(), ids=lambda default: default.name)
def test_every_default_is_complete_and_of_this_world(default: Market) -> None:
    """Each has known codes, zones, an opt-in for WhatsApp and push, hours, and says where it comes from."""
    assert default.territory == default.name
    assert [parse_locale(locale) for locale in default.locales] == list(default.locales)
    assert parse_currency(default.currency or "") == default.currency
    assert default.timezones
    assert all(map(parse_zone, default.timezones))
    assert set(default.channels) <= set(CHANNELS) == set(default.consent)
    assert default.consent["whatsapp"] == default.consent["push"] == "opt-in"
    assert default.windows
    assert all(w.range.start < w.range.end for w in default.windows)
    assert default.provenance
    assert default.provenance.source
    assert default.provenance.reviewed_on.startswith("2026-")
    assert default.provenance.confidence in ("high", "medium", "low")
    assert default.provenance.registration


@pytest.mark.parametrize(
    ("name", "windows", "holidays"),
    [
        ("US", {window(frozenset(range(6)), 9, 20), window(frozenset({6}), 12, 20)}, False),
        ("ZA", {window(WORKDAYS, 8, 20), window(frozenset({5}), 9, 13)}, True),
        ("FR", {window(frozenset(range(6)), 8, 20)}, True),
        ("DE", {window(frozenset(range(6)), 8, 20)}, False),
        ("IN", {window(WEEK, 10, 21)}, False),
        ("CN", {window(WEEK, 9, 17)}, False),
        ("KR", {window(WEEK, 8, 21)}, False),
    ],
)
def test_the_default_hours(name: str, windows: set[AllowedWindow], holidays: bool) -> None:
    assert set(default_markets()[name].windows) == windows
    assert default_markets()[name].holidays is holidays


def test_consent_by_default() -> None:
    """Email may be sent until refused in the US only; Germany wants proof."""
    basis = {name: default.consent for name, default in default_markets().items()}
    assert [name for name in basis if "opt-out" in basis[name].values()] == ["US"]
    assert basis["US"]["email"] == "opt-out"
    assert basis["DE"] == {"email": "double-opt-in", "sms": "double-opt-in", "whatsapp": "opt-in", "push": "opt-in"}


def test_marks_of_advertising_by_default() -> None:
    marked = {name: default.prefix for name, default in default_markets().items() if default.prefix}
    assert marked == {
        "KR": {"sms": "(광고) ", "push": "(광고) ", "email": "(광고) "},
        "VN": {"sms": "[QC] ", "email": "[QC] "},
        "MY": {"sms": "RM0.00 "},
        "CN": {"email": "AD "},
    }


@pytest.mark.parametrize("markets", [None, "", "{}", "# later"])
def test_without_entries_the_built_in_markets_are_the_workspaces(markets: str | None) -> None:
    assert workspace(markets=markets, news=None).markets == default_markets()


def test_with_entries_only_those_are_markets() -> None:
    assert list(workspace(markets="TH:\nDE: {}", news=None).markets) == ["TH", "DE"]


@pytest.mark.parametrize("entry", ["", "{}", "{locales: }"])
def test_an_empty_entry_is_the_default(entry: str) -> None:
    assert market(entry) == default_markets()["DE"]


def test_an_entry_replaces_key_by_key() -> None:
    changed = market("{locales: [de, en-gb, de], currency: CHF, channels: [sms], terms: {pay: monthly}}")
    assert changed.locales == ("de", "en_GB")
    assert (changed.currency, changed.channels, changed.terms) == ("CHF", ("sms",), {"pay": "monthly"})
    assert changed.windows == default_markets()["DE"].windows
    assert changed.consent == default_markets()["DE"].consent


@pytest.mark.parametrize("amount", ["0.0079", '"0.0079"', "0.00790"])
def test_prices_are_exact(amount: str) -> None:
    """As text or as a number, and nothing is priced that nobody wrote a price for."""
    priced = market(f"{{prices: {{sms: {{amount: {amount}, currency: EUR}}}}}}").prices
    assert priced == {"sms": Price(Decimal("0.0079"), "EUR")}
    assert not any(default.prices for default in default_markets().values())


@pytest.mark.parametrize(
    "price", ["0.01", "{amount: -1, currency: EUR}", "{amount: .nan, currency: EUR}", "{amount: 1}"]
)
def test_what_is_no_price_keeps_the_workspace_from_loading(price: str) -> None:
    files = {"markets.yaml": f"DE: {{prices: {{sms: {price}}}}}".encode()}
    assert [problem.file for problem in load(files).problems if problem.severity == "error"] == ["markets.yaml"]


def test_consent_is_one_key_and_what_it_leaves_out_is_opt_in() -> None:
    assert market("{consent: {email: opt-out}}").consent == {**dict.fromkeys(CHANNELS, "opt-in"), "email": "opt-out"}


def test_one_zone_or_several_or_all_of_the_country() -> None:
    assert market("{timezone: Europe/Berlin}").timezones == ("Europe/Berlin",)
    assert market("{timezones: [Europe/Berlin, Europe/Vienna]}").timezones == ("Europe/Berlin", "Europe/Vienna")
    assert market("", "US").timezones[0] == "America/Adak"
    assert "Pacific/Honolulu" in market("", "US").timezones


def test_quiet_hours_replace_the_default_windows() -> None:
    assert market("").quiet_hours is None
    written = market("{quiet_hours: {from: '21:00', until: 08:00}}")
    assert written.quiet_hours == (ClockRange(time(21), time(8)),)
    assert written.windows == ()


def test_quiet_hours_may_be_several() -> None:
    hours = "{quiet_hours: [{from: '21:00', until: '08:00'}, {from: '12:00', until: '14:00'}]}"
    assert market(hours, "ES").quiet_hours == (ClockRange(time(21), time(8)), ClockRange(time(12), time(14)))


def test_none_lifts_quiet_hours_windows_and_holidays() -> None:
    lifted = market("{quiet_hours: none}", "FR")
    assert (lifted.quiet_hours, lifted.windows, lifted.holidays) == ((), (), False)


def test_a_country_without_defaults_has_its_zones() -> None:
    kuwait = market("{currency: KWD}", "KW")
    assert (kuwait.territory, kuwait.timezones, kuwait.windows) == ("KW", ("Asia/Kuwait",), ())
    assert kuwait.consent == dict.fromkeys(CHANNELS, "opt-in")


def test_any_other_name_starts_from_nothing() -> None:
    world = market("", "world")
    assert (world.territory, world.currency, world.locales, world.timezones) == (None, None, ("en",), ("UTC",))
    assert world.channels == ("email", "push", "sms", "whatsapp")


def test_a_market_may_pause_on_refusal() -> None:
    assert not market("").pause_on_refusal
    assert market("{pause_on_refusal: true}").pause_on_refusal


def test_norway_is_a_market() -> None:
    assert workspace(markets="NO: {locales: [nb]}", news=None).markets["NO"].territory == "NO"
