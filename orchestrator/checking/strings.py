"""Every string of every message, in every catalog: translated, as the template has it, and no other.

One cause is one finding. A string that most catalogs lack is the template's: nobody has translated it yet. One that a
single catalog lacks is that catalog's. Where a string is lacking and a similar one is there that no template has, the one
became the other, on whichever side.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from orchestrator.blueprint.problems import Problem
from orchestrator.blueprint.sources import MARKETS
from orchestrator.blueprint.yaml_reader import Path as YamlPath
from orchestrator.checking.catalogs import Key, Translations, key_of
from orchestrator.checking.subject import Subject
from orchestrator.checking.wording import counted
from orchestrator.content.catalogs import path_of
from orchestrator.content.locales import chain
from orchestrator.content.po import Entry
from orchestrator.content.render import Use

ALIKE = 0.6
"""How much of a string has to stay the same to be taken for the same one, changed."""
MOST = 3
"""How many strings of one catalog are told one by one."""


@dataclass
class Strings:
    """What templates ask for, what catalogs have, and what is left over on either side."""

    subject: Subject
    uses: Mapping[Key, list[Use]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        uses: dict[Key, list[Use]] = {}
        for use in self.subject.strings:
            uses.setdefault(key_of(use.string), []).append(use)
        self.uses = uses

    @cached_property
    def lacking(self) -> Mapping[Key, list[str]]:
        """The strings that catalogs do not have at all, each with their locales."""
        found: dict[Key, list[str]] = {}
        for locale, translations in self.catalogs.items():
            for key in self.uses:
                if key in self.needed[locale] and not self._has(translations, key):
                    found.setdefault(key, []).append(locale)
        return found

    @cached_property
    def needed(self) -> Mapping[str, frozenset[Key]]:
        """The strings that messages in a locale are made of."""
        found: dict[str, set[Key]] = {locale: set() for locale in self.subject.locales}
        for message in self.subject.messages:
            for locale in message.locales:
                found[locale].update(map(key_of, message.linked.strings))
        return {locale: frozenset(keys) for locale, keys in found.items()}

    @cached_property
    def catalogs(self) -> Mapping[str, Translations]:
        """The catalogs, but for that of the source language, which lacks nothing."""
        return {
            locale: translations
            for locale, translations in self.subject.translations.items()
            if locale != self.subject.workspace.locale
        }

    @cached_property
    def stale(self) -> Mapping[Key, list[str]]:
        """The strings that no template asks for, each with the locales whose catalogs have them."""
        found: dict[Key, list[str]] = {}
        for locale, translations in self.catalogs.items():
            for key in translations.entries.keys() - self.uses.keys():
                found.setdefault(key, []).append(locale)
        return found

    def _has(self, translations: Translations, key: Key) -> bool:
        entry = translations.entries.get(key)
        return entry is not None and (entry.plural is not None or not any(use.string.plural for use in self.uses[key]))

    @cached_property
    def changed(self) -> Mapping[Key, Key]:
        """For a string that is lacking, the stale one that it probably was."""
        found: dict[Key, Key] = {}
        for key, locales in self.lacking.items():
            there = [old for old, having in self.stale.items() if set(having) & set(locales)]
            alike = difflib.get_close_matches(key[1], [old[1] for old in there], 1, ALIKE)
            same = [old for old in there if alike and old[1] == alike[0]]
            if same and (same[0][0] == key[0] or alike[0] == key[1]):
                found[key] = same[0]
        return found

    def is_general(self, locales: Iterable[str]) -> bool:
        """Whether what is true of these catalogs is true of most, so that it is not their own."""
        return len(list(locales)) * 2 > len(self.catalogs) > 1


def untranslated(subject: Subject) -> Iterator[Problem]:
    """Strings that catalogs lack."""
    strings = Strings(subject)
    one_by_one: dict[str, list[Key]] = {}
    for key, locales in strings.lacking.items():
        if strings.is_general(locales):
            if strings.uses[key][0].file not in subject.broken:  # first the template, then its translations
                yield _untranslated_everywhere(strings, key, locales)
        else:
            for locale in locales:
                one_by_one.setdefault(locale, []).append(key)
    for locale, keys in one_by_one.items():
        yield from _lacking(strings, strings.catalogs[locale], keys)


def _untranslated_everywhere(strings: Strings, key: Key, locales: list[str]) -> Problem:
    use = strings.uses[key][0]
    was = strings.changed.get(key)
    hint = f" They have {_short(was[1])}: run `kairos i18n update`." if was else ""
    message = f"{_short(key[1])} is not translated in {counted('locale', locales)}.{hint}"
    return Problem(use.file, use.line, 1, "warning", "string.untranslated", message)


def _lacking(strings: Strings, translations: Translations, keys: list[Key]) -> Iterator[Problem]:
    if len(keys) > MOST:
        said = ", ".join(_short(key[1]) for key in keys[:MOST])
        message = f"{len(keys)} strings are not translated: {said} … {_instead(strings, translations.locale)}"
        yield translations.problem(1, "warning", "string.untranslated", message)
        return
    for key in keys:
        was = translations.entries.get(strings.changed.get(key, key))
        use = strings.uses[key][0]
        hint = (
            f" No template has {_short(was.msgid)} any more, which is like it." if was and was.msgid != key[1] else ""
        )
        what = "is not translated"
        if key in translations.entries:
            what = f"has a plural in the template, {_short(use.string.plural)}, and none here"
        message = f"{_short(key[1])} ({use.file}:{use.line}) {what}.{hint} {_instead(strings, translations.locale)}"
        line = was.line if was else _line_for(strings, translations, key)
        yield translations.problem(line, "warning", "string.untranslated", message)


def _instead(strings: Strings, locale: str) -> str:
    """What becomes of the messages that need the string."""
    listing = [market.name for market in strings.subject.workspace.markets.values() if locale in market.locales]
    where = f", and {counted('market', listing)} {'list' if len(listing) > 1 else 'lists'} it" if listing else ""
    return f"Messages that need it are not sent in {locale!r}{where}."


def _line_for(strings: Strings, translations: Translations, key: Key) -> int:
    """Where the string would stand: behind the one that stands before it in the templates."""
    order = sorted(strings.uses, key=lambda other: (strings.uses[other][0].file, strings.uses[other][0].line))
    before = [entry for other in order[: order.index(key)] if (entry := translations.entries.get(other))]
    if before:
        return before[-1].forms[-1].line + 1
    return min((entry.line for entry in translations.entries.values()), default=1)


def stale(subject: Subject) -> Iterator[Problem]:
    """Strings that no template asks for any more, as far as all that is in the templates is printed."""
    if subject.broken or any(message.linked.unused for message in subject.messages):
        return
    strings = Strings(subject)
    followed = {old for key, old in strings.changed.items()}
    for key, locales in strings.stale.items():
        if key in followed:
            continue
        general = strings.is_general(locales)
        for locale in locales[:1] if general else locales:
            entry = strings.catalogs[locale].entries[key]
            where = f" This is so in {counted('locale', locales)}." if general else ""
            message = f"No template has {_short(entry.msgid)} any more.{where} `kairos i18n update` puts it aside."
            yield strings.catalogs[locale].problem(entry.line, "warning", "string.stale", message)


def plurals(subject: Subject) -> Iterator[Problem]:
    """Strings whose plural is one thing in the template and another in the catalogs."""
    strings = Strings(subject)
    for key, uses in strings.uses.items():
        theirs = {locale: entry for locale, all_ in strings.catalogs.items() if (entry := all_.entries.get(key))}
        for use in uses:
            differing = {
                locale: entry for locale, entry in theirs.items() if entry.plural not in (None, use.string.plural)
            }
            yield from _other_plurals(strings, use, differing)


def _other_plurals(strings: Strings, use: Use, differing: Mapping[str, Entry]) -> Iterator[Problem]:
    if use.file in strings.subject.broken:
        return
    if strings.is_general(differing):
        theirs = next(iter(differing.values())).plural
        message = (
            f"The plural is {_short(use.string.plural)} here, and {_short(theirs)} in {counted('locale', differing)}."
        )
        yield Problem(use.file, use.line, 1, "warning", "string.plural", message)
        return
    for locale, entry in differing.items():
        ours = f"{_short(use.string.plural)} in {use.file}:{use.line}"
        message = f"The plural of {_short(entry.msgid)} is {ours}, and {_short(entry.plural)} here."
        yield strings.catalogs[locale].problem(entry.line, "warning", "string.plural", message)


def _short(text: str | None) -> str:
    if text is None:
        return "none"
    return repr(text if len(text) <= 50 else f"{text[:49]}…")


def missing_catalogs(subject: Subject) -> Iterator[Problem]:
    """Locales that a market lists, and that nothing is translated into."""
    if not subject.strings:
        return
    listing: dict[str, list[YamlPath]] = {}
    for path, locale in subject.sources.find(MARKETS, "*", "locales", "*"):
        there = set(subject.locales) | {other for other in chain(str(locale)) if path_of(other) in subject.sources}
        if isinstance(locale, str) and not set(chain(locale)) & there:
            listing.setdefault(locale, []).append(path)
    for locale, paths in listing.items():
        markets = counted("market", (str(path[0]) for path in paths))
        message = f"There is no {path_of(locale)}, so nobody in {markets} gets a message in {locale!r}."
        yield subject.in_yaml(MARKETS, paths[0], "warning", "catalog.missing", message)
