"""A mail without a text of its own gets one from its HTML: the same words, with their links."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.content.plaintext import tidied
from tests.content.workbench import po, render, renderer


def text(source: str, *, locale: str = "en", **given: object) -> str:
    """The derived text of an HTML block."""
    made = renderer(
        {"hi/email.html": f"{{% block subject %}}x{{% endblock %}}{{% block html %}}{source}{{% endblock %}}"},
        po(locale, 'msgid "Hello %(n)s, <b>you</b> &amp; we"\nmsgstr "Hi %(n)s, <b>du</b> &amp; wir"\n')
        if locale != "en"
        else {},
    )
    return str(render(made, "email", locale=locale, **given).fields["text"])


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<h1>A</h1><p>b\n  c</p><p>d</p>", "A\n\nb c\n\nd"),
        ("<div>a</div><div>b</div>c<br>d", "a\nb\nc\nd"),
        ("<p>x</p><ul><li>a</li><li>b</li></ul><p>y</p>", "x\n\n- a\n- b\n\ny"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ('<a href="https://x.y/?a=1&amp;b=2">go</a> on', "go (https://x.y/?a=1&b=2) on"),
        ('<a href="mailto:a@b.c">write</a>', "write (a@b.c)"),
        ('<a href="https://x.y">https://x.y</a>, <a href="mailto:a@b.c"> a@b.c </a>', "https://x.y, a@b.c"),
        ('<a href="#top">up</a><a name="x">here</a>', "uphere"),
        ('<p>a<img src="x.png" alt="a cat">b</p>', "aa catb"),
        ("a &amp; b &lt; c&nbsp;&middot; d", "a & b < c\xa0· d"),
        ("<head><title>t</title><style>p{}</style></head><script>x</script><body>y</body>", "y"),
        ('<div style="display: none">no</div><p hidden>no<b>no</b></p>yes', "yes"),
        ("a<!-- no --><!--[if mso]>no<![endif]--><!--[if !mso]><!-->yes<!--<![endif]-->b", "ayesb"),
        ("<p>a</p>\n\n\n\n<p>  b </p>", "a\n\nb"),
        ("1 < 2 {{ 1 }}", "1 < 2 1"),
    ],
)
def test_the_words_of_html_are_kept(source: str, expected: str) -> None:
    assert text(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>{{ profile.x }}</p>", "<b> & 'c'"),
        ('<a href="{{ profile.site }}/o/{{ profile.n }}">go</a>', "go (https://e.com/o/3)"),
        ('<p title="{{ profile.x }}">a</p>', "a"),
        ('see <a href="{{ profile.site }}/{{ profile.n }}">{{ profile.site }}/{{ profile.n }}</a>', "see https://e.com/3"),
        ('<a href="{{ profile.site }}/{{ profile.n }}">{{ profile.site }}</a>', "https://e.com (https://e.com/3)"),
        ("{% for i in profile.items %}<li>{{ i }}</li>{% endfor %}", "- 1\n- 2"),
        ("{% if profile.n > 2 %}<p>yes</p>{% else %}<p>no</p>{% endif %}", "yes"),
        ("{% for i in profile.items %}<a href='{{ profile.site }}/{{ i }}'>{{ i }}</a> {% endfor %}", "1 (https://e.com/1) 2 (https://e.com/2)"),
        ("{% if profile.n %}<a href='{{ profile.site }}'>{% endif %}a{% if profile.n %}</a>{% endif %}", "a"),
        ("{% macro m(x) %}<b>{{ x }}</b><br>{% endmacro %}{{ m('a') }}{{ m(profile.x) }}", "a\n<b> & 'c'"),
        ("{% macro m() %}[{{ caller() }}]{% endmacro %}{% call m() %}<i>a</i>{% endcall %}", "[a]"),
        ("{% set a %}<b>{{ profile.x }}</b>{% endset %}{{ a }}", "<b> & 'c'"),
        ("{{ profile.x|e }}", "<b> & 'c'"),
        ("{% trans n=profile.n %}Hello {{ n }}, <b>you</b> &amp; we{% endtrans %}", "Hello 3, you & we"),
        ("{% macro m(x) %}{{ x }}{% endmacro %}{{ m(_('Hello %(n)s, <b>you</b> &amp; we', n=profile.n)) }}", "Hello 3, you & we"),
        ('<img alt="{{ profile.x }}">', "<b> & 'c'"),
    ],
)  # fmt: skip
def test_values_are_words_too(source: str, expected: str) -> None:
    given = {"x": "<b> & 'c'", "site": "https://e.com", "n": 3, "items": [1, 2]}
    assert text(source, profile=given) == expected


def test_translations_lose_their_markup() -> None:
    source = "{% trans n=profile.n %}Hello {{ n }}, <b>you</b> &amp; we{% endtrans %}"
    assert text(source, locale="de", profile={"n": "<Ana>"}) == "Hi <Ana>, du & wir"


def test_an_address_stays_whole_where_the_text_runs_the_other_way() -> None:
    found = text(
        '<a href="{{ profile.site }}/o/{{ profile.n }}">x</a>', locale="ar", profile={"site": "https://e.com", "n": 3}
    )
    assert "\u2068https://e.com/o/3\u2069" in found


def test_a_text_of_the_template_s_own_is_taken() -> None:
    made = renderer(
        {
            "hi/email.html": "{% block subject %}s{% endblock %}{% block text %}own{% endblock %}{% block html %}x{% endblock %}"
        }
    )
    assert render(made, "email").fields["text"] == "own"


@given(st.lists(st.sampled_from([" ", "\n", "a", "  b", "\n\n"]), max_size=30).map("".join))
def test_tidy_text_has_no_loose_ends(raw: str) -> None:
    found = tidied(raw)
    assert found.split() == raw.split()
    assert not any(loose in found for loose in ("\n\n\n", " \n", "\n ", "  "))
    assert tidied(found) == found


def test_what_a_style_sheet_hides_is_not_read() -> None:
    assert text("<style>.no { display: none }</style><p class='no'>hidden</p><p>seen</p>") == "seen"
