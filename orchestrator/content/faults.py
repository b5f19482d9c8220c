"""What can be wrong with a translation, seen beside its source text.

Each check is one small generator over an entry, and all of them stand in `CHECKS`. A string with a fault counts
as not translated: a wrong placeholder or a lone `%` would fail when the message is rendered, and a tag that the
source does not have would put a translator's markup into everybody's mail.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from orchestrator.content.po import Entry

_PERCENT = re.compile(r"%(?:%|\([^()%]*\)[a-zA-Z])?")
_TAG = re.compile(r"<[A-Za-z/!?][^>]*>?")
_READ_ALOUD = re.compile(
    r"\b(alt|title|aria-label)\s*=\s*(?:\"[^\"]*\"|'[^']*')", re.IGNORECASE
)  # words, to be translated
_VOID = frozenset({"area", "br", "col", "hr", "img", "input", "source", "wbr"})  # elements that are never closed
_ENTITY = re.compile(r"&(?:[A-Za-z]{2,31}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_BRACES = re.compile(r"\{\{[^{}]*\}\}|\{%[^{}]*%\}")
_OPENING, _CLOSING = "\u202a\u202b\u202d\u202e\u2066\u2067\u2068", "\u202c\u2069"
_NAME = re.compile(r"</?([A-Za-z][\w-]*)")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, as a stable code and a sentence, the line of the translation it is in, and the piece of it."""

    line: int
    code: str
    message: str
    piece: str = ""


def faults(entry: Entry) -> Iterator[Fault]:
    """Everything that is wrong with an entry's translations."""
    for check in CHECKS:
        yield from check(entry)


def lone_percent(entry: Entry) -> Iterator[Fault]:
    """A `%` that is neither doubled nor a placeholder's."""
    if "%" in _marks(_source(entry)):
        return  # then the text is not a format at all, and the template's author hears of it
    for form in entry.forms:
        if "%" in _marks(form.text):
            left = sorted(_placeholders(entry.msgid) - _placeholders(form.text))
            hint = f"; the source text has `{left[0]}`" if left else ""
            message = f"a lone `%`: double it (`%%`) where a percent sign is meant{hint}"
            yield Fault(form.line, "catalog.percent", message, _lone(form.text))


def placeholders(entry: Entry) -> Iterator[Fault]:
    """A placeholder too many or too few; one in another's place is one fault. Plural forms may leave out one, the number."""
    known = _placeholders(_source(entry))
    shared = _placeholders(entry.msgid) & _placeholders(entry.msgid if entry.plural is None else entry.plural)
    lost = [shared - _placeholders(form.text) for form in entry.forms]
    if len(frozenset().union(*lost)) <= (0 if entry.plural is None else 1):
        lost = [frozenset() for _ in entry.forms]
    for form, missing in zip(entry.forms, lost, strict=True):
        left = sorted(missing)
        for name in sorted(_placeholders(form.text) - known):
            near = get_close_matches(name, left or known, 1) or left[:1]
            left = [other for other in left if other not in near]
            hint = f"; did you mean `{near[0]}`?" if near else ""
            yield Fault(form.line, "catalog.placeholder", f"`{name}` is not in the source text{hint}", name)
        if "%" not in _marks(form.text):  # else it is broken, and told as such
            for name in left:
                yield Fault(form.line, "catalog.placeholder", f"`{name}` of the source text is missing")


def braces(entry: Entry) -> Iterator[Fault]:
    """What templates write around a value, which nobody fills in here."""
    for form in entry.forms:
        for piece in sorted(set(_BRACES.findall(form.text)) - set(_BRACES.findall(_source(entry)))):
            message = f"`{piece}` would be read as it stands; a value is written as in the source text, `%(name)s`"
            yield Fault(form.line, "catalog.placeholder", message, piece)


def foreign_tags(entry: Entry) -> Iterator[Fault]:
    """Markup that the source text does not have."""
    known = _tags(_source(entry))
    for form in entry.forms:
        if foreign := [tag for tag in _tags(form.text) if tag not in known]:
            message = f"the source text does not have `{'` `'.join(foreign)}`"
            yield Fault(form.line, "catalog.markup", message, foreign[0])


def unclosed_tags(entry: Entry) -> Iterator[Fault]:
    """A tag that is opened without being closed, or the other way round, unless the source text leaves it so."""
    known = [_open(text) for text in (entry.msgid, entry.plural) if text is not None]
    for form in entry.forms:
        left = _open(form.text)
        if left not in known:
            names = "`, `".join(sorted(name for name in {*left, *known[0]} if left[name] != known[0][name]))
            yield Fault(form.line, "catalog.markup", f"`{names}` is not opened and closed as in the source text")


def foreign_entities(entry: Entry) -> Iterator[Fault]:
    """Characters written as HTML has them, which only HTML would show as they are meant."""
    known = _ENTITY.findall(_source(entry))
    for form in entry.forms:
        for piece in dict.fromkeys(_ENTITY.findall(form.text)):
            if piece not in known:
                message = f"the source text does not have `{piece}`; write the character itself"
                yield Fault(form.line, "catalog.markup", message, piece)


def open_directions(entry: Entry) -> Iterator[Fault]:
    """Marks that turn the direction of all that follows, not closed again."""
    for form in entry.forms:
        opened, closed = (sum(map(form.text.count, marks)) for marks in (_OPENING, _CLOSING))
        if opened != closed:
            message = "a mark of direction (U+202A to U+202E, U+2066 to U+2069) is not opened and closed"
            yield Fault(form.line, "catalog.markup", message)


Check = Callable[[Entry], Iterator[Fault]]
CHECKS: tuple[Check, ...] = (
    lone_percent,
    placeholders,
    braces,
    foreign_tags,
    unclosed_tags,
    foreign_entities,
    open_directions,
)


def _source(entry: Entry) -> str:
    return entry.msgid if entry.plural is None else f"{entry.msgid}\n{entry.plural}"


def _marks(text: str) -> frozenset[str]:
    return frozenset(_PERCENT.findall(text))


def _lone(text: str) -> str:
    """The lone `%`, with a little of what follows."""
    at = next(found.start() for found in _PERCENT.finditer(text) if found[0] == "%")
    return text[at : at + 3].split('"')[0].split("\\")[0].split("\n")[0]


def _placeholders(text: str) -> frozenset[str]:
    return _marks(text) - {"%", "%%"}


def _tags(text: str) -> list[str]:
    return [" ".join(_READ_ALOUD.sub(r"\1", tag).split()) for tag in _TAG.findall(text)]


def _open(text: str) -> Counter[str]:
    """How often each tag is opened more than closed."""
    left: Counter[str] = Counter()
    for tag in _TAG.findall(text):
        name = _NAME.match(tag)
        if name and not tag.endswith("/>") and name[1].lower() not in _VOID:
            left[name[1].lower()] += -1 if tag.startswith("</") else 1
    return Counter({name: count for name, count in left.items() if count})
