"""A value in HTML is made safe for the very place where it stands, or refused there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from orchestrator.content.markup import Reader
from orchestrator.content.render import ContentRefused
from tests.content.workbench import html, po, render, renderer

NASTY = "\"'><script>alert(1)</script>&"


@pytest.mark.parametrize(
    "source",
    [
        "<p>{{ profile.x }}</p>",
        '<p title="{{ profile.x }}">a</p>',
        "<p title='{{ profile.x }}'>a</p>",
        '<p title = "{{ profile.x }}">a</p>',
        '<a href="https://x.y/?q={{ profile.x }}">a</a>',
        '<img alt="{% if profile.x %}{{ profile.x }}{% endif %}">',
        "<!-- {{ profile.x }} -->",
        "<textarea>{{ profile.x }}</textarea>",
        "<p>a < {{ profile.x }}</p>",
        '<p {% if profile.x %}title="{{ profile.x }}"{% endif %}>a</p>',
        '<p{% if profile.x %} title="{{ profile.x }}"{% endif %} class="b">a</p>',
        "{% trans x=profile.x %}<b title=\"{{ x }}\">{{ x }}</b>{% endtrans %}",
        "{% macro m(a) %}<i title=\"{{ a }}\">{{ a }}</i>{% endmacro %}{{ m(profile.x) }}",
    ],
)  # fmt: skip
def test_a_value_is_escaped_wherever_it_may_stand(source: str) -> None:
    found = html(source, profile={"x": NASTY})
    assert "<script" not in found
    assert str(escape(NASTY)) in found


LINKS = [
    ("https://example.com/a?b=1", "https://example.com/a?b=1"),
    ("mailto:a@example.com", "mailto:a@example.com"),
    ("tel:+123", "tel:+123"),
    ("/path", "/path"),
    ("#here", "#here"),
    ("  https://example.com ", "https://example.com"),
    ("https://example.com/a b&c", "https://example.com/a%20b&amp;c"),
]


@pytest.mark.parametrize(("address", "expected"), LINKS)
def test_a_link_leads_where_it_may(address: str, expected: str) -> None:
    assert html('<a href="{{ profile.x }}">a</a>', profile={"x": address}) == f'<a href="{expected}">a</a>'


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)", "\x01javascript:x",
        "data:text/html,x", "vbscript:x", "file:///etc/passwd", "myapp://x", "example.com", "", "https:\\\\evil.com",
        "javascript&#58;alert(1)",
    ],
)  # fmt: skip
def test_a_link_leads_nowhere_else(address: str) -> None:
    with pytest.raises(ContentRefused) as refused:
        html('<a href="{{ profile.x }}">a</a>', profile={"x": address})
    assert refused.value.code == "content.error"


def test_an_app_may_be_opened_where_its_scheme_is_allowed() -> None:
    source = '<a href="{{ profile.x }}">a</a>'
    files = {"hi/email.html": f"{{% block subject %}}x{{% endblock %}}{{% block html %}}{source}{{% endblock %}}"}
    found = render(renderer(files, schemes={"myapp"}), "email", profile={"x": "MyApp://order/1"}).fields
    assert '<a href="MyApp://order/1">' in found["html"]


def test_only_the_head_of_a_link_is_looked_at() -> None:
    given = {"profile": {"site": "https://example.com", "id": "a:b"}}
    assert (
        html('<a href="{{ profile.site }}/{{ profile.id }}">a</a>', **given)
        == '<a href="https://example.com/a:b">a</a>'
    )


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<a title={{ profile.x }}>a</a>", "in quotes"),
        ("<a title=a{{ profile.x }}>a</a>", "in quotes"),
        ("<script>{{ profile.x }}</script>", "<script>"),
        ("<STYLE>{{ profile.x }}</STYLE>", "<style>"),
        ('<a onclick="{{ profile.x }}">a</a>', "`onclick`"),
        ('<a style="color:{{ profile.x }}">a</a>', "`style`"),
        ('<iframe srcdoc="{{ profile.x }}"></iframe>', "`srcdoc`"),
        ("<{{ profile.x }}>", "part of a tag"),
        ("<a {{ profile.x }}>", "part of a tag"),
        ("<scr{% if profile.x %}ipt{% endif %}>{{ profile.x }}", "different places"),
        ("<scr{% if profile.x %}{% endif %}ipt>{{ profile.x }}", "<script>"),
        ('<a href="java{{ profile.x }}">a</a>', "where the link leads"),
        ('<a href="JAVAscript:{{ profile.x }}">a</a>', "where the link leads"),
        ('<a href="java&#115;cript:{{ profile.x }}">a</a>', "where the link leads"),
        ('{% if profile.y %}<a title="{% else %}<a onclick="{% endif %}{{ profile.x }}">a</a>', "different places"),
        ('{% for y in [1] %}<a title="{% endfor %}{{ profile.x }}">a</a>', "different places"),
        ('{% set a %}<a title="{% endset %}{{ a }}{{ profile.x }}">a</a>', "different places"),
        ('{% macro m() %}<a title="{% endmacro %}{{ m() }}{{ profile.x }}', "different places"),
        ("{% trans x=profile.x %}<a title={{ x }}>a</a>{% endtrans %}", "in quotes"),
        ("<a title={{ _('two words') }}>a</a>", "in quotes"),
        ("<script>{{ _('alert()') }}</script>", "<script>"),
        ("<a onclick=\"{{ _('alert()') }}\">a</a>", "`onclick`"),
    ],
)
def test_where_nothing_makes_a_value_safe_it_is_refused(source: str, words: str) -> None:
    made = renderer(
        {"hi/email.html": "{% block subject %}x{% endblock %}\n{% block html %}" + source + "{% endblock %}"}
    )
    (found,) = made.problems()
    assert (found.file, found.line, found.severity, found.code) == (
        "templates/hi/email.html",
        2,
        "error",
        "template.place",
    )
    assert words in found.message
    with pytest.raises(ContentRefused) as refused:
        render(made, "email", profile={"x": "x"})
    assert refused.value.code == "content.error"


def test_a_button_for_one_mail_program_is_looked_at_too() -> None:
    source = '<!--[if mso]><v:rect href="{{ profile.x }}"><![endif]--><b>{{ profile.y }}</b>'
    with pytest.raises(ContentRefused):
        html(source, profile={"x": "javascript:x", "y": "y"})


def test_a_translation_that_misplaces_a_value_refuses_its_own_locale_only() -> None:
    source = '{% trans x=profile.x %}<a title="{{ x }}">a</a>{% endtrans %}'
    files = {"hi/email.html": f"{{% block subject %}}x{{% endblock %}}{{% block html %}}{source}{{% endblock %}}"}
    made = renderer(files, po("de", 'msgid "<a title=\\"%(x)s\\">a</a>"\nmsgstr "<a title=\\"%(x)s\\">b</a>"\n'))
    assert '<a title="1">b</a>' in render(made, "email", locale="de", profile={"x": 1}).fields["html"]


PIECES = st.lists(
    st.sampled_from(["<", ">", "a", "b ", "=", '"', "'", "/", "!--", "-->", " ", "script", "href"]), max_size=25
)


@given(PIECES, st.integers(0, 25))
def test_html_reads_the_same_whole_or_in_pieces(pieces: list[str], cut: int) -> None:
    """Where a value stands does not depend on how the literals around it happen to be cut at tag boundaries."""
    whole, parts = Reader(), Reader()
    text = "".join(pieces)
    whole.feed(text)
    parts.feed(text[:cut])
    parts.feed(text[cut:])
    if "<" not in text[max(0, cut - 3) : cut] and "-" not in text[max(0, cut - 3) : cut]:
        assert parts.where == whole.where
