"""Several files become one message: inheritance, variations, partials and macros, as Jinja authors know them."""

from __future__ import annotations

import pytest

from orchestrator.content.render import ContentRefused
from tests.content.workbench import market, po, problems, render, renderer, sms


def body(files: dict[str, str], *, locale: str = "en", market_name: str = "US", **given: object) -> str:
    """The text message of the tactic `hi`."""
    made = renderer(files, po("de", 'msgid "Hello"\nmsgstr "Hallo"\n'), markets=("US", "TH"))
    return str(render(made, locale=locale, where=market(market_name), **given).fields["body"])


BASE = {
    "hi/sms.txt": "{% block body %}{% block opening %}Hello{% endblock %}, {% block end %}bye{% endblock %}{% endblock %}"
}


def test_only_blocks_are_printed() -> None:
    assert sms("in") == "in"
    assert body({"hi/sms.txt": "before {{ profile.nothing }}{% block body %}in{% endblock %} after"}) == "in"


def test_a_variation_extends_the_base_without_saying_so() -> None:
    files = {**BASE, "hi/sms@TH.txt": "{% block end %}TH{% endblock %}"}
    assert body(files) == "Hello, bye"
    assert body(files, market_name="TH") == "Hello, TH"


def test_a_variation_may_say_that_it_extends_the_base() -> None:
    files = {**BASE, "hi/sms@TH.txt": '{% extends "hi/sms.txt" %}{% block end %}TH{% endblock %}'}
    assert body(files, market_name="TH") == "Hello, TH"


def test_a_variation_may_extend_something_else() -> None:
    files = {**BASE, "_x.txt": "{% block body %}other {% block end %}{% endblock %}{% endblock %}"}
    files["hi/sms@TH.txt"] = '{% extends "_x.txt" %}{% block end %}TH{% endblock %}'
    assert body(files, market_name="TH") == "other TH"


def test_the_locale_varies_what_the_market_has_varied() -> None:
    files = {
        **BASE,
        "hi/sms@TH.txt": "{% block opening %}TH{% endblock %}{% block end %}TH{% endblock %}",
        "hi/sms@de.txt": "{% block end %}de {{ super() }}{% endblock %}",
    }
    assert body(files, market_name="TH", locale="de") == "TH, de TH"
    assert body(files, locale="de") == "Hello, de bye"
    assert body(files, market_name="TH") == "TH, TH"


def test_the_nearest_parent_of_the_locale_counts() -> None:
    made = renderer({**BASE, "hi/sms@pt.txt": "{% block end %}pt{% endblock %}"}, po("pt_BR", ""))
    assert render(made, locale="pt_BR").fields["body"] == "Hello, pt"


def test_a_market_is_no_language_though_it_is_spelt_like_one() -> None:
    files = {**BASE, "hi/sms@TH.txt": "{% block end %}market{% endblock %}"}
    made = renderer(files, po("th", ""))
    assert render(made, locale="th").fields["body"] == "Hello, bye"


def test_layouts_stand_below_by_their_names() -> None:
    files = {"_layouts/all.txt": "{% block body %}[{% block inner %}?{% endblock %}]{% endblock %}"}
    files["hi/sms.txt"] = '{% extends "_layouts/all.txt" %}{% block inner %}x{{ super() }}{% endblock %}'
    assert body(files) == "[x?]"


def test_super_goes_down_as_far_as_it_is_called() -> None:
    files = {
        "a.txt": "{% block body %}a{% endblock %}",
        "b.txt": '{% extends "a.txt" %}{% block body %}b{{ super() }}{% endblock %}',
        "hi/sms.txt": '{% extends "b.txt" %}{% block body %}c{{ super() }}{{ super() }}{% endblock %}',
    }
    assert body(files) == "cbaba"


def test_a_partial_sees_what_is_around_it() -> None:
    files = {"_part.txt": "{{ word }} {{ profile.name }}", "hi/sms.txt": ""}
    files["hi/sms.txt"] = "{% block body %}{% set word = 'hi' %}{% include '_part.txt' %}{% endblock %}"
    assert body(files, profile={"name": "Ana"}) == "hi Ana"


def test_a_partial_may_be_optional() -> None:
    assert sms("a{% include '_none.txt' ignore missing %}b") == "ab"


MACROS = {
    "_ui.txt": (
        "{% set mark = '*' %}"
        "{% macro star(words, end='!') %}{{ mark }}{{ words }}{{ end }}{% endmacro %}"
        "{% macro twice(words) %}{{ star(words) }}{{ star(words, end='?') }}{% endmacro %}"
        "{% macro box() %}[{{ caller() }}]{% endmacro %}"
        "{% macro row(items) %}{% for item in items %}{{ caller(item) }}{% endfor %}{% endmacro %}"
    )
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{% import '_ui.txt' as ui %}{{ ui.star('x') }}", "*x!"),
        ("{% import '_ui.txt' as ui %}{{ ui.twice('x') }}", "*x!*x?"),
        ("{% import '_ui.txt' as ui %}{{ ui.mark }}", "*"),
        ("{% from '_ui.txt' import star, twice as both %}{{ star('y', '.') }}{{ both('z') }}", "*y.*z!*z?"),
        ("{% from '_ui.txt' import mark %}{{ mark }}{% set other = mark %}{{ other }}", "**"),
        ("{% import '_ui.txt' as ui %}{% call ui.box() %}in{% endcall %}", "[in]"),
        ("{% import '_ui.txt' as ui %}{% call(n) ui.row([1, 2]) %}<{{ n }}>{% endcall %}", "<1><2>"),
        ("{% import '_ui.txt' as ui %}{% set mark = '-' %}{{ mark }}{{ ui.star('x') }}", "-*x!"),
        ("{% macro here(a, b=2) %}{{ a }}{{ b }}{% endmacro %}{{ here(1) }}{{ here(b=3, a=4) }}", "1243"),
    ],
)
def test_macros_come_from_other_files_with_what_they_need(text: str, expected: str) -> None:
    assert body({**MACROS, "hi/sms.txt": f"{{% block body %}}{text}{{% endblock %}}"}) == expected


def test_what_is_set_at_the_top_is_seen_in_blocks() -> None:
    top = "{% set a = 1 %}{% if profile.vip %}{% set b = 'VIP' %}{% else %}{% set b = 'you' %}{% endif %}"
    files = {"hi/sms.txt": top + "{% block body %}{{ a }}{{ b }}{% endblock %}"}
    assert body(files) == "1you"
    assert body(files, profile={"vip": True}) == "1VIP"


def test_a_block_that_is_set_is_printed_as_it_was_composed() -> None:
    text = (
        "{% set a %}{{ profile.x }}!{% endset %}{{ a }}{{ a|upper }}{% filter upper %}b{{ profile.x }}{% endfilter %}"
    )
    assert sms(text, profile={"x": "y"}) == "y!Y!BY"


def test_a_filter_on_composed_html_does_not_let_data_through() -> None:
    from tests.content.workbench import html

    text = "{% filter striptags %}{{ profile.x }}{% endfilter %}{% set a|striptags %}{{ profile.x }}{% endset %}{{ a }}"
    assert "<script>" not in html(text, profile={"x": "<script>"})


PROBLEMS = [
    ("{{ super() }}", "template.block", "nothing below"),
    ("{{ super()|upper }}", "template.block", "stands alone"),
    ("{% include '_part.txt' %}", "template.not_found", "There is no template '_part.txt'"),
    ("{% import 'hi/sms.txt' as x %}{{ x.y }}", "template.not_found", "sets no 'y'"),
    ("{% import 'hi/sms.txt' as x %}{{ x.y() }}", "template.not_found", "no macro 'y'"),
    ("{% include 'hi/sms.txt' %}", "template.recursion", "circles"),
    ("{% set outer = loop %}", "template.unsafe", "loop.index"),
    ("{{ profile.x|greeting('a') }}", "template.filter", "two texts"),
]


@pytest.mark.parametrize(("text", "code", "words"), PROBLEMS)
def test_what_does_not_fit_together_is_told(text: str, code: str, words: str) -> None:
    (found,) = problems(text)
    assert (found.code, found.file, found.line) == (code, "templates/hi/sms.txt", 1)
    assert words in found.message


def test_templates_that_extend_one_another_are_told() -> None:
    files = {"hi/sms.txt": '{% extends "b.txt" %}', "b.txt": '{% extends "hi/sms.txt" %}'}
    made = renderer(files)
    assert {problem.code for problem in made.problems()} == {"template.recursion"}
    with pytest.raises(ContentRefused, match="extend one another"):
        render(made)


def test_one_broken_template_leaves_the_others_alone() -> None:
    made = renderer({"hi/sms.txt": "{% block body %}fine{% endblock %}", "bad/sms.txt": "{% block body %}{{ x.y() }}"})
    assert render(made).fields["body"] == "fine"
    with pytest.raises(ContentRefused):
        made.render("bad", "sms", market(), "en", None, __import__("datetime").UTC, {})
