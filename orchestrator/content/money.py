"""Amounts of money as a locale writes them, in the currency they are in.

The currency is that of the amount, never one that a locale suggests. It is shown by its symbol, or by its code where
the symbol might be another currency's as well and it is not the currency of the reader's own market: `$12.50` to a
customer in the United States, `USD 12.50` to the same customer's cousin in India.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from babel.core import get_global
from babel.numbers import get_currency_precision

from orchestrator.content.errors import FormatError
from orchestrator.content.numbers import Notation, Style, exact, unquoted

# Decimals that CLDR 48 has, in place of Babel's older ones: prices in these are (or are not) written with hundredths.
DECIMALS = {"COP": 0, "HUF": 0, "IDR": 0, "PKR": 0, "RSD": 2}

# Symbols that CLDR's locales use for several of today's currencies.
AMBIGUOUS = frozenset({"$", "C$", "£", "¥", "￥", "Br", "K", "L", "Rs", "kr", "kr."})

_CURRENCIES: Mapping[str, object] = get_global("all_currencies")
_NO_CURRENCY = frozenset({"XXX", "XTS"})  # "none", and "for testing"
_NO_BREAK_SPACE = "\xa0"


def currency_code(code: object) -> str:
    """The ISO 4217 code, in capitals.

    Raises:
        FormatError: there is no such currency.
    """
    known = code.upper() if isinstance(code, str) else ""
    if known not in _CURRENCIES or known in _NO_CURRENCY:
        raise FormatError(f"expected the ISO code of a currency, such as EUR; found {str(code)[:20]!r}")
    return known


def priced(value: Mapping[object, object], currency: str | None) -> tuple[object, str]:
    """The amount and the currency of `{"amount": ..., "currency": ...}`.

    Raises:
        FormatError: one of them is missing, or the template asks for another currency.
    """
    if "amount" not in value or "currency" not in value:
        raise FormatError("expected an amount and a currency")
    own = currency_code(value["currency"])
    if currency is not None and currency_code(currency) != own:
        raise FormatError(f"the amount is in {own}, and cannot be written as {currency}")
    return value["amount"], own


@lru_cache(65536, typed=True)
def money_text(notation: Notation, value: object, currency: str, own: bool) -> str:
    """An amount with the decimals of its currency; `own` if that is the currency of the reader's market.

    Raises:
        FormatError: it is no number, or there is no such currency.
    """
    style, decimals = _form(notation, currency_code(currency), own)
    return style.write(exact(value), decimals, decimals)


@lru_cache(8192)
def _form(notation: Notation, code: str, own: bool) -> tuple[Style, int]:
    """How amounts in a currency are put together, and how many decimals they have."""
    symbol = str(notation.locale.currency_symbols.get(code, code))
    sign = code if _bare(symbol) in AMBIGUOUS and not own else symbol
    return _money_style(notation, sign), DECIMALS.get(code, get_currency_precision(code))


def _bare(symbol: str) -> str:
    """The symbol without marks of direction."""
    return "".join(char for char in symbol if unicodedata.category(char) != "Cf")


def _money_style(notation: Notation, sign: str) -> Style:
    pattern = notation.locale.currency_formats["standard"]
    before = tuple(_before(unquoted(affix), sign, notation) for affix in pattern.prefix)
    after = tuple(_after(unquoted(affix), sign, notation) for affix in pattern.suffix)
    return Style(before, after, notation.money_decimal, notation.money_group, pattern.grouping, notation)


def _before(affix: str, sign: str, notation: Notation) -> str:
    space = _NO_BREAK_SPACE if affix.endswith("¤") and _lettered(sign[-1]) else ""
    return affix.replace("-", notation.minus).replace("¤", sign) + space


def _after(affix: str, sign: str, notation: Notation) -> str:
    space = _NO_BREAK_SPACE if affix.startswith("¤") and _lettered(sign[0]) else ""
    return space + affix.replace("-", notation.minus).replace("¤", sign)


def _lettered(char: str) -> bool:
    """Whether CLDR's currency spacing keeps the character apart from digits: whatever is neither symbol nor space."""
    return unicodedata.category(char)[0] not in "SZ"
