"""Which form of a word goes with a number."""

from __future__ import annotations

from decimal import Decimal

import pytest
from babel.localedata import locale_identifiers
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.content.locales import formatting
from orchestrator.content.plurals import (
    CATEGORIES,
    PluralError,
    category,
    header,
    plural_rule,
    quantity,
    source_rule,
)

POLISH = "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"
LOCALES = sorted({formatting(name).language for name in locale_identifiers()} | {"pt_PT", "zh_Hant"})
SAMPLES = (*range(0, 202), 1000, 1001, 2000, 10**6, 2 * 10**6)


@pytest.mark.parametrize(
    ("locale", "vector"),
    [
        ("ar", "0 zero 1 one 2 two 3 few 10 few 11 many 99 many 100 other 102 other 103 few 111 many 1000 other"),
        ("pl", "0 many 1 one 2 few 5 many 12 many 21 many 22 few 112 many 1.5 other"),
        ("ru", "1 one 2 few 5 many 11 many 21 one 22 few 111 many 1.5 other"),
        ("uk", "1 one 2 few 5 many 21 one 1.5 other"),
        ("cy", "0 zero 1 one 2 two 3 few 6 many 4 other"),
        ("sl", "1 one 2 two 3 few 4 few 5 other 101 one 1.5 few"),
        ("lv", "0 zero 10 zero 11 zero 1 one 21 one 2 other"),
        ("lt", "1 one 2 few 10 other 21 one 1.5 many"),
        ("cs", "2 few 5 other 1.5 many"),
        ("iw", "1 one 2 two 3 other"),
        ("ga", "1 one 2 two 3 few 6 few 7 many 10 many 11 other"),
        ("mt", "0 few 1 one 2 two 3 few 10 few 11 many 19 many 20 other"),
        ("ro", "0 few 1 one 19 few 20 other 101 few"),
        ("fr", "0 one 1 one 1.5 one 2 other 1000000 many"),
        ("pt_BR", "0 one 1 one 1000000 many"),
        ("pt_PT", "0 other 1 one"),
        ("es", "0 other 1 one 1000000 many"),
        ("fil", "1 one 2 one 5 one 7 one 4 other 6 other 9 other 14 other"),
        ("en", "1 one 1.0 other 0 other"),
        ("id", "0 other 1 other 2 other"),
    ],
)
def test_categories_are_those_of_cldr(locale, vector):
    words = vector.split()
    for number, expected in zip(words[::2], words[1::2], strict=True):
        assert category(locale, quantity(number)) == expected, number


def test_every_locale_has_a_header_that_gives_each_category_a_form_of_its_own():
    for locale in LOCALES:
        rule = plural_rule(header(locale), locale)
        seen = {(rule.index(number), category(locale, number)) for number in SAMPLES}
        assert len(seen) == len({place for place, _ in seen}) == len({name for _, name in seen}), locale
        assert sorted(place for place, _ in seen) == list(range(len(seen))), locale
        assert [name for _, name in sorted(seen)] == [name for name in CATEGORIES if name in {kind for _, kind in seen}]


@given(st.sampled_from(LOCALES), st.integers(0, 10**9))
def test_a_header_means_what_cldr_means(locale, number):
    rule = plural_rule(header(locale), locale)
    same = next(sample for sample in (*SAMPLES, 10**5) if category(locale, sample) == category(locale, number))
    assert rule.index(number) == rule.index(same)


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("en", "nplurals=2; plural=(n == 1 ? 0 : 1);"),
        ("id", "nplurals=1; plural=0;"),
        ("fr", "nplurals=3; plural=((n == 0 || n == 1) ? 0 : n != 0 && n % 1000000 == 0 ? 1 : 2);"),
        ("cs", "nplurals=3; plural=(n == 1 ? 0 : n >= 2 && n <= 4 ? 1 : 2);"),
    ],
)
def test_a_header_reads_as_people_write_it(locale, expected):
    assert header(locale) == expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("nplurals=2; plural=n/0;", "fails for 0"),
        ("nplurals=2; plural=n == 150 ? 1 / (n - 150) : 0;", "fails for 150"),
        ("nplurals=1; plural=5;", "gives form 5 for 0"),
        ("nplurals=2; plural=n;", "gives form 2 for 2"),
        ("nplurals=2; plural=0-1;", "gives form -1"),
        ("nplurals=2; plural=n==1000000 ? 7 : 0;", "gives form 7 for 1000000"),
        ("nplurals=INTEGER; plural=EXPRESSION;", "expected `nplurals="),
        ("nplurals=0; plural=0;", "expected `nplurals="),
        ("nplurals=999; plural=0;", "expected `nplurals="),
        ("nplurals=2", "expected `nplurals="),
        ("", "expected `nplurals="),
        ("nplurals=2; plural=__import__('os').system('x');", "not a plural expression"),
        ("nplurals=2; plural=n**n;", "not a plural expression"),
        ("nplurals=2; plural=" + "(" * 300 + "n" + ")" * 300 + ";", "not a plural expression"),
        ("nplurals=2; plural=" + "n+" * 900 + "0;", "not a plural expression"),
    ],
)
def test_a_rule_that_would_fail_some_day_is_refused_today(text, complaint):
    with pytest.raises(PluralError, match=complaint.replace("(", r"\(")):
        plural_rule(text, "pl")


@pytest.mark.parametrize("text", [POLISH, POLISH.rstrip(";"), f"  {POLISH} ", POLISH.replace("; ", ";")])
def test_headers_are_read_however_they_are_spaced(text):
    rule = plural_rule(text, "pl")
    assert [rule.index(number) for number in (1, 2, 5, 12, 21, 22)] == [0, 1, 2, 2, 2, 1]


@pytest.mark.parametrize(
    ("locale", "number", "place"),
    [
        ("pl", -2, 1),
        ("pl", "22", 1),
        ("pl", 22.0, 1),
        ("pl", Decimal("22"), 1),
        ("pl", Decimal("2.2E1"), 1),
        ("pl", 1.5, 2),
        ("fr", 1.5, 0),
        ("fr", "0.5", 0),
        ("fr", 2.5, 2),
        ("sl", Decimal("1.5"), 2),
        ("en", "1.0", 1),
        ("en", 1.0, 0),
        ("en", Decimal("-0.5"), 1),
        ("id", 7.5, 0),
    ],
)
def test_a_fraction_takes_the_form_of_a_whole_number_of_its_category(locale, number, place):
    assert plural_rule(header(locale), locale).index(number) == place


def test_a_category_that_only_fractions_have_is_found_in_a_catalog_that_has_all_of_them():
    czech = "nplurals=4; plural=(n==1 ? 0 : n>=2 && n<=4 ? 1 : 3);"  # one, few, many, other
    assert plural_rule(czech, "cs").index(1.5) == 2


@pytest.mark.parametrize(
    "value",
    [True, None, "", "many", "1,5", "１", " 1", [], float("nan"), float("inf"), Decimal("NaN"), 1e300, "9" * 41],
)
def test_what_is_no_number_cannot_be_counted(value):
    with pytest.raises(TypeError, match="a count must be a"):
        plural_rule(POLISH, "pl").index(value)


def test_a_rule_that_fails_for_one_number_says_so():
    rule = plural_rule("nplurals=2; plural=n == 77777 ? n/0 : 0;", "en")
    with pytest.raises(PluralError, match="fails for 77777"):
        rule.index(77777)


@pytest.mark.parametrize(
    ("locale", "places"), [("en", [1, 0, 1]), ("fr", [0, 0, 1]), ("ja", [1, 0, 1]), ("pl", [1, 0, 1])]
)
def test_a_texts_own_two_forms_are_told_apart_by_its_language(locale, places):
    assert [source_rule(locale).index(number) for number in (0, 1, 2)] == places
