"""From a checked syntax tree to one Python expression that says whether the condition surely holds.

Three-valued logic needs no third value at run time as long as one question is asked throughout: "surely true?"
or "surely false?". `not` turns the one into the other, and `and` into `or`; what is left are single comparisons, which
are False to either question when something is missing. Only a condition inside of a comparison is computed as a value.

    not (a < 3 and b == 'x')       surely true?
    a < 3        or  b == 'x'      surely false?
    a >= 3 known or  b != 'x' known
"""

from __future__ import annotations

import ast

from orchestrator.blueprint.condition_operands import NUMERIC, Names, Operand, Operands, listed
from orchestrator.blueprint.condition_syntax import ConditionError

_RANKS: dict[type[ast.cmpop], tuple[int, ...]] = {ast.Lt: (-1,), ast.LtE: (-1, 0), ast.Gt: (1,), ast.GtE: (0, 1)}
_SYMBOLS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", ">="),
    ast.LtE: ("<=", ">"),
    ast.Gt: (">", "<="),
    ast.GtE: (">=", "<"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}


class Compiler:
    """Compiles one condition; `operands` has collected what it uses and what is wrong with it."""

    def __init__(self, names: Names) -> None:
        self.operands = Operands(names, self._verdict)
        self._temporaries = 0

    def surely(self, node: ast.expr, wanted: bool = True) -> str:
        """Code that is True if `node` is known to be `wanted`, else False."""
        match node:
            case ast.BoolOp(op=op, values=parts):
                joint = " and " if isinstance(op, ast.And) is wanted else " or "
                return f"({joint.join(self.surely(part, wanted) for part in parts)})"
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return self.surely(inner, not wanted)
            case ast.Compare(ops=[op], comparators=[right]):
                return self._surely_compared(node.left, op, right, wanted)
            case ast.Compare():
                return self.surely(_unchained(node), wanted)
            case ast.List() | ast.Tuple():
                self.operands.note_list(node.col_offset)
        operand = self.operands.read(node)
        return f"({operand.code} is {wanted})" if operand.type == "boolean" else f"(truth({operand.code}) is {wanted})"

    def _surely_compared(self, left: ast.expr, op: ast.cmpop, right: ast.expr, wanted: bool) -> str:
        if isinstance(op, ast.Is | ast.IsNot):
            return f"({self._presence(left, op, right)} is {wanted})"
        sides = self._sides(left, op, right)
        quick = self._constants_compared(*sides, op, wanted) or self._numbers_compared(*sides, op, wanted)
        return quick or f"({_relation(*sides, op)} is {wanted is not isinstance(op, ast.NotEq | ast.NotIn)})"

    def _constants_compared(self, left: Operand, right: Operand, op: ast.cmpop, wanted: bool) -> str | None:
        """The quick way for `== true`, `== 'text'` and `in ['text', …]`, where Python's own comparison cannot err."""
        if isinstance(op, ast.Eq) and isinstance(right.literal, bool) and wanted and not left.sure:
            return f"({left.code} is {right.literal})"
        if not _is_text_test(op, right):
            return None
        symbol = _SYMBOLS[type(op)][not wanted]
        if symbol in ("==", "in"):
            return f"({left.code} {symbol} {right.code})"
        value = self._temporary()
        return f"(({value} := {left.code}) is not None and {value} == {value} and {value} {symbol} {right.code})"

    def _numbers_compared(self, left: Operand, right: Operand, op: ast.cmpop, wanted: bool) -> str | None:
        """The quick way for two sides that are declared as numbers."""
        known_equal = isinstance(op, ast.Eq) and wanted and (left.sure or right.sure)
        if not (type(op) in _RANKS or known_equal) or not _are_numbers(left, right):
            return None
        tests: list[str] = []
        first, second = self._guarded(left, tests), self._guarded(right, tests)
        return f"({' and '.join([*tests, f'{first} {_SYMBOLS[type(op)][not wanted]} {second}'])})"

    def _guarded(self, side: Operand, tests: list[str]) -> str:
        if side.sure:
            return side.code
        value = self._temporary()
        tests.append(f"type({value} := {side.code}) in NUMBERS")
        return value

    def _verdict(self, node: ast.expr) -> str:
        """Code for the three-valued verdict on a condition that stands where a value is expected."""
        match node:
            case ast.BoolOp(op=op, values=parts):
                function = "conjunction" if isinstance(op, ast.And) else "disjunction"
                return f"{function}([{', '.join(map(self._verdict, parts))}])"
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return f"negation({self._verdict(inner)})"
            case ast.Compare(left=left, ops=[op], comparators=[right]) if isinstance(op, ast.Is | ast.IsNot):
                return self._presence(left, op, right)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                relation = _relation(*self._sides(left, op, right), op)
                return f"negation({relation})" if isinstance(op, ast.NotEq | ast.NotIn) else relation
            case ast.Compare():
                return self._verdict(_unchained(node))
        operand = self.operands.read(node)
        return f"{'boolean' if operand.type == 'boolean' else 'truth'}({operand.code})"

    def _presence(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> str:
        """Code for `x is defined` and its like, which are never unknown."""
        wanted = _presence_wanted(right) is isinstance(op, ast.Is)
        return f"({'not ' if wanted else ''}is_missing({self.operands.read(left).given}))"

    def _sides(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> tuple[Operand, Operand]:
        """Both sides of a comparison, a literal read as the other side's type."""
        first, second = self.operands.read(left), self.operands.read(right)
        if not isinstance(op, ast.In | ast.NotIn):
            first, second = self.operands.read_as(second.type, first), self.operands.read_as(first.type, second)
            self.operands.note_mismatch(first, second)
        elif second.elements is not None:
            elements = [self.operands.read_as(first.type, element) for element in second.elements]
            second = listed(elements, second.offset)
        return first, second

    def _temporary(self) -> str:
        self._temporaries += 1
        return f"value_{self._temporaries}"


def _relation(left: Operand, right: Operand, op: ast.cmpop) -> str:
    """Code for the three-valued verdict on a comparison, that of `==` for `!=`, and of `in` for `not in`."""
    if ranks := _RANKS.get(type(op)):
        function = "numbers_ordered" if _are_numbers(left, right) else "ordered"
        return f"{function}({left.code}, {right.code}, {ranks})"
    function = "member" if isinstance(op, ast.In | ast.NotIn) else "equal"
    return f"{function}({left.code}, {right.code})"


def _are_numbers(left: Operand, right: Operand) -> bool:
    return left.type in NUMERIC and right.type in NUMERIC


def _is_text_test(op: ast.cmpop, right: Operand) -> bool:
    if isinstance(op, ast.In | ast.NotIn):
        return right.elements is not None and all(isinstance(element.literal, str) for element in right.elements)
    return isinstance(op, ast.Eq | ast.NotEq) and isinstance(right.literal, str)


def _unchained(node: ast.Compare) -> ast.BoolOp:
    """`a < b < c` as `a < b and b < c`."""
    if any(isinstance(op, ast.Is | ast.IsNot) for op in node.ops):
        raise ConditionError("Put parentheses around `x is defined`.", node.col_offset)
    sides = [node.left, *node.comparators]
    for side in sides[1:-1]:
        _refuse_condition(side)
    pairs = zip(sides, node.ops, sides[1:], strict=False)
    return ast.BoolOp(ast.And(), [ast.Compare(left, [op], [right]) for left, op, right in pairs])


def _refuse_condition(side: ast.expr) -> None:
    """Refuses a comparison within a chain: the middle of a chain is compiled twice, and so would all that is in it."""
    if any(isinstance(part, ast.Compare | ast.BoolOp) for part in ast.walk(side)):
        message = "Take this condition out of the chain of comparisons, and join it by `and`."
        raise ConditionError(message, side.col_offset)


def _presence_wanted(right: ast.expr) -> bool:
    match right:
        case ast.Name("defined"):
            return True
        case ast.Name("undefined" | "none") | ast.Constant(None):
            return False
    raise ConditionError("After `is` stands `defined` or `not defined`; write `==` to compare.", right.col_offset)
