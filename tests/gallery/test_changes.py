"""Two galleries, message by message and word by word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.gallery.cards import Card, Unreadable, manifest, read_manifest
from orchestrator.gallery.changes import FieldChange, changes
from orchestrator.gallery.scenes import Scene

SCENE = Scene("shipped", "sms", "de", "DE", "known")


def card(scene: Scene = SCENE, **fields: Any) -> Card:
    """A message with these fields."""
    return Card(scene, "de", "send", None, "2026-03-10T09:00:00Z", fields, ("GSM-7", "20 units", "1 part"))


def words(before: str, after: str) -> list[tuple[str, str]]:
    """A change word by word."""
    return list(FieldChange("body", before, after).words())


def test_galleries_that_are_the_same_have_no_changes() -> None:
    assert changes([card(body="Hi")], [card(body="Hi")]) == ()


def test_what_changed_is_told_by_field() -> None:
    (change,) = changes([card(body="Hi")], [replace(card(body="Ho"), facts=("UCS-2", "20 units", "1 part"))])
    assert change.kind == "changed"
    assert [(field.name, field.before, field.after) for field in change.fields] == [
        ("body", "Hi", "Ho"),
        ("cost", "GSM-7, 20 units, 1 part", "UCS-2, 20 units, 1 part"),
    ]


def test_another_decision_is_a_change_too() -> None:
    (change,) = changes([card(body="Hi")], [replace(card(body="Hi"), outcome="drop", reason="caps.exceeded")])
    assert [(field.name, field.after) for field in change.fields] == [("outcome", "drop caps.exceeded")]


def test_messages_come_and_go() -> None:
    other = replace(SCENE, channel="push")
    found = changes([card(body="Hi")], [card(other, title="Hi")])
    assert [(change.kind, str(change.card.scene)) for change in found] == [
        ("added", "shipped/push/de/DE/known"),
        ("removed", "shipped/sms/de/DE/known"),
    ]


def test_the_html_is_told_only_where_its_words_stay() -> None:
    before, after = card(html="<b>Hi</b>", text="Hi"), card(html="<b>Ho</b>", text="Ho")
    assert [field.name for field in changes([before], [after])[0].telling] == ["text"]
    restyled = card(html="<i>Hi</i>", text="Hi")
    assert [field.name for field in changes([before], [restyled])[0].telling] == ["html"]


def test_words_that_follow_each_other_change_together() -> None:
    assert words("Your order is on its way.", "Your order has left us.") == [
        ("same", "Your order "),
        ("out", "is on its way"),
        ("in", "has left us"),
        ("same", "."),
    ]


def test_of_a_long_text_only_the_surroundings_of_a_change_are_told() -> None:
    told = words(f"{'a ' * 50}old{' b' * 50}", f"{'a ' * 50}new{' b' * 50}")
    assert [step for step, _ in told] == ["gap", "same", "out", "in", "same", "gap"]
    assert told[1][1] == "a " * 4


@given(st.text("ab \n<>", max_size=30), st.text("ab \n<>", max_size=30))
def test_the_words_are_those_of_both_texts(before: str, after: str) -> None:
    told = words(before, after)
    if all(step != "gap" for step, _ in told):
        assert "".join(text for step, text in told if step != "in") == before
        assert "".join(text for step, text in told if step != "out") == after


def test_a_manifest_is_read_as_it_was_written() -> None:
    cards = [card(body="Hi"), card(replace(SCENE, channel="whatsapp"), body="Hi", buttons=["one", "two"])]
    assert changes(cards, read_manifest(manifest(cards))) == ()


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"format": 99, "messages": []}', b'{"format": 1, "messages": [{}]}']
)
def test_what_is_no_manifest_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read_manifest(data)
