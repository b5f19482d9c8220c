"""Signed links: what is not ours has no effect, and tells nothing."""

from __future__ import annotations

import secrets
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator import links
from orchestrator.settings import UNSIGNED
from tests.api.conftest import Place

SECRET = b"a secret"
TOKEN = links.token(SECRET, "0123456789abcdef")


def test_a_token_names_its_subject_and_nothing_else() -> None:
    """And is of use only as what it was signed for."""
    assert links.message_of(TOKEN, [SECRET]) == "0123456789abcdef"
    other = links.token(SECRET, "0123456789abcdef", links.CONFIRMATION)
    assert other != TOKEN
    assert links.message_of(other, [SECRET]) is None
    assert links.subject_of(TOKEN, [SECRET], links.CONFIRMATION) is None
    assert links.subject_of(other, [SECRET], links.CONFIRMATION) == "0123456789abcdef"


def test_links_of_messages_stay_as_they_were() -> None:
    """A token that was sent long ago, written out."""
    assert links.token(b"long ago", "5f0c") == "5f0c.YZy_wKLjk8FMhjZV"


@pytest.mark.parametrize(("promotional", "confirms"), [(True, None), (False, "c1")])
def test_links_are_the_same_ones_whenever_they_are_signed(promotional: bool, confirms: str | None) -> None:
    """One by one, or all of them, as a template goes through them."""
    signed = links.of("https://example.com", SECRET, "m1", promotional=promotional, confirms=confirms)
    assert links.Links("https://example.com", SECRET, "m1", promotional, confirms) == signed
    assert (
        links.Links("https://example.com", SECRET, "m1", promotional, confirms)["preferences"] == signed["preferences"]
    )


def test_old_links_survive_a_new_secret() -> None:
    """As long as the old one is kept behind the new."""
    assert links.message_of(TOKEN, [b"new", SECRET]) is not None
    assert links.message_of(TOKEN, [b"new"]) is None


@given(st.integers(0, len(TOKEN) * 8 - 1))
def test_no_bit_can_be_changed(bit: int) -> None:
    """Not of the name, not of the signature."""
    data = bytearray(TOKEN.encode())
    data[bit // 8] ^= 1 << bit % 8
    assert links.message_of(data.decode("latin-1"), [SECRET]) is None


@pytest.mark.parametrize("where", ["p", "u", "c"])
def test_every_forged_link_is_answered_alike(place: Place, where: str) -> None:
    """Whether the message exists or not: 404, the same page, and no effect."""
    place.know()
    place.write()
    good, secret = place.token(), place.app.settings.secret
    message, _, signature = good.partition(".")
    forged = [
        f"{message}.{'A' * 16}",
        f"{message}.{signature[:-1]}",
        f"{message}.{signature}A",
        f"{message}.",
        message,
        "x" * 10_000,
        links.token(b"another key", message),
        links.token(secret, secrets.token_hex(16)),
        f"{secrets.token_hex(16)}.{signature}",
        links.token(secret, message, links.CONFIRMATION) if where != "c" else good,
        "%00.%ff",
        "☃.☃",
    ]
    answers = [
        (answer.status_code, answer.text)
        for token in forged
        for answer in (place.client.get(f"/{where}/{token}"), place.client.post(f"/{where}/{token}"))
    ]
    assert {status for status, _ in answers} == {404}
    assert len({page for _, page in answers}) == 1
    assert place.ledger() == []


def test_a_page_for_nobody_is_in_the_browser_s_language(still: Place) -> None:
    """As far as we have it."""
    page = still.client.get("/p/x.y", headers={"accept-language": "xx, ar-EG;q=0.8, en;q=0.1"})
    assert '<html lang="ar" dir="rtl">' in page.text


def test_what_a_preview_signs_opens_nothing(place: Place) -> None:
    """Where no secret was ever made, links are signed by one that everybody can read."""
    place.know()
    place.write()
    place.app.settings = replace(place.app.settings, secret_text=",")
    message = place.token().partition(".")[0]
    assert place.client.get(f"/p/{links.token(UNSIGNED, message)}").status_code == 404
