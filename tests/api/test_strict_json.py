"""JSON that two readers would read differently is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.api.strict_json import DEEPEST, NotJson, loads

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), inner)
    ),
    max_leaves=20,
)


@given(plain)
def test_plain_json_is_read_as_it_is_written(value: object) -> None:
    """Whatever its strings hold, brackets and escapes included."""
    assert loads(json.dumps(value).encode()) == value
    assert loads(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "line 1"),
        (b"{", "line 1"),
        (b"{'a': 1}", "line 1"),
        (b"NaN", "line 1"),
        (b"[Infinity]", "line 1"),
        (b'{"a": -Infinity}', "line 1"),
        (b'"\xff"', "line 1"),
        (b'"\\ud800"', "line 1"),
        (b'"\\udc00x"', "line 1"),
        (b"\xef\xbb\xbf{}", "line 1"),
        (b'{"a": 1} {"b": 2}', "line 1"),
        (b'{"a": 1, "b": {"c": 1, "c": 1}}', "'c' stands twice"),
        (b'{"a": 1, "\\u0061": 2}', "'a' stands twice"),
        (b'"a\\u0000b"', "U+0000"),
        (b'{"\\\\\\u0000": 1}', "U+0000"),
        (b"9223372036854775808", "64 bits"),
        (b"-" + b"9" * 300, "64 bits"),
        (b"9" * 5000, "double"),
        (b"1e999", "double"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), f"{DEEPEST} levels"),
        (b"[" * 500_000 + b"]" * 500_000, ""),
        (b'{"a":' * 500_000, ""),
    ],
)
def test_what_is_uncertain_is_refused(data: bytes, said: str) -> None:
    """With what is wrong, and where."""
    with pytest.raises(NotJson) as error:
        loads(data)
    assert said in str(error.value)


def test_what_only_looks_uncertain_is_read() -> None:
    """Brackets and escapes within strings, depths and numbers at the bound."""
    assert loads(b'"\\\\u0000 [[[{{{ \\" ]"') == '\\u0000 [[[{{{ " ]'
    assert loads(b'"\\ud83d\\ude00"') == "😀"
    assert loads(b"9223372036854775807") == 2**63 - 1
    nested = b"[" * DEEPEST + b"]" * DEEPEST
    assert loads(nested + b" ") is not None
