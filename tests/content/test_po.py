"""What a PO file says, and where it says something wrong."""

from __future__ import annotations

from io import BytesIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.content.po import Entry, PoError, Text, decode, header, parse

HEADER = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
)

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters='\n\t"\\'), min_size=1, max_size=90)


def test_an_entry_has_all_it_says_and_its_lines():
    text = """\
#: templates/a.html:3
#, python-format, no-wrap
#| msgid "before"
msgctxt "menu"
msgid ""
"Open "
"file"
msgid_plural "Open %(n)s files"
msgstr[0] "Datei öffnen"
msgstr[1] ""
"%(n)s Dateien\\n"
"öffnen"
"""
    forms = (Text(9, "Datei öffnen"), Text(10, "%(n)s Dateien\nöffnen"))
    assert parse(text) == (Entry(5, "Open file", "Open %(n)s files", "menu", forms, False),)


def test_entries_need_no_blank_line_between_them():
    text = 'msgid "a"\nmsgstr "b"\nmsgid "c"\nmsgstr "d"\nmsgctxt "x"\nmsgid "c"\nmsgstr "e"'
    assert [(entry.context, entry.msgid, entry.forms[0].text) for entry in parse(text)] == [
        (None, "a", "b"),
        (None, "c", "d"),
        ("x", "c", "e"),
    ]


def test_obsolete_entries_are_passed_over_with_their_flags():
    text = '#, fuzzy\n#~ msgid "old"\n#~ msgstr "alt"\n\nmsgid "new"\nmsgstr "neu"\n'
    assert [(entry.msgid, entry.fuzzy) for entry in parse(text)] == [("new", False)]


@pytest.mark.parametrize(
    "flags", ["#, fuzzy", "#, python-format, fuzzy", "#,fuzzy", "#  translators\n#, fuzzy\n#: a.html:1"]
)
def test_a_fuzzy_entry_is_known_as_such(flags):
    assert parse(f'{flags}\nmsgid "a"\nmsgstr "b"\n\nmsgid "c"\nmsgstr "d"\n')[0].fuzzy
    assert not parse(f'{flags}\nmsgid "a"\nmsgstr "b"\n\nmsgid "c"\nmsgstr "d"\n')[1].fuzzy


def test_windows_line_ends_and_strange_separators_change_nothing():
    assert parse('msgid "a"\r\nmsgstr "b\u2028c"\r\n')[0].forms[0].text == "b\u2028c"


def test_escapes_are_undone():
    assert parse(r'msgid "a"' + "\n" + r'msgstr "1\n2\t3\\4\"5\\n"')[0].forms[0].text == '1\n2\t3\\4"5\\n'


@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        ('msgid "a"\nmsgstr "b', 2, "expected a keyword"),
        ('msgid "a"\nmsgstr b', 2, "expected a keyword"),
        ('msgid "a"\n\nmsgtsr "b"', 3, "expected a keyword"),
        ('msgid[0] "a"\nmsgstr "b"', 1, "expected a keyword"),
        ('"lost"', 1, "without a keyword"),
        ('msgid "a"\nmsgid "b"\nmsgstr "c"', 2, "msgid does not belong after msgid"),
        ('msgid "a"\nmsgstr "b"\nmsgstr "c"', 3, "msgstr does not belong after msgstr"),
        (
            'msgid "a"\nmsgid_plural "as"\nmsgstr[0] "b"\nmsgstr[2] "c"',
            4,
            r"msgstr\[2\] does not belong after msgstr\[0\]",
        ),
        ('msgid "a"\nmsgid_plural "as"\nmsgstr "b"', 3, r"expected msgstr\[0\] first"),
        ('msgid "a"\nmsgstr[0] "b"', 2, "expected msgstr, as there is no msgid_plural"),
        ('msgid "a"\nmsgid_plural "as"\nmsgstr[99999999999] "b"', 3, "no language has so many forms"),
        ('msgstr "b"', 1, "msgstr without a msgid"),
        ('msgid "a"', 1, "msgid without a msgstr"),
        ('msgid "a"\nmsgstr "\\q"', 2, "is not an escape"),
        ("<<<<<<< HEAD", 1, "a merge left"),
    ],
)
def test_a_line_that_does_not_belong_is_pointed_at(text, line, complaint):
    with pytest.raises(PoError, match=complaint) as caught:
        parse(text)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("data", "text", "charset", "marked"),
    [
        (HEADER.encode(), HEADER, "UTF-8", False),
        (b"\xef\xbb\xbf" + HEADER.encode(), HEADER, "UTF-8", True),
        (b'msgid "a"\nmsgstr "\xc3\xa9"', 'msgid "a"\nmsgstr "é"', None, False),
        (
            b'"Content-Type: text/plain; charset=ISO-8859-1\\n"\nmsgstr "\xe9"',
            '"Content-Type: text/plain; charset=ISO-8859-1\\n"\nmsgstr "é"',
            "ISO-8859-1",
            False,
        ),
        (
            b'"Content-Type: text/plain; charset=CHARSET\\n"',
            '"Content-Type: text/plain; charset=CHARSET\\n"',
            "CHARSET",
            False,
        ),
    ],
)
def test_a_file_is_read_in_the_charset_that_it_names(data, text, charset, marked):
    decoded = decode(data)
    assert (decoded.text, decoded.charset, decoded.marked) == (text, charset, marked)


@pytest.mark.parametrize("charset", ["klingon", "rot13", "hex", "idna", "undefined"])
def test_a_charset_that_is_none_is_refused(charset):
    with pytest.raises(PoError) as caught:
        decode(f'msgid ""\nmsgstr "Content-Type: text/plain; charset={charset}\\n"\n\nmsgid "é.."\n'.encode())
    assert charset in str(caught.value)


def test_bytes_that_are_not_in_the_charset_are_pointed_at():
    with pytest.raises(PoError) as caught:
        decode(HEADER.encode() + b'msgid "a"\nmsgstr "caf\xe9"\n')
    assert (caught.value.line, caught.value.column) == (7, 12)


def test_the_header_is_known_by_its_fields():
    fields = header(parse(HEADER))
    assert fields["plural-forms"] == Text(2, "nplurals=1; plural=0;")
    assert fields["content-type"].text == "text/plain; charset=UTF-8"
    assert header(parse('msgid "a"\nmsgstr "b: c"')) == {}


@given(st.dictionaries(texts, st.tuples(st.none() | texts, texts, st.booleans()), max_size=5))
def test_what_another_program_writes_is_read_as_it_was_meant(messages):
    written = Catalog(locale="de")
    for msgid, (context, translation, fuzzy) in messages.items():
        written.add(msgid, translation, context=context, flags=["fuzzy"] if fuzzy else [])
    file = BytesIO()
    write_po(file, written, width=40)
    read = {entry.msgid: entry for entry in parse(decode(file.getvalue()).text) if entry.msgid}
    assert {msgid: (entry.context, entry.forms[0].text, entry.fuzzy) for msgid, entry in read.items()} == messages
