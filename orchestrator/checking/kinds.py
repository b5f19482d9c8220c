"""What is done with a value, against what it is: `|money` of a text, `{% for %}` over a number, a list that is printed.

Who is to mend it? Where all uses agree with each other and not with the declaration, whoever declares the value; else the
one template. The message names both places.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from orchestrator.blueprint.problems import Problem
from orchestrator.blueprint.sources import KAIROS, MARKETS
from orchestrator.blueprint.yaml_reader import Path as YamlPath
from orchestrator.checking.subject import Lookup, Subject
from orchestrator.checking.values import TAKES, WRITTEN, Literal, Path, declared, written
from orchestrator.checking.wording import places
from orchestrator.content.fields import FIELDS

_NOUNS = {
    "string": "a text", "text": "a text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
    "money": "an amount of money", "date": "a date", "datetime": "an instant", "geo": "a place", "list": "a list",
    "object": "an object",
}  # fmt: skip
_DONE = {
    "print": "It cannot be printed as it is.",
    "each": "A loop needs a list to go over.",
    "plural": "Which plural form goes with it can only be said of a number.",
    "calculate": "One can calculate with numbers only.",
    "range": "`range` takes whole numbers.",
    "in": "`in` looks into a list or a text.",
    "url": "A link needs an address.",
    "equal": "So the comparison is never true.",
    "order": "So the two cannot be put in order.",
}
_HOW = {
    "money": "Write `|money`.",
    "date": "Write `|date`.",
    "datetime": "Write `|date` or `|datetime`.",
    "list": "Write `|list`, `|length`, or go through it with {% for %}.",
    "object": "Say which part of it is meant.",
    "geo": "Say which part of it is meant.",
    "boolean": "Write {% if … %}.",
}
_COMPARED: Mapping[type, frozenset[str]] = {
    bool: frozenset({"boolean"}),
    int: frozenset({"integer", "number", "money"}),
    float: frozenset({"integer", "number", "money"}),
    str: frozenset({"string", "text", "date", "datetime"}),
}
_UNMARKED = frozenset({"code", "url", "lines"})
"""Kinds of fields in which a value may stand as machines write it."""


def wrong_kinds(subject: Subject) -> Iterator[Problem]:
    """Values that are used as what they are not."""
    conflicts: dict[Path, list[Lookup]] = defaultdict(list)
    for lookup in subject.lookups:
        if is_misused(subject, lookup):
            conflicts[lookup.use.path].append(lookup)
    for path, lookups in sorted(conflicts.items()):
        place = _declaration(path, lookups[0])
        if place and _all_agree_against_it(subject, path, lookups):
            yield _misdeclared(subject, path, lookups, place)
        else:
            yield from _misused(subject, lookups, place)


def _kind(subject: Subject, lookup: Lookup) -> str | None:
    given = subject.grounds[lookup.campaign.name].given(lookup.use.path)
    return given.kind if given else None


def is_misused(subject: Subject, lookup: Lookup) -> bool:
    """Whether a value is used as what it is not."""
    kind = _kind(subject, lookup)
    if kind is None:
        return False
    use = lookup.use
    if use.role in ("equal", "order"):
        return bool(use.literals) and not any(kind in _COMPARED[type(literal)] for literal in use.literals)
    return kind not in TAKES.get(use.role, (kind,))


def _all_agree_against_it(subject: Subject, path: Path, conflicts: Iterable[Lookup]) -> bool:
    uses = {(lookup.use.position, lookup.use.role) for lookup in conflicts}
    wanted = [_wanted(lookup) for lookup in conflicts]
    others = [
        lookup
        for lookup in subject.lookups
        if lookup.use.path == path and lookup.use.role in TAKES.keys() - {"print"} and lookup not in conflicts
    ]
    return len(uses) > 1 and not others and bool(frozenset.intersection(*wanted))


def _wanted(lookup: Lookup) -> frozenset[str]:
    """The kinds that would be right at a use."""
    if lookup.use.role in TAKES:
        return TAKES[lookup.use.role]
    return frozenset().union(*(_COMPARED[type(literal)] for literal in lookup.use.literals))


def _declaration(path: Path, lookup: Lookup) -> tuple[str, YamlPath] | None:
    """Where a workspace says of what kind the value is."""
    if declared(path) != path or len(path) < 2:
        return None
    if path[0] == "profile":
        return KAIROS, ("attributes", path[1])
    if path[:2] == ("moment", "data") and len(path) == 3:
        return KAIROS, ("moments", lookup.campaign.moment.on or "", "data", path[2])
    if path[:2] == ("market", "terms") and len(path) == 3:
        return MARKETS, (lookup.message.markets[0].name, "terms", path[2])
    return None


def _misdeclared(subject: Subject, path: Path, lookups: list[Lookup], place: tuple[str, YamlPath]) -> Problem:
    kind = _NOUNS[str(_kind(subject, lookups[0]))]
    where = places(subject.place(lookup.use.position) for lookup in lookups)
    wanted = _listed(frozenset.intersection(*map(_wanted, lookups)))
    message = f"{path[-1]!r} is declared as {kind}, but {where} use it as {wanted}."
    return subject.in_yaml(*place, "error", "value.kind", message, on_key=True)


def _misused(subject: Subject, lookups: list[Lookup], place: tuple[str, YamlPath] | None) -> Iterator[Problem]:
    found = {(lookup.use.position, lookup.use.role): lookup for lookup in lookups}
    said = f" ({subject.place_in_yaml(*place)})" if place else ""
    for (position, role), lookup in sorted(found.items(), key=lambda item: item[0]):
        kind = str(_kind(subject, lookup))
        message = f"`{written(lookup.use.path)}` is {_NOUNS[kind]}{said}. {_advice(role, kind)}"
        yield subject.at_name(position, "error", "value.kind", message, lookup.use.path)


def _advice(role: str, kind: str) -> str:
    if role == "print":
        return f"{_DONE[role]} {_HOW.get(kind, '')}".strip()
    if role in _DONE:
        return _DONE[role]
    return f"`|{role}` takes {_listed(TAKES[role])}."


def _listed(kinds: frozenset[str]) -> str:
    """Kinds in words; a whole number is a number."""
    return " or ".join(sorted({_NOUNS[kind] for kind in kinds if not (kind == "integer" and "number" in kinds)}))


def misuses(subject: Subject) -> Iterator[Problem]:
    """What a template makes itself and then uses as what it is not."""
    found = {
        misuse for message in subject.messages for reading in message.readings.values() for misuse in reading.misuses
    }
    for misuse in found:
        message = f"This is {_NOUNS[misuse.kind]}. {_advice(misuse.role, misuse.kind)}"
        needle = f"|{misuse.role}" if misuse.role in TAKES else ""
        yield subject.in_template(misuse.position, "error", "value.kind", message, needle)


def unwritten(subject: Subject) -> Iterator[Problem]:
    """Dates, instants and truths that are printed as machines write them."""
    found: dict[tuple[int, str], Lookup] = {}
    for lookup in subject.lookups:
        kind = _kind(subject, lookup)
        plain = FIELDS[lookup.message.channel][lookup.field] in _UNMARKED
        if lookup.use.role == "print" and kind in WRITTEN and not plain:
            found[lookup.use.position, str(kind)] = lookup
    for (position, kind), lookup in found.items():
        message = f"`{written(lookup.use.path)}` is {_NOUNS[kind]}, and printed as machines write it. {_HOW[kind]}"
        yield subject.at_name(position, "warning", "value.unwritten", message, lookup.use.path)


def never_equal(subject: Subject) -> Iterator[Problem]:
    """Terms that are compared with what no market says."""
    found: dict[tuple[int, str, Literal], None] = {}
    for lookup in subject.lookups:
        path, use = lookup.use.path, lookup.use
        if path[:2] == ("market", "terms") and len(path) == 3 and use.role == "equal":
            said = {
                market.terms.get(path[2])
                for market in subject.workspace.markets.values()
                if _hashable(market.terms.get(path[2]))
            }
            found |= {
                (use.position, path[2], literal): None
                for literal in use.literals
                if said - {None} and literal not in said
            }
    for position, term, literal in found:
        message = f"No market has {literal!r} as its term {term!r}, so this is never true."
        yield subject.in_template(position, "warning", "term.never", message, repr(literal))


def _hashable(value: object) -> bool:
    return isinstance(value, str | int | float | bool | None)
