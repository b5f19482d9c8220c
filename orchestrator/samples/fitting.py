"""Values with which conditions hold. They are found by trying, so that a condition itself is the judge of what it means.

    tenure_days <= 3 and count('session.started', '3d') >= 1
    └──── part ────┘     └───────────── part ──────────────┘

Each part of a condition is tried with what its names are likely to be, then with what is written in the condition, and
what lies just beside that; the parts that follow keep what was found for those before them.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise, product
from typing import Any

from orchestrator.blueprint import Condition, Names, Scope, check_value, compile_condition
from orchestrator.blueprint.condition_syntax import parse
from orchestrator.blueprint.durations import parse_duration
from orchestrator.blueprint.types import TypeName

Key = tuple[str, ...]
"""("profile", attribute), ("data", field), ("past", moment) or ("market",)."""
Choice = Mapping[Key, Any]
MOST = 10_000
"""How many choices are tried."""
_COUNTS = range(1, 101)
_BESIDE = timedelta(minutes=1)
_ELSEWHERE = {"lat": -33.87, "lon": 151.21}


@dataclass(frozen=True, slots=True)
class Literals:
    """What is written in conditions: numbers, with those beside them; texts; durations; and pairs of numbers, as places."""

    numbers: tuple[float, ...]
    texts: tuple[str, ...]
    durations: tuple[timedelta, ...]
    places: tuple[Mapping[str, float], ...]


@dataclass(frozen=True, slots=True)
class Domain:
    """What a name may be: what it is likely to be, and else."""

    likely: Any
    others: Callable[[Literals], Iterable[Any]]

    def candidates(self, literals: Literals) -> list[Any]:
        """All that it may be, the likely first."""
        return [self.likely, *self.others(literals)]


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a condition that has to hold by itself, and the names in it."""

    condition: Condition
    keys: tuple[Key, ...]


def fitted(
    conditions: Iterable[Condition], names: Names, domains: Mapping[Key, Domain], scope: Callable[[Choice], Scope]
) -> Choice:
    """A value for each name, with which all conditions hold; likely values where none are found.

    Args:
        names: what conditions may name.
        scope: what they see of a choice.
    """
    likely = {key: domain.likely for key, domain in domains.items()}
    trees = [tree for condition in conditions for tree in _joined(parse(condition.text))]
    parts = [_part(tree, names, domains) for tree in trees]
    literals = _literals(trees)
    candidates = {key: domains[key].candidates(literals) for part in parts for key in part.keys}
    attempts = iter(range(MOST))
    found = next(_solutions(parts, candidates, likely, frozenset(), scope, attempts), {})
    return {**likely, **found}


def _solutions(
    parts: Sequence[_Part],
    candidates: Mapping[Key, Sequence[Any]],
    chosen: Choice,
    fixed: frozenset[Key],
    scope: Callable[[Choice], Scope],
    attempts: Iterator[int],
) -> Iterator[Choice]:
    if not parts:
        yield chosen
        return
    free = [key for key in parts[0].keys if key not in fixed]
    for values in product(*(candidates[key] for key in free)):
        if next(attempts, None) is None:
            return
        tried = {**chosen, **dict(zip(free, values, strict=True))}
        if parts[0].condition.holds(scope(tried)):
            yield from _solutions(parts[1:], candidates, tried, fixed.union(free), scope, attempts)


# -- what stands in conditions


def _joined(tree: ast.expr) -> list[ast.expr]:
    """What `and` joins."""
    if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And):
        return [part for value in tree.values for part in _joined(value)]
    return [tree]


def _part(tree: ast.expr, names: Names, domains: Mapping[Key, Domain]) -> _Part:
    condition = compile_condition(ast.unparse(tree), names)
    named = [key for node in ast.walk(tree) if (key := _key(node)) in domains]
    past = [("past", name) for name in sorted({*condition.counts, *condition.sinces})]
    return _Part(condition, tuple(dict.fromkeys(key for key in (*named, *past) if key in domains)))


def _key(node: ast.AST) -> Key:
    match node:
        case (
            ast.Attribute(value=ast.Name("data"), attr=name)
            | ast.Subscript(value=ast.Name("data"), slice=ast.Constant(value=str(name)))
        ):
            return "data", name
        case ast.Name("market"):
            return ("market",)
        case ast.Name(id=name):
            return "profile", name
    return ()


def _literals(trees: Iterable[ast.expr]) -> Literals:
    nodes = [node for tree in trees for node in ast.walk(tree)]
    written = [value for node in nodes if (value := _number(node)) is not None]
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return Literals(
        tuple(dict.fromkeys(near for number in written for near in (number, number + 1, number - 1))),
        tuple(dict.fromkeys(texts)),
        tuple(duration for text in texts if (duration := _duration(text))),
        tuple({"lat": lat, "lon": lon} for lat, lon in pairwise(written)),
    )


def _number(node: ast.AST) -> float | None:
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return number
    return None


def _duration(text: str) -> timedelta | None:
    try:
        return parse_duration(text)
    except ValueError:
        return None


# -- what a name may be


def of_type(type_: TypeName, likely: Any, *, optional: bool) -> Domain:
    """A value of a type; missing only where it may be."""
    return Domain(likely, lambda literals: (*_alike(type_, likely, literals), *((None,) if optional else ())))


def _alike(type_: TypeName, likely: Any, literals: Literals) -> Iterator[Any]:
    match type_:
        case "boolean":
            yield not likely
        case "list":
            yield from ([*likely, *literals.texts], [*literals.texts], *([text] for text in literals.texts), [])
        case "geo":
            yield from (place for place in literals.places if check_value("geo", place) is None)
            yield _ELSEWHERE
        case _:
            values = (*literals.numbers, *literals.texts, *_beside(literals.texts))
            yield from (value for value in values if check_value(type_, value) is None)


def _beside(texts: Iterable[str]) -> Iterator[str]:
    """The days before and after those that are written."""
    for text in texts:
        try:
            day = datetime.fromisoformat(text)
        except ValueError:
            continue
        for other in (day + timedelta(days=1), day - timedelta(days=1)):
            yield other.isoformat() if "T" in text else other.date().isoformat()


def past(now: datetime) -> Domain:
    """When something has happened, up to now."""

    def instants(literals: Literals) -> Iterator[tuple[datetime, ...]]:
        counts = sorted({1, *(int(number) for number in literals.numbers if number in _COUNTS)})
        seconds = [timedelta(seconds=number) for number in literals.numbers if 60 < number < 10**9]
        ages = [_BESIDE, *(age for span in (*literals.durations, *seconds) for age in (span + _BESIDE, span - _BESIDE))]
        for age in ages:
            yield from (tuple(now - age - each * _BESIDE / 10 for each in range(count)) for count in counts)

    return Domain((), instants)
