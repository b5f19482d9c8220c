"""YAML into plain values, strictly, with the place of every key and value.

What a messaging workspace writes must not change its meaning on the way in: `NO` is Norway, `on` is a key, `22:30` a
time and `+4915112345678` a number to call. So only `true`, `false`, `null`, `~` and decimals as JSON writes them are
anything but text, and keys are text always. Anchors, aliases, tags, merge keys, repeated keys and further documents are
refused; size and depth are bounded.

    bytes ──► text ──► events ──► values + places
       │        │         └─► as many mistakes as there are: the value is still read around them
       └────────┴─► one mistake: nothing can be read
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

MAX_BYTES = 1 << 20
MAX_DEPTH = 32

Path = tuple[str | int, ...]

_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,29})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?")
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|NaN|-?Infinity")
_HINTS = (
    ("cannot start any token", "Indent with spaces, not tabs, and quote text that begins with '@', '`' or '%'."),
    ("mapping values are not allowed", "Quote text that holds ': ', and check the indentation."),
    ("expected ',' or", "Close the bracket or brace, and put a comma between its entries."),
    ("expected <block end>", "Check the indentation of this line, and the quotes before it."),
    ("did not find expected key", "Check the indentation of this line, and the quotes before it."),
    ("unexpected end of stream", "Close the quote that begins here."),
    ("unknown escape character", "Write '\\\\' for a backslash, or use single quotes."),
    ("could not find expected ':'", "Put a ':' behind the key, or quote the text."),
)
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key or value begins, counted from 1.

    `inner` is the column of a value's first character where each character of the text stands for itself
    (one line, nothing escaped), so that an offset into the value can be shown as a column.
    """

    line: int
    column: int
    inner: int | None = None

    def at(self, offset: int | None = None) -> tuple[int, int]:
        """Line and column, or those of the character at `offset` of the value, as near as can be said."""
        return self.line, self.column if offset is None or self.inner is None else self.inner + offset


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something that a YAML file must not hold."""

    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class Document:
    """One file as read. Paths lead from the root by keys and list positions; `keys` has mapping entries only."""

    value: Any
    keys: Mapping[Path, Place]
    values: Mapping[Path, Place]


class _Unreadable(Exception):
    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(message)
        self.mistake = Mistake(line, column, message)


def read_yaml(data: bytes) -> tuple[Document | None, tuple[Mistake, ...]]:
    """The document in `data`, and every mistake in it; no document where it cannot be read at all.

    An empty file is an empty mapping.
    """
    try:
        text = _text(data)
    except _Unreadable as unreadable:
        return None, (unreadable.mistake,)
    reader = _Reader(text)
    try:
        return reader.document(), tuple(reader.mistakes)
    except _Unreadable as unreadable:
        return None, (unreadable.mistake,)
    except yaml.MarkedYAMLError as error:
        return None, (_syntax_mistake(error, text),)


def _text(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise _Unreadable(1, 1, f"The file has {len(data):,} bytes; at most {MAX_BYTES:,} are read. Split it up.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8", "replace")
        raise _Unreadable(*_after(before), "This is no UTF-8. Save the file as UTF-8.") from None
    if bad := _FORBIDDEN.search(text):
        character = f"U+{ord(bad.group()):04X}"
        message = f"The control character {character} is not allowed in YAML. Remove it."
        raise _Unreadable(*_after(text[: bad.start()]), message)
    return text


def _after(before: str) -> tuple[int, int]:
    """Line and column of what follows `before`."""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _syntax_mistake(error: yaml.MarkedYAMLError, text: str) -> Mistake:
    """The parser's complaint, at a place that is in the file: what is missing at its end began somewhere."""
    said = ", ".join(part for part in (error.context, error.problem) if part)
    hint = next((f" {advice}" for symptom, advice in _HINTS if symptom in said), "")
    marks = [mark for mark in (error.problem_mark, error.context_mark) if mark and mark.index < len(text.rstrip())]
    line, column = (marks[0].line + 1, marks[0].column + 1) if marks else _after(text.rstrip())
    return Mistake(line, column, f"This is no YAML: {said}.{hint}")


class _Reader:
    """Builds values from the parser's events, so that nothing is resolved or expanded behind our back."""

    def __init__(self, text: str) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        self.mistakes: list[Mistake] = []
        self._keys: dict[Path, Place] = {}
        self._values: dict[Path, Place] = {(): Place(1, 1)}

    def document(self) -> Document:
        next(self._events)  # the stream's start
        value: Any = None
        if isinstance(next(self._events), yaml.DocumentStartEvent):
            value = self._value(next(self._events), ())
            next(self._events)  # the document's end
            self._refuse_more(next(self._events))
        return Document({} if value is None else value, self._keys, self._values)

    def _refuse_more(self, event: Any) -> None:
        if isinstance(event, yaml.DocumentStartEvent):
            self._mistake(event, "A second document begins here; a file holds one. Remove what follows '---'.")

    def _mistake(self, event: Any, message: str) -> None:
        self.mistakes.append(Mistake(event.start_mark.line + 1, event.start_mark.column + 1, message))

    def _value(self, event: Any, path: Path) -> Any:
        self._values[path] = _place(event)
        self._refuse_magic(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.AliasEvent):
            return None
        if len(path) >= MAX_DEPTH:
            raise _Unreadable(*_place(event).at(), f"This is nested more than {MAX_DEPTH} levels deep.")
        return self._sequence(path) if isinstance(event, yaml.SequenceStartEvent) else self._mapping(path)

    def _refuse_magic(self, event: Any) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._mistake(event, f"The alias '*{event.anchor}' is not allowed. Write the value out, or quote the text.")
        elif event.anchor is not None:
            self._mistake(
                event, f"The anchor '&{event.anchor}' is not allowed. Write values out where they are needed."
            )
        if getattr(event, "tag", None) is not None:
            self._mistake(event, f"The tag '{event.tag}' is not allowed. Write a plain value, or quote the text.")

    def _sequence(self, path: Path) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            found.append(self._value(event, (*path, len(found))))
        return found

    def _mapping(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, found)
            inner = (*path, key)
            if key in found:
                self._value(next(self._events), (*inner, -1))  # read for its mistakes, kept nowhere
                continue
            self._keys[inner] = _place(event)
            found[key] = self._value(next(self._events), inner)
        return found

    def _key(self, event: Any, found: Mapping[str, Any]) -> str:
        self._refuse_magic(event)
        if not isinstance(event, yaml.ScalarEvent):
            raise _Unreadable(*_place(event).at(), "A key must be a word. Quote it if it holds brackets or braces.")
        key = str(event.value)
        if key in found:
            self._mistake(event, f"The key {key!r} was already given. Keep one of the two.")
        elif key == "<<" and not event.style:
            self._mistake(event, "The merge key '<<' is not allowed. Write the entries out.")
        elif not key:
            self._mistake(event, "A key is empty. Write its name before the ':'.")
        return key

    def _scalar(self, event: Any) -> Any:
        text = str(event.value)
        if event.style:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _NO_NUMBER.fullmatch(text):
            self._mistake(event, f"{text!r} is no number to count with. Write a number, or quote the text.")
        return self._number(event, text)

    def _number(self, event: Any, text: str) -> Any:
        match = _NUMBER.fullmatch(text)
        if not match:
            return text
        if not any(match.groups()):
            return int(text)
        number = float(text)
        if not math.isfinite(number):
            self._mistake(event, f"{text!r} is too large a number. Write a smaller one, or quote the text.")
        return number


def _place(event: Any) -> Place:
    start, end = event.start_mark, event.end_mark
    return Place(start.line + 1, start.column + 1, _inner(event, start, end))


def _inner(event: Any, start: Any, end: Any) -> int | None:
    if not isinstance(event, yaml.ScalarEvent) or start.line != end.line:
        return None
    quotes = 2 if event.style in ("'", '"') else 0
    if end.column - start.column != len(event.value) + quotes:
        return None
    return int(start.column) + 1 + quotes // 2
