"""What a template's author tells the translators: `{# Translators: … #}` directly before the string."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NOTE = re.compile(r"\{#[-+]?\s*Translators:\s*(?P<note>.*?)\s*[-+]?#\}", re.DOTALL)
_NOTHING = re.compile(r"(?:\s|\{#.*?#\})*", re.DOTALL)  # what may stand between a note and its string's line


def notes(source: str) -> Mapping[int, tuple[str, ...]]:
    """The notes of a template by the line (from 1) whose strings they are about, each as one line of text."""
    found: dict[int, tuple[str, ...]] = {}
    for note in _NOTE.finditer(source):
        rest = _NOTHING.match(source, note.end())
        line = source.count("\n", 0, rest.end() if rest else note.end()) + 1
        found[line] = (*found.get(line, ()), " ".join(note["note"].split()))
    return found
