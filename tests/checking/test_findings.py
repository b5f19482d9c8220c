"""Who is told of a mistake: the one who can mend it, once, and nobody where there is none."""

from __future__ import annotations

import pytest

from orchestrator.blueprint import Problem
from orchestrator.checking import check
from tests.checking.examples import (
    CAMPAIGN,
    CAMPAIGN_FILE,
    CATALOG,
    EMAIL_FILE,
    PO,
    SMS_FILE,
    Change,
    changed,
)

BODY = ("{% block body -%}", "{% block body -%}\n")
LIST = ("kairos.yaml", "total: money", "total: money, lines: list")


def found(*changes: Change) -> list[tuple[str, int, str]]:
    """File, line and code of all that is found in the small workspace with these changes."""
    return [(problem.file, problem.line, problem.code) for problem in all_(*changes)]


def all_(*changes: Change) -> tuple[Problem, ...]:
    """All that is found."""
    return check(changed(changes), {})


def in_text(line: str) -> Change:
    """A line more in the text message, the second of the file."""
    return SMS_FILE, BODY[0], f"{BODY[1]}{line}\n"


@pytest.mark.parametrize(
    "line",
    [
        "{% for line in moment.data.lines|default([]) %}{{ line.title }}{% endfor %}",
        "{{ profile.first_name|greeting(_('On its way'), _('On its way')) }}",
        "{{ moment.at|date }} {{ moment.at|relative }} {{ moment.name }} {{ campaign.name }} {{ market.currency|default('') }}",
        "{{ links.preferences }} {{ market.locales|list }}",
        "{% if moment.data.total %}{{ moment.data.total|money }}{% endif %}",
        "{% if market.terms.pay == 'monthly' %}m{% elif market.terms.pay == 'fortnightly' %}f{% endif %}",
        "{% macro day(at) %}{{ at|date }}{% endmacro %}{% if moment.data.eta %}{{ day(moment.data.eta) }}{% endif %}",
        "{{ profile.points + 1 }} {{ profile.points|number }} {{ profile.points ~ '!' }} {{ profile.points|string|upper }}",
    ],
)
def test_what_is_right_is_left_alone(line: str) -> None:
    """No false alarm."""
    assert [str(problem) for problem in all_(LIST, in_text(line))] == []


def test_a_variation_of_nothing_says_which_file_is_to_be_written() -> None:
    """Whoever reads the campaign is told, too."""
    alone = changed(((CAMPAIGN_FILE, "[sms, email]", "[sms, email, push]"),)) | {"templates/shipped/push@DE.txt": b""}
    told = {problem.file: problem for problem in check(alone, {})}
    assert set(told) == {CAMPAIGN_FILE, "templates/shipped/push@DE.txt"}
    said = told["templates/shipped/push@DE.txt"]
    assert (said.severity, said.code) == ("error", "template.name")
    assert "templates/shipped/push.txt, which is not there, so nobody at all is written to by push" in said.message
    assert "Write templates/shipped/push.…" in told[CAMPAIGN_FILE].message


# -- what is needed


def test_a_field_that_no_template_copes_without_is_to_be_required() -> None:
    """Told at its declaration, with the places that need it."""
    (problem,) = all_(in_text("{{ moment.data.total|money }}"))
    assert (problem.file, problem.line, problem.code) == ("kairos.yaml", 7, "data.optional")
    assert "templates/shipped/sms.txt:2" in problem.message


def test_a_field_that_another_template_copes_without_is_to_be_handled() -> None:
    """Told in the template that does not, with the declaration's place."""
    (problem,) = all_(in_text("{{ moment.data.eta|date }}"))
    assert (problem.file, problem.line, problem.code) == (SMS_FILE, 2, "data.optional")
    assert "kairos.yaml:7" in problem.message


def test_what_the_campaigns_condition_needs_is_there() -> None:
    """Who got past it has it."""
    condition = (CAMPAIGN_FILE, "{on: order.shipped}", '{on: order.shipped, where: "data.total > 10"}')
    assert found(condition, in_text("{{ moment.data.total|money }}")) == []
    assert found((CAMPAIGN_FILE, "identify: [points]", "segment: collectors")) == []


def test_an_attribute_in_a_shared_layout_is_the_layouts_to_handle() -> None:
    """Unless some campaigns that use it do identify it: then the others forgot."""
    layout = ("templates/_layouts/email.html", "<body>", "<body>{{ profile.first_name }}")
    second = ("campaigns/again.yaml", "", CAMPAIGN.replace("campaign: shipped", "campaign: again"))
    assert found(layout, second) == [("templates/_layouts/email.html", 1, "attribute.optional")]
    forgetful = ("campaigns/again.yaml", "", second[2].replace("[points]", "[points, first_name]"))
    assert found(layout, forgetful) == [(CAMPAIGN_FILE, 3, "attribute.optional")]


def test_a_term_that_most_markets_have_is_missing_where_it_is_not() -> None:
    """One that most lack is the template's to handle."""
    assert found(("markets.yaml", "pay: fortnightly", "x: 1"), in_text("{{ market.terms.pay }}")) == [
        ("markets.yaml", 6, "term.optional")
    ]
    vip = ("markets.yaml", "pay: fortnightly", "pay: fortnightly, vip: yes")
    asked = "{% if market.terms.vip %}!{% endif %}"
    assert found(vip, in_text(f"{asked}{{{{ market.terms.vip }}}}")) == [(SMS_FILE, 2, "term.optional")]


def test_a_misspelt_guard_is_one_mistake() -> None:
    """What it should guard is not told as well."""
    assert found((EMAIL_FILE, "if moment.data.eta", "if moment.data.etaa")) == [(EMAIL_FILE, 5, "data.unknown")]


def test_the_way_out_is_there_where_people_may_refuse() -> None:
    """A transactional message has none."""
    line = in_text("{{ links.unsubscribe }}")
    assert found(line) == [(SMS_FILE, 2, "value.optional")]
    assert found(line, (CAMPAIGN_FILE, "transactional", "marketing")) == []


# -- of what kind it is


def test_a_kind_that_all_uses_contradict_is_misdeclared() -> None:
    """Told at the declaration."""
    kind = ("kairos.yaml", "points: {type: integer}", "points: {type: string}")
    assert ("kairos.yaml", 3, "value.kind") in found(kind, in_text("{{ profile.points|number }}"))


def test_a_filter_that_other_uses_contradict_is_wrong() -> None:
    """Told in the template."""
    assert found((EMAIL_FILE, "{{ n }} point{%", "{{ n|money }} point{%"), in_text("{{ profile.points|date }}"))[-1] == (
        SMS_FILE, 2, "value.kind",
    )  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "{{ moment.data.lines|default([]) }}",
        "{% if moment.data.total %}{{ moment.data.total }}{% endif %}",
        "{{ profile.points|date }}",
        "{% if profile.points == 'many' %}!{% endif %}",
        "{% if moment.data.order_id > 5 %}!{% endif %}",
        "{{ moment.data.order_id - 1 }}",
        "{{ moment.data.order_id.number }}",
        "{{ [1, 2] }}",
        "{{ 'a'|money }}",
    ],
)
def test_what_cannot_be_done_with_a_value(line: str) -> None:
    """Told in its line, and nowhere else."""
    assert {place[:2] for place in found(LIST, in_text(line))} == {(SMS_FILE, 2)}


# -- strings


def test_a_changed_text_is_told_once_for_all_catalogs() -> None:
    """In the template, where it was changed; and not as stale in each catalog besides."""
    polish = ("locales/pl/LC_MESSAGES/messages.po", "", CATALOG)
    (problem,) = all_((EMAIL_FILE, "On its way", "It is on its way"), polish)
    assert (problem.file, problem.line, problem.code) == (EMAIL_FILE, 2, "string.untranslated")
    assert "'On its way'" in problem.message


def test_a_misspelt_msgid_is_told_in_its_catalog() -> None:
    """As one mistake, where it stands."""
    assert found((PO, 'msgid "On its way"', 'msgid "On its wya"')) == [(PO, 10, "string.untranslated")]


def test_a_catalog_that_lacks_much_is_told_once() -> None:
    """Somebody has only begun to translate."""
    text = CATALOG[: CATALOG.index("#, python")]
    lines = "".join(f"{{{{ _('Text number {number}') }}}} " for number in range(9))
    assert found((PO, CATALOG, text), in_text(lines)) == [(PO, 1, "string.untranslated")]


def test_strings_of_another_language_are_not_missed() -> None:
    """What only a variation for Japanese says, German need not have."""
    variation = "{% extends 'shipped/email.html' %}{% block subject %}{{ _('Dear reader') }}{% endblock %}"
    japanese = CATALOG.replace('msgid "On its way"', 'msgid "Dear reader"\nmsgstr "x"\n\nmsgid "On its way"')
    changes = (("templates/shipped/email@ja.html", "", variation), ("locales/ja/LC_MESSAGES/messages.po", "", japanese))
    assert found(*changes) == []


# -- rendering


def test_a_fault_that_only_rendering_shows_has_its_line() -> None:
    """Also in a macro, and for one market only."""
    macro = "{% macro day(at) %}{{ at|date('fuul') }}{% endmacro %}{{ day(moment.at) }}"
    assert found(in_text(macro)) == [(SMS_FILE, 2, "content.error")]
    assert found(in_text("{% if market.name == 'US' %}{{ moment.at|date('fuul') }}{% endif %}"))[0][1] == 2


def test_a_branch_for_a_literal_is_gone_through() -> None:
    """Samples have what the template asks for."""
    line = "{% if moment.data.order_id == 'special' %}{{ moment.at|date('fuul') }}{% endif %}"
    assert found(in_text(line)) == [(SMS_FILE, 2, "content.error")]


def test_a_translation_that_is_too_long_is_told_in_its_catalog() -> None:
    """The source language fits."""
    assert found((PO, "ist unterwegs.", f"ist unterwegs. {'Und noch ein Satz. ' * 20}")) == [
        (PO, 8, "content.too_long")
    ]


def test_an_unusual_value_may_make_a_message_too_long() -> None:
    """That is refused when it happens, and is nobody's mistake."""
    assert found(in_text("{{ moment.data.order_id }} " * 5)) == []


def test_a_variable_that_would_be_empty_is_found() -> None:
    """WhatsApp takes none."""
    variables = "{% block variables %}\n{{ profile.first_name|default('') }}\n{{ market.terms.site }}{% endblock %}\n"
    body = "{% block body %}{{ profile.first_name|default('') }} {{ market.terms.site }}{% endblock %}\n"
    text = "{% block template %}shipped{% endblock %}\n" + variables + body
    changes = (("templates/shipped/whatsapp.txt", "", text), (CAMPAIGN_FILE, "[sms,", "[whatsapp, sms,"))
    assert found(*changes) == [("templates/shipped/whatsapp.txt", 3, "content.missing_data")]


# -- blocks and files


def test_a_gap_that_nothing_fills_is_told_in_the_layout() -> None:
    """Where several templates agree on another name."""
    second = (
        "templates/second/email.html",
        "",
        '{% extends "_layouts/email.html" %}{% block subject %}{{ _("On its way") }}{% endblock %}\n{% block content %}x{% endblock %}',
    )
    campaign = (
        "campaigns/again.yaml",
        "",
        CAMPAIGN.replace("campaign: shipped", "campaign: again")
        .replace("{template: shipped}", "{template: second}")
        .replace("[sms, email]", "[email]"),
    )
    layout = ("templates/_layouts/email.html", "block content", "block contents")
    assert [place for place in found(second, campaign, layout) if place[2] == "template.block"] == [
        ("templates/_layouts/email.html", 1, "template.block")
    ]


def test_a_workspace_that_cannot_be_loaded_still_has_its_templates_read() -> None:
    """All that can be said is said at once."""
    assert found((CAMPAIGN_FILE, "purpose:", "pupose:"), (SMS_FILE, "{%- endblock %}", "")) == [
        (CAMPAIGN_FILE, 2, "schema.unknown_key"),
        (SMS_FILE, 3, "template.syntax"),
    ]


def test_an_empty_folder_is_no_workspace() -> None:
    """And nothing worse happens."""
    assert [problem.code for problem in check({}, {})] == ["file.missing"]


# -- what stands in templates as it is


@pytest.mark.parametrize(
    "text", ["Hello {first_name}", "Hello ${name}", "<%= name %>", "*|NAME|*", "{{ _('Hello {x}') }}"]
)
def test_values_of_other_template_languages_are_found(text: str) -> None:
    """Nobody would fill them in."""
    assert (SMS_FILE, 2, "template.foreign") in found(in_text(text))


def test_what_a_merge_left_is_found() -> None:
    """Before anybody reads it."""
    assert found(in_text("<<<<<<< HEAD")) == [(SMS_FILE, 2, "template.foreign")]


def test_tags_in_plain_text_are_found() -> None:
    """They would be read with their brackets."""
    assert found(in_text("<b>1</b>")) == [(SMS_FILE, 2, "template.foreign")]


def test_a_sentence_that_no_translator_sees_is_found() -> None:
    """Names and units are none, nor what stands in a variation for one language, or in a message of one language."""
    assert found(in_text("Thank you so much")) == [(SMS_FILE, 2, "string.unmarked")]
    assert found(in_text("Kairos GmbH, 5 km")) == []
    german = (
        "templates/shipped/sms@de.txt",
        "",
        "{% block body %}Vielen Dank dafür, {{ moment.data.order_id }}{% endblock %}",
    )
    assert found(german) == []


def test_a_number_that_breaks_a_message_is_named() -> None:
    """With the value at which it does, so that its author can see it happen."""
    (problem,) = all_(in_text("{{ (100 / profile.points)|number }}"))
    assert (problem.file, problem.line, problem.code) == (SMS_FILE, 2, "content.error")
    assert "divided by zero where `profile.points` is 0" in problem.message


def test_what_filters_look_at_in_items_is_there() -> None:
    """As is what is looked up in them by name."""
    line = "{% set all = moment.data.lines|default([]) %}{{ all|sum(attribute='price')|number }}"
    more = (
        "{{ all|map(attribute='title')|join(', ') }}{% for each in all|selectattr('new') %}{{ each.title }}{% endfor %}"
    )
    assert found(LIST, in_text(line + more)) == []


def test_a_link_in_a_mail_is_whole() -> None:
    """There is no page that it could begin at; and what translators write leads somewhere as well."""
    relative = (EMAIL_FILE, "<p>{% trans", '<a href="www.example.com">1</a><a href="#top">2</a><p>{% trans')
    assert found(relative) == [(EMAIL_FILE, 4, "link.scheme")]
    assert found((PO, '"Unterwegs"', '"htps://example.com"')) == [(PO, 11, "link.scheme")]


def test_a_block_that_misspells_a_field_is_one_error() -> None:
    """That the field is empty follows from it."""
    assert found((SMS_FILE, "block body", "block boddy")) == [(SMS_FILE, 1, "template.block")]


def test_variables_without_a_template_are_found() -> None:
    """Nobody would approve them."""
    text = "{% block body %}{{ moment.data.order_id }}{% endblock %}\n{% block variables %}{{ moment.data.order_id }}{% endblock %}"
    changes = (("templates/shipped/whatsapp.txt", "", text), (CAMPAIGN_FILE, "[sms,", "[whatsapp, sms,"))
    assert found(*changes) == [("templates/shipped/whatsapp.txt", 2, "whatsapp.variables")]
