"""A value turns nothing around itself, and writes nothing that is not its own."""

from __future__ import annotations

import re
from unicodedata import bidirectional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.content.bidi import FSI, PDI, Direction, clean, escaped, has_opposite, isolated, isolated_html
from tests.content.workbench import html, po, sms

ARABIC = po("ar", 'msgid "Hello %(n)s!"\nmsgstr "مرحبا %(n)s!"\n')
HELLO = "{% trans n=profile.n %}Hello {{ n }}!{% endtrans %}"
CONTROLS = "".join(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
DIRECTIONS = st.sampled_from(["ltr", "rtl"])


@pytest.mark.parametrize("value", ["John (VIP)!", "https://x.y/a?b=1", "#A-12/34"])
def test_latin_among_arabic_is_isolated(value: str) -> None:
    assert sms(HELLO, catalogs=ARABIC, locale="ar", profile={"n": value}) == f"مرحبا {FSI}{value}{PDI}!"
    assert f"<bdi>{value}</bdi>" in html(HELLO, catalogs=ARABIC, locale="ar", profile={"n": value})


@pytest.mark.parametrize("value", ["+20 10 1234 5678", "12.50", "سارة", "!", ""])
def test_what_runs_the_same_way_or_none_is_left_alone(value: str) -> None:
    assert sms(f"x{HELLO}", catalogs=ARABIC, locale="ar", profile={"n": value}) == f"xمرحبا {value}!"


def test_hebrew_among_english_is_isolated() -> None:
    assert sms(HELLO, profile={"n": "שרה"}) == f"Hello {FSI}שרה{PDI}!"
    assert html(HELLO, profile={"n": "<שרה>"}) == "Hello <bdi>&lt;שרה&gt;</bdi>!"


def test_no_element_stands_in_an_attribute() -> None:
    assert html('<p title="{{ profile.n }}">a</p>', profile={"n": "שרה"}) == '<p title="שרה">a</p>'


def test_words_and_formatted_values_are_the_message_s_own() -> None:
    body = "{{ profile.n|money }} {{ 'OK' }} {{ _('Hello') }}"
    assert sms(body, catalogs=ARABIC, locale="ar", profile={"n": 5}).endswith(" OK Hello")


def test_the_names_in_a_list_are_isolated_one_by_one() -> None:
    found = sms("{{ profile.n|list }}", catalogs=ARABIC, locale="ar", profile={"n": ["Abba", "سارة"]})
    assert found == f"{FSI}Abba{PDI} وسارة"
    assert "<bdi>A&amp;B</bdi>" in html(
        "{{ profile.n|list }}", catalogs=ARABIC, locale="ar", profile={"n": ["A&B", "C"]}
    )


@given(st.text(st.sampled_from(["a", "ש", " ", "1", *CONTROLS])), DIRECTIONS)
def test_isolates_balance_and_none_comes_in_from_outside(value: str, direction: Direction) -> None:
    found = isolated(value, direction)
    assert found.count(FSI) == found.count(PDI) == int(has_opposite(value, direction))
    assert not re.search(f"[{CONTROLS}]", found.strip(FSI + PDI))


@given(st.text(), DIRECTIONS)
def test_what_is_opposite_is_what_unicode_says(value: str, direction: Direction) -> None:
    opposite = {"R", "AL"} if direction == "ltr" else {"L"}
    assert has_opposite(value, direction) == any(bidirectional(c) in opposite for c in value)


@given(st.text())
def test_html_is_escaped_whatever_comes(value: str) -> None:
    inner = str(isolated_html(value, "ltr")).removeprefix("<bdi>").removesuffix("</bdi>")
    assert not set(inner) & set("<>\"'")
    assert inner == escaped(clean(value))


@pytest.mark.parametrize("value", ["a\x00b", "a\x1bb", "a\x7fb", "a\x9fb"])
def test_control_characters_are_dropped(value: str) -> None:
    assert sms("{{ profile.n }}", profile={"n": value}) == "ab"
    assert html("{{ profile.n }}", profile={"n": value}) == "ab"
