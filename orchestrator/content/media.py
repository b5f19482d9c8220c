"""What values are printed into: HTML, plain text, an address, a list of entries; and how each is printed there.

Words of the template, its translations, and values that a formatter wrote stand in the message's own locale. They are
`Markup` in HTML and `Text` elsewhere, and are left alone; whatever else is printed is data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from markupsafe import Markup

from orchestrator.content.bidi import Direction, clean, escaped, isolated, isolated_html
from orchestrator.content.lines import one_line, spaced, unbroken
from orchestrator.content.refusal import MissingData, Unfit
from orchestrator.content.values import needed

Kind = Literal["line", "body", "lines", "code", "url", "html"]
Show = Callable[[Any], str]

SCHEMES = frozenset({"http", "https", "mailto", "tel", "sms"})
_UNSAFE = re.compile("[^ !#-%(-;=?-~]")  # in HTML: not ASCII, not printable, or to be escaped


class Text(str):
    """Words of ours in a plain field, as `Markup` is in HTML."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Medium:
    """A kind of field in a message of one direction.

    Attributes:
        show: any value as the text that is printed, with all escaping done.
        composed: the type of what the template itself has composed.
        schemes: those that a link may have which a value begins.
    """

    html: bool
    show: Show
    composed: type[str]
    schemes: frozenset[str] = SCHEMES


def medium(kind: Kind, direction: Direction, schemes: Collection[str] = ()) -> Medium:
    """The medium that a kind of field is, in a message that runs in this direction.

    Args:
        schemes: of addresses, beside the common ones: those that open an app.
    """
    html = kind == "html"
    return Medium(html, _shows(kind, direction), Markup if html else Text, SCHEMES | frozenset(schemes))


def _shows(kind: Kind, direction: Direction) -> Show:
    makers = {"html": _html, "lines": _entry, "line": _line, "body": _plain}
    return makers[kind](direction) if kind in makers else _code


def printable(value: Any) -> str:
    """The value as text.

    Raises:
        MissingData: there is none.
        Unfit: it is a list or an object, which has no form of its own to be read in.
    """
    if value.__class__ is int or isinstance(value, str):
        return str(value)
    if isinstance(needed(value), Mapping):
        raise Unfit("an object cannot be printed as it is; say which part of it is meant, or use a filter")
    if isinstance(value, list | tuple | set | frozenset) or hasattr(value, "__next__"):
        raise Unfit("a list cannot be printed as it is; go through it with {% for %}, or use a filter such as `list`")
    return str(value)


def show_attribute(value: Any) -> str:
    """A value in a quoted attribute of HTML, where no element can isolate it; of what was composed before, the words."""
    if value.__class__ is str and not _UNSAFE.search(value):
        return value
    return escaped(clean(_words(value)))


def show_in_title(value: Any) -> str:
    """A value in `<title>`, which is one line and has no elements; of what was composed before, the words."""
    return escaped(clean(unbroken(_words(value))))


def _words(value: Any) -> str:
    return value.striptags() if isinstance(value, Markup) else printable(value)


def _plain(direction: Direction) -> Show:
    def show(value: Any) -> str:
        kind = value.__class__
        if kind is str:
            return isolated(value, direction)
        if kind is int:
            return str(value)
        return value if isinstance(value, Text | Markup) else isolated(printable(value), direction)

    return show


def _line(direction: Direction) -> Show:
    plain = _plain(direction)

    def show(value: Any) -> str:
        return plain(spaced(value) if value.__class__ is str else value)

    return show


def _html(direction: Direction) -> Show:
    def show(value: Any) -> str:
        kind = value.__class__
        if kind is str:
            return value if direction == "ltr" and not _UNSAFE.search(value) else isolated_html(value, direction)
        if kind is int:
            return str(value)
        if kind is Text:
            return escaped(value)
        return value if kind is Markup else isolated_html(printable(value), direction)

    return show


def _code(value: Any) -> str:
    return clean(printable(value))


def _entry(direction: Direction) -> Show:
    line = _line(direction)

    def show(value: Any) -> str:
        text = one_line(line(value))
        if not text:
            raise MissingData("a value of the list")
        return text

    return show
