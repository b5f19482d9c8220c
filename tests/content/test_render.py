"""From templates, catalogs and one person's values to the content of a message."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from orchestrator.blueprint import SmsLimits
from orchestrator.content.render import ContentRefused, LocaleChoice, Renderer
from tests.content.workbench import NOW, market, po, render, renderer, sms, values

EMAIL = "{% block subject %}{{ _('Hello') }}{% endblock %}{% block html %}<b>{{ moment.data.amount|money }}</b>{% endblock %}"
FILES_TEXT = (
    "{% block body %}{% trans n=moment.data.n %}You have {{ n }} file{% pluralize n %}You have {{ n }} files{% endtrans %}"
    "{% endblock %}"
)
POLISH = (
    'msgid "You have %(n)s file"\nmsgid_plural "You have %(n)s files"\n'
    'msgstr[0] "%(n)s plik"\nmsgstr[1] "%(n)s pliki"\nmsgstr[2] "%(n)s plików"\n'
)
FRENCH = 'msgid "You have %(n)s file"\nmsgid_plural "You have %(n)s files"\nmsgstr[0] "%(n)s fichier"\nmsgstr[1] "%(n)s fichiers"\n'


# -- a message, as one would write it


@pytest.mark.parametrize(
    ("locale", "n", "expected"),
    [
        ("pl", 1, "1 plik"), ("pl", 2, "2 pliki"), ("pl", 5, "5 plików"), ("pl", "22", "22 pliki"),
        ("fr", 0, "0 fichier"), ("fr", 2, "2 fichiers"), ("en", 1, "You have 1 file"), ("en", 0, "You have 0 files"),
    ],
)  # fmt: skip
def test_the_number_chooses_the_form(locale: str, n: object, expected: str) -> None:
    made = renderer({"hi/sms.txt": FILES_TEXT}, {**po("pl", POLISH), **po("fr", FRENCH)})
    assert render(made, locale=locale, data={"n": n}).fields == {"body": expected}


def test_money_is_written_as_the_reader_expects() -> None:
    made = renderer({"hi/email.html": EMAIL}, po("fr", 'msgid "Hello"\nmsgstr "Bonjour"\n'))
    france = market("FR", currency="EUR", locales=("fr",))
    fields = render(made, "email", locale="fr", where=france, data={"amount": 1234.5}).fields
    assert fields["subject"] == "Bonjour"
    assert "<b>1\u202f234,50\u00a0€</b>" in fields["html"]
    assert fields["text"] == "1\u202f234,50\u00a0€"


def test_times_are_the_reader_s_own() -> None:
    made = renderer({"hi/sms.txt": "{% block body %}{{ moment.at|time }}{% endblock %}"})
    content = made.render("hi", "sms", market(), "en", None, ZoneInfo("Asia/Tokyo"), values())
    assert content.fields["body"].startswith("6:00")


def test_formats_follow_the_person_s_own_territory() -> None:
    made = renderer({"hi/sms.txt": "{% block body %}{{ moment.data.n|number }}{% endblock %}"})
    content = made.render("hi", "sms", market("DE"), "en", "en-IN", UTC, values(data={"n": 1234567}))
    assert content.fields["body"] == "12,34,567"


def test_relative_times_are_seen_from_the_moment_or_from_now() -> None:
    body = "{{ moment.data.eta|relative }}"
    assert sms(body, data={"eta": "2026-03-02T12:00:00Z"}) == "in 3 hours"
    assert sms(body, data={"eta": "2026-03-02T12:00:00Z"}, now=NOW.replace(hour=11)) == "in 1 hour"


def test_a_name_is_itself_in_text_and_escaped_in_html() -> None:
    person = {"profile": {"name": "O'Brien & Søns"}}
    assert sms("{{ profile.name }}", **person) == "O'Brien & Søns"
    files = {
        "hi/email.html": "{% block subject %}{{ profile.name }}{% endblock %}{% block html %}{{ profile.name }}{% endblock %}"
    }
    fields = render(renderer(files), "email", **person).fields
    assert fields["subject"] == fields["text"] == "O'Brien & Søns"
    assert "O&#39;Brien &amp; Søns</body>" in fields["html"]


def test_the_same_inputs_give_the_same_bytes() -> None:
    given: dict[str, Any] = {"data": {"amount": 3}, "profile": {"name": "Ana"}}
    first, second = (render(renderer({"hi/email.html": EMAIL}), "email", **given) for _ in range(2))
    assert first == second


def test_whatsapp_has_a_template_with_variables_one_a_line() -> None:
    made = renderer(
        {
            "hi/whatsapp.txt": "{% block template %}\n welcome_1 {% endblock %}"
            "{% block variables %}\n  {{ profile.name }}\n\n  {{ profile.site }}/a\n{% endblock %}"
            "{% block body %}Hi {{ profile.name }}{% endblock %}{% block buttons %}A\nB{% endblock %}"
        }
    )
    person = {"profile": {"name": "Ana\nMaria", "site": "https://e.com"}}
    assert render(made, "whatsapp", **person).fields == {
        "body": "Hi Ana\nMaria",
        "template": "welcome_1",
        "variables": ["Ana Maria", "https://e.com/a"],
        "buttons": ["A", "B"],
    }
    with pytest.raises(ContentRefused) as refused:
        render(made, "whatsapp", profile={"name": " ", "site": "https://e.com"})
    assert refused.value.code == "content.missing_data"
    assert made.approved("hi", market(), None) == frozenset({"whatsapp"})


def test_a_template_may_be_approved_in_one_market_or_one_language_only() -> None:
    """Which is looked at in the language that the message goes out in."""
    files = {
        "hi/whatsapp.txt": "{% block body %}Hi{% endblock %}",
        "hi/whatsapp@TH.txt": "{% block template %}hi_th{% endblock %}",
        "hi/whatsapp@de.txt": "{% block template %}hi_de{% endblock %}",
        "hi/sms.txt": "{% block body %}Hi{% endblock %}",
    }
    made = renderer(files, po("de", ""))
    whatsapp = frozenset({"whatsapp"})
    assert made.approved("hi", market("US"), None) == frozenset()
    assert made.approved("hi", market("TH"), None) == whatsapp
    assert made.approved("hi", market("US"), "de_AT") == whatsapp
    assert made.approved("hi", market("US"), "fr") == frozenset()


def test_push_leads_to_an_address_of_an_allowed_kind() -> None:
    blocks = "{% block title %}T{% endblock %}{% block body %}B{% endblock %}{% block link %}{{ profile.site }}/x{% endblock %}"
    made = renderer({"hi/push.txt": blocks}, po("ar", ""))
    fields = render(made, "push", locale="ar", profile={"site": "https://e.com"}).fields
    assert fields == {"title": "T", "body": "B", "link": "https://e.com/x"}
    with pytest.raises(ContentRefused) as refused:
        render(made, "push", profile={"site": "javascript:alert(1)//"})
    assert refused.value.code == "content.error"


def test_a_link_of_the_template_s_own_may_open_an_app() -> None:
    blocks = "{% block title %}T{% endblock %}{% block link %}myapp://order/{{ moment.data.id }}{% endblock %}"
    assert render(renderer({"hi/push.txt": blocks}), "push", data={"id": 7}).fields["link"] == "myapp://order/7"


@pytest.mark.parametrize(
    "name",
    ["Ana\r\nBcc: e@x.com", "Ana\x00\x0b\x0c\x85Bcc: e@x.com", "Ana\u2028\u2029Bcc: e@x.com", "Ana \n  Bcc: e@x.com"],
)
def test_control_characters_in_headers_become_a_space(name: str) -> None:
    files = {"hi/email.html": "{% block subject %}Hi {{ profile.name }}{% endblock %}{% block text %}x{% endblock %}"}
    assert render(renderer(files), "email", profile={"name": name}).fields["subject"] == "Hi Ana Bcc: e@x.com"


def test_an_encoded_word_in_a_header_is_defused() -> None:
    files = {
        "hi/email.html": "{% block subject %}{{ profile.a }}{{ profile.b }}{% endblock %}{% block text %}x{% endblock %}"
    }
    made = renderer(files)
    evil = "=?utf-8?q?Hi=0ABcc:_e@x.com?="
    assert "=?" not in render(made, "email", profile={"a": evil, "b": ""}).fields["subject"]
    assert "=?" not in render(made, "email", profile={"a": "=", "b": "?utf-8?q?x?="}).fields["subject"]


# -- which locale


def choice(made: Renderer, requested: str | None, **changes: Any) -> LocaleChoice:
    return made.choose("hi", "sms", market(**changes), requested)


TWO = "{% block body %}{{ _('Hello') }} {{ _('Goodbye') }}{% endblock %}"


def test_a_locale_is_used_only_if_the_whole_message_is_translated() -> None:
    half = po("fr_CA", 'msgid "Hello"\nmsgstr "Allô"\n')
    full = po("fr", 'msgid "Hello"\nmsgstr "Bonjour"\n\nmsgid "Goodbye"\nmsgstr "Au revoir"\n')
    made = renderer({"hi/sms.txt": TWO}, {**half, **full})
    assert choice(made, "fr-CA") == LocaleChoice("fr", "fr-CA", ("fr_CA", "fr", "en"), (("fr_CA", ("Goodbye",)),))
    assert choice(made, "nl-NL").locale == "en"
    assert choice(made, None, locales=("fr",)).locale == "fr"


def test_the_source_language_is_always_complete() -> None:
    made = renderer({"hi/sms.txt": TWO}, po("en", 'msgid "Hello"\nmsgstr "Hello there"\n'))
    assert choice(made, "en").locale == "en"
    assert render(made).fields["body"] == "Hello there Goodbye"


def test_only_strings_of_the_message_s_own_fields_and_branches_count() -> None:
    files = {
        "hi/sms.txt": "{{ _('outside') }}{% import '_m.txt' as m %}{% set unused = _('unused') %}{% block other %}{{ _('no field') }}"
        "{% endblock %}{% block body %}{{ m.used() }}{% if profile.x %}{{ _('branch') }}{% endif %}{% endblock %}",
        "_m.txt": "{% macro used() %}{{ _('used') }}{% endmacro %}{% macro other() %}{{ _('macro') }}{% endmacro %}",
    }
    made = renderer(files)
    assert {use.string.msgid for use in made.uses()} == {"used", "branch"}


def test_a_variation_may_need_other_strings() -> None:
    files = {
        "hi/sms.txt": "{% block body %}{{ _('Hello') }}{% endblock %}",
        "hi/sms@TH.txt": "{% block body %}{{ _('TH') }}{% endblock %}",
    }
    made = renderer(files, po("th", 'msgid "Hello"\nmsgstr "สวัสดี"\n'))
    assert choice(made, "th", name="US").locale == "th"
    assert choice(made, "th", name="TH").locale == "en"


def test_a_message_without_strings_is_complete_in_every_catalog() -> None:
    assert choice(renderer({"hi/sms.txt": "{% block body %}1{% endblock %}"}, po("ja", "")), "ja").locale == "ja"


def test_strings_are_found_where_they_stand() -> None:
    made = renderer(
        {
            "hi/sms.txt": "{% block body %}\n{{ _('a') }}\n{% include '_p.txt' %}{% endblock %}",
            "_p.txt": "\n\n{{ pgettext('c', 'b') }}",
        }
    )
    assert [(use.file, use.line, use.string.msgid, use.string.context) for use in made.uses()] == [
        ("templates/_p.txt", 3, "b", "c"),
        ("templates/hi/sms.txt", 2, "a", None),
    ]


# -- what a channel demands, and what a market adds


def test_a_field_that_must_not_be_empty_is_missing_data() -> None:
    for files, channel, words in (
        ({"hi/sms.txt": "{% block body %} {{ profile.x }}\n {% endblock %}"}, "sms", "body"),
        ({"hi/email.html": "{% block html %}x{% endblock %}"}, "email", "subject"),
        ({"hi/email.html": "{% block subject %}x{% endblock %}"}, "email", "html or text"),
        ({"hi/push.txt": "{% block link %}https://x.y{% endblock %}"}, "push", "title or body"),
        ({"hi/whatsapp.txt": "{% block header %}x{% endblock %}"}, "whatsapp", "body or template"),
    ):
        with pytest.raises(ContentRefused) as refused:
            render(renderer(files), channel, profile={"x": ""})
        assert (refused.value.code, refused.value.detail) == (
            "content.missing_data",
            f"the message's {words} is missing",
        )


def test_an_optional_field_that_is_empty_is_left_out() -> None:
    files = {
        "hi/push.txt": "{% block title %}T{% endblock %}{% block image %}{% if profile.x %}https://x.y{% endif %}{% endblock %}"
    }
    assert render(renderer(files), "push").fields == {"title": "T"}


@pytest.mark.parametrize(
    ("path", "text", "given"),
    [
        ("sms", "{% block body %}{{ profile.x }}{% endblock %}", "x" * 460),
        ("whatsapp", "{% block body %}{{ profile.x }}{% endblock %}", "x" * 1025),
        ("whatsapp", "{% block body %}a{% endblock %}{% block header %}{{ profile.x }}{% endblock %}", "x" * 61),
        ("push", "{% block title %}a{% endblock %}{% block body %}{{ profile.x }}{% endblock %}", "ก" * 1310),
    ],
)
def test_what_is_too_long_is_refused(path: str, text: str, given: str) -> None:
    made = renderer({f"hi/{path}.txt": text}, sms=SmsLimits(3))
    with pytest.raises(ContentRefused) as refused:
        render(made, path, profile={"x": given})
    assert refused.value.code == "content.too_long"
    assert render(made, path, profile={"x": given[:-2]}).fields


def test_the_parts_of_a_text_are_as_large_as_the_provider_makes_them() -> None:
    files, text = {"hi/sms.txt": "{% block body %}{{ profile.x }}{% endblock %}"}, {"x": "a" * 306}
    usual, long = renderer(files), renderer(files, sms=SmsLimits(reference=16))
    parts = [content.sms.segments for made in (usual, long) if (content := render(made, profile=text)) and content.sms]
    assert parts == [2, 3]


def test_a_text_message_is_folded_and_counted() -> None:
    content = render(
        renderer({"hi/sms.txt": "{% block body %}{{ profile.x }}{% endblock %}"}), profile={"x": "“Hi” – 5\u00a0€"}
    )
    assert content.fields["body"] == '"Hi" - 5 €'
    assert content.sms is not None
    assert (content.sms.encoding, content.sms.segments) == ("GSM-7", 1)


def test_a_body_has_no_trailing_space_and_one_blank_line_at_most() -> None:
    assert sms("\n a  \n\n{% if profile.x %}no{% endif %}\n\n b\t\r\nc\u2028d ") == "a\n\n b\nc\nd"


# -- what there is


def test_channels_are_those_with_a_template() -> None:
    made = renderer(
        {"hi/sms.txt": "", "hi/email.html": "", "hi/notes.md": "", "other/push.txt": "", "_layouts/email.html": ""}
    )
    assert made.channels("hi") == frozenset({"sms", "email"})
    assert made.channels("nobody") == frozenset()


def test_no_template_refuses_the_message() -> None:
    with pytest.raises(ContentRefused) as refused:
        render(renderer({}))
    assert refused.value.code == "content.error"
