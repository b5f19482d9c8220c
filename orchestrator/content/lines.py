"""Text brought into the shape that a field asks for: one line, a list of lines, or a body of several."""

from __future__ import annotations

import re

from orchestrator.content.bidi import CONTROLS, unisolated

_LINE_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SPACES = re.compile(" {2,}")  # plain ones only: those that must not break stay what they are
_ROUGH = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_WILD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")  # what `body` does not keep
_BLANK = re.compile(r"\n{3,}")
_BREAKS = re.compile(r"\r\n?|[\u2028\u2029\x85]")


def one_line(text: str) -> str:
    """Text for a header or a title: one line, single spaces, and no `=?`, at which mail programs begin to decode.

    Control characters become a space.
    """
    return unbroken(text).strip().replace("=?", "= ?")


def unbroken(text: str) -> str:
    """The text on one line, with single spaces."""
    text = spaced(text)
    return _SPACES.sub(" ", text) if "  " in text else text


def spaced(text: str) -> str:
    """The text with spaces in place of control characters and line breaks."""
    return _LINE_CONTROLS.sub(" ", text) if _ROUGH.search(text) else text


def body(text: str) -> str:
    """Text of several lines: nothing trails, at most one line in a row is blank, and no control characters are left."""
    if _WILD.search(text):
        text = CONTROLS.sub("", _BREAKS.sub("\n", text))
    if " \n" in text or "\t\n" in text:
        text = "\n".join([line.rstrip(" \t") for line in text.split("\n")])
    return (_BLANK.sub("\n\n", text) if "\n\n\n" in text else text).strip()


def lines(text: str) -> list[str]:
    """One entry for each line that is not blank; an entry that is an address holds no isolates."""
    entries = [one_line(line) for line in _BREAKS.sub("\n", text).split("\n")]
    return [unisolated(entry) if "://" in entry else entry for entry in entries if entry]
