"""Several things named in one sentence."""

from __future__ import annotations

import pytest
from babel import Locale
from babel.lists import format_list
from babel.localedata import locale_identifiers
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.content.errors import FormatError
from orchestrator.content.lists import list_text

VARIANTS = ("POSIX", "TARASK", "VALENCIA", "POLYTON")
LOCALES = sorted(name for name in locale_identifiers() if not name.endswith(VARIANTS))


@pytest.mark.parametrize(
    ("locale", "items", "style", "expected"),
    [
        ("en", [], "and", ""),
        ("en", ["a"], "and", "a"),
        ("en", ["a", "b"], "and", "a and b"),
        ("en_US", ["a", "b", "c"], "and", "a, b, and c"),
        ("en_GB", ["a", "b", "c"], "and", "a, b and c"),
        ("en_US", ["a", "b", "c", "d"], "or", "a, b, c, or d"),
        ("id", ["a", "b", "c"], "and", "a, b, dan c"),
        ("ja", ["a", "b", "c"], "and", "a、b、c"),
        ("en", ["3 feet", "7 inches"], "unit", "3 feet, 7 inches"),
        ("en", ["{0}", "{}", "%s"], "and", "{0}, {}, and %s"),
    ],
)
def test_things_are_listed_as_the_locale_lists_them(locale, items, style, expected):
    assert list_text(Locale.parse(locale), items, style) == expected


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("Italia", "España e Italia"),
        ("Íñigo", "España e Íñigo"),
        ("hijos", "España e hijos"),
        ("hielo", "España y hielo"),
        ("hiato", "España y hiato"),
        ("Yemen", "España y Yemen"),
        ("Portugal", "España y Portugal"),
    ],
)
def test_spanish_says_e_before_the_sound_i(last, expected):
    assert list_text(Locale("es"), ["España", last]) == expected
    assert list_text(Locale("es", "MX"), ["Perú", "España", last]).endswith(expected)


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("ocho", "siete u ocho"),
        ("hombre", "siete u hombre"),
        ("8", "siete u 8"),
        ("80", "siete u 80"),
        ("11", "siete u 11"),
        ("110", "siete o 110"),
        ("nueve", "siete o nueve"),
    ],
)
def test_spanish_says_u_before_the_sound_o(last, expected):
    assert list_text(Locale("es"), ["siete", last], "or") == expected


@pytest.mark.parametrize(("last", "expected"), [("רון", "דן ורון"), ("Ron", "דן ו-Ron"), ("7", "דן ו-7")])
def test_hebrew_sets_its_and_off_from_other_letters(last, expected):
    assert list_text(Locale("he"), ["דן", last]) == expected


@pytest.mark.parametrize("style", ["standard", "", "nor"])
def test_a_style_that_is_none_is_refused(style):
    with pytest.raises(FormatError, match="expected one of and, or, unit"):
        list_text(Locale("en"), ["a", "b"], style)


@given(
    st.sampled_from([name for name in LOCALES if name.partition("_")[0] not in ("es", "he")]),
    st.lists(st.text(max_size=5), max_size=5),
    st.sampled_from(["standard", "or"]),
)
def test_all_else_is_as_babel_writes_it(locale, items, style):
    babel = Locale.parse(locale)
    assert list_text(babel, items, "or" if style == "or" else "and") == format_list(items, style, babel)


@given(st.sampled_from(LOCALES), st.lists(st.text(max_size=5), max_size=5))
def test_measures_are_listed_in_every_locale(locale, items):
    """Where Babel fails, as its patterns for measures are incomplete."""
    text = list_text(Locale.parse(locale), items, "unit")
    assert all(item in text for item in items)
