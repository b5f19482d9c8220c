"""Addresses in finished messages, made short."""

from __future__ import annotations

import pytest

from orchestrator.content.tracking import tracked


def short(address: str) -> str:
    """A short form that still tells what it was made of; this one stays as it is: https://stays.example."""
    return address if address.startswith(("https://stays.example", "mailto:", "#")) else f"<{address}>"


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("Go to https://a.example/x?b=1&c=2#d now", "Go to <https://a.example/x?b=1&c=2#d> now"),
        ("(https://a.example/x). https://b.example!", "(<https://a.example/x>). <https://b.example>!"),
        ("https://a.example/x_(y) HTTPS://A.example", "<https://a.example/x_(y)> <HTTPS://A.example>"),
        ("こちらhttps://a.example/xをご覧", "こちら<https://a.example/x>をご覧"),
        ("https://a.example/grüße", "https://a.example/grüße"),
        ("\u2068https://a.example/x\u2069", "\u2068<https://a.example/x>\u2069"),
        ("https://stays.example/x a@b.example ftp://c", "https://stays.example/x a@b.example ftp://c"),
    ],
)
def test_a_text_has_its_addresses_made_short(text: str, becomes: str) -> None:
    """From the first to the last character of each, and nothing beside."""
    assert tracked({"body": text}, short)["body"] == becomes


@pytest.mark.parametrize(
    ("html", "becomes"),
    [
        ('<a href="https://a.example/?x=1&amp;y=2">go</a>', '<a href="&lt;https://a.example/?x=1&amp;y=2&gt;">go</a>'),
        ("<A class=c HREF='https://a.example'>go</A>", '<A class=c HREF="&lt;https://a.example&gt;">go</A>'),
        ('<a title="a>b href=" href="https://a.example">', '<a title="a>b href=" href="&lt;https://a.example&gt;">'),
        ('<area href="https://a.example">', '<area href="&lt;https://a.example&gt;">'),
        ('<a href="https://stays.example?a&amp;b">', '<a href="https://stays.example?a&amp;b">'),
        ('<abbr href="https://a.example"><img src="https://a.example">https://a.example', None),
        ('<a href="mailto:a@b.example"><a href="#x"><a name="x"><a data-href="https://a.example">', None),
    ],
)
def test_a_document_has_its_links_made_short(html: str, becomes: str | None) -> None:
    """Links only: no picture, and no word."""
    assert tracked({"html": html}, short)["html"] == (html if becomes is None else becomes)


def test_each_field_is_treated_as_what_it_is() -> None:
    """A notification's link is an address; a picture, a subject and a template's name are not followed."""
    fields = {
        "link": "https://a.example",
        "image": "https://a.example",
        "subject": "https://a.example",
        "variables": ["https://a.example", "no"],
    }
    assert tracked(fields, short) == {
        **fields,
        "link": "<https://a.example>",
        "variables": ["<https://a.example>", "no"],
    }
