"""PO files are written back as they were read, and as other tools read them."""

from __future__ import annotations

import io

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.content.catalogs import String
from orchestrator.content.po import PoError
from orchestrator.translation.document import Document, block, header, read

HEAD = 'msgid ""\nmsgstr ""\n"Language: de\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
FULL = (
    "# On top.\n" + HEAD + "\n"
    "# a translator's remark\n#\n# and another\n#. the author's\n#: a.html:1 b.html:2\n#: c.html:3\n#, fuzzy, python-format\n"
    '#| msgctxt "before"\n#| msgid ""\n#| "what it "\n#| "was"\nmsgctxt "label"\nmsgid ""\n"what it "\n"is"\nmsgstr "was \\"es\\" ist\\n"\n\n'
    'msgid "%(n)s item"\nmsgid_plural "%(n)s items"\nmsgstr[0] "%(n)s Ding"\nmsgstr[1] ""\n"%(n)s "\n"Dinge"\n\n'
    '# kept\n#, fuzzy\n#~| msgid "older"\n#~ msgid "gone"\n#~ msgstr "weg"\n\n'
    '#~ msgctxt "x"\n#~ msgid "gone, too"\n#~ msgstr "auch weg"\n\n'
    "# the end\n"
)


@pytest.mark.parametrize("text", [HEAD, FULL, FULL.replace("\n", "\r\n")], ids=["empty", "full", "from Windows"])
def test_what_nobody_changed_is_written_back_byte_for_byte(text: str) -> None:
    assert read(text.encode()).written() == text.encode()


def test_every_comment_belongs_to_its_string() -> None:
    document = read(FULL.encode())
    first, second = document.blocks
    assert (first.string, first.forms) == (String("what it is", context="label"), ('was "es" ist\n',))
    assert first.entry.fuzzy
    assert first.flags == ("python-format",)
    assert first.remarks == ("the author's",)
    assert second.string == String("%(n)s item", "%(n)s items")
    assert [block.key for block in document.obsolete] == [(None, "gone"), ("x", "gone, too")]
    assert document.fields["language"] == "de"
    assert document.tail == ("# the end",)


def test_strings_are_wrapped_only_in_files_that_wrap() -> None:
    assert read(FULL.encode()).width == 76
    assert read((HEAD + '\nmsgid "a\\n"\n"b"\nmsgstr ""\n').encode()).width == 0


def test_a_file_in_another_charset_becomes_utf_8_and_says_so() -> None:
    latin = (HEAD.replace("UTF-8", "ISO-8859-1") + '\nmsgid "bye"\nmsgstr "Tschüss"\n').encode("latin-1")
    written = read(latin).written()
    assert "Tschüss" in written.decode()
    assert "charset=UTF-8" in written.decode()
    assert read(written).written() == written


def test_a_byte_order_mark_is_left_out() -> None:
    assert read(b"\xef\xbb\xbf" + HEAD.encode()).written() == HEAD.encode()


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        ('msgid "a\nmsgstr ""\n', 8),
        ('#~ msgid "a"\n\n\nmsgid "b"\nmsgstr ""\n', 8),
        ('msgid "a"\nmsgstr ""\n\nmsgid "b"\n', 11),
    ],
)
def test_what_cannot_be_read_is_named_by_its_line(broken: str, line: int) -> None:
    with pytest.raises(PoError) as caught:
        read((HEAD + "\n\n\n" + broken).encode())
    assert caught.value.line == line


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], include_characters="\n\t\r"), max_size=200
)
STRINGS = st.builds(String, TEXTS.filter(bool), st.none() | TEXTS.filter(bool), st.none() | TEXTS)


@given(st.lists(st.tuples(STRINGS, TEXTS, st.booleans()), unique_by=lambda made: (made[0].context, made[0].msgid)))
def test_whatever_is_written_is_read_again(made: list[tuple[String, str, bool]]) -> None:
    for width in (0, 76):
        blocks = tuple(block(s, (text, text) if s.plural else (text,), width, fuzzy=fuzzy) for s, text, fuzzy in made)
        again = read(Document(header({"Language": "de"}), blocks).written())
        assert [(b.string, b.forms, b.entry.fuzzy) for b in again.blocks] == [
            (b.string, b.forms, b.entry.fuzzy) for b in blocks
        ]


def test_other_tools_read_the_same() -> None:
    """Babel's own reader, which many tools are built on, finds every string, flag, remark and place."""
    text = FULL.replace('#~| msgid "older"\n', "")  # which Babel does not know, and gettext does
    catalog = read_po(io.BytesIO(read(text.encode()).written()), locale="de")
    first = catalog.get("what it is", context="label")
    assert first is not None
    assert (first.string, first.fuzzy, first.auto_comments) == ('was "es" ist\n', True, ["the author's"])
    assert [place for place, _ in first.locations] == ["a.html", "b.html", "c.html"]
    assert set(catalog.obsolete) == {"gone", ("gone, too", "x")}
