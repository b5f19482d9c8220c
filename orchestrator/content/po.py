"""What a PO file says: bytes ──► text ──► entries, each with its lines, or an error that points to the place.

Obsolete entries (`#~`), previous texts (`#|`), and comments are passed over; of the flags only `fuzzy` counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

MOST_FORMS = 10  # no language has more than six

_CHARSET = re.compile(rb"Content-Type:[^\"\\\r\n]*?charset=([^\s\"\\;]+)", re.IGNORECASE)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_STATEMENT = re.compile(
    r"(?P<keyword>msgctxt|msgid_plural|msgid|msgstr)?(?:\[(?P<form>\d+)\])?\s*\"(?P<text>(?:[^\"\\]|\\.)*)\""
)
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>")
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\\": "\\", '"': '"'}


class PoError(ValueError):
    """A file that cannot be read; `line` and `column` (from 1) are where."""

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Text:
    """One string of a file, and the line on which it begins."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One message: what is asked for (`context`, `msgid`, `plural`), and the translations, `forms[0]` the first."""

    line: int
    msgid: str
    plural: str | None
    context: str | None
    forms: tuple[Text, ...]
    fuzzy: bool


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text; `charset` is what its header names, None if it names none; `marked` if it began with a BOM."""

    text: str
    charset: str | None
    marked: bool


@dataclass(slots=True)
class _Statement:
    """A keyword and its string, which may go on over several lines."""

    line: int
    keyword: str
    form: int
    text: str = ""


@dataclass(slots=True)
class _Block:
    """The statements of one entry."""

    statements: list[_Statement] = field(default_factory=list)
    fuzzy: bool = False


def decode(data: bytes) -> Decoded:
    """The text of a file, in the charset that its header names, or else UTF-8.

    Raises:
        PoError: there is no such charset, or the file is not written in it.
    """
    marked = data.startswith(_BYTE_ORDER_MARK)
    body = data.removeprefix(_BYTE_ORDER_MARK)
    found = _CHARSET.search(body)
    charset = found[1].decode("ascii", "replace") if found else None
    try:
        text = body.decode("utf-8" if charset in (None, "CHARSET") else charset or "utf-8")
    except UnicodeError as error:
        line, column = _position(body, getattr(error, "start", 0))
        raise PoError(line, column, f"this is not {charset or 'UTF-8'} text") from None
    except (LookupError, ValueError):
        line, column = _position(body, found.start(1) if found else 0)
        raise PoError(line, column, f"there is no charset `{charset}`; write UTF-8") from None
    return Decoded(text, charset, marked)


def parse(text: str) -> tuple[Entry, ...]:
    """The entries of a file in their order, its header (with the empty msgid) among them.

    Raises:
        PoError: a line that does not belong there.
    """
    return tuple(_entry(block) for block in _blocks(text.split("\n")))


def header(entries: Iterable[Entry]) -> Mapping[str, Text]:
    """The fields of a file's header by their names in lower case; empty if it has none."""
    first = next((entry for entry in entries if entry.msgid == "" and entry.context is None), None)
    lines = first.forms[0].text.split("\n") if first else []
    fields = (line.partition(":") for line in lines if ":" in line)
    return {name.strip().lower(): Text(first.forms[0].line, value.strip()) for name, _, value in fields if first}


def _position(data: bytes, offset: int) -> tuple[int, int]:
    return data.count(b"\n", 0, offset) + 1, offset - data.rfind(b"\n", 0, offset)


def _blocks(lines: Iterable[str]) -> Iterator[_Block]:
    """Gather statements into entries: one ends where the next one's flags, msgctxt or msgid begin."""
    block = _Block()
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if line.startswith("#"):
            if _ends(block):
                yield block
                block = _Block()
            block.fuzzy = _fuzzy(line, block)
        elif line:
            found = _matched(line, number, raw)
            if found["keyword"] in ("msgctxt", "msgid") and _ends(block):
                yield block
                block = _Block()
            _take(block, found, number)
    if block.statements:
        yield block


def _fuzzy(comment: str, block: _Block) -> bool:
    """Whether the entry to come is fuzzy; flags of an obsolete one end with it."""
    if comment.startswith("#~") and not block.statements:
        return False
    return block.fuzzy or (comment.startswith("#,") and "fuzzy" in re.split(r"[,\s]+", comment))


def _ends(block: _Block) -> bool:
    return any(statement.keyword == "msgstr" for statement in block.statements)


def _matched(line: str, number: int, raw: str) -> re.Match[str]:
    found = _STATEMENT.fullmatch(line)
    if not found or (found["form"] and found["keyword"] != "msgstr"):
        column = len(raw) - len(raw.lstrip()) + 1
        if line.startswith(_CONFLICT):
            raise PoError(number, column, f"a merge left `{line[:40]}` here; keep one side, and take the marks out")
        hint = 'expected a keyword (msgctxt, msgid, msgid_plural, msgstr) and a string in "quotes", on one line'
        raise PoError(number, column, f"{hint}; found `{line[:40]}`")
    return found


def _take(block: _Block, found: re.Match[str], number: int) -> None:
    if found["keyword"]:
        form = int(found["form"]) if found["form"] else -1
        if form >= MOST_FORMS:
            raise PoError(number, 1, f"msgstr[{form}]: no language has so many forms")
        block.statements.append(_Statement(number, found["keyword"], form))
    elif not block.statements:
        raise PoError(number, 1, "a string without a keyword before it")
    block.statements[-1].text += _unescaped(found, number)


def _unescaped(statement: re.Match[str], line: int) -> str:
    def replaced(found: re.Match[str]) -> str:
        if found[1] not in _ESCAPED:
            column = statement.start("text") + found.start() + 1
            raise PoError(line, column, f"`\\{found[1]}` is not an escape; write `\\\\` for a backslash")
        return _ESCAPED[found[1]]

    return _ESCAPE.sub(replaced, statement["text"])


def _entry(block: _Block) -> Entry:
    """The entry that a block's statements make.

    Raises:
        PoError: statements are missing, repeated, or out of order.
    """
    asked = {statement.keyword: statement for statement in block.statements if statement.keyword != "msgstr"}
    given = [statement for statement in block.statements if statement.keyword == "msgstr"]
    first = block.statements[0]
    if "msgid" not in asked or not given:
        raise PoError(first.line, 1, f"{first.keyword} without a {'msgstr' if 'msgid' in asked else 'msgid'}")
    _check_order(block.statements, plural="msgid_plural" in asked)
    context, plural = asked.get("msgctxt"), asked.get("msgid_plural")
    return Entry(
        asked["msgid"].line,
        asked["msgid"].text,
        plural.text if plural else None,
        context.text if context else None,
        tuple(Text(statement.line, statement.text) for statement in given),
        block.fuzzy,
    )


def _check_order(statements: list[_Statement], plural: bool) -> None:
    order = ("msgctxt", "msgid", "msgid_plural", "msgstr")
    for before, after in pairwise(statements):
        step = order.index(after.keyword) - order.index(before.keyword)
        if step < 0 or (step == 0 and (after.form < 1 or after.form != before.form + 1)):
            raise PoError(after.line, 1, f"{_name(after)} does not belong after {_name(before)}")
    given = next(statement for statement in statements if statement.keyword == "msgstr")
    if given.form != (0 if plural else -1):
        wanted = "msgstr[0] first, as there is a msgid_plural" if plural else "msgstr, as there is no msgid_plural"
        raise PoError(given.line, 1, f"expected {wanted}; found {_name(given)}")


def _name(statement: _Statement) -> str:
    return statement.keyword if statement.form < 0 else f"{statement.keyword}[{statement.form}]"
