"""What there is to translate: the strings of all templates, as a `messages.pot`.

Each has the places where it stands, the author's notes, and how readers see it (`contexts`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from orchestrator.content.catalogs import String
from orchestrator.content.library import Use
from orchestrator.translation.document import Block, Document, Key, Lines, block, header
from orchestrator.translation.notes import notes

HEADER = {"MIME-Version": "1.0", "Content-Type": "text/plain; charset=UTF-8", "Content-Transfer-Encoding": "8bit"}
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")


@dataclass(slots=True)
class _Found:
    """All uses of one string."""

    string: String
    places: dict[str, None] = field(default_factory=dict)
    remarks: dict[str, None] = field(default_factory=dict)


def extracted(
    uses: Iterable[Use], files: Mapping[str, bytes], shown: Mapping[Key, Lines], before: Document | None = None
) -> Document:
    """The template of all catalogs.

    Args:
        uses: every string with its places, in the order in which they shall stand.
        files: the workspace's files, for the authors' notes.
        shown: lines that say how readers see a string.
        before: the template as it was, whose header stays.
    """
    head = before.header if before else header(HEADER, ("# The strings of this workspace's templates.",))
    blocks = tuple(_block(found, shown) for found in _gathered(uses, files).values())
    return Document(head, blocks, newline=before.newline if before else "\n")


def _gathered(uses: Iterable[Use], files: Mapping[str, bytes]) -> Mapping[Key, _Found]:
    said: dict[str, Mapping[int, Lines]] = {}
    gathered: dict[Key, _Found] = {}
    for use in uses:
        string = use.string
        found = gathered.setdefault((string.context, string.msgid), _Found(string))
        if found.string.plural is None and string.plural is not None:
            found.string = string
        if use.file not in said:
            said[use.file] = notes(files[use.file].decode("utf-8-sig"))
        found.places[_place(use)] = None
        found.remarks |= dict.fromkeys(said[use.file].get(use.line, ()))
    return gathered


def _block(found: _Found, shown: Mapping[Key, Lines]) -> Block:
    string = found.string
    texts = f"{string.msgid}{string.plural or ''}"
    return replace(
        block(string, ("", "") if string.plural is not None else ("",)),
        remarks=(*found.remarks, *shown.get((string.context, string.msgid), ())),
        places=(" ".join(found.places),),
        flags=("python-format",) if _PLACEHOLDER.search(texts) else (),
    )


def _place(use: Use) -> str:
    """A file and a line; a name with spaces stands between isolates, as in gettext's own files."""
    file = f"\u2068{use.file}\u2069" if " " in use.file else use.file
    return f"{file}:{use.line}"
