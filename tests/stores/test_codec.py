"""Values as text, and back."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.stores.codec import LONG, decode, encode, pack, unpack

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES, st.integers(0, 2 * LONG))
def test_what_is_packed_is_what_is_unpacked(value: Any, length: int) -> None:
    """Long or short, and what was written without being packed, too."""
    said = [value, "x" * length]
    assert unpack(pack(said)) == unpack(encode(said)) == decode(encode(said))


def test_what_is_long_takes_little_room() -> None:
    """An email repeats itself; what is short stands there to be read."""
    assert len(pack(["<td style='padding: 8px'>Hello</td>"] * 300)) < LONG
    assert pack(["Hello"]) == '["Hello"]'
