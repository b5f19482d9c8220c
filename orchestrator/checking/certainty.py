"""What must be known for a condition to hold: who got past it surely has that.

tenure_days <= 3 and count('session.started', '3d') >= 1        profile.tenure_days
data.total > 100 or 'vip' in tags                               nothing that both sides need
not (weekly_minutes >= 60)                                      profile.weekly_minutes: unknown is neither true nor false
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import reduce

from orchestrator.blueprint import Condition, ConditionError
from orchestrator.blueprint.condition_syntax import parse
from orchestrator.checking.values import Path

Names = frozenset[Path]
NOTHING: Names = frozenset()
_WORDS = frozenset({"true", "false", "none", "defined", "undefined", "data", "market", "channel"})
"""Names that are no attributes."""


def needed_by(condition: Condition | None) -> Names:
    """The attributes and data without which the condition holds for nobody."""
    if condition is None:
        return NOTHING
    try:
        return _needed(parse(condition.text), True)
    except ConditionError:
        return NOTHING


def _needed(node: ast.expr, wanted: bool) -> Names:
    """What must be known for the node to be surely `wanted`."""
    match node:
        case ast.BoolOp(op=op, values=parts):
            together = [_needed(part, wanted) for part in parts]
            if isinstance(op, ast.And) is wanted:
                return NOTHING.union(*together)
            return reduce(frozenset.intersection, together)
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return _needed(inner, not wanted)
        case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot() as op], comparators=[right]):
            is_defined = (isinstance(right, ast.Name) and right.id == "defined") is isinstance(op, ast.Is)
            return frozenset(_named(left)) if is_defined is wanted else NOTHING
        case ast.Compare(left=left, comparators=others) if wanted or len(others) == 1:
            return frozenset(name for side in (left, *others) for name in _named(side))
    return frozenset(_named(node))


def _named(node: ast.expr) -> Iterator[Path]:
    """The names in an operand that is unknown if one of them is."""
    match node:
        case ast.Name(id=name) if name not in _WORDS:
            yield "profile", name
        case ast.Attribute(value=ast.Name(id="data"), attr=name):
            yield "moment", "data", name
        case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.UnaryOp(op=ast.USub(), operand=inner):
            yield from _named(inner)
        case ast.BinOp(left=left, right=right):
            yield from (*_named(left), *_named(right))
        case ast.Call(func=ast.Name(id="distance_km"), args=args):
            for arg in args:
                yield from _named(arg)
