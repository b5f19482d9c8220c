"""Values among words: kept from turning the text around them, and from writing what is not theirs to write.

    a value that holds strong characters of the other direction   is isolated: <bdi> in HTML, FSI…PDI in plain text
    bidi controls that come with a value                          are dropped: they could reverse what follows
    control characters                                            are dropped, or become a space in one-line fields
    `=?` in one-line fields                                       is broken up: some mail programs would decode what follows

Words of the template, its translations and formatted values stand in the message's own locale and are left alone:
they are `Text`, or `Markup` in HTML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal
from unicodedata import bidirectional

from markupsafe import Markup, escape

from orchestrator.content.refusal import Unfit
from orchestrator.content.values import is_missing, needed

Direction = Literal["ltr", "rtl"]
Show = Callable[[Any], str]

FSI, PDI = "\u2068", "\u2069"
LINE_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+")
_DROPPED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
_MAYBE_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]")
_SPACES = re.compile(" {2,}")  # plain ones only: those that must not break stay what they are
_LATIN = re.compile("[A-Za-z]")


class Text(str):
    """Words of ours in a plain field, as `Markup` is in HTML: not to be guarded again."""

    __slots__ = ()


def text(value: Any) -> Any:
    """Mark what was composed by the template itself; what is `Markup` stays it."""
    return Text(value) if type(value) is str else value


def has_opposite(value: str, direction: Direction) -> bool:
    """Whether the text holds a strong character of the direction opposite to the message's."""
    if direction == "ltr":
        return any(bidirectional(found) in ("R", "AL") for found in _MAYBE_RTL.findall(value))
    return bool(_LATIN.search(value)) or (not value.isascii() and any(bidirectional(c) == "L" for c in value))


def plain(value: str, direction: Direction) -> str:
    """A value from data as it may stand in plain text."""
    clean = _DROPPED.sub("", value)
    return f"{FSI}{clean}{PDI}" if has_opposite(clean, direction) else clean


def html(value: str, direction: Direction) -> Markup:
    """A value from data as it may stand in an element of HTML, escaped."""
    clean = _DROPPED.sub("", value)
    escaped = escape(clean)
    return Markup(f"<bdi>{escaped}</bdi>") if has_opposite(clean, direction) else escaped


def attribute(value: str) -> Markup:
    """A value from data as it may stand in a quoted attribute, where no element can isolate it, escaped."""
    return escape(_DROPPED.sub("", value))


@cache
def show_plain(direction: Direction) -> Show:
    """Prints any value into plain text that runs in this direction."""

    def show(value: Any) -> str:
        if isinstance(value, Text | Markup):
            return value
        return plain(printable(value), direction)

    return show


@cache
def show_html(direction: Direction) -> Show:
    """Prints any value into HTML that runs in this direction."""

    def show(value: Any) -> str:
        if hasattr(value, "__html__") and not is_missing(value):
            return Markup(value.__html__())
        return escape(value) if isinstance(value, Text) else html(printable(value), direction)

    return show


def show_attribute(value: Any) -> str:
    """Prints any value into a quoted attribute of HTML."""
    return escape(value) if isinstance(value, Text | Markup) else attribute(printable(value))


def printable(value: Any) -> str:
    """The value as text.

    Raises:
        MissingData: there is none.
        Unfit: it is a list or an object, which has no form of its own to be read in.
    """
    if isinstance(value, str):
        return value
    if isinstance(needed(value), Mapping | list | tuple | set | frozenset) or hasattr(value, "__next__"):
        raise Unfit(f"{_kind(value)} cannot be printed as it is; choose what of it is meant, or use a filter")
    return str(value)


def _kind(value: Any) -> str:
    return "an object" if isinstance(value, Mapping) else "a list"


def one_line(value: str) -> str:
    """Text for a header or a title: one line, single spaces, nothing that a mail program would decode."""
    if value.isprintable() and "=?" not in value and "  " not in value:
        return value.strip()
    return _SPACES.sub(" ", LINE_CONTROLS.sub(" ", value)).strip().replace("=?", "= ?")
