"""What became of the messages of one gallery in another: changed ones word by word, new ones, and those that are gone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from orchestrator.gallery.cards import Card

Kind = Literal["changed", "added", "removed"]
Step = Literal["same", "out", "in", "gap"]

AROUND = 8  # words that are shown of what stays, on either side of what changes
_WORDS = re.compile(r"<[^>]*>|\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that is not what it was; None where the message does not have it."""

    name: str
    before: str | None
    after: str | None

    def words(self) -> Iterator[tuple[Step, str]]:
        """The change word by word: what stays, what goes out and what comes in; `gap` where more stays than is shown."""
        return _words(self.before or "", self.after or "")


@dataclass(frozen=True, slots=True)
class Change:
    """One message that is not what it was."""

    kind: Kind
    before: Card | None
    after: Card | None
    fields: tuple[FieldChange, ...] = ()

    @property
    def card(self) -> Card:
        """The message as it is, or else as it was."""
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def telling(self) -> tuple[FieldChange, ...]:
        """The fields to look at: a mail's HTML only where its words stay, as the text has them without the markup."""
        names = {field.name for field in self.fields}
        return tuple(field for field in self.fields if field.name != "html" or "text" not in names)


def changes(before: Iterable[Card], after: Iterable[Card]) -> tuple[Change, ...]:
    """All messages that differ between two galleries, in the order of their scenes."""
    old = {str(card.scene): card for card in before}
    new = {str(card.scene): card for card in after}
    return tuple(
        change for name in dict.fromkeys((*new, *old)) if (change := _change(old.get(name), new.get(name))) is not None
    )


def _change(before: Card | None, after: Card | None) -> Change | None:
    if before is None or after is None:
        fields = tuple(_fields(_told(before), _told(after)))
        return Change("added" if before is None else "removed", before, after, fields)
    fields = tuple(_fields(_told(before), _told(after)))
    return Change("changed", before, after, fields) if fields else None


def _told(card: Card | None) -> Mapping[str, str]:
    """Everything that a reader or a payer would notice, as texts."""
    if card is None:
        return {}
    shown: dict[str, Any] = {**card.fields, "outcome": f"{card.outcome} {card.reason or ''}".strip()}
    if card.locale:
        shown["locale"] = card.locale
    if card.scene.channel == "sms":
        shown["cost"] = ", ".join(card.facts)
    return {name: "\n".join(value) if isinstance(value, list | tuple) else str(value) for name, value in shown.items()}


def _fields(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[FieldChange]:
    for name in dict.fromkeys((*after, *before)):
        if before.get(name) != after.get(name):
            yield FieldChange(name, before.get(name), after.get(name))


def _words(before: str, after: str) -> Iterator[tuple[Step, str]]:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    steps = list(_steps(old, new))
    for place, (same, gone, come) in enumerate(steps):
        if same:
            yield from _same(gone, first=place == 0, last=place == len(steps) - 1)
            continue
        if gone:
            yield "out", "".join(gone)
        if come:
            yield "in", "".join(come)


def _steps(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[bool, list[str], list[str]]]:
    """Passages that stay and passages that change, in turn; blanks between two changes belong to them."""
    gone: list[str] = []
    come: list[str] = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal" and not ((gone or come) and "".join(old[i:j]).isspace() and (j, m) != (len(old), len(new))):
            if gone or come:
                yield False, gone, come
            yield True, list(old[i:j]), []
            gone, come = [], []
        else:
            gone, come = gone + list(old[i:j]), come + list(new[k:m])
    if gone or come:
        yield False, gone, come


def _same(words: Sequence[str], first: bool, last: bool) -> Iterator[tuple[Step, str]]:
    """What stays; of a long passage only what stands next to a change."""
    head, tail = (0 if first else AROUND), (0 if last else AROUND)
    if len(words) <= head + tail + AROUND:
        yield "same", "".join(words)
        return
    if head:
        yield "same", "".join(words[:head])
    yield "gap", "…"
    if tail:
        yield "same", "".join(words[-tail:])
