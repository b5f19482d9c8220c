"""The template of all catalogs says what there is to translate, where, and what its authors say about it."""

from __future__ import annotations

from orchestrator.content.catalogs import String
from orchestrator.content.library import Library, Use
from orchestrator.content.templates import Templates
from orchestrator.translation.document import read
from orchestrator.translation.extraction import extracted
from orchestrator.translation.notes import notes
from tests.translation.shop import files


def template(**changed: str) -> str:
    """The template of the small workspace, without its header."""
    found = files(**changed)
    uses = Library(Templates(found, {"GB", "DE", "JP"}), {}, "en").uses()
    return extracted(uses, found, {}).written().decode().split("\n\n", 1)[1]


def test_each_string_stands_once_with_all_of_its_places() -> None:
    assert (
        "#: templates/shipped/email.html:2 templates/shipped/sms.txt:1\n#, python-format\n"
        'msgid "Your order %(order)s is on its way"\nmsgstr ""\n'
    ) in template()


def test_plurals_contexts_and_the_authors_notes_are_there() -> None:
    assert (
        "#. anything that we sell\n#: templates/shipped/email.html:8\n#, python-format\n"
        'msgid "%(items)s item"\nmsgid_plural "%(items)s items"\nmsgstr[0] ""\nmsgstr[1] ""\n'
    ) in template()
    assert '#: templates/shipped/email.html:9\nmsgctxt "label"\nmsgid "Note"\nmsgstr ""\n' in template()


def test_strings_of_layouts_and_variations_are_found() -> None:
    found = template()
    assert '#: templates/_layouts/mail.html:1\nmsgid "Bye"' in found
    assert "templates/shipped/email@DE.html:2" in found


def test_the_header_of_an_older_template_stays() -> None:
    before = read(b'# Ours.\nmsgid ""\nmsgstr "Project-Id-Version: shop\\n"\n\nmsgid "old"\nmsgstr ""\n')
    made = extracted([Use("templates/a b.txt", 3, String("Hi"))], {"templates/a b.txt": b""}, {}, before).written()
    expected = '# Ours.\nmsgid ""\nmsgstr "Project-Id-Version: shop\\n"\n\n#: \u2068templates/a b.txt\u2069:3\nmsgid "Hi"\nmsgstr ""\n'
    assert made.decode() == expected


def test_a_string_with_and_without_a_plural_is_one() -> None:
    uses = [Use("a", 1, String("%(n)s item")), Use("a", 2, String("%(n)s item", "%(n)s items"))]
    (only,) = extracted(uses, {"a": b""}, {}).blocks
    assert only.string == String("%(n)s item", "%(n)s items")
    assert only.places == ("a:1 a:2",)


def test_a_note_is_about_the_line_that_follows_it() -> None:
    source = (
        "{# Translators: one #}\n{{ _('a') }}\n{# not for them #}\n{{ _('b') }}\n"
        "{#- Translators: two\n   lines -#}\n\n{# Translators: and more #}\n  {{- ' ' }}{% trans %}c{% endtrans %}\n"
        "{{ _('d') }} {# Translators: beside #}{{ _('e') }}\n"
    )
    assert notes(source) == {2: ("one",), 9: ("two lines", "and more"), 10: ("beside",)}
