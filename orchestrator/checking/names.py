"""Names in templates: that each is borne by something, and that what is nobody's business is named where it is used."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterator, Mapping

from orchestrator.blueprint import Market
from orchestrator.blueprint.problems import Problem, Severity, did_you_mean, unknown
from orchestrator.blueprint.sources import KAIROS, MARKETS
from orchestrator.blueprint.yaml_reader import Path as YamlPath
from orchestrator.checking.subject import Lookup, Message, Subject
from orchestrator.checking.values import ITEM, Path, declared, written
from orchestrator.checking.wording import counted, places

_KINDS: Mapping[Path, tuple[str, str]] = {
    ("profile",): ("attribute", "attribute.unknown"),
    ("moment", "data"): ("field", "data.unknown"),
    ("market", "terms"): ("term", "term.unknown"),
}
_SAYS = {
    "attribute": "Declare it under `attributes` in kairos.yaml.",
    "field": "Declare it under the moment's `data` in kairos.yaml.",
    "term": "Write it under `terms` in markets.yaml.",
    "value": "",
}


def unknown_names(subject: Subject) -> Iterator[Problem]:
    """Attributes, fields, terms and other values that nothing bears."""
    found: dict[Path, list[Lookup]] = defaultdict(list)
    for lookup in subject.lookups:
        path = unknown_part(subject, lookup)
        if path:
            found[path].append(lookup)
    for path, lookups in sorted(found.items()):
        misspelt = _misspelt_declaration(subject, path, lookups)
        yield from [misspelt] if misspelt else _at_each_place(subject, path, lookups)


def unknown_part(subject: Subject, lookup: Lookup) -> Path | None:
    """The shortest part of a path that nothing bears."""
    grounds, path = subject.grounds[lookup.campaign.name], lookup.use.path
    for length in range(1, len(path) + 1):
        part = path[:length]
        if grounds.given(part) is None:
            return part
    return None


def has_known_names(subject: Subject, message: Message) -> bool:
    """Whether all that a message looks up is borne by something."""
    unknown_ = (unknown_part(subject, lookup) for lookup in subject.lookups if lookup.message is message)
    return not message.files & subject.broken and not any(unknown_)


def is_misspelt(subject: Subject, file: str, name: str) -> bool:
    """Whether a file has an unknown name that may well be meant for this one."""
    if file in subject.broken:
        return True
    return any(
        lookup.use.path[-1] == name or did_you_mean(lookup.use.path[-1], (name,))
        for lookup in subject.lookups
        if unknown_part(subject, lookup) and subject.file_at(lookup.use.position) == file
    )


def _kind(path: Path) -> tuple[str, str]:
    return _KINDS.get(path[:-1], ("value", "value.unknown"))


def _at_each_place(subject: Subject, path: Path, lookups: list[Lookup]) -> Iterator[Problem]:
    kind, code = _kind(path)
    by_position: dict[int, list[Lookup]] = defaultdict(list)
    itself = [lookup for lookup in lookups if lookup.use.path == path]  # what is looked up in it is no other mistake
    for lookup in itself or lookups:
        by_position[lookup.use.position].append(lookup)
    for position, several in by_position.items():
        meant = _nearly_declared(subject, path, several[0]) or _SAYS[kind]
        message = f"{_sentence(subject, kind, path, several)} {meant}".strip()
        mended = kind == "term" and all(lookup.use.sure for lookup in several)
        yield subject.at_name(position, "warning" if mended else "error", code, message, path)


def _nearly_declared(subject: Subject, path: Path, lookup: Lookup) -> str:
    """Where what is perhaps meant is declared."""
    declarations = dict(_declarations(subject, path, lookup)) if _kind(path)[0] in ("attribute", "field") else {}
    near = difflib.get_close_matches(path[-1], declarations, 1)
    return f"It is declared in {subject.place_in_yaml(KAIROS, declarations[near[0]])}." if near else ""


def _sentence(subject: Subject, kind: str, path: Path, lookups: list[Lookup]) -> str:
    campaigns = {lookup.campaign.name: lookup.campaign for lookup in lookups}
    beside = sorted({name for campaign in campaigns for name in subject.grounds[campaign].beside(path)})
    if path[-1] == ITEM:
        return f"`{written(path[:-1])}` has no items."
    if kind == "field":
        moments = {campaign.moment.on or "" for campaign in campaigns.values()}
        if moments == {""}:
            return f"`{written(path)}`: a scheduled campaign has no moment that carries data ({counted('campaign', campaigns)})."
        return f"{counted('moment', moments).capitalize()}: {unknown('field', path[-1], beside)}"
    if kind == "value" and len(path) > 1:
        return f"`{written(path[:-1])}`: {unknown('value', path[-1], beside)}"
    return unknown(kind, path[-1], beside)


# -- where it is the declaration that is misspelt


def _misspelt_declaration(subject: Subject, path: Path, lookups: list[Lookup]) -> Problem | None:
    """One problem where a name is declared, if several places agree on another spelling and none uses that one."""
    positions = {lookup.use.position for lookup in lookups}
    if len(positions) < 2 or _kind(path)[0] not in ("attribute", "field"):
        return None
    for name, place in _declarations(subject, path, lookups[0]):
        used = {declared(lookup.use.path) for lookup in subject.lookups}
        if did_you_mean(path[-1], (name,)) and (*path[:-1], name) not in used:
            where = places(map(subject.place, positions))
            message = f"Nothing reads {name!r}. Did you mean {path[-1]!r}, as {where} {'have' if len(positions) > 1 else 'has'} it?"
            return subject.in_yaml(KAIROS, place, "error", _kind(path)[1], message, on_key=True)
    return None


def _declarations(subject: Subject, path: Path, lookup: Lookup) -> Iterator[tuple[str, YamlPath]]:
    if path[0] == "profile":
        yield from ((name, ("attributes", name)) for name in subject.workspace.attributes)
    else:
        moment = lookup.campaign.moment.on or ""
        yield from (
            (name, ("moments", moment, "data", name)) for name in subject.grounds[lookup.campaign.name].data or ()
        )


def unread_terms(subject: Subject) -> Iterator[Problem]:
    """Terms of a market that no template reads, and whose name is nearly that of one that some do."""
    for market in subject.workspace.markets.values():
        for name, meant in misspelt_terms(subject, market).items():
            needed = any(not n.use.sure for n in subject.lookups if n.use.path == ("market", "terms", meant))
            message = f"No template reads the term {name!r}. Did you mean {meant!r}?"
            severity: Severity = "error" if needed else "warning"
            path = (market.name, "terms", name)
            yield subject.in_yaml(MARKETS, path, severity, "term.unread", message, on_key=True)


def misspelt_terms(subject: Subject, market: Market) -> Mapping[str, str]:
    """The terms of a market that nothing reads, with those that are read, nearly alike, and lacking in that market."""
    paths = (lookup.use.path for lookup in subject.lookups)
    read = {path[2] for path in paths if path[:2] == ("market", "terms") and len(path) > 2}
    near = {name: difflib.get_close_matches(name, read - set(market.terms), 1) for name in set(market.terms) - read}
    return {name: meant[0] for name, meant in near.items() if meant}


def sensitive(subject: Subject) -> Iterator[Problem]:
    """Sensitive attributes in a message of a campaign that does not name them."""
    found: dict[tuple[int, str], set[str]] = defaultdict(set)
    for lookup in subject.lookups:
        name = lookup.use.path[1] if lookup.use.path[:1] == ("profile",) and len(lookup.use.path) > 1 else ""
        attribute = subject.workspace.attributes.get(name)
        if attribute and attribute.sensitive and name not in lookup.campaign.identify:
            found[lookup.use.position, name].add(lookup.campaign.name)
    for (position, name), campaigns in found.items():
        message = f"The attribute {name!r} is sensitive. Name it under `identify` of {counted('campaign', campaigns)}."
        yield subject.at_name(position, "error", "attribute.sensitive", message, ("profile", name))
