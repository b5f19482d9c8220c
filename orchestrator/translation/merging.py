"""A catalog brought up to date with the template, so that nobody's work is lost.

the same string             kept, as its translator wrote it
a string much like one      its translation, marked fuzzy, with the text that it was made for (`#|`)
a new string                empty
a string that is gone       obsolete (`#~`), and taken up again when it comes back
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from textwrap import wrap

from orchestrator.content.catalogs import String
from orchestrator.content.plurals import PluralError, plural_rule
from orchestrator.content.plurals import header as plural_header
from orchestrator.translation.document import Block, Document, Key, Lines, asked, block, header
from orchestrator.translation.filling import fields_of

ALIKE = 0.7  # of the characters must agree for a translation to be worth a translator's look


def merged(template: Document, catalog: Document, locale: str) -> Document:
    """The catalog of a locale with the template's strings, in the template's order."""
    merge = _Merge(template, catalog, locale)
    blocks = tuple(merge.block(wanted) for wanted in template.blocks)
    return replace(catalog, header=_completed(catalog, locale), blocks=blocks, obsolete=tuple(merge.gone()))


def new_catalog(locale: str) -> Document:
    """A catalog for a locale that had none, still without strings."""
    return Document(header(fields_of(locale)))


class _Merge:
    """What an old catalog has, and what of it was taken over."""

    def __init__(self, template: Document, catalog: Document, locale: str) -> None:
        self.width = catalog.width
        self.forms = _forms(catalog, locale)
        self.old = catalog
        self.live = _by_key(catalog.blocks)
        self.retired = _by_key(catalog.obsolete)
        self.wanted = {block.key for block in template.blocks}
        known = [block for block in {**self.retired, **self.live}.values() if any(block.forms)]
        gone = [block for block in known if block.key not in self.wanted]
        # a guess that waits for its translator is no ground for another guess
        self.known = [*gone, *(block for block in known if block.key in self.wanted and not block.entry.fuzzy)]
        self.taken: set[Key] = set()

    def block(self, wanted: Block) -> Block:
        """What the catalog has for a string of the template."""
        same = self.live.get(wanted.key)
        if not (same and any(same.forms)) and wanted.key in self.retired:
            same = self.retired[wanted.key]
            self.taken.add(wanted.key)
        found = same if same and any(same.forms) else self._alike(wanted)
        notes = (same or found or wanted).notes
        if found is None:
            return self._described(block(wanted.string, self._fitting((), wanted), self.width), wanted, notes)
        if found.string == wanted.string:
            return self._described(found, wanted, notes)
        return self._described(self._adapted(found, wanted), wanted, notes)

    def gone(self) -> Iterator[Block]:
        """What no template has any more and no other string has taken over: once translated, it is kept."""
        yield from (block for block in self.old.obsolete if block.key not in self.taken)
        for left in self.old.blocks:
            doubled = self.live[left.key] is not left
            if any(left.forms) and (doubled or left.key not in self.wanted | self.taken):
                yield left

    def _alike(self, wanted: Block) -> Block | None:
        """The translated string whose text comes nearest; of equals one that is not wanted any more."""
        compared = SequenceMatcher(None, "", _text(wanted), autojunk=False)
        best, nearest = ALIKE, None
        for known in self.known:
            compared.set_seq1(_text(known))
            if compared.real_quick_ratio() > best and compared.quick_ratio() > best and compared.ratio() > best:
                best, nearest = compared.ratio(), known
        return nearest

    def _adapted(self, found: Block, wanted: Block) -> Block:
        """Another string's translation, for a translator to look at."""
        made = block(wanted.string, self._fitting(found.forms, wanted), self.width, fuzzy=True)
        if set(found.forms) <= set(made.forms):
            self.taken.add(found.key)
        older = found.previous if found.entry.fuzzy else ()
        return replace(made, flags=found.flags, previous=older or asked(found.string, self.width))

    def _fitting(self, forms: Sequence[str], wanted: Block) -> tuple[str, ...]:
        """As many forms as the string needs."""
        first = next(iter(forms), "")
        if wanted.entry.plural is None:
            return (first,)
        return tuple(forms) if len(forms) == self.forms else (first,) * self.forms

    def _described(self, found: Block, wanted: Block, notes: Lines) -> Block:
        """A block with all that the template says of its string."""
        places = " ".join(wanted.places).split()
        same = " ".join(found.places).split() == places
        return replace(
            found,
            notes=notes,
            remarks=wanted.remarks,
            places=found.places if same else _wrapped(places, self.width),
            flags=_flags(found.flags, wanted.flags),
        )


def _text(block: Block) -> str:
    return f"{block.entry.context or ''}\n{block.entry.msgid}" if block.entry.context else block.entry.msgid


def _by_key(blocks: Iterable[Block]) -> Mapping[Key, Block]:
    """Blocks by their strings; of several for one string the first counts, as when messages are rendered."""
    found: dict[Key, Block] = {}
    for each in blocks:
        found.setdefault(each.key, each)
    return found


def _forms(catalog: Document, locale: str) -> int:
    """How many forms a plural has in the catalog, by its own header or else by CLDR."""
    try:
        return plural_rule(catalog.fields.get("plural-forms", ""), locale).count
    except PluralError:
        return plural_rule(plural_header(locale), locale).count


def _completed(catalog: Document, locale: str) -> Block:
    """The header, with what is missing in it."""
    missing = {name: value for name, value in fields_of(locale).items() if name.lower() not in catalog.fields}
    if not missing:
        return catalog.header
    written = "".join(catalog.header.forms)
    lines = [*written.rstrip("\n").split("\n"), *(f"{name}: {value}" for name, value in missing.items())]
    text = "".join(f"{line}\n" for line in lines if line)
    return replace(block(String(""), [text]), notes=catalog.header.notes)


def _wrapped(places: Sequence[str], width: int) -> Lines:
    if not width:
        return (" ".join(places),) if places else ()
    return tuple(wrap(" ".join(places), width, break_long_words=False, break_on_hyphens=False))


def _flags(found: Lines, wanted: Lines) -> Lines:
    """The template's flags, and those that translators have set."""
    flags = (*wanted, *(flag for flag in found if flag not in (*wanted, "python-format")))
    return found if set(flags) == set(found) else flags
