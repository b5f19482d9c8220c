"""Numbers as a locale writes them.

    notation(locale) ──► Notation      its signs and digits
    number_text, percent_text          value ──► exact Decimal ──► rounded half up ──► grouped ──► text

Patterns and signs are Babel's. It differs from what Babel itself prints where that is not CLDR's intent: halves are
rounded up (away from zero) as people expect of prices, a locale's own minus and percent signs are used, short numbers
stay ungrouped where the locale wants it so (1234,5 in Spanish), and nothing is "minus zero".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Literal

from babel import Locale
from babel.numbers import NumberPattern

from orchestrator.content.errors import FormatError
from orchestrator.content.locales import chain, exactly

Digits = Literal["latin", "native"]

MOST_DECIMALS = 20
USUAL_DECIMALS = 3  # of a number that is not said to have more
LONGEST = 30  # digits before the decimal sign

# How many digits must stand before the first group sign; one, if nothing is said. Babel leaves it out of CLDR's data.
MINIMUM_GROUPING = {
    **dict.fromkeys(("be", "bg", "es", "et", "hu", "hy", "ia", "ie", "it", "ka", "lv", "pl", "pt_PT", "sl", "sq"), 2),
    **{"es_419": 1, "pt_AO": 1, "ru_UA": 2, "ee": 3},
}

# The digit zero of each numbering system that is some locale's default.
ZEROS = {
    "adlm": "𞥐", "arab": "٠", "arabext": "۰", "beng": "০", "cakm": "𑄶", "deva": "०", "hmnp": "𞅀",
    "latn": "0", "mtei": "꯰", "mymr": "၀", "nkoo": "߀", "olck": "᱐", "tibt": "༠",
}  # fmt: skip

_SCALARS = (int, float, str, Decimal)
_NUMERAL = re.compile(r"[+-]?\d{1,60}(?:\.\d{1,60})?", re.ASCII)
_QUANTA = tuple(Decimal(1).scaleb(-places) for places in range(MOST_DECIMALS + 1))
WIDE = Context(prec=LONGEST + MOST_DECIMALS + 4, rounding=ROUND_HALF_UP)  # room for percent, and for a carry
_QUOTED = re.compile(r"'([^']*)'")


@dataclass(frozen=True, slots=True, eq=False)
class Notation:
    """A locale's signs; `table` replaces Latin digits by the locale's own, where these are wanted."""

    locale: Locale
    decimal: str
    group: str
    minus: str
    percent: str
    money_decimal: str
    money_group: str
    table: dict[int, str] | None
    minimum: int

    def native(self, text: str) -> str:
        """The text with the digits of this notation."""
        return text.translate(self.table) if self.table else text


@dataclass(frozen=True, slots=True, eq=False)
class Style:
    """How to put a number together.

    `before` and `after` stand around it, if it is positive or else negative; `sizes` are the digits of the last group
    and of the others.
    """

    before: tuple[str, ...]
    after: tuple[str, ...]
    decimal: str
    group: str
    sizes: tuple[int, int]
    notation: Notation

    def write(self, value: Decimal, least: int, most: int) -> str:
        """The value with `least` to `most` decimals."""
        shown = rounded(value, most)
        whole, _, fraction = f"{shown.copy_abs():f}".partition(".")
        if len(fraction) > least:
            fraction = fraction.rstrip("0").ljust(least, "0")
        number = self.grouped(whole) + self.decimal + fraction if fraction else self.grouped(whole)
        negative = shown < 0
        return self.before[negative] + self.notation.native(number) + self.after[negative]

    def grouped(self, whole: str) -> str:
        """The digits before the decimal sign, in groups."""
        last, others = self.sizes
        head, tail = whole[:-last], whole[-last:]
        if len(head) < self.notation.minimum:
            return whole
        groups = [tail]
        while head:
            groups.append(head[-others:])
            head = head[:-others]
        return self.group.join(reversed(groups))


def exact(value: object) -> Decimal:
    """The number that a value is, without the noise of binary fractions: 0.1 is a tenth.

    Raises:
        FormatError: it is no number, not finite, or too large for a message.
    """
    if isinstance(value, bool) or not isinstance(value, _SCALARS):
        raise FormatError(f"expected a number, found {_shown(value)}")
    if isinstance(value, str) and not _NUMERAL.fullmatch(value):
        raise FormatError(f"expected a number such as 1234.50, found {_shown(value)}")
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise FormatError(f"expected a finite number, found {value}")
    if number.adjusted() >= LONGEST:
        raise FormatError(f"a number of more than {LONGEST} digits is too large for a message")
    return number


def rounded(value: Decimal, places: int) -> Decimal:
    """The value with so many decimals, halves away from zero."""
    return value.quantize(_QUANTA[places], ROUND_HALF_UP, WIDE)


def notation(locale: Locale, digits: Digits = "latin") -> Notation:
    """A locale's way to write numbers; with `native`, in the digits that are its default."""
    return _notation(str(locale), digits)


@lru_cache(32768, typed=True)
def number_text(notation: Notation, value: object, decimals: int | None = None) -> str:
    """A number: with exactly so many decimals, or else as many as it has, up to three.

    Raises:
        FormatError: it is no number, or nobody wants so many decimals.
    """
    least, most = _places(decimals, 0, USUAL_DECIMALS)
    return _number_style(notation).write(exact(value), least, most)


@lru_cache(32768, typed=True)
def percent_text(notation: Notation, value: object, decimals: int | None = None) -> str:
    """A share of one in percent (0.25 is 25%): with so many decimals, none if not said.

    Raises:
        FormatError: it is no number, or nobody wants so many decimals.
    """
    least, most = _places(decimals, 0, 0)
    return _percent_style(notation).write(exact(value).scaleb(2, WIDE), least, most)


def unquoted(affix: str) -> str:
    """What stands before or after a number, without the quotes of the pattern language."""
    return _QUOTED.sub(lambda found: found[1] or "'", affix)


@lru_cache(2048)
def _notation(locale: str, digits: Digits) -> Notation:
    parts = exactly(locale)
    system = parts.default_numbering_system if digits == "native" else "latn"
    signs = {**parts.number_symbols["latn"], **parts.number_symbols.get(system, {})}
    table = {ord("0") + digit: chr(ord(ZEROS[system]) + digit) for digit in range(10)} if system != "latn" else None
    decimal, group = signs["decimal"], signs["group"]
    return Notation(
        parts,
        decimal,
        group,
        signs["minusSign"],
        signs["percentSign"],
        signs.get("currencyDecimal", decimal),
        signs.get("currencyGroup", group),
        table,
        next((MINIMUM_GROUPING[step] for step in chain(locale) if step in MINIMUM_GROUPING), 1),
    )


@lru_cache(2048)
def _number_style(notation: Notation) -> Style:
    return _style(notation, notation.locale.decimal_formats[None])


@lru_cache(2048)
def _percent_style(notation: Notation) -> Style:
    return _style(notation, notation.locale.percent_formats[None])


def _style(notation: Notation, pattern: NumberPattern) -> Style:
    def signed(affix: str) -> str:
        return unquoted(affix).replace("-", notation.minus).replace("%", notation.percent)

    before, after = tuple(map(signed, pattern.prefix)), tuple(map(signed, pattern.suffix))
    return Style(before, after, notation.decimal, notation.group, pattern.grouping, notation)


def _places(wanted: int | None, least: int, most: int) -> tuple[int, int]:
    if wanted is None:
        return least, most
    if isinstance(wanted, bool) or not isinstance(wanted, int) or not 0 <= wanted <= MOST_DECIMALS:
        raise FormatError(f"decimals must be a whole number from 0 to {MOST_DECIMALS}, found {_shown(wanted)}")
    return wanted, wanted


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
