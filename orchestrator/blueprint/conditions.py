"""Conditions: the small, safe expression language of segments, moments and caps.

    tenure_days <= 3 and count('session.started', '3d') >= 1
    data.total > 100 and market in ['ID', 'TH'] and not location is defined

    text ─► syntax tree ─► one Python expression ─► code object         names that are unknown
            condition_syntax   condition_compiler       holds(scope)     stand in `problems`

A missing value makes a comparison unknown, never an error, and what is unknown does not hold: neither `age > 18` nor
`not age > 18` holds for a person whose age is not known. `condition_values` says what each operation means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from orchestrator.blueprint import condition_values
from orchestrator.blueprint.condition_compiler import Compiler
from orchestrator.blueprint.condition_operands import ConditionProblem, Names, Typed
from orchestrator.blueprint.condition_syntax import ConditionError, parse
from orchestrator.blueprint.condition_values import Scope

__all__ = [
    "ALWAYS",
    "NEVER",
    "Condition",
    "ConditionError",
    "ConditionProblem",
    "Names",
    "Scope",
    "Typed",
    "compile_condition",
]

_RUNTIME: Mapping[str, Any] = {
    "__builtins__": {"type": type},
    **{name: getattr(condition_values, name) for name in condition_values.RUNTIME},
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition. Two are the same if their texts are.

    `holds(scope)` is True only if the condition is surely true; it never raises. `attributes` are those it reads,
    `counts` the moments it counts with the widest window over each, `sinces` those it measures the time since.
    `problems` are names that nothing bears, and comparisons that can never be true.
    """

    text: str
    holds: Callable[[Scope], bool] = field(compare=False, repr=False)
    attributes: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    counts: Mapping[str, timedelta] = field(default_factory=dict, compare=False, repr=False)
    sinces: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    problems: tuple[ConditionProblem, ...] = field(default=(), compare=False, repr=False)


ALWAYS = Condition("true", lambda _: True)
NEVER = Condition("false", lambda _: False)


def compile_condition(text: str, names: Names) -> Condition:
    """The condition that `text` writes, checked against `names`.

    Raises:
        ConditionError: `text` is no condition; the message says what to write instead, `offset` where.
    """
    compiler = Compiler(names)
    expression = compiler.surely(parse(text))
    found = compiler.operands
    holds = eval(compile(f"lambda scope: {expression}", "<condition>", "eval"), {**_RUNTIME, **found.constants})
    return Condition(
        text,
        holds,
        frozenset(found.attributes),
        MappingProxyType(found.counts),
        frozenset(found.sinces),
        tuple(sorted(found.problems, key=lambda problem: problem.offset)),
    )
