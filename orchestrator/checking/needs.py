"""What a message cannot do without: that it is there for certain.

A field is there if its moment requires it, an attribute if the campaign names it under `identify`, a term if every
market has it; and whatever the campaign's conditions need. All else a template must do without: {% if %}, `default`,
`greeting`.

Who is to mend it? Where some template copes without the value, the one that does not; where none copes, whoever
declares the value as one that may be missing. The message names both places.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from typing import TypeVar

from orchestrator.blueprint import Market
from orchestrator.blueprint.problems import Problem
from orchestrator.blueprint.sources import KAIROS, MARKETS
from orchestrator.checking.grounds import has_term
from orchestrator.checking.names import is_misspelt, misspelt_terms
from orchestrator.checking.subject import Lookup, Subject
from orchestrator.checking.values import Path, declared, written
from orchestrator.checking.wording import counted, places

K = TypeVar("K", bound=Hashable)
COPE = "Say what then: {% if … %} around it, or `|default(…)`."


def optional_fields(subject: Subject) -> Iterator[Problem]:
    """Fields of a moment that a message needs and that the moment may lack."""
    needs = _needs(subject, ("moment", "data"))
    for (moment, path), lookups in _grouped(((n.campaign.moment.on or "", declared(n.use.path)), n) for n in needs):
        place = ("moments", moment, "data", path[2])
        declaration = subject.place_in_yaml(KAIROS, place)
        positions = [lookup.use.position for lookup in lookups]
        if _copes(subject, path, {lookup.campaign.name for lookup in lookups}):
            message = f"`{written(path)}` may be missing: {moment} does not require it ({declaration}). {COPE}"
            yield from _at_each(subject, positions, "data.optional", message, path)
        else:
            where = places(map(subject.place, positions))
            message = f"{path[2]!r} is not `required`, and {where} cannot do without it. Require it, or cope without it there."
            yield subject.in_yaml(KAIROS, place, "error", "data.optional", message, on_key=True)


def optional_attributes(subject: Subject) -> Iterator[Problem]:
    """Attributes that a message needs and that its campaign does not name under `identify`."""
    needs = [n for n in _needs(subject, ("profile",)) if n.use.path[1] in subject.workspace.attributes]
    for path, lookups in _grouped((declared(n.use.path), n) for n in needs):
        by_campaign = dict(_grouped((n.campaign.name, n) for n in lookups))
        at_fault = {name for name, several in by_campaign.items() if _forgot(subject, path, name, several)}
        for name in sorted(at_fault):
            yield _not_identified(subject, path, name, by_campaign[name])
        others = [lookup for name, several in by_campaign.items() if name not in at_fault for lookup in several]
        campaigns = counted("campaign", [lookup.campaign.name for lookup in others]) if others else ""
        message = f"`{written(path)}` may not be known, as `identify` of {campaigns} does not name it. {COPE}"
        yield from _at_each(subject, [lookup.use.position for lookup in others], "attribute.optional", message, path)


def _forgot(subject: Subject, path: Path, campaign: str, lookups: Iterable[Lookup]) -> bool:
    """Whether it is the campaign that is to be mended, not the template."""
    if _copes(subject, path, {campaign}):
        return False
    positions = {lookup.use.position for lookup in lookups}
    sharing = {other.campaign.name for other in subject.lookups if other.use.position in positions} - {campaign}
    given = [subject.grounds[name].given(path) for name in sharing]
    return not sharing or any(found and found.sure for found in given)


def _not_identified(subject: Subject, path: Path, name: str, lookups: Iterable[Lookup]) -> Problem:
    campaign = subject.workspace.campaigns[name]
    where = places(subject.place(lookup.use.position) for lookup in lookups)
    message = f"{where} cannot do without {path[1]!r}. Name it under `identify`, or cope without it there."
    key = ("identify",) if campaign.identify else ("tactic", "template")
    return subject.in_yaml(campaign.file, key, "error", "attribute.optional", message, on_key=bool(campaign.identify))


def optional_terms(subject: Subject) -> Iterator[Problem]:
    """Terms that a message needs and that a market which it goes to does not have."""
    needs = _needs(subject, ("market", "terms"))
    for path, lookups in _grouped((declared(n.use.path), n) for n in needs if len(n.use.path) > 2):
        lacking = {m.name: m for n in lookups for m in n.message.markets if not has_term(m, path[2])}
        having = [market for market in subject.workspace.markets.values() if has_term(market, path[2])]
        positions = [n.use.position for n in lookups if any(m.name in lacking for m in n.message.markets)]
        if _copes(subject, path, subject.workspace.campaigns) or len(lacking) > len(having):
            message = f"`{written(path)}` is missing in {counted('market', lacking)}. {COPE}"
            yield from _at_each(subject, positions, "term.optional", message, path)
        else:
            for market in lacking.values():
                if path[2] not in misspelt_terms(subject, market).values():
                    yield _without_term(subject, market, path[2], positions)


def _without_term(subject: Subject, market: Market, term: str, positions: Iterable[int]) -> Problem:
    where = places(map(subject.place, positions))
    message = f"The market {market.name} has no term {term!r}, and {where} cannot do without it."
    return subject.in_yaml(MARKETS, (market.name, "terms"), "error", "term.optional", message, on_key=True)


def optional_values(subject: Subject) -> Iterator[Problem]:
    """Other values that a message needs and that may be missing: a way out where there is none, a person's locale."""
    needs = [n for n in _needs(subject, ()) if not _by_name(subject, n.use.path)]
    for path, lookups in _grouped((declared(n.use.path), n) for n in needs):
        campaigns = counted("campaign", [lookup.campaign.name for lookup in lookups])
        message = f"`{written(path)}` may be missing in {campaigns}. {COPE}"
        yield from _at_each(subject, [lookup.use.position for lookup in lookups], "value.optional", message, path)


def _by_name(subject: Subject, path: Path) -> bool:
    """Whether a workspace gives the value its name."""
    return len(declared(path)) == 3 or (path[0] == "profile" and path[1] in subject.workspace.attributes)


# -- needs, and who copes without


def _needs(subject: Subject, root: Path) -> list[Lookup]:
    """The uses below a root that need what is not there for certain; where a guard is misspelt, it is that which is told."""
    return [
        lookup
        for lookup in subject.lookups
        if lookup.use.path[: len(root)] == root != lookup.use.path
        and is_unmet(subject, lookup)
        and not is_misspelt(subject, subject.file_at(lookup.use.position), declared(lookup.use.path)[-1])
    ]


def is_unmet(subject: Subject, lookup: Lookup) -> bool:
    """Whether something is needed that is not there for certain."""
    if lookup.use.sure:
        return False
    given = subject.grounds[lookup.campaign.name].given(declared(lookup.use.path))
    return given is not None and not given.sure


def _copes(subject: Subject, path: Path, campaigns: Iterable[str]) -> bool:
    """Whether some template of these campaigns says what happens where the value is missing."""
    wanted = set(campaigns)
    return any(
        lookup.use.sure and declared(lookup.use.path) == path
        for lookup in subject.lookups
        if lookup.campaign.name in wanted
    )


def _at_each(subject: Subject, positions: Iterable[int], code: str, message: str, path: Path) -> Iterator[Problem]:
    for position in sorted(set(positions)):
        yield subject.at_name(position, "error", code, message, path)


def _grouped(pairs: Iterable[tuple[K, Lookup]]) -> Iterator[tuple[K, list[Lookup]]]:
    found: dict[K, list[Lookup]] = defaultdict(list)
    for key, lookup in pairs:
        found[key].append(lookup)
    yield from found.items()
