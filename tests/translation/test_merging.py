"""A catalog follows its template, and nothing that a translator wrote is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.content.catalogs import String, read_catalogs
from orchestrator.translation.document import Document, block, header, read
from orchestrator.translation.merging import merged, new_catalog

HEAD = '# Ours.\nmsgid ""\nmsgstr ""\n"Language: de\\n"\n"MIME-Version: 1.0\\n"\n"X-Generator: an editor\\n"\n'
HEAD += '"Content-Type: text/plain; charset=UTF-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
HEAD += '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n'


def template(*strings: String) -> Document:
    """A template of these strings."""
    return Document(header({}), tuple(block(string, ("", "") if string.plural else ("",)) for string in strings))


def after(entries: str, *strings: String, locale: str = "de") -> str:
    """A catalog's entries after a merge with a template of these strings."""
    text = merged(template(*strings), read((HEAD + entries).encode()), locale).written().decode()
    assert text.startswith(HEAD)
    return text.removeprefix(HEAD)


def test_a_string_that_stays_is_kept_as_it_was_written() -> None:
    entries = '\n# she says it so\n#, no-wrap\nmsgid ""\n"Hello "\n"you"\nmsgstr ""\n"Hallo "\n"du"\n'
    assert after(entries, String("Hello you")) == entries


def test_a_changed_string_keeps_its_translation_for_a_look() -> None:
    entries = '\n# a remark\nmsgid "Your order is on its way"\nmsgstr "Deine Bestellung ist unterwegs"\n'
    assert after(entries, String("Your order is on the way")) == (
        '\n# a remark\n#, fuzzy\n#| msgid "Your order is on its way"\n'
        'msgid "Your order is on the way"\nmsgstr "Deine Bestellung ist unterwegs"\n'
    )


def test_what_changes_twice_is_compared_with_what_was_translated() -> None:
    entries = '\n#, fuzzy\n#| msgid "Your order is coming"\nmsgid "Your order is coming soon"\nmsgstr "Sie kommt"\n'
    assert '#| msgid "Your order is coming"\nmsgid "Your order is coming, soon"' in after(
        entries, String("Your order is coming, soon")
    )


def test_a_guess_is_no_ground_for_another_one() -> None:
    guessed = '\n#, fuzzy\n#| msgid "abcdefgh"\nmsgid "abcdefxy"\nmsgstr "old"\n'
    assert after(guessed, String("abcdefxy"), String("xxcdefxy")) == f'{guessed}\nmsgid "xxcdefxy"\nmsgstr ""\n'


def test_a_new_string_is_empty_with_as_many_forms_as_the_language_has() -> None:
    assert after("", String("%(n)s item", "%(n)s items")).endswith('msgstr[0] ""\nmsgstr[1] ""\n')
    empty = merged(template(String("%(n)s item", "%(n)s items")), new_catalog("ar"), "ar")
    assert empty.blocks[0].forms == ("",) * 6


def test_what_is_gone_becomes_obsolete_and_comes_back_untouched() -> None:
    live = '\n# a remark\nmsgid "Bye"\nmsgstr "Tschüss"\n'
    gone = after(live)
    assert gone == '\n# a remark\n#~ msgid "Bye"\n#~ msgstr "Tschüss"\n'
    assert after(gone, String("Bye")) == live


def test_what_was_never_translated_goes_without_a_trace() -> None:
    assert after('\nmsgid "Bye"\nmsgstr ""\n') == ""


def test_a_string_that_gets_a_plural_is_fuzzy_in_every_form() -> None:
    changed = after('\nmsgid "%(n)s item"\nmsgstr "%(n)s Ding"\n', String("%(n)s item", "%(n)s items"))
    assert '#, fuzzy\n#| msgid "%(n)s item"\n' in changed
    assert changed.endswith('msgstr[0] "%(n)s Ding"\nmsgstr[1] "%(n)s Ding"\n')


def test_of_a_string_that_is_there_twice_the_first_counts_and_the_other_is_kept() -> None:
    twice = after('\nmsgid "Bye"\nmsgstr "Tschüss"\n\nmsgid "Bye"\nmsgstr "Ade"\n', String("Bye"))
    assert twice == '\nmsgid "Bye"\nmsgstr "Tschüss"\n\n#~ msgid "Bye"\n#~ msgstr "Ade"\n'


def test_strings_that_differ_only_in_context_are_two() -> None:
    entries = '\nmsgctxt "shop"\nmsgid "Order"\nmsgstr "Bestellung"\n\nmsgctxt "list"\nmsgid "Order"\nmsgstr "Folge"\n'
    assert after(entries, String("Order", context="shop"), String("Order", context="list")) == entries


def test_a_header_is_completed_and_otherwise_left_alone() -> None:
    bare = read('# Ours.\nmsgid ""\nmsgstr "X-Team: we\\n"\n\nmsgid "Bye"\nmsgstr "Пока"\n'.encode())
    made = merged(template(String("Bye")), bare, "uk").written().decode()
    assert made.startswith('# Ours.\nmsgid ""\nmsgstr ""\n"X-Team: we\\n"\n"Language: uk\\n"\n')
    assert '"Plural-Forms: nplurals=3; plural=' in made


@pytest.mark.parametrize("locale", ["pt_BR", "ar", "zh_Hant", "cy", "lv"])
def test_a_new_catalog_has_the_plural_rule_of_cldr_and_no_faults(locale: str) -> None:
    made = merged(template(String("%(n)s item", "%(n)s items")), new_catalog(locale), locale).written()
    _, problems = read_catalogs({f"locales/{locale}/LC_MESSAGES/messages.po": made})
    assert [problem.code for problem in problems] == ["catalog.empty"]


WORDS = st.text("abcde ", min_size=1, max_size=12).map(str.strip).filter(bool)
SETS = st.lists(WORDS, unique=True, max_size=8)


@given(SETS, SETS, SETS)
def test_no_work_is_lost_and_a_second_merge_changes_nothing(
    before: list[str], live: list[str], later: list[str]
) -> None:
    catalog = Document(header({}), tuple(block(String(word), (f"<{word}>",)) for word in before))
    for words in (live, later):
        catalog = merged(template(*map(String, words)), catalog, "de")
        assert [found.entry.msgid for found in catalog.blocks] == words
        assert merged(template(*map(String, words)), catalog, "de").written() == catalog.written()
        kept = {form for found in (*catalog.blocks, *catalog.obsolete) for form in found.forms}
        assert {f"<{word}>" for word in before} <= kept
