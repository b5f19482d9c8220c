"""Numbers as a locale writes them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from babel import Locale
from babel.localedata import locale_identifiers
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.content.errors import FormatError
from orchestrator.content.numbers import MINIMUM_GROUPING, ZEROS, exact, notation, number_text, percent_text

VARIANTS = ("POSIX", "TARASK", "VALENCIA", "POLYTON")
LOCALES = sorted(name for name in locale_identifiers() if not name.endswith(VARIANTS))
NBSP, NNBSP, LRM, MINUS = "\xa0", "\u202f", "\u200e", "\u2212"


def written(locale, value, decimals=None, digits="latin"):
    return number_text(notation(Locale.parse(locale), digits), value, decimals)


@pytest.mark.parametrize(
    ("locale", "value", "expected"),
    [
        ("en_US", 1234567.891, "1,234,567.891"),
        ("en_US", 0, "0"),
        ("en_US", "0.10", "0.1"),
        ("en_US", 0.1 + 0.2, "0.3"),
        ("en_US", 1e21, "1,000,000,000,000,000,000,000"),
        ("en_IN", 12345678, "1,23,45,678"),
        ("de", Decimal("1234.5"), "1.234,5"),
        ("fr", 1234567, f"1{NNBSP}234{NNBSP}567"),
        ("es", 1234, "1234"),
        ("es", 12345, "12.345"),
        ("es_MX", 1234, "1,234"),
        ("pl", 1234.5, "1234,5"),
        ("pl", 12345.5, f"12{NBSP}345,5"),
        ("pt_PT", 1234, "1234"),
        ("pt_BR", 1234, "1.234"),
        ("ee", 12345, "12345"),
        ("sv", -1, f"{MINUS}1"),
        ("he", -1, f"{LRM}-1"),
        ("ar_EG", 1234.5, "1,234.5"),
    ],
)
def test_a_number_is_written_as_in_its_locale(locale, value, expected):
    assert written(locale, value) == expected


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("ar_EG", "١٬٢٣٤٬٥٦٧٫٨٩"),
        ("ar_SA", "١٬٢٣٤٬٥٦٧٫٨٩"),
        ("ar_AE", "1,234,567.89"),
        ("fa", "۱٬۲۳۴٬۵۶۷٫۸۹"),
        ("bn", "১২,৩৪,৫৬৭.৮৯"),
        ("mr", "१२,३४,५६७.८९"),
        ("ne", "१२,३४,५६७.८९"),
        ("my", "၁,၂၃၄,၅၆၇.၈၉"),
        ("en", "1,234,567.89"),
    ],
)
def test_native_digits_come_with_their_own_signs(locale, expected):
    assert written(locale, 1234567.89, digits="native") == expected


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (0.5, 0, "1"),
        (1.5, 0, "2"),
        (2.5, 0, "3"),
        (-2.5, 0, "-3"),
        ("1.005", 2, "1.01"),
        (1.005, 2, "1.01"),
        ("0.4999999", 0, "0"),
        ("2.0005", None, "2.001"),
        (-0.0001, None, "0"),
        (-0.4, 0, "0"),
        (3, 2, "3.00"),
    ],
)
def test_halves_are_rounded_up_and_nothing_is_minus_zero(value, decimals, expected):
    assert written("en", value, decimals) == expected


@pytest.mark.parametrize(
    ("locale", "value", "decimals", "expected"),
    [
        ("en", 0.25, None, "25%"),
        ("en", "0.255", None, "26%"),
        ("en", 0.255, 1, "25.5%"),
        ("fr", 0.25, None, f"25{NBSP}%"),
        ("de", -12.345, None, f"-1.235{NBSP}%"),
        ("tr", 0.25, None, "%25"),
        ("eu", 0.25, None, f"%{NBSP}25"),
        ("ar_EG", 0.25, None, f"25{LRM}%{LRM}"),
    ],
)
def test_a_share_is_written_in_percent(locale, value, decimals, expected):
    assert percent_text(notation(Locale.parse(locale)), value, decimals) == expected


@pytest.mark.parametrize(
    "value",
    [
        True,
        False,
        None,
        "",
        "abc",
        "1,5",
        "1 000",
        "１２",
        "1_0",
        "0x10",
        "NaN",
        "inf",
        float("nan"),
        float("inf"),
        -float("inf"),
    ],
)
def test_what_is_no_number_is_refused(value):
    with pytest.raises(FormatError, match=r"expected a"):
        number_text(notation(Locale("en")), value)


@pytest.mark.parametrize("value", [1e40, 10**30, Decimal("1E+999999"), "9" * 31])
def test_a_number_that_would_fill_the_message_is_refused(value):
    with pytest.raises(FormatError, match="too large"):
        written("en", value)


def test_the_largest_number_still_fits():
    assert written("en", "9" * 30 + ".999", 2) == "1" + ",000" * 10 + ".00"
    assert percent_text(notation(Locale("en")), "9" * 30, 20) == "99" + ",999" * 9 + ",900." + "0" * 20 + "%"


@pytest.mark.parametrize("decimals", [-1, 21, True, 1.5, "2"])
def test_nobody_wants_so_many_decimals(decimals):
    with pytest.raises(FormatError, match="decimals must be"):
        written("en", 1, decimals)


def test_truth_is_not_mistaken_for_the_number_one_that_was_written_before():
    assert written("en", 1) == "1"
    with pytest.raises(FormatError):
        written("en", True)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e25, max_value=1e25))
def test_a_binary_fraction_is_the_number_that_people_see(value):
    assert exact(value) == Decimal(str(value))


numbers = st.decimals(min_value=0, max_value=10**12, places=3) | st.integers(0, 10**15)


@given(st.sampled_from(LOCALES), numbers)
def test_a_number_is_what_babel_writes(locale, value):
    """Where Babel is right: it knows no minimum for grouping, which matters for numbers of four or five digits."""
    if not 1000 <= value < 100_000:
        assert written(locale, value) == format_decimal(value, locale=Locale.parse(locale))


def test_every_locale_writes_a_number_in_its_native_digits():
    for locale in LOCALES:
        text = written(locale, 9876543210, digits="native")
        assert [int(char) for char in text if char.isdigit()] == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0], locale


def test_tables_name_what_there_is():
    assert set(LOCALES) >= set(MINIMUM_GROUPING)
    assert [int(zero) for zero in ZEROS.values()] == [0] * len(ZEROS)
