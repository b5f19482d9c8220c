"""A notification that is too large is refused, or shortened between two characters where its author says so."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.content.bidi import FSI, PDI
from orchestrator.content.push import LARGEST, shortened, size
from orchestrator.content.refusal import ContentRefused
from tests.content.workbench import market, po, render, renderer

WORDS = "{% block title %}T{% endblock %}{% block body %}{{ profile.x }}{% endblock %}"
MAY = "{% block shorten %}body{% endblock %}"
FAMILY = "👩‍👩‍👧‍👦"  # one character to a reader, 25 bytes


def test_without_leave_nothing_is_cut() -> None:
    with pytest.raises(ContentRefused) as refused:
        render(renderer({"hi/push.txt": WORDS}), "push", profile={"x": "ก" * 1366})
    assert refused.value.code == "content.too_long"


@pytest.mark.parametrize("text", ["ก" * 4000, FAMILY * 400, 'a "quoted" line\n' * 400, "e\u0301" * 3000])
def test_with_leave_a_text_is_cut_between_two_characters(text: str) -> None:
    content = render(renderer({"hi/push.txt": WORDS + MAY}), "push", profile={"x": text})
    kept = content.fields["body"].removesuffix("…")
    assert LARGEST - 40 < size(content.fields) <= LARGEST
    assert text.startswith(kept)
    assert regex.findall(r"\X", text)[: len(regex.findall(r"\X", kept))] == regex.findall(r"\X", kept)
    assert "shorten" not in content.fields


def test_what_fits_is_left_alone() -> None:
    assert render(renderer({"hi/push.txt": WORDS + MAY}), "push", profile={"x": "short"}).fields["body"] == "short"


def test_a_market_s_marks_are_not_cut_off() -> None:
    korea = market("KR", prefix={"push": "(광고)"}, suffix={"push": "무료수신거부 080-1"})
    made = renderer({"hi/push.txt": WORDS + MAY})
    fields = render(made, "push", where=korea, marketing=True, profile={"x": "가" * 2000}).fields
    assert fields["title"].startswith("(광고)")
    assert fields["body"].endswith("가… 무료수신거부 080-1")
    assert size(fields) <= LARGEST


def test_isolates_that_are_cut_open_are_closed_again() -> None:
    fields = render(
        renderer({"hi/push.txt": WORDS + MAY}, po("ar", "")), "push", locale="ar", profile={"x": "Ada " * 2000}
    ).fields
    assert fields["body"].startswith(f"{FSI}Ada")
    assert fields["body"].endswith(f"…{PDI}")
    assert size(fields) <= LARGEST


def test_only_words_may_be_cut() -> None:
    """A link that is cut leads nowhere."""
    with pytest.raises(ContentRefused, match="'link' cannot be shortened; expected title or body"):
        render(renderer({"hi/push.txt": WORDS + "{% block shorten %}link{% endblock %}"}), "push", profile={"x": "a"})


def test_where_cutting_the_words_does_not_help_the_message_is_refused() -> None:
    link = f"{{% block link %}}https://e.com/{'a' * 4000}{{% endblock %}}"
    with pytest.raises(ContentRefused, match="bytes; devices take 4096"):
        render(renderer({"hi/push.txt": WORDS + MAY + link}), "push", profile={"x": "a" * 90})


@given(st.text(min_size=1, max_size=80), st.integers(1, 200))
def test_a_shortened_text_has_as_many_bytes_less(text: str, excess: int) -> None:
    cut = shortened(text, excess)
    assert not cut or size({"body": cut}) <= size({"body": text}) - excess


@pytest.mark.parametrize(
    ("ttl", "kept"), [("3600", "3600"), ("12h", "12h"), ("28d", "28d"), ("2w", "1209600s"), ("1d12h", "129600s")]
)
def test_a_notification_is_kept_as_long_as_its_author_says(ttl: str, kept: str) -> None:
    made = renderer({"hi/push.txt": f"{WORDS}{{% block ttl %}}{ttl}{{% endblock %}}"})
    assert render(made, "push", profile={"x": "a"}).fields["ttl"] == kept


@pytest.mark.parametrize("ttl", ["soon", "29d", "-1", "1.5h", "12h 3", "9" * 30])
def test_what_nobody_keeps_a_notification_for_is_refused_before_it_is_sent(ttl: str) -> None:
    made = renderer({"hi/push.txt": f"{WORDS}{{% block ttl %}}{ttl}{{% endblock %}}"})
    with pytest.raises(ContentRefused, match="ttl: ") as refused:
        render(made, "push", profile={"x": "a"})
    assert refused.value.code == "content.error"
