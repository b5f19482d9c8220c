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
_NAME = re.compile(r"</?([A-Za-z][\w-]*)")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, as a stable code and a sentence, and the line of the translation it is in."""

    line: int
    code: str
    message: str


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
            message = "a lone `%`: double it (`%%`) where a percent sign is meant"
            yield Fault(form.line, "catalog.percent", message)


def foreign_placeholders(entry: Entry) -> Iterator[Fault]:
    """A placeholder that the source text does not have."""
    known = _placeholders(_source(entry))
    for form in entry.forms:
        for name in sorted(_placeholders(form.text) - known):
            near = get_close_matches(name, known, 1)
            hint = f"; did you mean `{near[0]}`?" if near else ""
            yield Fault(form.line, "catalog.placeholder", f"`{name}` is not in the source text{hint}")


def lost_placeholders(entry: Entry) -> Iterator[Fault]:
    """A placeholder of the source text that is left out; plural forms may leave out one, the number."""
    shared = _placeholders(entry.msgid) & _placeholders(entry.msgid if entry.plural is None else entry.plural)
    lost = {form.line: shared - _placeholders(form.text) for form in entry.forms}
    allowed = 0 if entry.plural is None else 1
    if len(frozenset().union(*lost.values())) <= allowed:
        return
    for line, names in lost.items():
        for name in sorted(names):
            yield Fault(line, "catalog.placeholder", f"`{name}` of the source text is missing")


def foreign_tags(entry: Entry) -> Iterator[Fault]:
    """Markup that the source text does not have."""
    known = _tags(_source(entry))
    for form in entry.forms:
        if foreign := [tag for tag in _tags(form.text) if tag not in known]:
            yield Fault(form.line, "catalog.markup", f"the source text does not have `{'` `'.join(foreign)}`")


def unclosed_tags(entry: Entry) -> Iterator[Fault]:
    """A tag that is opened without being closed, or the other way round, unless the source text leaves it so."""
    known = [_open(text) for text in (entry.msgid, entry.plural) if text is not None]
    for form in entry.forms:
        left = _open(form.text)
        if left not in known:
            names = "`, `".join(sorted(name for name in {*left, *known[0]} if left[name] != known[0][name]))
            yield Fault(form.line, "catalog.markup", f"`{names}` is not opened and closed as in the source text")


Check = Callable[[Entry], Iterator[Fault]]
CHECKS: tuple[Check, ...] = (lone_percent, foreign_placeholders, lost_placeholders, foreign_tags, unclosed_tags)


def _source(entry: Entry) -> str:
    return entry.msgid if entry.plural is None else f"{entry.msgid}\n{entry.plural}"


def _marks(text: str) -> frozenset[str]:
    return frozenset(_PERCENT.findall(text))


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
