"""Which form of a word goes with a number.

    header(locale)          CLDR's rule for whole numbers, as a PO file's `Plural-Forms` says it
    plural_rule(text)       such a header, read and tried out ──► PluralRule, or PluralError
    PluralRule.index(n)     the place of the form among a catalog's msgstr[0], msgstr[1], ...

A header speaks of whole numbers only. A fraction takes the form of a whole number of its CLDR category (1.5 goes with 1
in French, with 3 in Slovenian); where no whole number is of that category, the last form.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from orchestrator.content.locales import formatting
from orchestrator.content.po import MOST_FORMS

CATEGORIES = ("zero", "one", "two", "few", "many", "other")
LONGEST = 40  # digits of a count

_TRIALS = (*range(1001), 10_000, 11_000, 20_000, 99_999, 100_000, 110_000, 10**6, 10**6 + 1, 2 * 10**6, 10**7, 10**9)
_HEADER = re.compile(r"\s*nplurals\s*=\s*(?P<count>\w+)\s*;\s*plural\s*=\s*(?P<rule>[^;]+?)\s*;?\s*")
_RELATION = re.compile(r"(?P<operand>[nivwftce]) (?:mod (?P<modulus>\d+) )?(?P<negated>not )?in (?P<ranges>[\d.,]+)")
_NUMERAL = re.compile(r"[+-]?\d{1,40}(?:\.\d{1,40})?", re.ASCII)


class PluralError(ValueError):
    """A plural rule that cannot be used; the text says why."""


@dataclass(frozen=True, slots=True, eq=False)
class PluralRule:
    """How many forms there are, and which one goes with a number.

    `whole` gives the place of a whole number's form; `fractions` that of another number's, by its CLDR category.
    """

    count: int
    whole: Callable[[int], int]
    category: Callable[[Decimal], str]
    fractions: Mapping[str, int] = field(default_factory=dict)

    def index(self, number: object) -> int:
        """The place of the form that goes with a number, from 0 to `count` - 1.

        Raises:
            TypeError: it is not a number, nor text that is one.
            PluralError: the rule fails for this very number.
        """
        count = number if type(number) is int else quantity(number)
        if isinstance(count, Decimal):
            return self.fractions.get(self.category(abs(count)), self.count - 1)
        return _checked(self, abs(count))


def quantity(value: object) -> int | Decimal:
    """What is counted, as a whole number where it shows no decimals.

    Raises:
        TypeError: it is not a number, nor text that is one.
    """
    if isinstance(value, str) and _NUMERAL.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise TypeError(f"a count must be a number, found {value!r}")
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite() or exact.adjusted() >= LONGEST:
        raise TypeError(f"a count must be a number of at most {LONGEST} digits, found {value!r}")
    decimals = not isinstance(value, float) and exact.as_tuple().exponent < 0  # type: ignore[operator] # it is finite
    return exact if decimals or exact != int(exact) else int(exact)


def category(locale: str, number: int | Decimal) -> str:
    """The number's CLDR category in a locale: zero, one, two, few, many, or other."""
    return str(formatting(locale).plural_form(number))


@lru_cache(1024)
def header(locale: str) -> str:
    """The `Plural-Forms` header of a locale's catalog: a form for each CLDR category that whole numbers have."""
    conditions = {name: _condition(rule) for name, rule in formatting(locale).plural_form.rules.items()}
    *told, _ = _examples(locale)
    choice = "".join(f"{conditions[name]} ? {place} : " for place, name in enumerate(told)) + str(len(told))
    return f"nplurals={len(told) + 1}; plural={f'({choice})' if told else choice};"


@lru_cache(1024)
def plural_rule(text: str, locale: str) -> PluralRule:
    """Read a `Plural-Forms` header, and try it on enough numbers to trust it.

    Raises:
        PluralError: it cannot be read, or gives no form for some number.
    """
    found = _HEADER.fullmatch(text)
    if not found or not found["count"].isdecimal() or not 1 <= int(found["count"]) <= MOST_FORMS:
        raise PluralError(f"expected `nplurals=<number>; plural=<expression>;`, found `{_shortened(text)}`")
    rule = PluralRule(int(found["count"]), _compiled(found["rule"]), formatting(locale).plural_form)
    for number in _TRIALS:
        _checked(rule, number)
    return PluralRule(rule.count, rule.whole, rule.category, MappingProxyType(dict(_fractional(rule, locale))))


@lru_cache(1024)
def source_rule(locale: str) -> PluralRule:
    """The rule for a text's own two forms in the language it was written in: the first is for what counts as one."""
    singular = "one" if "one" in _examples(locale) else None

    def whole(number: int) -> int:
        return int(category(locale, number) != singular if singular else number != 1)

    return PluralRule(2, whole, formatting(locale).plural_form, {singular: 0} if singular else {})


@lru_cache(1024)
def _examples(locale: str) -> Mapping[str, int]:
    """The smallest whole number of each category that whole numbers have, in CLDR's order of categories."""
    rule = formatting(locale).plural_form
    smallest = {rule(number): number for number in reversed(_TRIALS)}
    return {name: smallest[name] for name in CATEGORIES if name in smallest}


def _compiled(expression: str) -> Callable[[int], int]:
    try:
        rule: Callable[[int], int] = gettext.c2py(expression)
    except (ValueError, RecursionError) as error:
        raise PluralError(f"`{_shortened(expression)}` is not a plural expression: {error}") from None
    return rule


def _checked(rule: PluralRule, number: int) -> int:
    try:
        place = rule.whole(number)
    except (ArithmeticError, RecursionError) as error:
        raise PluralError(f"the plural expression fails for {number}: {error}") from None
    if not 0 <= place < rule.count:
        raise PluralError(f"the plural expression gives form {place} for {number}, but there are {rule.count} forms")
    return place


def _fractional(rule: PluralRule, locale: str) -> Iterator[tuple[str, int]]:
    """The place of each category's form; one that no whole number has is found by CLDR's order if all are there."""
    names = [name for name in CATEGORIES if name in {*formatting(locale).plural_form.tags, "other"}]
    if len(names) == rule.count:
        yield from ((name, place) for place, name in enumerate(names))
    yield from ((name, rule.whole(number)) for name, number in _examples(locale).items())


def _shortened(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"


def _condition(rule: str) -> str:
    """One of CLDR's rules as a C expression on whole numbers; empty where none satisfies it."""
    alternatives = [_conjunction(part) for part in rule.split(" or ")]
    possible = [part for part in alternatives if part is not None]
    return " || ".join(f"({part})" if " && " in part and len(possible) > 1 else part for part in possible)


def _conjunction(rule: str) -> str | None:
    """All of the relations, without those that hold for every whole number; None where one holds for none."""
    relations = [_relation(part) for part in rule.split(" and ")]
    if False in relations:
        return None
    return " && ".join(part for part in relations if isinstance(part, str)) or "1"


def _relation(rule: str) -> str | bool:
    """One comparison, folded to its truth where the operand is about decimals, which whole numbers do not have."""
    found = _RELATION.fullmatch(rule)
    if not found:
        raise PluralError(f"CLDR's plural rule `{rule}` is of an unknown kind")
    ranges = [tuple(map(int, part.split(".."))) for part in found["ranges"].split(",")]
    if found["operand"] not in "ni":
        return any(span[0] == 0 for span in ranges) is not bool(found["negated"])
    operand = f"n % {found['modulus']}" if found["modulus"] else "n"
    if found["negated"]:
        return _joined(" && ", [_outside(operand, span) for span in ranges])
    return _joined(" || ", [_inside(operand, span) for span in ranges])


def _inside(operand: str, span: tuple[int, ...]) -> str:
    low, high = span[0], span[-1]
    return f"{operand} == {low}" if low == high else f"{operand} >= {low} && {operand} <= {high}"


def _outside(operand: str, span: tuple[int, ...]) -> str:
    low, high = span[0], span[-1]
    return f"{operand} != {low}" if low == high else f"({operand} < {low} || {operand} > {high})"


def _joined(operator: str, parts: list[str]) -> str:
    if operator == " && " or len(parts) == 1:
        return operator.join(parts)
    return "(" + operator.join(f"({part})" if " && " in part else part for part in parts) + ")"
