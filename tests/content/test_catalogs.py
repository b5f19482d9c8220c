"""What a catalog can be relied on for."""

from __future__ import annotations

import pytest

from orchestrator.blueprint import Problem
from orchestrator.content.catalogs import Catalog, String, read_catalogs, source_catalog

POLISH = "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"
FILES = String("You have %(n)s file", "You have %(n)s files")


def po(body, plural_forms=POLISH, charset="UTF-8"):
    fields = f"Content-Type: text/plain; charset={charset}\\n" if charset else "Language: pl\\n"
    rule = f'"Plural-Forms: {plural_forms}\\n"\n' if plural_forms is not None else ""
    return f'msgid ""\nmsgstr ""\n"{fields}"\n{rule}\n{body}\n'.encode()


def read(data, locale="pl"):
    """The one catalog in `data`, and its problems as (line, severity, code)."""
    catalogs, problems = read_catalogs({f"locales/{locale}/LC_MESSAGES/messages.po": data})
    return catalogs.get(locale), [(problem.line, problem.severity, problem.code) for problem in problems]


def plural(*forms, msgid="You have %(n)s file"):
    listed = "\n".join(f'msgstr[{place}] "{form}"' for place, form in enumerate(forms))
    return f'msgid "{msgid}"\nmsgid_plural "You have %(n)s files"\n{listed}\n'


def test_a_catalog_translates_counts_and_tells_what_it_lacks():
    catalog, problems = read(
        po('msgid "Hello"\nmsgstr "Cześć"\n\n' + plural("%(n)s plik", "%(n)s pliki", "%(n)s plików"))
    )
    assert problems == []
    assert catalog.locale == "pl"
    assert catalog.singular(String("Hello")) == "Cześć"
    assert [catalog.forms(FILES)[catalog.plural_index(n)] % {"n": n} for n in (1, 2, 5, 21)] == [
        *("1 plik", "2 pliki", "5 plików", "21 plików")
    ]
    assert catalog.missing([String("Hello"), String("Bye"), FILES]) == (String("Bye"),)


def test_contexts_keep_strings_apart():
    catalog, problems = read(po('msgctxt "month"\nmsgid "May"\nmsgstr "maj"\n\nmsgid "May"\nmsgstr "Można"\n'))
    assert problems == []
    assert catalog.singular(String("May", context="month")) == "maj"
    assert catalog.singular(String("May")) == "Można"
    assert catalog.missing([String("May", context="name")]) == (String("May", context="name"),)


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        ('msgid "Hello"\nmsgstr ""\n', [(6, "warning", "catalog.empty")]),
        ('#, fuzzy\nmsgid "Hello"\nmsgstr "Cześć"\n', [(7, "warning", "catalog.fuzzy")]),
        ('msgid "Hello"\nmsgstr "Cześć %(who)s"\n', [(7, "error", "catalog.placeholder")]),
        ('msgid "Hello"\nmsgstr "100%"\n', [(7, "error", "catalog.percent")]),
        ('msgid "Hello"\nmsgstr "<b>Cześć</b>"\n', [(7, "error", "catalog.markup")]),
        ('#~ msgid "Hello"\n#~ msgstr "Cześć"\n', []),
        ("", []),
    ],
)
def test_a_string_that_cannot_be_relied_on_is_missing(body, problems):
    catalog, found = read(po(body))
    assert found == problems
    assert catalog.missing([String("Hello")]) == (String("Hello"),)
    assert catalog.singular(String("Hello")) == "Hello"


@pytest.mark.parametrize(
    ("forms", "problem"),
    [
        (("plik", "pliki"), (6, "error", "catalog.plural_forms")),
        (("plik", "pliki", ""), (6, "error", "catalog.plural_forms")),
        (("plik", "pliki", "plików", "pliku"), (6, "error", "catalog.plural_forms")),
        (("", "", ""), (6, "warning", "catalog.empty")),
    ],
)
def test_a_plural_string_counts_only_with_all_its_forms(forms, problem):
    catalog, problems = read(po(plural(*forms)))
    assert problems == [problem]
    assert catalog.missing([FILES]) == (FILES,)


def test_a_plural_form_may_leave_the_number_out():
    catalog, problems = read(po(plural("jeden plik", "%(n)s pliki", "%(n)s plików")))
    assert problems == []
    assert catalog.forms(FILES)[0] == "jeden plik"


def test_a_bad_plural_rule_costs_the_plural_strings_only():
    catalog, problems = read(
        po('msgid "Hello"\nmsgstr "Cześć"\n\n' + plural("plik", "pliki"), "nplurals=2; plural=n/0;")
    )
    assert problems == [(2, "error", "catalog.plural_rule")]
    assert catalog.missing([String("Hello"), FILES]) == (FILES,)
    assert catalog.forms(FILES)[catalog.plural_index(1)] == "You have %(n)s file"


@pytest.mark.parametrize(("locale", "forms"), [("pl", 3), ("ar", 6), ("id", 1), ("en_GB", 2), ("pt_PT", 3)])
def test_without_a_plural_header_cldr_rules(locale, forms):
    catalog, problems = read(po(plural(*["%(n)s x"] * forms), plural_forms=None), locale)
    assert problems == []
    assert catalog.missing([FILES]) == ()


def test_a_string_asked_for_with_a_number_needs_forms():
    catalog, _ = read(po('msgid "You have %(n)s file"\nmsgstr "%(n)s plik"\n'))
    assert catalog.missing([FILES]) == (FILES,)
    assert catalog.missing([String("You have %(n)s file")]) == ()


def test_a_counted_string_asked_for_without_a_number_takes_the_form_for_one():
    catalog, _ = read(po(plural("%(n)s pliki", "%(n)s plik"), "nplurals=2; plural=n==1;"))
    assert catalog.singular(String("You have %(n)s file")) == "%(n)s plik"


def test_the_first_of_two_translations_counts():
    catalog, problems = read(po('msgid "Hello"\nmsgstr "Cześć"\n\nmsgid "Hello"\nmsgstr "Hej"\n'))
    assert problems == [(9, "error", "catalog.duplicate")]
    assert catalog.singular(String("Hello")) == "Cześć"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (po('msgid "Hello"\nmsgstr "Cz'), (7, "error", "catalog.syntax")),
        (po('msgid "Hello"\nmsgstr "Cześć"', charset="US-ASCII"), (7, "error", "catalog.charset")),
        (po('msgid "Hello"\nmsgstr "Cześć"', charset="KLINGON"), (3, "error", "catalog.charset")),
        (b"\x00\xff\xfe", (1, "error", "catalog.charset")),
    ],
)
def test_a_file_that_cannot_be_read_is_left_out(data, problem):
    assert read(data) == (None, [problem])


def test_a_folder_that_is_no_locale_is_left_out():
    assert read(po(""), "polish") == (None, [(1, "error", "catalog.locale")])


def test_what_other_tools_stumble_over_is_warned_of():
    catalog, problems = read(b"\xef\xbb\xbf" + po('msgid "Hello"\nmsgstr "Cześć"\n', charset=None))
    assert problems == [(1, "warning", "catalog.mark"), (1, "warning", "catalog.header")]
    assert catalog.singular(String("Hello")) == "Cześć"


def test_other_files_are_none_of_ours():
    others = {"locales/messages.pot": b"x", "locales/pl/LC_MESSAGES/django.po": b"x", "locales/pl/messages.po": b"x"}
    assert read_catalogs(others) == ({}, ())


def test_each_folder_is_a_catalog_and_problems_are_in_order():
    files = {
        f"locales/{name}/LC_MESSAGES/messages.po": po('msgid "a"\nmsgstr ""\n') for name in ("zh_Hant", "id", "pt-BR")
    }
    catalogs, problems = read_catalogs(files)
    assert sorted(catalogs) == ["id", "pt-BR", "zh_Hant"]
    assert [problem.file.split("/")[1] for problem in problems] == ["id", "pt-BR", "zh_Hant"]


def test_a_problem_says_where_what_and_how_to_mend_it():
    _, problems = read_catalogs({"locales/pl/LC_MESSAGES/messages.po": po("", "nplurals=2; plural=n;")})
    message = (
        "the Plural-Forms header: the plural expression gives form 2 for 2, but there are 2 forms; CLDR's rule is "
        "`nplurals=3; plural=(n == 1 ? 0 : n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14) ? 1 : 2);`"
    )
    file = "locales/pl/LC_MESSAGES/messages.po"
    assert problems == (Problem(file, 2, 1, "error", "catalog.plural_rule", message),)


def test_the_source_language_is_complete_and_says_itself():
    source = source_catalog("en")
    assert source.missing([String("Hello"), FILES]) == ()
    assert source.singular(String("Hello")) == "Hello"
    assert [source.forms(FILES)[source.plural_index(n)] for n in (1, 2, "0")] == [
        FILES.msgid,
        FILES.plural,
        FILES.plural,
    ]


def test_a_catalog_of_the_source_language_improves_on_it():
    catalog, _ = read(po('msgid "Hello"\nmsgstr "Hello there"\n', "nplurals=2; plural=n!=1;"), "en")
    source = source_catalog("en", catalog)
    assert isinstance(source, Catalog)
    assert source.missing([String("Hello"), String("Bye")]) == ()
    assert (source.singular(String("Hello")), source.singular(String("Bye"))) == ("Hello there", "Bye")
    assert source.forms(FILES) == (FILES.msgid, FILES.plural)
