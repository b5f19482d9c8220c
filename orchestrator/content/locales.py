"""Which languages a person can be written to in, best first, as CLDR has it.

    tag ──► canonical ──► chain                     pt-MZ ──► pt_MZ ──► pt_PT ──► pt
                            └──► preference         the catalogs there are, the source language last
                            └──► formatting         the conventions for money, dates and numbers

Likely subtags come first, then CLDR's parents. A chain never leaves its script, nor its language: Serbian in Latin
letters does not fall back to Cyrillic, nor Ukrainian to Russian. Only Hindi in Latin letters goes on to English, as
CLDR has it (`MIXED`). All data is Babel's; what it lacks stands in `EQUIVALENT`, `MODIFIER_SCRIPTS` and `RIGHT_TO_LEFT`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from babel import Locale
from babel.core import get_global
from babel.localedata import locale_identifiers

EQUIVALENT = {"nb": "no"}  # CLDR makes `no` the parent of `nb` and keeps its words there: they are one language
MIXED = frozenset({"hi_Latn"})  # written among English by those who read both, unlike Haitian, which is not French
MODIFIER_SCRIPTS = {"latin": "Latn", "cyrillic": "Cyrl", "arabic": "Arab", "devanagari": "Deva"}  # sr_RS@latin
RIGHT_TO_LEFT = frozenset({"Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa", "Yezi"})

_LANGUAGES: Mapping[str, str] = get_global("language_aliases")
_TERRITORIES: Mapping[str, Sequence[str]] = get_global("territory_aliases")
_LIKELY: Mapping[str, str] = get_global("likely_subtags")
_PARENTS: Mapping[str, str] = get_global("parent_exceptions")
_IDENTIFIERS = frozenset(locale_identifiers())

_LONGEST = 100  # characters; nobody's locale is longer, and what is kept in memory stays small
_POSIX = re.compile(r"(?P<tag>[\w-]+)(?:\.[\w-]+)?(?:@(?P<modifier>[\w=;-]+))?", re.ASCII)
_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(?:_(?P<extended>[a-z]{3}))?(?:_(?P<script>[a-z]{4}))?(?:_(?P<territory>[a-z]{2}|\d{3}))?"
    r"(?:_(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*"  # variants
    r"(?:_[a-wyz\d](?:_[a-z\d]{2,8})+)*(?:_x(?:_[a-z\d]{1,8})+)?",  # extensions, private use
    re.ASCII,
)


class Tag(NamedTuple):
    """A locale's parts in canonical case; what is not said is empty."""

    language: str
    script: str = ""
    territory: str = ""

    def __str__(self) -> str:
        return "_".join(part for part in self if part)


_UNKNOWN = Tag("und")


@lru_cache(4096)
def canonical(tag: str | None) -> str | None:
    """The tag as a catalog's folder spells it (`pt_PT`, `zh_Hant_HK`, `sr_Latn`), or None where it is no locale.

    Takes BCP 47 in any case and POSIX names (`pt_BR.UTF-8@euro`). Variants and extensions are dropped, as are
    territories that do not exist; deprecated codes become today's (`iw` → `he`, `sh` → `sr_Latn`).
    """
    parsed = _parse(tag) if tag else None
    return str(parsed) if parsed else None


@lru_cache(4096)
def chain(tag: str | None) -> tuple[str, ...]:
    """The locale and its CLDR ancestors in the same script, nearest first; empty for no locale.

    `zh_HK` → `zh_Hant_HK` → `zh_Hant`;  `es_MX` → `es_419` → `es`;  `sr_Latn` → nothing more.
    """
    step = _parse(tag) if tag else None
    steps: list[str] = []
    while step and str(step) not in steps:
        steps.append(str(step))
        step = _parent(step)
    return tuple(steps)


def territory(tag: str | None) -> str | None:
    """The territory that the tag names, as an ISO 3166 code or UN M.49 number; None where it names none."""
    parsed = _parse(tag) if tag else None
    return (parsed.territory or None) if parsed else None


def preference(
    requested: str | None, market: Sequence[str], source: str, available: Collection[str]
) -> tuple[str, ...]:
    """The available catalogs that may be used, best first, as `available` spells them; the source language is the last.

    First those along the requested locale's chain, then those along each market locale's. As the source language is always
    complete, nothing comes after it. Locales are compared with their likely script and territory filled in, so
    that the folder `pt_BR` serves `pt`, and `zh_TW` serves `zh_Hant`.
    """
    return _preference(requested, tuple(market), source, frozenset(available))


@lru_cache(4096)
def formatting(language: str, requested: str | None = None, territory: str | None = None) -> Locale:
    """The conventions for values among words in `language`, where the person is, or else the market.

    Args:
        language: the locale of the words, as `preference` gives it.
        requested: the person's own locale; the country it names counts first.
        territory: the market's country.

    The nearest locale with data is taken: English in Thailand has none of its own, and is written as in the world.
    """
    words = _parse(language)
    if not words:
        return exactly("root")
    wanted = _parse(requested) if requested else None
    regions = (wanted.territory if wanted else "", _region(territory or ""), words.territory)
    place = next(filter(str.isalpha, regions), "") or next(filter(None, regions), "")
    script = _maximised(words).script
    implied = _maximised(Tag(words.language, "", place)).script
    return _with_data(Tag(words.language, "" if script == implied else script, place))


@lru_cache(4096)
def exactly(identifier: str) -> Locale:
    """Babel's locale of that very name. Babel's own `parse` would turn `zh_Hant_CN` into simplified Chinese.

    Raises:
        babel.UnknownLocaleError: it has no data of that name.
    """
    language, script, place = _split(identifier)
    return Locale(language, place or None, script or None)


@lru_cache(4096)
def direction(locale: str) -> Literal["ltr", "rtl"]:
    """The direction in which the locale's script runs; from left to right where it is no locale."""
    parsed = _parse(locale)
    return "rtl" if parsed and _maximised(parsed).script in RIGHT_TO_LEFT else "ltr"


@lru_cache(8192)
def _parse(tag: str) -> Tag | None:
    name = _POSIX.fullmatch(tag) if len(tag) <= _LONGEST else None
    found = _TAG.fullmatch(name["tag"].replace("-", "_").lower()) if name else None
    if not name or not found:
        return None
    script = found["script"] or MODIFIER_SCRIPTS.get((name["modifier"] or "").lower(), "")
    language = _language(found["language"], found["extended"])
    return _assembled(language, script.title(), (found["territory"] or "").upper()) if language else None


def _language(code: str, extended: str | None) -> Tag | None:
    """The language of a code, in today's spelling, with the script or territory that an alias brings along."""
    if extended and extended not in _IDENTIFIERS and _LANGUAGES.get(extended) != code:
        return None
    language, script, place = _split(_LANGUAGES.get(extended or code, extended or code))
    return Tag(language, script, place) if language in _LIKELY and language != _UNKNOWN.language else None


def _assembled(language: Tag, script: str, place: str) -> Tag | None:
    if script and script not in Locale("en").scripts:
        return None
    tag = Tag(language.language, script or language.script)
    return tag._replace(territory=_region(place, tag) or language.territory)


def _region(code: str, within: Tag = _UNKNOWN) -> str:
    """A territory's code of today; of several successors the likely one for the language. Empty if there is none."""
    successors = _TERRITORIES.get(code, (code,))
    likely = _maximised(within).territory
    today = likely if likely in successors else successors[0]
    return today if today != "ZZ" and today in Locale("en").territories else ""


def _split(identifier: str) -> Tag:
    """The parts of one of Babel's own identifiers."""
    language, *rest = identifier.split("_")
    script = rest.pop(0) if rest and len(rest[0]) == 4 else ""
    return Tag(language, script, rest[0] if rest else "")


def _maximised(tag: Tag) -> Tag:
    """The tag with its likely script and territory filled in (UTS #35, Add Likely Subtags)."""
    language, script, place = tag
    for known in (tag, Tag(language, script), Tag(language, "", place), Tag(language)):
        if likely := _LIKELY.get(str(known)):
            filled = _split(likely)
            return Tag(language, script or filled.script, place or filled.territory)
    return tag


def _parent(tag: Tag) -> Tag | None:
    """The next locale to ask, or None where it would be another language or script, or root."""
    if listed := _PARENTS.get(str(tag)):
        parent = _split(listed)
        return parent if parent.language in (tag.language, *EQUIVALENT.values()) or str(tag) in MIXED else None
    usual = _maximised(Tag(tag.language)).script
    if tag.territory:
        return _without_territory(tag, usual)
    return Tag(tag.language) if tag.script == usual else None


def _without_territory(tag: Tag, usual: str) -> Tag:
    """CLDR knows some languages by script (`zh_Hans`, `sr_Cyrl`), the others by territory only (`es_MX`)."""
    language, script, place = tag
    implied = _maximised(Tag(language, "", place)).script
    by_script = (script or implied) != usual or f"{language}_{usual}" in _IDENTIFIERS
    if by_script:
        return Tag(language, script) if script else Tag(language, implied, place)
    return Tag(language, "", place) if script == implied else Tag(language)


def _key(tag: Tag) -> Tag:
    """What two tags have in common that mean the same locale."""
    return _maximised(tag._replace(language=EQUIVALENT.get(tag.language, tag.language)))


@lru_cache(4096)
def _preference(
    requested: str | None, market: tuple[str, ...], source: str, available: frozenset[str]
) -> tuple[str, ...]:
    found: list[str] = []
    for wanted in (requested, *market):
        for step in chain(wanted):
            for name in _serving(step, available | {source}):
                if name == source:
                    return (*found, source)
                if name not in found:
                    found.append(name)
    return (*found, source)


@lru_cache(4096)
def _serving(step: str, names: frozenset[str]) -> tuple[str, ...]:
    """Those of the names that mean the locale, one that also says it first."""
    key = _key(_split(step))
    same = [name for name in names if (parsed := _parse(name)) and _key(parsed) == key]
    return tuple(sorted(same, key=lambda name: (canonical(name) != step, name)))


def _with_data(tag: Tag) -> Locale:
    """Babel's locale for the nearest ancestor that has data."""
    steps = list(chain(str(tag)))
    if tag.territory and f"{tag.language}_001" in _PARENTS.values():
        steps.insert(-1, f"{tag.language}_001")  # before the bare language, which is that of one country
    return exactly(next((step for step in steps if step in _IDENTIFIERS), "root"))
