"""What an SMS costs, at every boundary, and what typography is allowed to cost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.content.sms import BASIC, EXTENSION, ROOM, Room, fold, folded, segments
from orchestrator.model import Segments


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("a" * 159 + "€", "GSM-7", 161, 2),
        ("a" * 158 + "€", "GSM-7", 160, 1),
        ("€" * 80, "GSM-7", 160, 1),
        ("€" * 81, "GSM-7", 162, 2),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),
        ("a" * 151 + "€" + "a" * 153, "GSM-7", 306, 2),
        ("€" * 152, "GSM-7", 304, 2),
        ("€" * 153, "GSM-7", 306, 3),
        ("я" * 70, "UCS-2", 70, 1),
        ("я" * 71, "UCS-2", 71, 2),
        ("я" * 134, "UCS-2", 134, 2),
        ("я" * 135, "UCS-2", 135, 3),
        ("ç" + "a" * 70, "UCS-2", 71, 2),
        ("Ç" + "a" * 159, "GSM-7", 160, 1),
        ("😀" * 35, "UCS-2", 70, 1),
        ("😀" * 36, "UCS-2", 72, 2),
        ("😀" * 66, "UCS-2", 132, 2),
        ("😀" * 67, "UCS-2", 134, 3),
        ("я" * 66 + "😀" + "я" * 66, "UCS-2", 134, 3),
        ("e\u0301", "UCS-2", 2, 1),
        ("é" * 160, "GSM-7", 160, 1),
        ("ΔΦΓΛΩΠΨΣΘΞ", "GSM-7", 10, 1),
        ("\n\r\f", "GSM-7", 4, 1),
    ],
)
def test_a_text_costs_what_the_alphabets_say(text: str, encoding: str, units: int, parts: int) -> None:
    assert segments(text) == Segments(encoding, units, parts)  # type: ignore[arg-type]


@pytest.mark.parametrize("char", "áíóúêôãõ`°ªº«»–…₹₺łç\t\u00a0\u202f\u200fΑ\u2126\x1bÈ")
def test_one_character_that_is_not_in_the_alphabet_turns_the_whole_text(char: str) -> None:
    assert segments("a" * 70 + char) == Segments("UCS-2", 71, 2)


@pytest.mark.parametrize("char", EXTENSION)
def test_a_character_of_the_extension_takes_two_septets(char: str) -> None:
    assert segments(char) == Segments("GSM-7", 2, 1)


def test_the_alphabet_has_127_characters_and_an_escape() -> None:
    assert len(set(BASIC)) == len(BASIC) == 127
    assert len(set(EXTENSION)) == len(EXTENSION) == 10


@pytest.mark.parametrize(("char", "single", "each"), [("a", 160, 152), ("я", 70, 66)])
def test_a_long_reference_leaves_less_room(char: str, single: int, each: int) -> None:
    assert segments(char * single, ROOM[16]).segments == 1
    assert segments(char * 2 * each, ROOM[16]).segments == 2
    assert segments(char * (2 * each + 1), ROOM[16]).segments == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1\u202f234,50\u00a0€", "1 234,50 €"),
        ("9:41\u202fPM", "9:41 PM"),
        ("a\u2009b\u3000c", "a b c"),
        ("CHF 1’234.50", "CHF 1'234.50"),
        ("„Hi“ “Hi” ‘Hi’ ‚Hi‘", "\"Hi\" \"Hi\" 'Hi' 'Hi'"),
        ("a–b—c−d‑e", "a-b-c-d-e"),
        ("wait…", "wait..."),
        ("Donau\u00addampf\u200bschiff\ufeff\u2060", "Donaudampfschiff"),
        ("Hi \u2068Ana\u2069\u200e\u200f!", "Hi Ana!"),
        ("100€ [ok]", "100€ [ok]"),
    ],
)
def test_typography_becomes_plain_where_that_saves_the_text(text: str, expected: str) -> None:
    assert fold(text) == expected
    assert segments(expected).encoding == "GSM-7"


@pytest.mark.parametrize(
    "text",
    [
        "Łódź – 12\u00a0zł…",
        "Привет – “мир”",
        "مرحبا \u2068John\u2069 \u200f!",
        "e\u0301tat – oui",
        "Γειά σου…",
        "a\tb…",
        "«Oui» – non",
        "👩\u200d👧 – hi",
    ],
)
def test_a_text_that_typography_cannot_save_stays_as_it_was(text: str) -> None:
    assert fold(text) == text


def test_the_empty_text_folds_to_itself() -> None:
    assert fold("") == ""


pieces = st.lists(
    st.sampled_from(["a" * 60, "a" * 7, "a", "€", "é", "\n", "я" * 20, "я", "😀", "…", "\u202f", "\ud800", "e\u0301"]),
    max_size=16,
)
texts = st.text(max_size=400) | pieces.map("".join)


def parts_by_hand(text: str, room: Room) -> Segments:
    """Cuts the text into parts, one character at a time."""
    gsm = all(char in BASIC + EXTENSION for char in text)
    single, each = (160, room.septets) if gsm else (70, room.units)
    widths = [2 if (char in EXTENSION if gsm else ord(char) > 0xFFFF) else 1 for char in text]
    parts: list[list[int]] = [[]]
    for width in widths:
        if sum(parts[-1]) + width > each:
            parts.append([])
        parts[-1].append(width)
    return Segments("GSM-7" if gsm else "UCS-2", sum(widths), 1 if sum(widths) <= single else len(parts))


@settings(deadline=None)
@given(texts, st.sampled_from(list(ROOM.values())))
def test_counting_agrees_with_cutting_by_hand(text: str, room: Room) -> None:
    assert segments(text, room) == parts_by_hand(text, room)


@given(texts)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(texts)
def test_folding_changes_a_text_only_into_gsm(text: str) -> None:
    assert fold(text) == text or segments(fold(text)).encoding == "GSM-7"


@given(texts, st.sampled_from(list(ROOM.values())))
def test_a_folded_text_comes_with_what_it_costs(text: str, room: Room) -> None:
    assert folded(text, room) == (fold(text), segments(fold(text), room))


@given(st.text(st.sampled_from(BASIC + EXTENSION), max_size=400))
def test_what_is_gsm_already_is_never_touched(text: str) -> None:
    assert fold(text) == text
