"""From the text of a condition to a checked syntax tree.

text ─► one line ─► Python's own parser ─► allow-listed nodes only, bounded in size and depth
                          │                        │
                          └── ConditionError ◄─────┘   says what to write instead, and where
"""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Iterator

LONGEST = 2_000  # characters
DEEPEST = 32  # levels of the syntax tree

_ALLOWED: tuple[type[ast.AST], ...] = (
    *(ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub),
    *(ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.Is, ast.IsNot),
    *(ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod),
    *(ast.Name, ast.Attribute, ast.Subscript, ast.Load, ast.Call, ast.Constant, ast.List, ast.Tuple),
)
_INSTEAD: dict[type[ast.AST], str] = {
    ast.BitAnd: "Write `and` instead of `&`.",
    ast.BitOr: "Write `or` instead of `|`; filters belong to templates.",
    ast.Invert: "Write `not` instead of `~`.",
    ast.UAdd: "Write the number without its `+`.",
    ast.Pow: "There are no powers in a condition; multiply instead.",
    ast.IfExp: "Write `and` and `or` instead of `if … else`.",
    ast.NamedExpr: "Write `==` to compare; nothing can be assigned in a condition.",
    ast.JoinedStr: "Write a plain string without the `f`.",
    ast.Set: "Write a list as `[…]`; the condition itself stands without braces.",
    ast.Dict: "Write `distance_km(place, latitude, longitude)` for a point; there are no `{…}` in a condition.",
    ast.Slice: "Only one element can be taken, as in `data.items[0]`.",
    ast.keyword: "Write the argument without its name, as in `count('order.shipped', '7d')`.",
}
_HABITS = (
    (re.compile(r"\{\{|\}\}|\{%|%\}"), "Write the bare condition, without braces."),
    (re.compile(r"&&"), "Write `and` instead of `&&`."),
    (re.compile(r"\|\|"), "Write `or` instead of `||`."),
    (re.compile(r"===|!=="), "Write `==` or `!=`, with two characters."),
    (re.compile(r"<>"), "Write `!=` instead of `<>`."),
    (re.compile(r"=[<>]"), "Write `<=` or `>=`, the equals sign last."),
    (re.compile(r"(?<![=!<>:])=(?!=)"), "Write `==` to compare, instead of `=`."),
    (re.compile(r"!(?!=)"), "Write `not` instead of `!`."),
    (re.compile(r"[“”„‘’‚«»]"), "Write straight quotes, as in 'this'."),
    (re.compile(r"\b(?:AND|OR|NOT|IN|IS)\b"), "Write `and`, `or`, `not`, `in` and `is` in small letters."),
    (re.compile(r"\b[0-9]+[smhdw]\b"), "Write a duration in quotes, as in '7d'."),
)
_STRING = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", re.DOTALL)
_LANGUAGE = (
    "This is not of the language: comparisons, and, or, not, in, + - * / // %, lists, count(), since(), distance_km()."
)


class ConditionError(Exception):
    """A text that is no condition. `offset` is the place in the text, counted in characters from 0."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


def parse(text: str) -> ast.expr:
    """The syntax tree of `text`, made of allowed nodes only; each node's `col_offset` is its place in `text`.

    Raises:
        ConditionError: `text` is empty, too long, too deep, or holds something that the language has not.
    """
    if len(text) > LONGEST:
        raise ConditionError(f"The condition has {len(text)} characters; at most {LONGEST} are allowed.", LONGEST)
    line = re.sub(r"\s", " ", text).lstrip()
    start = len(text) - len(line)
    if not line:
        raise ConditionError("The condition is empty; leave it out, or write `true`.")
    _refuse_comment(text)
    tree = _python(line, text, start)
    for node, offset in _walk(tree, line.encode(), start):
        _check(node, offset)
    return tree


def _refuse_comment(text: str) -> None:
    comment = _without_strings(text).find("#")
    if comment >= 0:
        raise ConditionError("Write comments outside of the condition, in the file around it.", comment)


def _without_strings(text: str) -> str:
    return _STRING.sub(lambda found: "'" * len(found[0]), text)


def _python(line: str, text: str, start: int) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes such as '\d', which Python reads as they stand
            return ast.parse(line, mode="eval").body
    except SyntaxError as error:
        raise _explained(error, text, start) from None
    except (ValueError, MemoryError, RecursionError):
        raise ConditionError("The condition is nested too deeply, or holds a NUL character.") from None


def _explained(error: SyntaxError, text: str, start: int) -> ConditionError:
    if not error.msg.startswith("unterminated string"):
        bare = _without_strings(text)
        for habit, advice in _HABITS:
            if found := habit.search(bare):
                return ConditionError(advice, found.start())
    place = start + (error.offset or 1) - 1
    return ConditionError(f"This is no condition: {error.msg}.", min(place, len(text)))


def _walk(tree: ast.expr, line: bytes, start: int) -> Iterator[tuple[ast.AST, int]]:
    """Every node with its place in the text; Python counts bytes, and gives operators no place at all."""
    waiting: list[tuple[ast.AST, int, int]] = [(tree, start, 1)]
    while waiting:
        node, offset, depth = waiting.pop()
        if isinstance(node, ast.expr):
            offset = start + len(line[: node.col_offset].decode())
            node.col_offset = offset
        if depth > DEEPEST:
            raise ConditionError(f"The condition is nested more than {DEEPEST} levels deep; split it.", offset)
        yield node, offset
        waiting.extend((child, offset, depth + 1) for child in ast.iter_child_nodes(node))


def _check(node: ast.AST, offset: int) -> None:
    if not isinstance(node, _ALLOWED):
        raise ConditionError(_INSTEAD.get(type(node), _LANGUAGE), offset)
    if isinstance(node, ast.Constant) and not _is_literal(node.value):
        raise ConditionError("Write a number, a text in quotes, true, false or none.", offset)


def _is_literal(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, bool | int | str)
