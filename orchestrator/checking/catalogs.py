"""The catalogs as files: where in which of them a string stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orchestrator.blueprint.problems import Problem, Severity
from orchestrator.content.catalogs import String, path_of
from orchestrator.content.po import Entry, PoError, decode, header, parse

Key = tuple[str | None, str]
"""Context and msgid: what tells strings apart."""


def key_of(string: String) -> Key:
    """What tells a string apart."""
    return string.context, string.msgid


@dataclass(frozen=True, slots=True)
class Translations:
    """The entries of one catalog, by key, in their order; `plural_forms` is its rule for plurals, as it is written."""

    locale: str
    entries: Mapping[Key, Entry]
    plural_forms: str = ""

    def lengthened(self, strings: Iterable[String]) -> Entry | None:
        """Of the strings that are translated the one that has become longest beyond its source."""
        found = [entry for string in strings if (entry := self.entries.get(key_of(string)))]
        return max(found, key=growth, default=None)

    def problem(self, line: int, severity: Severity, code: str, message: str) -> Problem:
        """A problem in this catalog."""
        return Problem(path_of(self.locale), line, 1, severity, code, message)


def read_entries(files: Mapping[str, bytes], locale: str) -> Translations:
    """The entries of a locale's catalog, none if it cannot be read; of several for one string the first counts."""
    try:
        entries = parse(decode(files[path_of(locale)]).text)
    except (KeyError, PoError):  # told by the reader of catalogs
        return Translations(locale, {})
    rule = header(entries).get("plural-forms")
    found = {(entry.context, entry.msgid): entry for entry in reversed(entries)}
    found.pop((None, ""), None)
    return Translations(locale, dict(reversed(found.items())), rule.text if rule else "")


def growth(entry: Entry) -> int:
    """By how many characters the longest form of a translation exceeds its source."""
    return max(len(form.text) for form in entry.forms) - max(len(entry.msgid), len(entry.plural or ""))
