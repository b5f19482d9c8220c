"""The codes that the world agrees on: locales, countries, currencies and time zones, as CLDR and tzdata know them.

Each reader gives the code back, or raises a ValueError that says what was found and what may have been meant.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from babel.core import get_global
from babel.localedata import locale_identifiers

from orchestrator.blueprint.problems import did_you_mean

_LOCALE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|[0-9]{3}))?")


def parse_locale(text: str) -> str:
    """`text` as the catalogs' folders are named (`pt_BR`, `zh_Hant`); hyphens and any case are understood.

    Raises:
        ValueError: the language, script or territory is none that CLDR knows, or has another code by now.
    """
    match = _LOCALE.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no locale; expected a language and perhaps a territory, such as 'id' or 'pt_BR'")
    language, script, territory = match[1].lower(), (match[2] or "").title(), (match[3] or "").upper()
    tag = "_".join(filter(None, (language, script, territory)))
    if not {language, script, territory} <= _parts():
        modern = "_".join(filter(None, (_today(language), script, _today(territory))))
        known = (modern,) if modern != tag else locale_identifiers()
        raise ValueError(f"{text!r} is no locale that is known.{did_you_mean(modern, known)}")
    return tag


def _today(code: str) -> str:
    """The code that a language or territory has today: `he` for `iw`, `GB` for `UK`."""
    territories = get_global("territory_aliases").get(code, [code])
    return str(get_global("language_aliases").get(code, territories[0]))


@cache
def _parts() -> frozenset[str]:
    """Languages, scripts and territories that a locale may be made of, and nothing at all."""
    tags = (*get_global("likely_subtags"), *get_global("likely_subtags").values(), *locale_identifiers(), *countries())
    outdated = {*get_global("language_aliases"), *get_global("territory_aliases"), "und"}
    return frozenset({part for tag in tags for part in tag.split("_")} - outdated) | {""}


@cache
def countries() -> frozenset[str]:
    """ISO 3166 codes of the countries, in capitals."""
    return frozenset(code for code in get_global("territory_zones") if code.isalpha() and code != "ZZ")


@cache
def currencies() -> frozenset[str]:
    """ISO 4217 codes that name a currency."""
    return frozenset(get_global("all_currencies")) - {"XXX", "XTS"}


@cache
def zones() -> frozenset[str]:
    """Names of the time zones."""
    return frozenset((files("tzdata") / "zones").read_text("utf-8").split())


def zones_of(country: str) -> tuple[str, ...]:
    """The time zones of a country, in the order of their names; none for what is no country."""
    return tuple(sorted(get_global("territory_zones").get(country, ()))) if country in countries() else ()


def parse_currency(text: str) -> str:
    """The ISO 4217 code, as given.

    Raises:
        ValueError: it names no currency.
    """
    if text not in currencies():
        hint = did_you_mean(text, currencies())
        raise ValueError(f"{text!r} is no currency; expected an ISO 4217 code, such as 'EUR'.{hint}")
    return text


def parse_zone(text: str) -> str:
    """The name of a time zone, as given.

    Raises:
        ValueError: there is no such zone.
    """
    if text not in zones():
        hint = did_you_mean(text, zones())
        raise ValueError(f"{text!r} is no time zone; expected a name such as 'Asia/Jakarta'.{hint}")
    return text
