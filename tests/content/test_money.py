"""Amounts of money as a locale writes them."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from decimal import Decimal

import pytest
from babel import Locale
from babel.core import get_global
from babel.localedata import locale_identifiers
from babel.numbers import format_currency
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.content.errors import FormatError
from orchestrator.content.money import AMBIGUOUS, DECIMALS, currency_code, money_text, priced
from orchestrator.content.numbers import notation

VARIANTS = ("POSIX", "TARASK", "VALENCIA", "POLYTON")
LOCALES = sorted(name for name in locale_identifiers() if not name.endswith(VARIANTS))
NBSP, NNBSP, LRM, RLM, MINUS = "\xa0", "\u202f", "\u200e", "\u200f", "\u2212"


def written(locale, value, currency, home=None, digits="latin"):
    return money_text(notation(Locale.parse(locale), digits), value, currency, currency == (home or currency))


@pytest.mark.parametrize(
    ("locale", "value", "currency", "expected"),
    [
        ("en_US", 12.5, "USD", "$12.50"),
        ("fr_FR", 1234.5, "EUR", f"1{NNBSP}234,50{NBSP}€"),
        ("en_IN", 1234567, "INR", "₹12,34,567.00"),
        ("hi_IN", 12345678.9, "INR", "₹1,23,45,678.90"),
        ("id_ID", 1234567.89, "IDR", f"Rp{NBSP}1.234.568"),
        ("ms_MY", 1234.5, "MYR", f"RM{NBSP}1,234.50"),
        ("en_ZA", 1234.5, "ZAR", f"R{NBSP}1{NBSP}234,50"),
        ("en", 1234567.8, "BHD", f"BHD{NBSP}1,234,567.800"),
        ("ja_JP", 1234.5, "JPY", "￥1,235"),
        ("ko_KR", 1234.5, "KRW", "₩1,235"),
        ("vi_VN", 1234567.5, "VND", f"1.234.568{NBSP}₫"),
        ("es_CL", 1234567.5, "CLP", "$1.234.568"),
        ("en", "1234.5678", "KWD", f"KWD{NBSP}1,234.568"),
        ("ar_KW", 1234.5678, "KWD", f"{RLM}1,234.568{NBSP}د.ك.{RLM}"),
        ("es_ES", 1234.5, "EUR", f"1234,50{NBSP}€"),
        ("es_ES", 12345.5, "EUR", f"12.345,50{NBSP}€"),
        ("pl_PL", 1234.5, "PLN", f"1234,50{NBSP}zł"),
        ("pt_PT", 1234.5, "EUR", f"1234,50{NBSP}€"),
        ("pt_BR", 1234.5, "BRL", f"R${NBSP}1.234,50"),
        ("fr_CH", 1234567.89, "CHF", f"1{NNBSP}234{NNBSP}567.89{NBSP}CHF"),
        ("de_AT", 1234.5, "EUR", f"€{NBSP}1.234,50"),
        ("th_TH", 1234.5, "THB", "฿1,234.50"),
        ("tr_TR", 1234.5, "TRY", "₺1.234,50"),
        ("sv_SE", -1234.5, "SEK", f"{MINUS}1{NBSP}234,50{NBSP}kr"),
        ("he_IL", -1234.5, "ILS", f"{RLM}{LRM}-1,234.50{NBSP}{RLM}₪"),
        ("en_US", -12.5, "USD", "-$12.50"),
        ("nl_NL", -12.5, "EUR", f"€{NBSP}-12,50"),
        ("hu_HU", 1234.5, "HUF", f"1235{NBSP}Ft"),
        ("es_CO", 1234.5, "COP", "$1.235"),
        ("en_PK", 1234.5, "PKR", f"Rs{NBSP}1,235"),
    ],
)
def test_an_amount_is_written_as_in_its_locale(locale, value, currency, expected):
    assert written(locale, value, currency) == expected


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("mr_IN", "₹१२,३४५,६७८.९०"),
        ("ar_EG", f"{RLM}١٢٬٣٤٥٬٦٧٨٫٩٠{NBSP}₹"),
        ("bn_BD", "১,২৩,৪৫,৬৭৮.৯০₹"),
        ("en_IN", "₹1,23,45,678.90"),
    ],
)
def test_an_amount_can_have_native_digits(locale, expected):
    assert written(locale, 12345678.9, "INR", digits="native") == expected


@pytest.mark.parametrize(
    ("locale", "currency", "home", "expected"),
    [
        ("en_US", "USD", "USD", "$12.50"),
        ("en_US", "USD", "EUR", f"USD{NBSP}12.50"),
        ("en_IN", "USD", "INR", f"USD{NBSP}12.50"),
        ("en_GB", "USD", "GBP", "US$12.50"),
        ("en_CA", "USD", "CAD", "US$12.50"),
        ("en_CA", "CAD", "CAD", "$12.50"),
        ("en_CA", "CAD", "USD", f"CAD{NBSP}12.50"),
        ("en_US", "CAD", "USD", "CA$12.50"),
        ("en_US", "GBP", "USD", f"GBP{NBSP}12.50"),
        ("en_US", "EUR", "USD", "€12.50"),
        ("en_US", "INR", "USD", "₹12.50"),
        ("sv_SE", "SEK", "NOK", f"12,50{NBSP}SEK"),
        ("sv_SE", "SEK", "SEK", f"12,50{NBSP}kr"),
        ("ja_JP", "JPY", "USD", f"JPY{NBSP}13"),
        ("zh_Hans", "CNY", "CNY", "¥12.50"),
        ("zh_Hans", "CNY", "USD", f"CNY{NBSP}12.50"),
        ("fr_CA", "CAD", "EUR", f"12,50{NBSP}CAD"),
    ],
)
def test_a_code_stands_for_a_symbol_that_may_be_misread(locale, currency, home, expected):
    assert written(locale, 12.5, currency, home) == expected


@pytest.mark.parametrize(
    ("value", "currency", "expected"),
    [
        (0.005, "USD", "$0.01"),
        ("1.005", "USD", "$1.01"),
        (1.005, "USD", "$1.01"),
        (2.675, "USD", "$2.68"),
        (-0.004, "USD", "$0.00"),
        (-1.005, "USD", "-$1.01"),
        (0, "USD", "$0.00"),
        (0.1 + 0.2, "USD", "$0.30"),
        (Decimal("12345678901234567890.125"), "USD", "$12,345,678,901,234,567,890.13"),
        (1234.5, "usd", "$1,234.50"),
    ],
)
def test_halves_of_a_cent_are_rounded_up_as_people_count(value, currency, expected):
    assert money_text(notation(Locale("en")), value, currency, True) == expected


@pytest.mark.parametrize("code", ["QQQ", "", "€", "XXX", "XTS", "US", None, 12, "US$", "EURO"])
def test_a_currency_that_is_none_is_refused(code):
    with pytest.raises(FormatError, match="ISO code of a currency"):
        currency_code(code)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, "NaN", "12,50", "$12", None])
def test_what_is_no_amount_is_refused(value):
    with pytest.raises(FormatError):
        written("en", value, "USD")


def test_an_amount_that_says_its_currency_keeps_it():
    assert priced({"amount": "12.50", "currency": "EUR"}, None) == ("12.50", "EUR")
    assert priced({"amount": 12, "currency": "eur"}, "EUR") == (12, "EUR")
    with pytest.raises(FormatError, match="the amount is in EUR, and cannot be written as USD"):
        priced({"amount": 12, "currency": "EUR"}, "USD")
    with pytest.raises(FormatError, match="expected an amount and a currency"):
        priced({"amount": 12}, None)


amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=2)


@given(st.sampled_from(LOCALES), amounts)
def test_the_amount_can_be_read_back_in_every_locale(locale, amount):
    signs = notation(Locale.parse(locale))
    text = written(locale, amount, "EUR").replace("EUR", "€")
    number = "".join(char for char in text if char.isdigit() or char == signs.money_decimal)
    read = Decimal(number.replace(signs.money_decimal, "."))
    assert (-read if signs.minus in text else read) == amount


@given(st.sampled_from([name for name in LOCALES if name != "fr_CH"]), amounts.filter(lambda amount: amount >= 0))
def test_an_amount_is_what_babel_writes(locale, amount):
    """Where Babel is right: it leaves out minimal grouping, currency spacing, and the decimal sign of Swiss francs."""
    babel = Locale.parse(locale)
    if not 1000 <= amount < 100_000 and babel.currency_symbols.get("EUR") == "€":
        assert written(locale, amount, "EUR") == format_currency(amount, "EUR", locale=babel)


def test_the_ambiguous_symbols_are_those_that_locales_share_among_currencies():
    today = {
        code
        for uses in get_global("territory_currencies").values()
        for code, _, end, tender in uses
        if tender and not end
    }
    used = defaultdict(set)
    for name in LOCALES:
        for code, symbol in Locale.parse(name).currency_symbols.items():
            used["".join(char for char in symbol if unicodedata.category(char) != "Cf")].add(code)
    assert {symbol for symbol, codes in used.items() if len(codes & today) > 1} == AMBIGUOUS


def test_corrections_are_of_currencies():
    assert [currency_code(code) for code in DECIMALS] == list(DECIMALS)
