"""HTML read in pieces, as it stands between the values of a template.

    text ─<─► tag ─► between ─► attribute ─► named ─=─► equals ─"─► quoted
                        │                                 └───────► bare
                        └─>─► text, or raw within <script>, <style>, <title>, <textarea>

A `Reader` is fed the literal pieces one after the other; where it stands between two of them tells what a value
there would become. It reads as browsers do, so that what is checked is what will be seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

Where = Literal[
    "text", "tag", "between", "attribute", "named", "equals", "quoted", "bare", "comment", "declaration", "raw"
]
TokenKind = Literal["text", "open", "attribute", "value", "end", "close", "raw", "comment", "declaration"]

RAW = frozenset({"script", "style", "title", "textarea"})
_LETTER = re.compile("[A-Za-z]")
_TAG_NAME = re.compile(r"/?[A-Za-z][^\s/>]*")
_NAME_PART = re.compile(r"[^\s/>]+")
_NAME = re.compile(r"[^\s=>/]+")
_BARE = re.compile(r"[^\s>]+")
_SPACE = re.compile(r"[\s/]+")
_EMPTY_COMMENT = re.compile("<!---?>")
_CONDITION = re.compile(r"<!--(\[if[^\]]*\])>", re.IGNORECASE)


class Token(NamedTuple):
    """A piece of HTML; `start` and `stop` are where it stands in the literal that was fed."""

    kind: TokenKind
    text: str
    start: int
    stop: int


@dataclass(slots=True)
class Reader:
    """Where in a document we are. `tag` is the last opening tag, `attribute` the attribute being read, `value` what its
    value begins with.
    """

    where: Where = "text"
    tag: str = ""
    attribute: str = ""
    quote: str = ""
    value: str = ""

    def read(self, literal: str) -> Iterator[Token]:
        """The tokens of the next literal piece; afterwards the reader stands behind it."""
        position = 0
        while position < len(literal):
            before = position
            token, position = _STEPS[self.where](self, literal, position)
            if token:
                yield Token(*token, before, position)

    def feed(self, literal: str) -> None:
        """Read on without looking at the tokens."""
        for _ in self.read(literal):
            pass


Step = tuple[tuple[TokenKind, str] | None, int]


def _text(reader: Reader, literal: str, position: int) -> Step:
    found = literal.find("<", position)
    if found > position or found < 0:
        end = len(literal) if found < 0 else found
        return ("text", literal[position:end]), end
    if condition := _CONDITION.match(literal, found):
        return ("comment", condition[1]), condition.end()
    if empty := _EMPTY_COMMENT.match(literal, found):
        return None, empty.end()
    if literal.startswith("<!--", found):
        reader.where = "comment"
        return None, found + 4
    if literal.startswith(("<!", "<?"), found):
        reader.where = "declaration"
        return None, found + 2
    return _tag_begun(reader, literal, found)


def _tag_begun(reader: Reader, literal: str, position: int) -> Step:
    following = literal[position + 1 : position + 3].lstrip("/")
    if following and not _LETTER.match(following):
        return ("text", "<"), position + 1
    reader.where, reader.tag = "tag", ""
    return None, position + 1


def _tag(reader: Reader, literal: str, position: int) -> Step:
    """The name of a tag; at the end of a literal it may yet go on in the next one."""
    begun = bool(reader.tag)
    name = (_NAME_PART if begun else _TAG_NAME).match(literal, position)
    end = name.end() if name else position
    reader.tag += literal[position:end].lower()
    reader.where = "tag" if end == len(literal) else "between"
    if begun:
        return None, end
    return (("close", reader.tag[1:]) if reader.tag.startswith("/") else ("open", reader.tag)), end


def _between(reader: Reader, literal: str, position: int) -> Step:
    if space := _SPACE.match(literal, position):
        return None, space.end()
    if literal[position] == ">":
        reader.where = "raw" if reader.tag in RAW else "text"
        return ("end", reader.tag), position + 1
    reader.where, reader.attribute = "attribute", ""
    return None, position


def _attribute(reader: Reader, literal: str, position: int) -> Step:
    if name := _NAME.match(literal, position):
        reader.attribute += name.group().lower()
        return (("attribute", reader.attribute) if name.end() < len(literal) else None), name.end()
    reader.where = "named"
    return None, position


def _named(reader: Reader, literal: str, position: int) -> Step:
    if literal[position].isspace():
        return None, position + 1
    if literal[position] == "=":
        reader.where = "equals"
        return None, position + 1
    reader.where = "between"
    return None, position


def _equals(reader: Reader, literal: str, position: int) -> Step:
    character = literal[position]
    if character.isspace():
        return None, position + 1
    reader.value = ""
    if character in "\"'":
        reader.where, reader.quote = "quoted", character
        return None, position + 1
    reader.where = "bare"
    return None, position


def _quoted(reader: Reader, literal: str, position: int) -> Step:
    found = literal.find(reader.quote, position)
    end = found if found >= 0 else len(literal)
    reader.value += literal[position:end]
    if found >= 0:
        reader.where = "between"
    return ("value", literal[position:end]), end + (found >= 0)


def _bare(reader: Reader, literal: str, position: int) -> Step:
    value = _BARE.match(literal, position)
    end = value.end() if value else position
    reader.value += literal[position:end]
    if end < len(literal):
        reader.where = "between"
    return ("value", literal[position:end]), end


def _comment(reader: Reader, literal: str, position: int) -> Step:
    found = literal.find("-->", position)
    end = len(literal) if found < 0 else found
    if found >= 0:
        reader.where = "text"
    return ("comment", literal[position:end]), end + (3 if found >= 0 else 0)


def _declaration(reader: Reader, literal: str, position: int) -> Step:
    found = literal.find(">", position)
    end = len(literal) if found < 0 else found
    if found >= 0:
        reader.where = "text"
    return ("declaration", literal[position:end]), end + (found >= 0)


def _raw(reader: Reader, literal: str, position: int) -> Step:
    closing = re.compile(rf"</{reader.tag}(?=[\s/>])", re.IGNORECASE).search(literal, position)
    end = closing.start() if closing else len(literal)
    if end > position:
        return ("raw", literal[position:end]), end
    reader.where, reader.tag = "tag", ""
    return None, end + 1


_STEPS: dict[Where, Callable[[Reader, str, int], Step]] = {
    "text": _text,
    "tag": _tag,
    "between": _between,
    "attribute": _attribute,
    "named": _named,
    "equals": _equals,
    "quoted": _quoted,
    "bare": _bare,
    "comment": _comment,
    "declaration": _declaration,
    "raw": _raw,
}
