"""Translations are part of what runs, with the values in their places and nothing else taken for one."""

from __future__ import annotations

import pytest

from orchestrator.content.localise import pieces
from tests.content.workbench import html, po, render, renderer, sms


def german(msgid: str, msgstr: str) -> dict[str, bytes]:
    """A catalog of one string."""
    return po("de", f'msgid "{msgid}"\nmsgstr "{msgstr}"\n')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", ["plain"]),
        ("%(a)s", ["a"]),
        ("x %(a)s y %(b)d", ["x ", "a", " y ", "b"]),
        ("100%", ["100%"]),
        ("100 % %%", ["100 % %"]),
        ("%%(a)s", ["%(a)s"]),
        ("%(a", ["%(a"]),
        ("", []),
    ],
)
def test_a_text_is_words_and_placeholders(text: str, expected: list[str]) -> None:
    assert [piece if isinstance(piece, str) else piece["name"] for piece in pieces(text)] == expected


def test_a_percent_sign_is_just_that() -> None:
    """Neither the author nor the translator has to know that other programs would take it for a placeholder."""
    assert sms("{% trans %}100% off{% endtrans %} {{ _('5% on') }}") == "100% off 5% on"
    assert (
        sms(
            "{% trans n=profile.n %}{{ n }}% off{% endtrans %}",
            catalogs=german("%(n)s%% off", "%(n)s %% Rabatt"),
            locale="de",
            profile={"n": 5},
        )
        == "5 % Rabatt"
    )


def test_a_translation_may_order_values_as_it_likes() -> None:
    body = "{% trans a=profile.a, b=profile.b %}{{ a }} of {{ b }}{% endtrans %}"
    assert (
        sms(body, catalogs=german("%(a)s of %(b)s", "von %(b)s nur %(a)s"), locale="de", profile={"a": 1, "b": 2})
        == "von 2 nur 1"
    )


def test_context_tells_strings_apart() -> None:
    catalogs = po("de", 'msgctxt "bank"\nmsgid "Open"\nmsgstr "Eröffnen"\n\nmsgid "Open"\nmsgstr "Öffnen"\n')
    body = "{{ _('Open') }} {{ pgettext('bank', 'Open') }} {% trans 'bank' %}Open{% endtrans %}"
    assert sms(body, catalogs=catalogs, locale="de") == "Öffnen Eröffnen Eröffnen"


def test_a_form_may_leave_the_number_out() -> None:
    catalogs = po(
        "de", 'msgid "%(n)s file"\nmsgid_plural "%(n)s files"\nmsgstr[0] "eine Datei"\nmsgstr[1] "%(n)s Dateien"\n'
    )
    body = "{% trans n=profile.n %}{{ n }} file{% pluralize n %}{{ n }} files{% endtrans %}"
    assert [sms(body, catalogs=catalogs, locale="de", profile={"n": n}) for n in (1, 2)] == ["eine Datei", "2 Dateien"]


def test_markup_of_a_translation_is_kept_and_its_values_are_escaped() -> None:
    body = "{% trans n=profile.n %}<b>{{ n }}</b> &amp; co{% endtrans %}"
    catalogs = german("<b>%(n)s</b> &amp; co", "<b>%(n)s</b> &amp; Co.")
    assert html(body, catalogs=catalogs, locale="de", profile={"n": "<i>"}) == "<b>&lt;i&gt;</b> &amp; Co."


def test_trimmed_texts_are_looked_up_trimmed() -> None:
    assert sms("{% trans trimmed %}\n  a\n  b\n{% endtrans %}", catalogs=german("a b", "c d"), locale="de") == "c d"


@pytest.mark.parametrize(
    ("source", "msgstr", "expected"),
    [
        ("""<img alt="{{ _('a') }}">""", r"ein \"b\" < c", '<img alt="ein &#34;b&#34; &lt; c">'),
        ("""<img alt='{{ _("a") }}'>""", "das ist's", "<img alt='das ist&#39;s'>"),
        ("""<img alt="{{ _('a') }}">""", "das ist's", '<img alt="das ist\'s">'),
        ("""<img alt="x {% trans n=1 %}a{% pluralize n %}as{% endtrans %}">""", r"\"b\"", '<img alt="x &#34;b&#34;">'),
        ("""{% if 1 %}<img alt="{% else %}<img alt="{% endif %}{{ _('a') }}">""", r"b\">c", '<img alt="b&#34;&gt;c">'),
        ("""<p>{{ _('a') }}</p>""", r"ein \"b\"", '<p>ein "b"</p>'),
    ],
)
def test_a_translation_stays_within_the_attribute_that_it_stands_in(source: str, msgstr: str, expected: str) -> None:
    plural = 'msgid_plural "as"\nmsgstr[0] "{0}"\nmsgstr[1] "{0}"' if "pluralize" in source else 'msgstr "{0}"'
    catalogs = po("de", f'msgid "a"\n{plural.format(msgstr)}\n')
    assert html(source, catalogs=catalogs, locale="de") == expected


def test_quotation_marks_of_an_attribute_reach_the_derived_text_as_they_are() -> None:
    files = {
        "hi/email.html": "{% block subject %}x{% endblock %}{% block html %}<img alt=\"{{ _('a') }}\">{% endblock %}"
    }
    made = renderer(files, german("a", r"ein \"b\" < c"))
    assert render(made, "email", locale="de").fields["text"] == 'ein "b" < c'


def test_a_text_that_brings_its_own_attribute_ends_it_itself() -> None:
    body = '{% trans u=profile.u %}<a title="{{ u }}">go</a>{% endtrans %}'
    catalogs = german(r"<a title=\"%(u)s\">go</a>", r"<a title=\"%(u)s\">los</a>")
    assert html(body, catalogs=catalogs, locale="de", profile={"u": '"'}) == '<a title="&#34;">los</a>'
