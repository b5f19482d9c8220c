"""YAML means what its author sees, and every key and value has its place."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.blueprint.yaml_reader import MAX_BYTES, MAX_DEPTH, Place, read_yaml

TEXTS = [
    "NO",
    "no",
    "on",
    "off",
    "yes",
    "Yes",
    "22:30",
    "8:00",
    "+4915112345678",
    "007",
    "0x1F",
    "0o17",
    "1_000",
    "True",
]
TEXTS += ["NULL", "Null", "2026-03-02", "1.", ".5", "1e", "5%", "=", "1" * 40, "--1", "Infinite"]


@pytest.mark.parametrize("text", TEXTS)
def test_text_stays_text(text: str) -> None:
    """What another reader would take for a truth value, a time, a date or a number is what it looks like."""
    document, mistakes = read_yaml(f"{text}: {text}".encode())
    assert document is not None
    assert document.value == {text: text}
    assert not mistakes


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("true", True), ("false", False), ("null", None), ("~", None), ("", None), ("0", 0), ("-12", -12)),
        *(("1.10", 1.1), ("1e3", 1000.0), ("-0.5", -0.5), ("'1'", "1"), ('"true"', "true"), ("'~'", "~")),
    ],
)
def test_few_words_and_json_numbers_are_not_text(text: str, value: object) -> None:
    document, mistakes = read_yaml(f"a: {text}".encode())
    assert document is not None
    assert document.value == {"a": value}
    assert type(document.value["a"]) is type(value)
    assert not mistakes


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n", "---\n...\n", "null", "\ufeff"])
def test_an_empty_file_is_an_empty_mapping(text: str) -> None:
    document, mistakes = read_yaml(text.encode())
    assert document is not None
    assert document.value == {}
    assert not mistakes


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("a: 1\nb: &x 2", 2, 4, "anchor '&x'"),
        ("a: &x 1\nb: *x", 2, 4, "alias '*x'"),
        ("a: !!str 1", 1, 4, "tag"),
        ("a: !thing 1", 1, 4, "tag"),
        ("a: {b: 1}\nc:\n  <<: {d: 1}", 3, 3, "merge key"),
        ("a: 1\nb: 2\na: 3", 3, 1, "'a' was already given"),
        ("a: {b: 1, b: 2}", 1, 11, "'b' was already given"),
        ("a: 1\n---\nb: 2", 2, 1, "second document"),
        ("a: .nan", 1, 4, "'.nan'"),
        ("a: -.inf", 1, 4, "'-.inf'"),
        ("a: NaN", 1, 4, "'NaN'"),
        ("a: 1e999", 1, 4, "too large"),
        ("a: 1\n'': 2", 2, 1, "key is empty"),
    ],
)
def test_what_could_mean_something_else_is_refused_and_the_rest_is_read(
    text: str, line: int, column: int, says: str
) -> None:
    document, mistakes = read_yaml(text.encode())
    assert document is not None
    assert "a" in document.value
    found = next(mistake for mistake in mistakes if says in mistake.message)
    assert (found.line, found.column) == (line, column)


@pytest.mark.parametrize(
    ("data", "line", "column", "says"),
    [
        (b"a: [1\nb: 2", 2, 2, "no YAML"),
        (b"a:\n\tb: 1", 2, 1, "spaces, not tabs"),
        (b"a: b: c", 1, 5, "Quote text"),
        (b"a: @x", 1, 4, "quote text"),
        (b"b: 1\na: 'x\n\n", 2, 4, "Close the quote"),
        (b'a: "\\q"', 1, 5, "single quotes"),
        (b"a:\n  - b\n c: 1", 3, 2, "indentation"),
        (b"a: {b: 1\n", 1, 4, "Close the bracket"),
        (b"a: [", 1, 5, "no YAML"),
        ("ü: 1\nb: ".encode() + b"\xff", 2, 4, "UTF-8"),
        (b"a: 1\nb: x\x00y", 2, 5, "U+0000"),
        (b"a: 1\nb: \x1b", 2, 4, "U+001B"),
        (b"[a, b]: 1", 1, 1, "key must be a word"),
        (b"{a: 1}: 1", 1, 1, "key must be a word"),
        (b"a: " + b"[" * 200_000, 1, 36 - 1, "nested more than 32"),
        (b"#" * (MAX_BYTES + 1), 1, 1, "bytes"),
        ("a: 1".encode("utf-16"), 1, 1, "UTF-8"),
    ],
)
def test_what_cannot_be_read_says_where_and_what_to_do(data: bytes, line: int, column: int, says: str) -> None:
    document, (mistake,) = read_yaml(data)
    assert document is None
    assert (mistake.line, mistake.column) == (line, column)
    assert says in mistake.message


def test_all_mistakes_of_a_file_are_found_at_once() -> None:
    _, mistakes = read_yaml(b"a: &x 1\na: *x\nb: !t 2\nc: {d: 1, d: .inf}\n")
    assert [m.line for m in mistakes] == [1, 2, 2, 3, 4, 4]


def test_an_alias_bomb_expands_nothing() -> None:
    """Nine levels of nine aliases would be hundreds of millions of entries; each alias is refused and stays one."""
    levels = "\n".join(f"l{n}: &l{n} [" + ", ".join([f"*l{n - 1}"] * 9) + "]" for n in range(1, 10))
    document, mistakes = read_yaml(f"l0: &l0 x\n{levels}\n".encode())
    assert document is not None
    assert len(document.values) < 200
    assert len(mistakes) == 10 + 81


def test_the_deepest_allowed_nesting_is_read() -> None:
    document, mistakes = read_yaml(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    assert document is not None
    assert not mistakes


def test_every_key_and_value_has_its_place() -> None:
    document, _ = read_yaml("a: {ключ: [x, 'y']}\nb:\n  c: >\n    folded\n".encode())
    assert document is not None
    assert document.keys[("a", "ключ")] == Place(1, 5, 5)
    assert document.values[("a", "ключ", 1)] == Place(1, 15, 16)
    assert document.keys[("b", "c")] == Place(3, 3, 3)
    assert document.values[("b", "c")].at(5) == (3, 6)


@pytest.mark.parametrize(("text", "column"), [("a: x y", 6), ("a: 'x y'", 7), ('a: "x y"', 7), ("a: 'x''y'", 4)])
def test_an_offset_into_a_value_is_a_column_where_nothing_is_escaped(text: str, column: int) -> None:
    document, _ = read_yaml(text.encode())
    assert document is not None
    assert document.values[("a",)].at(2) == (1, column)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**29), 10**29)
    | st.floats(allow_nan=False, allow_infinity=False, min_value=-1e99, max_value=1e99)
    | st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcß中", min_size=1), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_json_is_read_as_json(value: object) -> None:
    """Whatever JSON writes is read as JSON reads it: YAML 1.2 is a superset, and nothing is coerced."""
    document, mistakes = read_yaml(json.dumps({"a": value}, ensure_ascii=False).encode())
    assert document is not None
    assert document.value == {"a": value}
    assert not mistakes


@given(
    st.dictionaries(
        st.text("abcno", min_size=1), st.text(st.characters(min_codepoint=32, max_codepoint=0x24F)), max_size=5
    )
)
def test_what_is_written_as_text_comes_back_as_text(value: dict[str, str]) -> None:
    written = yaml.safe_dump(value, default_style='"', allow_unicode=True)
    document, mistakes = read_yaml(written.encode())
    assert document is not None
    assert (document.value, mistakes) == (value, ())


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    """Any bytes give a document or a mistake whose place is in the file."""
    document, mistakes = read_yaml(data)
    assert document is not None or mistakes
    assert all(mistake.line >= 1 and mistake.column >= 1 for mistake in mistakes)
