"""The pages of a gallery: whole, harmless, and without anything from elsewhere."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from orchestrator.blueprint import Problem, load
from orchestrator.gallery.cards import Card
from orchestrator.gallery.changes import changes
from orchestrator.gallery.scenes import Scene
from orchestrator.gallery.site import changes_page, framed, language, site
from tests.translation.shop import files

ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'>"


def scene(channel: str, locale: str = "en", person: str = "known") -> Scene:
    """A scene of the small workspace."""
    return Scene("shipped", channel, locale, "GB", person)


def card(where: Scene, **fields: Any) -> Card:
    """A message that goes out."""
    return Card(where, where.locale, "send", None, "2026-03-10T09:00:00Z", fields)


def pages(*cards: Card, problems: tuple[Problem, ...] = ()) -> Mapping[str, str]:
    """The pages of a gallery of these messages."""
    workspace = load(files()).workspace
    assert workspace is not None
    return {name: content.decode() for name, content in site(workspace, cards, problems).items()}


MAIL = card(
    scene("email"), subject="Hi", preheader="there", html="<html><head></head><body><p>Hi</p></body></html>", text="Hi"
)


def test_there_is_a_page_for_each_campaign_and_a_manifest() -> None:
    found = pages(MAIL)
    assert set(found) == {"index.html", "shipped.html", "manifest.json"}
    assert 'href="shipped.html#in-en"' in found["index.html"]


def test_a_mail_lies_in_a_frame_in_which_nothing_can_run() -> None:
    (frame,) = re.findall(r"<iframe[^>]*>", pages(MAIL)["shipped.html"])
    assert 'sandbox=""' in frame
    inner = html.unescape(re.findall(r'srcdoc="([^"]*)"', frame)[0])
    assert inner.startswith(
        '<html><head><meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;;'.replace(
            "&#39;", "'"
        )
    )


def test_the_policy_is_there_even_where_a_mail_has_no_head() -> None:
    assert framed("<p>Hi</p>").startswith("<meta http-equiv=")


@pytest.mark.parametrize("channel", ["email", "sms", "whatsapp", "push"])
def test_whatever_a_message_holds_is_shown_and_not_run(channel: str) -> None:
    fields = dict.fromkeys(
        ("subject", "preheader", "html", "text", "title", "body", "image", "link", "footer", "header"), ATTACK
    )
    found = pages(card(scene(channel), **fields, buttons=[ATTACK]))["shipped.html"]
    assert "<script" not in found
    assert "<img" not in found


def test_pages_need_neither_scripts_nor_anything_from_elsewhere() -> None:
    for content in pages(MAIL, card(scene("push"), title="Hi", link="https://example.com/a")).values():
        assert not re.search(r"<script|\bon\w+=|<link|@import|url\(|(?:src|href)=\"(?:https?:)?//", content)


def test_a_message_is_written_in_its_language_and_direction() -> None:
    found = pages(card(scene("sms", "ar"), body="مرحبا"))["shipped.html"]
    assert '<div class="phone sms" lang="ar" dir="rtl">' in found


def test_every_filter_leaves_its_own_cards() -> None:
    found = pages(MAIL, card(scene("sms", "pt_BR"), body="Oi"))["shipped.html"]
    for id_ in ("on-email", "on-sms", "in-en", "in-pt_BR", "in-pt_BR-on-sms"):
        assert f'<i class="target" id="{id_}"></i>' in found
        assert f"#{id_}:target ~ .cards > .card:not(" in found
    assert '<article class="card l-pt_BR c-sms good"' in found


def test_findings_stand_beside_their_message_and_on_the_first_page() -> None:
    problem = Problem("templates/shipped/email.html", 3, 1, "error", "some.code", "Look <here>.")
    found = pages(replace(MAIL, findings=(problem,)), problems=(problem,))
    for page in ("index.html", "shipped.html"):
        assert "Look &lt;here&gt;." in found[page]
        assert "templates/shipped/email.html:3:1" in found[page]
    assert "c-email error" in found["shipped.html"]


def test_what_does_not_go_out_says_why() -> None:
    refused = replace(
        MAIL, outcome="drop", reason="segment.not_matched", trace=({"code": "x.y", "passed": False, "detail": "No."},)
    )
    found = pages(refused)["shipped.html"]
    assert "Does not go out (<code>segment.not_matched</code>)" in found
    assert '<li class="refused"><code>x.y</code> No.</li>' in found
    nothing = replace(MAIL, fields={}, locale=None)
    assert "There is nothing to show." in pages(nothing)["shipped.html"]


def test_a_message_in_another_language_than_asked_for_says_so() -> None:
    asked = replace(card(scene("sms", "de"), body="Hi"), locale="en")
    assert ", in English instead" in pages(asked)["shipped.html"]


def test_changes_are_marked_word_by_word() -> None:
    before, after = card(scene("sms"), body="It is here"), card(scene("sms"), body="It was <b>here</b>")
    page = changes_page(changes([before], [after]), "main").decode()
    assert "It <del>is </del><ins>was &lt;b&gt;</ins>here<ins>&lt;/b&gt;</ins>" in page
    assert "1 changed" in page
    assert "Nothing changed" in changes_page((), "main").decode()


@pytest.mark.parametrize(
    ("locale", "name"),
    [("de", "German"), ("pt_BR", "Brazilian Portuguese"), ("es_419", "Latin American Spanish"), ("zh_Hant", "Traditional Chinese"),
     ("sr_Latn", "Serbian (Latin)"), ("en_XA", "English (Pseudo-Accents)")],
)  # fmt: skip
def test_locales_have_names(locale: str, name: str) -> None:
    assert language(locale) == name
