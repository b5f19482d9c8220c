"""Web addresses in a finished message, each replaced by a shorter one that leads there: a pure replacement of text.

    html      where `<a href="…">` and `<area href="…">` lead        nothing else of the document is touched
    texts     what is written as a web address                       without the punctuation of the sentence behind it
    url       where the message itself leads                         never where a picture is

What is not plainly an address from its first to its last character stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape, unescape
from typing import Any
from unicodedata import east_asian_width

Shorten = Callable[[str], str]
"""The short form of an address, or the address itself where it is to stay."""

_ATTRIBUTE = r"""[^\s"'>/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?"""
_LINK = re.compile(
    rf"""(<a(?:rea)?(?:\s+(?!href[\s=]){_ATTRIBUTE})*\s+href\s*=\s*)(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE
)
_WRITTEN = re.compile(r"https?://[!#-;=?-_a-z{-~]+", re.IGNORECASE)
_BEHIND = ".,;:!?'*_~"
_BRACKETS = {")": "(", "]": "[", "}": "{"}
_TEXTS = frozenset({"text", "body", "variables", "footer"})
"""The fields that readers see with their addresses in them."""
_URLS = frozenset({"link"})
"""The fields that are an address, and lead there."""


def tracked(fields: Mapping[str, Any], shorten: Shorten) -> dict[str, Any]:
    """The fields of a message with short addresses in them."""
    return {name: _field(name, value, shorten) for name, value in fields.items()}


def _field(name: str, value: Any, shorten: Shorten) -> Any:
    if name == "html":
        return _html(value, shorten)
    if name in _URLS:
        return shorten(value)
    if name not in _TEXTS:
        return value
    return [_text(line, shorten) for line in value] if isinstance(value, list) else _text(value, shorten)


def _html(html: str, shorten: Shorten) -> str:
    def replaced(found: re.Match[str]) -> str:
        before, quoted, single = found.groups()
        address = unescape(single if quoted is None else quoted).strip()
        short = shorten(address)
        return found[0] if short == address else f'{before}"{escape(short)}"'

    return _LINK.sub(replaced, html)


def _text(text: str, shorten: Shorten) -> str:
    def replaced(found: re.Match[str]) -> str:
        address = _without_punctuation(found[0])
        if _goes_on(text, found.end()):
            return found[0]
        return shorten(address) + found[0][len(address) :]

    return _WRITTEN.sub(replaced, text)


def _without_punctuation(written: str) -> str:
    """An address without what belongs to the sentence, such as a full stop or the bracket that was opened before it."""
    while written[-1] in _BEHIND or written.count(written[-1]) > written.count(_BRACKETS.get(written[-1], written[-1])):
        written = written[:-1]
    return written


def _goes_on(text: str, end: int) -> bool:
    """Whether an address may have more to it: a letter behind it, of a script that keeps words apart by spaces."""
    follower = text[end : end + 1]
    return follower.isalnum() and east_asian_width(follower) not in "WF"
