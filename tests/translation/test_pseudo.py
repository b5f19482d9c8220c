"""Pseudo-locales: longer, marked, and nobody's."""

from __future__ import annotations

import re

import pytest
from babel.localedata import locale_identifiers
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.content.catalogs import String, read_catalogs
from orchestrator.content.locales import direction, preference
from orchestrator.translation.pseudo import is_pseudo, pseudo, pseudo_catalog

PIECES = [
    "%(name)s",
    "%%",
    "100%",
    '<a href="https://example.com/a">',
    "</a>",
    "<br>",
    "&amp;",
    "&#39;",
    "https://example.com/x",
]


def test_texts_are_accented_longer_and_between_brackets() -> None:
    assert pseudo("Your order %(order)s is on its way", "en_XA") == (
        "⟦Ýööûûûŕ ööŕðéééŕ %(order)s ïïïš ööñ ïïïţš ŵáááý⟧"
    )


def test_mirrored_texts_are_written_in_letters_that_run_from_the_right() -> None:
    assert re.fullmatch(r"⟦[\u0621-\u064a،؟ ]+⟧", pseudo("Well, is it on its way?", "ar_XB"))
    assert direction("ar_XB") == "rtl"


@pytest.mark.parametrize(
    ("text", "least"), [("Orders", 1.9), ("Follow your parcel", 1.6), ("An order of yours " * 5, 1.3)]
)
def test_the_shorter_a_text_the_more_it_grows(text: str, least: float) -> None:
    grown = len(pseudo(text, "en_XA")) / len(text)
    assert least <= grown <= least + 0.5


def test_space_around_a_text_stays_around_it_and_emptiness_stays_empty() -> None:
    assert pseudo("\n  Hi\n", "en_XA") == "\n  ⟦Ĥïïï⟧\n"
    assert pseudo("  ", "en_XA") == "  "


@given(st.lists(st.sampled_from(PIECES) | st.text("abc iou\n", max_size=9), max_size=8).map(" ".join))
def test_placeholders_markup_and_percent_signs_stay_as_they_are(text: str) -> None:
    for locale in ("en_XA", "ar_XB"):
        made = pseudo(text, locale)
        for piece in PIECES:
            assert made.count(piece) == text.count(piece)


def test_a_pseudo_catalog_is_complete_and_without_faults() -> None:
    strings = [String("%(n)s item", "%(n)s items"), String("50%% <b>off</b>"), String("Order", context="label")]
    for locale in ("en_XA", "ar_XB"):
        path = f"locales/{locale}/LC_MESSAGES/messages.po"
        catalogs, problems = read_catalogs({path: pseudo_catalog(locale, strings).written()})
        assert problems == ()
        assert catalogs[locale].missing(strings) == ()


def test_no_real_locale_is_ever_served_by_one() -> None:
    """Whatever people speak, and even where the market offers nothing else."""
    for locale in locale_identifiers():
        chosen = preference(locale, (), "de", {"en_XA", "ar_XB", "de"})
        assert not any(is_pseudo(name) for name in chosen), locale
    assert preference("en-XA", (), "de", {"en_XA", "ar_XB"})[0] == "en_XA"


def test_only_the_two_territories_are_pseudo() -> None:
    assert [is_pseudo(name) for name in ("en_XA", "ar_XB", "de_XA", "en_XB", "en", "en_US", "sr_Latn_RS")] == [
        True, True, True, False, False, False, False,
    ]  # fmt: skip
