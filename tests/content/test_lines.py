"""Text is brought into the shape of its field, and nothing in it is left that a mail program would obey."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.content.lines import body, lines, one_line

TEXT = st.text(
    st.one_of(st.sampled_from("a b\t\n\r\x0b\x0c\x1c\x85\u2028\u2029\x00=?\u00a0é"), st.characters()), max_size=30
)


@given(TEXT)
def test_a_line_is_one_line_with_nothing_to_decode(text: str) -> None:
    found = one_line(text)
    assert len(found.splitlines()) <= 1
    assert "=?" not in found
    assert "  " not in found
    assert found == one_line(found) == found.strip()


@given(TEXT)
def test_a_body_keeps_words_and_line_breaks_only(text: str) -> None:
    found = body(text)
    assert not set(found) & set(map(chr, (*range(9), *range(11, 32), *range(127, 160))))
    assert "\n\n\n" not in found
    assert all(line == line.rstrip(" \t") for line in found.split("\n"))
    assert body(found) == found


@given(TEXT)
def test_entries_are_lines_that_say_something(text: str) -> None:
    assert all(entry and entry == one_line(entry) for entry in lines(text))


def test_spaces_that_must_not_break_stay() -> None:
    assert one_line("5\u00a0€  a") == "5\u00a0€ a"
