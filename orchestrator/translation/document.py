"""A PO file as people keep it, with every comment and line break: what nobody changed is written back as it was.

    bytes ──read──► Document(header, blocks, obsolete) ──written──► bytes

    # a translator's remark          notes
    #. the author's remark           remarks
    #: templates/a.html:3            places
    #, fuzzy, python-format          entry.fuzzy, flags
    #| msgid "what it was"           previous
    msgid "what it is"               statements: the lines of the file, wrapped as whoever wrote them likes it
    msgstr "…"
    #~ msgid "what is gone"          an obsolete block: the same, behind `#~`

Files are written in UTF-8, whatever they were in before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from babel.messages.pofile import normalize

from orchestrator.content.catalogs import String
from orchestrator.content.po import Entry, PoError, Text, decode, parse
from orchestrator.content.po import header as header_fields

WRAPPED = 76  # characters, in files whose strings are wrapped at all

Lines = tuple[str, ...]
Key = tuple[str | None, str]

_KINDS = {"#.": "remarks", "#:": "places", "#,": "flags", "#|": "previous"}
_CHARSET = re.compile(r"charset=[^\s\"\\;]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Block:
    """One string of a file, and all that is said about it. Lines stand without what marks their kind, notes with it."""

    entry: Entry
    statements: Lines
    notes: Lines = ()
    remarks: Lines = ()
    places: Lines = ()
    flags: Lines = ()
    previous: Lines = ()

    @property
    def string(self) -> String:
        """What is asked for."""
        return String(self.entry.msgid, self.entry.plural, self.entry.context)

    @property
    def key(self) -> Key:
        """What tells strings apart: context and msgid."""
        return self.entry.context, self.entry.msgid

    @property
    def forms(self) -> tuple[str, ...]:
        """The translations."""
        return tuple(form.text for form in self.entry.forms)

    def written(self, obsolete: bool = False) -> str:
        """The block's lines."""
        flags = [*["fuzzy"] * self.entry.fuzzy, *self.flags]
        mark, before = ("#~ ", "#~| ") if obsolete else ("", "#| ")
        lines = [*self.notes]
        if not obsolete:
            lines += [f"#. {line}" for line in self.remarks] + [f"#: {line}" for line in self.places]
        lines += [f"#, {', '.join(flags)}"] * bool(flags)
        lines += [f"{before}{line}" for line in self.previous] + [f"{mark}{line}" for line in self.statements]
        return "".join(f"{line.rstrip()}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class Document:
    """A whole file: its header, the strings in their order, those that no template has any more, and its last words."""

    header: Block
    blocks: tuple[Block, ...] = ()
    obsolete: tuple[Block, ...] = ()
    tail: Lines = ()
    newline: str = "\n"

    @property
    def fields(self) -> Mapping[str, str]:
        """The header's fields by their names in lower case."""
        return {name: text.text for name, text in header_fields([self.header.entry]).items()}

    @property
    def width(self) -> int:
        """Where new strings are wrapped, in characters: as the others of the file are, 0 for nowhere."""
        return WRAPPED if any(_wrapped(block.statements) for block in (*self.blocks, *self.obsolete)) else 0

    def written(self) -> bytes:
        """The file."""
        parts = [self.header.written(), *(block.written() for block in self.blocks)]
        parts += [block.written(obsolete=True) for block in self.obsolete]
        parts += ["\n".join(self.tail) + "\n"] * bool(self.tail)
        return "\n".join(parts).replace("\n", self.newline).encode()


def block(string: String, forms: Sequence[str], width: int = 0, *, fuzzy: bool = False) -> Block:
    """A new block, without any comment; strings are wrapped at `width` characters, or not at all."""
    entry = Entry(1, string.msgid, string.plural, string.context, tuple(Text(1, form) for form in forms), fuzzy)
    return Block(entry, tuple(_statements(string, forms, width)))


def asked(string: String, width: int = 0) -> Lines:
    """The lines that say what is asked for."""
    return tuple(_statements(string, (), width))


def header(fields: Mapping[str, str], notes: Lines = ()) -> Block:
    """The header of a file."""
    made = block(String(""), ["".join(f"{name}: {value}\n" for name, value in fields.items())])
    return replace(made, notes=notes)


def read(data: bytes) -> Document:
    """A file, with everything in it.

    Raises:
        PoError: it cannot be read; what is obsolete in it counts, too.
    """
    text = decode(data).text
    *passages, last = _passages(text.split("\n"))
    blocks = [(passage.obsolete, _block(passage)) for passage in [*passages, *([last] if last.statements else [])]]
    live = [block for obsolete, block in blocks if not obsolete]
    headed = bool(live) and live[0].key == (None, "")
    return Document(
        header=_in_utf_8(live[0]) if headed else header({}),
        blocks=tuple(live[headed:]),
        obsolete=tuple(block for obsolete, block in blocks if obsolete),
        tail=() if last.statements else tuple(last.comments),
        newline="\r\n" if "\r\n" in text else "\n",
    )


@dataclass(slots=True)
class _Passage:
    """The lines of one block; statements with their numbers."""

    comments: list[str] = field(default_factory=list)
    statements: list[tuple[int, str]] = field(default_factory=list)
    obsolete: bool = False

    def ends_before(self, line: str, obsolete: bool) -> bool:
        """Whether the line belongs to the next block."""
        done = any(statement.startswith("msgstr") for _, statement in self.statements)
        other = bool(self.statements) and obsolete is not self.obsolete and not line.startswith("#")
        return (other and bool(line)) or (done and line.startswith(("#", "msgctxt", "msgid", "|")))

    def take(self, number: int, line: str, obsolete: bool) -> None:
        """Add a line, behind its `#~` if it has one."""
        if line.startswith("#"):
            self.comments.append(line)
        elif line.startswith("|"):
            self.comments.append(f"#{line}")
        else:
            self.statements.append((number, line))
            self.obsolete = obsolete


def _passages(lines: Iterable[str]) -> Iterator[_Passage]:
    passage = _Passage()
    for number, raw in enumerate(lines, 1):
        obsolete = raw.lstrip().startswith("#~")
        line = raw.strip().removeprefix("#~").strip() if obsolete else raw.strip()
        if passage.ends_before(line, obsolete):
            yield passage
            passage = _Passage()
        if line:
            passage.take(number, line, obsolete)
    yield passage


def _block(passage: _Passage) -> Block:
    lines = tuple(line for _, line in passage.statements)
    said: dict[str, list[str]] = {"notes": [], **{kind: [] for kind in _KINDS.values()}}
    for line in passage.comments:
        kind = _KINDS.get(line[:2])
        said[kind or "notes"].append(line[2:].strip() if kind else line)
    flags = [flag.strip() for line in said["flags"] for flag in line.split(",")]
    try:
        (entry,) = parse("\n".join(lines))
    except PoError as error:
        raise PoError(passage.statements[error.line - 1][0], error.column, str(error)) from None
    return Block(
        replace(entry, fuzzy="fuzzy" in flags),
        lines,
        notes=tuple(said["notes"]),
        remarks=tuple(said["remarks"]),
        places=tuple(said["places"]),
        flags=tuple(flag for flag in flags if flag and flag != "fuzzy"),
        previous=tuple(said["previous"]),
    )


def _in_utf_8(head: Block) -> Block:
    """The header, naming the charset in which the file will be written."""
    written = tuple(
        line if "utf-8" in line.lower() else _CHARSET.sub("charset=UTF-8", line) for line in head.statements
    )
    (entry,) = parse("\n".join(written))
    return replace(head, statements=written, entry=replace(entry, fuzzy=head.entry.fuzzy))


def _wrapped(statements: Lines) -> bool:
    """Whether a string goes on in the next line without a line break of its own."""
    return any(
        above.startswith('"') and below.startswith('"') and not above.endswith('\\n"')
        for above, below in pairwise(statements)
    )


def _statements(string: String, forms: Sequence[str], width: int) -> Iterator[str]:
    keyed = {"msgctxt": string.context, "msgid": string.msgid, "msgid_plural": string.plural}
    keyed |= (
        {f"msgstr[{place}]": form for place, form in enumerate(forms)}
        if string.plural
        else dict(zip(["msgstr"], forms, strict=False))
    )
    for keyword, text in keyed.items():
        if text is not None:
            yield from f"{keyword} {normalize(text, width=width)}".split("\n")
