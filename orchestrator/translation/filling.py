"""A catalog made by a rule instead of by a translator: the same function for each text of each string."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from orchestrator.content.catalogs import String
from orchestrator.content.plurals import header as plural_header
from orchestrator.content.plurals import plural_rule
from orchestrator.translation.document import Document, block, header


def filled(locale: str, strings: Iterable[String], translate: Callable[[String, str], str], *notes: str) -> Document:
    """A complete catalog for a locale.

    Args:
        translate: given a string and one of its two texts, the form to be written; empty texts stay empty.
        notes: remarks on top of the file, each a line.
    """
    fields = fields_of(locale)
    blocks = tuple(block(string, tuple(_forms(locale, string, translate))) for string in strings)
    return Document(header(fields, tuple(f"# {note}" for note in notes)), blocks)


def fields_of(locale: str) -> dict[str, str]:
    """The header's fields of a new catalog."""
    return {
        "Language": locale,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": plural_header(locale),
    }


def _forms(locale: str, string: String, translate: Callable[[String, str], str]) -> Iterator[str]:
    if string.plural is None:
        yield translate(string, string.msgid)
        return
    rule = plural_rule(plural_header(locale), locale)
    for place in range(rule.count):
        yield translate(string, string.msgid if place == rule.index(1) and rule.count > 1 else string.plural)
