"""Measures and spans of time in words."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from babel import Locale
from babel.dates import format_timedelta
from babel.localedata import locale_identifiers
from babel.units import format_unit
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.content.errors import FormatError
from orchestrator.content.numbers import notation
from orchestrator.content.units import LENGTHS, relative_text, unit_text

VARIANTS = ("POSIX", "TARASK", "VALENCIA", "POLYTON")
LOCALES = sorted(name for name in locale_identifiers() if not name.endswith(VARIANTS))
UNITS = (
    "length-kilometer",
    "duration-hour",
    "duration-day",
    "mass-kilogram",
    "digital-gigabyte",
    "temperature-celsius",
)


def signs(locale, digits="latin"):
    return notation(Locale.parse(locale), digits)


@pytest.mark.parametrize(
    ("locale", "value", "unit", "length", "expected"),
    [
        ("en", 1, "kilometer", "long", "1 kilometer"),
        ("en", 1.5, "length-kilometer", "long", "1.5 kilometers"),
        ("en", "1.0", "kilometer", "long", "1 kilometer"),
        ("en", Decimal("1.0004"), "kilometer", "long", "1 kilometer"),
        ("en", Decimal("1.0005"), "kilometer", "long", "1.001 kilometers"),
        ("en", "9" * 30, "kilometer", "narrow", ",".join(["999"] * 10) + "km"),
        ("en", 12345, "kilometer", "short", "12,345 km"),
        ("de", 2, "hour", "long", "2 Stunden"),
        ("pl", 5, "hour", "long", "5 godzin"),
        ("pl", 1234, "hour", "long", "1234 godziny"),
        ("fa", 3, "kilometer", "long", "3 کیلومتر"),
        ("ru", 21, "day", "long", "21 день"),
        ("ar", 2, "day", "long", "يومان"),
        ("fr", 20, "celsius", "short", "20\u202f°C"),
    ],
)
def test_a_measure_is_in_the_words_of_its_locale(locale, value, unit, length, expected):
    assert unit_text(signs(locale), value, unit, length) == expected


def test_a_measure_can_have_native_digits():
    assert unit_text(signs("fa", "native"), 3, "hour") == "۳ ساعت"
    assert relative_text(signs("mr", "native"), timedelta(days=3)) == "येत्या ३ दिवसांमध्ये"


def test_what_is_no_unit_is_refused_with_a_proposal():
    with pytest.raises(FormatError, match="'kilometr' is not a unit; did you mean 'kilometer'"):
        unit_text(signs("en"), 1, "kilometr")
    with pytest.raises(FormatError, match="expected one of long, short, narrow"):
        unit_text(signs("en"), 1, "kilometer", "tall")
    with pytest.raises(FormatError, match="expected a number"):
        unit_text(signs("en"), "far", "kilometer")


@pytest.mark.parametrize(
    ("locale", "delta", "expected"),
    [
        ("en", timedelta(days=2), "in 2 days"),
        ("en", timedelta(hours=-3), "3 hours ago"),
        ("de", timedelta(weeks=1), "in 1 Woche"),
        ("ar", timedelta(days=2), "خلال يومين"),
        ("en", timedelta(0), "in 0 seconds"),
    ],
)
def test_how_far_off_something_is(locale, delta, expected):
    assert relative_text(signs(locale), delta) == expected


@given(st.sampled_from(LOCALES), st.integers(0, 999), st.sampled_from(UNITS), st.sampled_from(LENGTHS))
def test_every_locale_has_words_for_a_measure(locale, value, unit, length):
    text = unit_text(signs(locale), value, unit, length)
    babel = Locale.parse(locale)
    words = babel._data["unit_patterns"].get(unit, {}).get(length, {})
    if babel.plural_form(value) in words:
        assert text == format_unit(value, unit, length, locale=babel)
    assert text


@given(st.sampled_from(LOCALES), st.timedeltas(timedelta(days=-4000), timedelta(days=4000)))
def test_every_locale_has_words_for_a_span(locale, delta):
    text = relative_text(signs(locale), delta)
    assert text == format_timedelta(delta, add_direction=True, locale=Locale.parse(locale)) != ""
