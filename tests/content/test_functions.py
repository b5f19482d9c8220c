"""What stands behind a `|` in a template, and what a template may do with what is missing."""

from __future__ import annotations

from typing import Any

import pytest
import regex

from orchestrator.content.filters import ALLOWED, ALLOWED_TESTS, FORMATS, HTML, OURS, PLAIN, TESTS, name
from orchestrator.content.formats import Formats
from orchestrator.content.values import Missing
from tests.content.workbench import po, refusal, sms


def test_every_filter_and_test_that_is_allowed_is_there() -> None:
    assert PLAIN.keys() | {*OURS, *FORMATS} == ALLOWED
    assert PLAIN.keys() == HTML.keys()
    assert TESTS.keys() == ALLOWED_TESTS
    assert all(hasattr(Formats, name) for name in FORMATS)


HANDLED = [
    ("{{ profile.a|default('x') }}", "x"),
    ("{{ profile.a.b.c|d('x') }}", "x"),
    ("{{ profile.none|default('x') }}", "x"),
    ("{{ profile.empty|default('x') }}|", "|"),
    ("{{ profile.empty|default('x', true) }}", "x"),
    ("{{ profile.n|default('x') }}", "0"),
    ("{% if profile.a %}x{% else %}y{% endif %}", "y"),
    ("{% if profile.none %}x{% else %}y{% endif %}", "y"),
    ("{% if not profile.a.b %}y{% endif %}", "y"),
    ("{{ 'x' if profile.a }}y", "y"),
    ("{{ profile.a or 'y' }}", "y"),
    ("{% if profile.a == 1 %}x{% endif %}{% if profile.a != 1 %}y{% endif %}", "y"),
    ("{% if profile.a == profile.none %}x{% endif %}{% if none == profile.none %}x{% endif %}y", "y"),
    ("{% if profile.a in ['b'] %}x{% endif %}{% if 'b' in profile.a %}x{% endif %}y", "y"),
    ("{{ profile.a is defined }} {{ profile.none is defined }} {{ profile.none is none }} {{ profile.a is undefined }}", "False False True True"),
    ("{{ profile.a is string }} {{ profile.a is mapping }} {{ profile.n is number }}", "False False True"),
    ("{% set x = profile.a %}{{ x|default('y') }}", "y"),
    ("{% for x in profile.a|default([]) %}x{% else %}y{% endfor %}", "y"),
    ("{% if data.x and data.x > 3 %}x{% else %}y{% endif %}", "y"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), HANDLED)
def test_what_is_missing_can_be_handled(body: str, expected: str) -> None:
    assert sms(body, profile={"none": None, "empty": "", "n": 0}) == expected


UNHANDLED = [
    ("{{ profile.a }}", "profile.a"),
    ("{{ profile.none }}", "profile.none"),
    ("{{ profile.a.b.c }}", "profile.a.b.c"),
    ("{{ moment.data.total|money }}", "moment.data.total"),
    ("{{ profile.none|number }}", "profile.none"),
    ("{{ profile.a|date }}", "profile.a"),
    ("{{ profile.a|list }}", "profile.a"),
    ("{{ profile.a|upper }}", "profile.a"),
    ("{{ profile.a|length }}", "profile.a"),
    ("{{ profile.a + 1 }}", "profile.a"),
    ("{{ profile.a * 2 }}", "profile.a"),
    ("{{ 1 - profile.a }}", "profile.a"),
    ("{% if profile.a > 1 %}x{% endif %}", "profile.a"),
    ("{% if 1 <= profile.none %}x{% endif %}", "profile.none"),
    ("{% for x in profile.a %}x{% endfor %}", "profile.a"),
    ("{% trans n=profile.a %}Hi {{ n }}{% endtrans %}", "profile.a"),
    ("{% trans n=profile.a %}one{% pluralize n %}many{% endtrans %}", "profile.a"),
    ("{% for x in data.rows %}{{ x.a }}{% endfor %}", "x.a"),
    ("{{ data.rows[3].a }}", "moment.data.rows[3].a"),
    ("{{ 'a' ~ profile.a }}", "profile.a"),
    ("{{ profile.blank|name }}", "a name"),
    ("{{ range(profile.a)|length }}", "profile.a"),
    ("{{ first_name }}", "first_name"),
]


@pytest.mark.parametrize(("body", "name"), UNHANDLED)
def test_what_is_missing_and_needed_is_called_by_its_name(body: str, name: str) -> None:
    top = body.replace("data.rows[", "moment.data.rows[").replace("data.rows %", "moment.data.rows %")
    assert refusal(top, profile={"none": None, "blank": " "}, data={"rows": [{}]}) == (
        "content.missing_data",
        f"{name} is missing",
    )


def test_the_text_none_is_never_printed() -> None:
    assert refusal("{{ none }}")[0] == "content.missing_data"
    assert refusal("{% for x in profile.a %}{{ x }}{% endfor %}", profile={"a": [None]})[0] == "content.missing_data"
    assert (
        refusal("{% for x in profile.a %}{{ x|upper }}{% endfor %}", profile={"a": [None]})[0] == "content.missing_data"
    )
    assert (
        refusal("{% for k, v in profile.a|dictsort %}{{ v|upper }}{% endfor %}", profile={"a": {"k": None}})[0]
        == "content.missing_data"
    )
    assert refusal("{{ profile.a|first }}", profile={"a": [None]})[0] == "content.missing_data"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("{{ profile }}", "an object"),
        ("{{ profile.list }}", "a list"),
        ("{{ profile.list|map('upper') }}", "a list"),
        ("{{ profile.text|money }}", "expected a number"),
        ("{{ profile.text|date }}", "expected a date"),
        ("{{ profile.text * 3 }}", "numbers"),
        ("{{ profile.text % 3 }}", "numbers"),
        ("{{ 1 / profile.zero }}", "divided by zero"),
        ("{{ profile.text + 1 }}", "joins anything"),
        ("{% for x in profile.zero %}{% endfor %}", "needs a list"),
        ("{% for x in profile.long %}{% endfor %}", "1000 items"),
        ("{% for x in range(profile.many) %}{% endfor %}", "1000 numbers"),
        ("{% for x in range(profile.text) %}{% endfor %}", "whole numbers"),
        ("{% trans n=profile.text %}one{% pluralize n %}many{% endtrans %}", "number"),
        ("{% for a, b in profile.list %}{% endfor %}", "ValueError"),
    ],
)
def test_what_is_of_the_wrong_kind_is_refused(body: str, words: str) -> None:
    given = {"list": ["a"], "text": "abc", "zero": 0, "long": list(range(1001)), "many": 10**9}
    code, detail = refusal(body, profile=given)
    assert code == "content.error"
    assert words in detail


def test_data_cannot_be_reached_into_by_python_s_names() -> None:
    assert sms("{{ profile.items }} {{ profile.text.title|default('-') }}", profile={"items": 3, "text": "a"}) == "3 -"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Ana", "Ana"),
        ("  Ana   Maria ", "Ana Maria"),
        ("Ana\r\nBcc: x", "Ana Bcc: x"),
        ("á" * 70, "á" * 60),
        ("علی\u200cرضا", "علی\u200cرضا"),
    ],
)
def test_names_are_tidied(raw: str, expected: str) -> None:
    assert name(raw) == expected


def test_a_long_name_is_cut_between_characters_as_people_see_them() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert name(family * 100) == family * 60
    assert len(regex.findall(r"\X", name("e\u0301" * 100))) == 60


@pytest.mark.parametrize("raw", [None, "", "  ", "\x00", 5, Missing(name="x")])
def test_what_is_no_name_is_missing(raw: Any) -> None:
    assert isinstance(name(raw), Missing)


GREETING = "{{ profile.first_name|greeting(_('Hello %(name)s!'), _('Hello!')) }}"
GERMAN = po("de", 'msgid "Hello %(name)s!"\nmsgstr "Hallo %(name)s!"\n\nmsgid "Hello!"\nmsgstr "Hallo!"\n')


@pytest.mark.parametrize(
    ("profile", "expected"), [({"first_name": "Ana"}, "Hallo Ana!"), ({"first_name": " "}, "Hallo!"), ({}, "Hallo!")]
)
def test_a_greeting_copes_without_a_name(profile: dict[str, str], expected: str) -> None:
    assert sms(GREETING, catalogs=GERMAN, locale="de", profile=profile) == expected


def test_a_greeting_may_be_two_plain_texts() -> None:
    body = "{{ profile.first_name|greeting('Hello %(name)s!', 'Hello!') }}"
    assert sms(body, catalogs=GERMAN, locale="de", profile={"first_name": "Ana"}) == "Hallo Ana!"
