"""Locales, countries, currencies and zones are those that the world knows, in one spelling."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from babel.localedata import locale_identifiers

from orchestrator.blueprint.codes import countries, parse_currency, parse_locale, parse_zone, zones_of
from orchestrator.content.locales import canonical


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("pt-BR", "pt_BR"),
        ("pt_br", "pt_BR"),
        ("ZH-hant-hk", "zh_Hant_HK"),
        ("es-419", "es_419"),
        ("en-BR", "en_BR"),
        ("no", "no"),
    ],
)
def test_a_locale_is_spelled_as_its_folder(text: str, locale: str) -> None:
    assert parse_locale(text) == locale


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("iw", "'he'"),
        ("in-ID", "'id_ID'"),
        ("sh", "'sr_Latn'"),
        ("en_UK", "'en_GB'"),
        ("xx", ""),
        ("pt_BX", "'pt_BR'"),
        ("english", ""),
        ("en_US\r\nBcc: a@b", ""),
        ("zh_Hent", "'zh_Hant'"),
        ("", ""),
    ],
)
def test_what_is_no_locale_is_refused(text: str, hint: str) -> None:
    with pytest.raises(ValueError, match=r"locale|known") as refused:
        parse_locale(text)
    assert hint in str(refused.value)


def test_the_catalogs_spell_locales_the_same_way() -> None:
    """What markets.yaml names is looked up among catalogs; the two spellings must never part."""
    plain = [tag for tag in locale_identifiers() if all(len(part) <= 4 for part in tag.split("_"))]
    assert [parse_locale(tag) for tag in plain] == [canonical(tag) for tag in plain]


@pytest.mark.parametrize(("text", "hint"), [("usd", "'USD'"), ("EURO", "'EUR'"), ("XXX", ""), ("", "")])
def test_what_is_no_currency_is_refused(text: str, hint: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217") as refused:
        parse_currency(text)
    assert hint in str(refused.value)


@pytest.mark.parametrize(
    ("text", "hint"),
    [("Asia/Jakata", "'Asia/Jakarta'"), ("asia/jakarta", "'Asia/Jakarta'"), ("/etc/passwd", ""), ("..", "")],
)
def test_what_is_no_zone_is_refused(text: str, hint: str) -> None:
    with pytest.raises(ValueError, match="no time zone") as refused:
        parse_zone(text)
    assert hint in str(refused.value)


def test_every_country_has_zones_that_can_be_used() -> None:
    assert len(countries()) > 240
    for country in countries():
        assert zones_of(country)
        assert all(ZoneInfo(name) for name in zones_of(country))


def test_what_is_no_country_has_no_zones() -> None:
    assert zones_of("WW") == zones_of("001") == zones_of("ZZ") == ()
