"""Translations, read from PO files as they are, without a compile step.

    locales/<locale>/LC_MESSAGES/messages.po ──► read_catalogs ──► Catalog, and what is wrong with the file

A string counts as translated only if all of it can be relied on: not fuzzy, not empty, with every plural form that the
catalog's rule asks for, and with the source text's placeholders and markup. What does not count is not in the
catalog, so that a message which needs it goes to the next locale of the person's chain as a whole.

Codes of problems: `catalog.locale` `catalog.syntax` `catalog.charset` `catalog.plural_rule` `catalog.plural_forms`
`catalog.placeholder` `catalog.percent` `catalog.markup` `catalog.duplicate` are errors; `catalog.fuzzy` `catalog.empty`
`catalog.header` `catalog.mark` are warnings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import takewhile
from types import MappingProxyType

from orchestrator.blueprint.problems import Problem
from orchestrator.content.faults import faults
from orchestrator.content.locales import canonical, chain
from orchestrator.content.plurals import PluralError, PluralRule, header, plural_rule, source_rule
from orchestrator.content.po import Entry, PoError, Text, decode, parse
from orchestrator.content.po import header as header_fields

PATH = re.compile(r"locales/(?P<locale>[^/]+)/LC_MESSAGES/messages\.po")
"""Where catalogs lie in a workspace."""


@dataclass(frozen=True, slots=True)
class String:
    """A string of a template, as gettext asks for it."""

    msgid: str
    plural: str | None = None
    context: str | None = None


_Key = tuple[str | None, str]


@dataclass(frozen=True, slots=True, eq=False)
class Catalog:
    """The strings of one locale that can be relied on. What it lacks says itself, in the source language.

    `complete` marks the source language, in which nothing is ever missing.
    """

    locale: str
    rule: PluralRule
    complete: bool = False
    _translated: Mapping[_Key, tuple[str, ...]] = field(default_factory=dict, repr=False)
    _counted: frozenset[_Key] = field(default=frozenset(), repr=False)

    def missing(self, strings: Iterable[String]) -> tuple[String, ...]:
        """Those of the strings that this catalog does not translate."""
        return () if self.complete else tuple(string for string in strings if self._found(string) is None)

    def singular(self, string: String) -> str:
        """The translation of a string without a number; where it has plural forms, that for one."""
        found = self._translated.get((string.context, string.msgid))
        if found is None:
            return string.msgid
        return found[self.rule.index(1)] if (string.context, string.msgid) in self._counted else found[0]

    def forms(self, string: String) -> tuple[str, ...]:
        """A string's forms, one for each place that `plural_index` can give."""
        found = self._found(string)
        if found is not None:
            return found
        one, plural = self.rule.index(1), string.msgid if string.plural is None else string.plural
        return tuple(string.msgid if place == one else plural for place in range(self.rule.count))

    def plural_index(self, number: object) -> int:
        """Which of a string's forms goes with a number.

        Raises:
            TypeError: it is not a number, nor text that is one.
            PluralError: the catalog's rule fails for this very number.
        """
        return self.rule.index(number)

    def _found(self, string: String) -> tuple[str, ...] | None:
        key = (string.context, string.msgid)
        found = self._translated.get(key)
        return found if string.plural is None or key in self._counted else None


def path_of(locale: str) -> str:
    """The file of a locale's catalog, relative to the workspace."""
    return f"locales/{locale}/LC_MESSAGES/messages.po"


def source_catalog(locale: str, catalog: Catalog | None = None) -> Catalog:
    """The source language's catalog: complete, whatever it has; where there is none, the strings as they are."""
    return replace(catalog or Catalog(locale, source_rule(locale)), complete=True)


def read_catalogs(files: Mapping[str, bytes]) -> tuple[Mapping[str, Catalog], tuple[Problem, ...]]:
    """Read every `locales/<locale>/LC_MESSAGES/messages.po` among a workspace's files (paths from its root).

    Returns the catalogs by the names of their folders, and all problems by file and line. A file
    that cannot be read, or whose folder is no locale, is left out.
    """
    catalogs: dict[str, Catalog] = {}
    problems: list[Problem] = []
    for path in sorted(files):
        if found := PATH.fullmatch(path):
            reading = _Reading(path, found["locale"], problems)
            if catalog := reading.catalog(files[path]):
                catalogs[catalog.locale] = catalog
    problems.sort(key=lambda problem: problem.place)
    return MappingProxyType(catalogs), tuple(problems)


class _Reading:
    """One file on its way to a catalog; what is wrong goes to `problems`."""

    def __init__(self, path: str, locale: str, problems: list[Problem]) -> None:
        self._path = path
        self._locale = locale
        self._problems = problems
        self._lines: list[str] = []

    def catalog(self, data: bytes) -> Catalog | None:
        if canonical(self._locale) is None:
            self._error(1, "catalog.locale", f"the folder `{self._locale}` is not named for a locale, such as `pt_BR`")
            return None
        entries = self._entries(data)
        return self._assembled(entries) if entries is not None else None

    def _entries(self, data: bytes) -> tuple[Entry, ...] | None:
        try:
            decoded = decode(data)
        except PoError as error:
            self._error(error.line, "catalog.charset", str(error), error.column)
            return None
        if decoded.marked:
            self._warning(1, "catalog.mark", "the file begins with a byte order mark, which other tools stumble over")
        self._lines = decoded.text.split("\n")
        try:
            entries = parse(decoded.text)
        except PoError as error:
            self._error(error.line, "catalog.syntax", str(error), error.column)
            return None
        if decoded.charset in (None, "CHARSET"):
            self._warning(1, "catalog.header", "the header names no charset: read as UTF-8")
        return entries

    def _assembled(self, entries: tuple[Entry, ...]) -> Catalog:
        fields = header_fields(entries)
        self._look_at_language(fields.get("language"))
        rule = self._rule(fields.get("plural-forms"))
        strings = [entry for entry in self._unique(entries) if self._reliable(entry, rule)]
        translated = {(entry.context, entry.msgid): tuple(form.text for form in entry.forms) for entry in strings}
        counted = frozenset((entry.context, entry.msgid) for entry in strings if entry.plural is not None)
        usable = rule or source_rule(self._locale)  # without a rule no plural string is in the catalog
        return Catalog(self._locale, usable, False, MappingProxyType(translated), counted)

    def _rule(self, written: Text | None) -> PluralRule | None:
        """The rule of the header, CLDR's if it has none, or None if it cannot be used."""
        if written is None:
            return plural_rule(header(self._locale), self._locale)
        try:
            return plural_rule(written.text, self._locale)
        except PluralError as error:
            hint = f"{error}; CLDR's rule is `{header(self._locale)}`"
            self._error(written.line, "catalog.plural_rule", f"the Plural-Forms header: {hint}")
            return None

    def _look_at_language(self, written: Text | None) -> None:
        """The header's language is the folder's, or else the file lies in the wrong one."""
        if written and canonical(written.text) and not set(chain(written.text)) & set(chain(self._locale)):
            message = f"the header says that the language is `{written.text}`, and the folder `{self._locale}`"
            self._warning(written.line, "catalog.header", message)

    def _unique(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Every entry but the header; of several for one string the first."""
        seen: dict[_Key, int] = {}
        for entry in entries:
            key = (entry.context, entry.msgid)
            if key in seen:
                message = f"this string is already on line {seen[key]}; the first one counts"
                self._error(entry.line, "catalog.duplicate", message)
            elif key != (None, ""):
                yield entry
            seen.setdefault(key, entry.line)

    def _reliable(self, entry: Entry, rule: PluralRule | None) -> bool:
        """Whether the string counts as translated; says why not."""
        if not any(form.text for form in entry.forms):
            self._warning(entry.line, "catalog.empty", f"not translated: {_quoted(entry)}")
            return False
        if entry.fuzzy:
            self._warning(entry.line, "catalog.fuzzy", f"fuzzy, so not used: {_quoted(entry)}")
            return False
        found = list(faults(entry))
        for fault in found:
            line, column = self._place(fault.line, fault.piece)
            self._error(line, fault.code, fault.message, column)
        return self._whole(entry, rule) and not found

    def _whole(self, entry: Entry, rule: PluralRule | None) -> bool:
        """Whether all forms are there."""
        if entry.plural is None or rule is None:
            return entry.plural is None
        given = sum(1 for form in entry.forms if form.text)
        if given == len(entry.forms) == rule.count:
            return True
        message = f"{rule.count} plural forms are needed, {given} given: {_quoted(entry)}"
        self._error(entry.line, "catalog.plural_forms", message)
        return False

    def _place(self, line: int, piece: str) -> tuple[int, int]:
        """Where a piece of a translation stands: on its first line, or on one of those that go on with it."""
        following = takewhile(lambda text: text.lstrip().startswith('"'), self._lines[line:])
        for number, text in enumerate((self._lines[line - 1], *following), line):
            start = text.find('"') + 1
            if piece and (at := text.find(piece, start)) >= 0:
                return number, at + 1
        return line, self._lines[line - 1].find('"') + 2

    def _error(self, line: int, code: str, message: str, column: int = 1) -> None:
        self._problems.append(Problem(self._path, line, column, "error", code, message))

    def _warning(self, line: int, code: str, message: str) -> None:
        self._problems.append(Problem(self._path, line, 1, "warning", code, message))


def _quoted(entry: Entry) -> str:
    text = entry.msgid if len(entry.msgid) <= 60 else f"{entry.msgid[:59]}…"
    return repr(text)
