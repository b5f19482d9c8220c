"""Every HTML message is a whole document in its language, with its styles on the elements and its preheader hidden."""

from __future__ import annotations

import pytest

from tests.content.workbench import html, po, render, renderer


def document(source: str, *, locale: str = "en", subject: str = "Hi", preheader: str = "", **given: object) -> str:
    """The HTML of a mail."""
    blocks = {"subject": subject, "preheader": preheader, "html": source}
    text = "".join(f"{{% block {name} %}}{words}{{% endblock %}}" for name, words in blocks.items() if words)
    made = renderer({"hi/email.html": text}, po(locale, "") if locale != "en" else {})
    return str(render(made, "email", locale=locale, **given).fields["html"])


def test_a_fragment_becomes_a_document() -> None:
    assert document("<p>x</p>") == (
        '<!doctype html><html lang="en" dir="ltr"><head><meta charset="utf-8"><title>Hi</title></head>'
        "<body><p>x</p></body></html>"
    )


@pytest.mark.parametrize(
    ("locale", "lang", "way"), [("pt_BR", "pt-BR", "ltr"), ("ar", "ar", "rtl"), ("zh_Hant", "zh-Hant", "ltr")]
)
def test_the_document_says_its_language_and_direction(locale: str, lang: str, way: str) -> None:
    assert document("x", locale=locale).startswith(f'<!doctype html><html lang="{lang}" dir="{way}">')


def test_a_document_gets_only_what_it_lacks() -> None:
    assert document("<html><body>x</body></html>") == '<!doctype html><html lang="en" dir="ltr"><body>x</body></html>'
    own = '<!DOCTYPE html>\n<HTML dir="auto" lang="xx"><body>x</body></HTML>'
    assert document(own) == own
    varied = document('<html class="{{ profile.c }}"><body>x', profile={"c": "y"})
    assert varied.startswith('<!doctype html><html lang="en" dir="ltr" class="y"><body>')


def test_the_title_is_the_subject_escaped() -> None:
    assert "<title>O&#39;Brien &amp; Søns</title>" in document(
        "x", subject="{{ profile.n }}", profile={"n": "O'Brien & Søns"}
    )


LINES = "\n  {{ _('Hello\nyou') }},\r\n  {{ profile.n }}\n"


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("<p>x</p>", "<title> Hello you, Ann Bcc: b &lt;c&gt; </title>"),
        (
            "<html><head><title>\n{{ profile.n }}\n</title></head><body>x\ny</body></html>",
            "<title> Ann Bcc: b &lt;c&gt; </title>",
        ),
    ],
)
def test_a_title_is_one_line_as_the_subject_is(source: str, title: str) -> None:
    found = document(source, subject=LINES, profile={"n": "Ann\r\nBcc: b\u2028<c>"})
    assert title in found
    assert "\n" not in found.partition("</title>")[0]


def test_the_preheader_is_hidden_before_the_words() -> None:
    found = document("<p>x</p>", preheader="{{ profile.n }}", profile={"n": "<b>"})
    assert '<body><div style="display:none;max-height:0;overflow:hidden;mso-hide:all">&lt;b&gt;</div><p>x</p>' in found
    assert ">see</div><p>x</p></body>" in document('<html><body class="a"><p>x</p></body></html>', preheader="see")


def test_a_preheader_that_has_its_place_is_not_put_in_twice() -> None:
    made = renderer(
        {
            "hi/email.html": "{% block subject %}s{% endblock %}"
            "{% block html %}<i>{% block preheader %}see{% endblock %}</i><p>x</p>{% endblock %}"
        }
    )
    fields = render(made, "email").fields
    assert fields["html"].count("see") == 1
    assert fields["preheader"] == "see"
    assert fields["text"] == "x"


STYLED = (
    "<html><head><style>p { color: red } .b { margin: 0 } a:hover { color: blue } @media print { p { color: black } }</style>"
    '</head><body><p class="b {{ profile.c }}">{{ profile.x }}</p>{% for i in [1, 2] %}<p style="margin:1px">a</p>{% endfor %}'
    '<p {% if profile.x %}class="b"{% endif %}>z</p></body></html>'
)


def test_styles_are_put_on_the_elements_and_stay_in_the_sheet() -> None:
    found = document(STYLED, profile={"c": "c", "x": "<"})
    assert '<p style="color: red;margin: 0;" class="b c">&lt;</p>' in found
    assert found.count('<p style="color: red;margin: 1px" >a</p>') == 2
    assert '<p class="b">z</p>' in found, "which style an element has must not depend on the way taken"
    assert "@media print" in found
    assert "data-kairos" not in found


def test_styles_reach_into_macros() -> None:
    source = "{% macro cell(x) %}<td>{{ x }}</td>{% endmacro %}<style>td { margin: 0 }</style><table><tr>{{ cell(1) }}{{ cell(2) }}</tr>"
    assert html(source).count('<td style="margin: 0;">') == 2


def test_a_sheet_that_makes_no_sense_stays_what_it_is() -> None:
    assert html("<style>}}{ @x</style><p>x</p>") == "<style>}}{ @x</style><p>x</p>"
