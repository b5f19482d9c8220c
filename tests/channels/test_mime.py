"""A letter has the headers and the recipient that were meant, and the same bytes each time."""

from dataclasses import replace
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.addresses import Mailbox, ascii_address, mailbox
from channels.errors import Unsupported
from channels.mime import letter
from channels.testing import outgoing

KAIROS = Mailbox("Kairos", "hello@example.com")
NAMES = ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"]
HOSTILE = [
    "Hi\r\nBcc: e@example.com",
    "Hi\nBcc: e@example.com\n\nbody",
    "=?utf-8?q?Hi=0ABcc:_e@example.com?=",
    "=?utf-8?q?Hi=0D=0A=0D=0Abody?=",
    "Hi\x0bBcc: e@example.com",
    "Hi\u2028Bcc: e@example.com\x85To: e@example.com",
    "\x00",
]


def read(content: bytes) -> EmailMessage:
    parsed = BytesParser(policy=policy.default).parsebytes(content)
    assert isinstance(parsed, EmailMessage)
    return parsed


def test_a_letter_carries_text_and_html_with_what_identifies_it() -> None:
    """Text first, as readers that know no HTML take the first; date and id come from the message."""
    found = read(letter(outgoing("email"), KAIROS).content)

    assert [part.get_content_type() for part in found.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content().strip() for part in found.iter_parts()] == ["Halo, Ada", "<p>Halo, <b>Ada</b></p>"]
    assert found["date"] == "Mon, 02 Mar 2026 09:00:00 +0000"
    assert found["message-id"].endswith("@example.com>")
    assert found["from"] == "Kairos <hello@example.com>"


def test_the_same_message_gives_the_same_bytes_and_another_its_own_id() -> None:
    """Boundaries and ids derive from the message, not from chance."""
    assert letter(outgoing("email"), KAIROS) == letter(outgoing("email", attempt=2), KAIROS)
    assert letter(outgoing("email"), KAIROS) != letter(outgoing("email", id="m-2"), KAIROS)


def test_a_way_out_is_announced_once_and_only_where_there_is_one() -> None:
    """The pair of RFC 8058, its link in one piece however long it is."""
    link = "https://example.com/u/" + "a" * 180
    plain = outgoing("email")
    found = read(letter(replace(plain, content=replace(plain.content, unsubscribe=link)), KAIROS).content)

    assert found.get_all("List-Unsubscribe") == [f"<{link}>"]
    assert found.get_all("List-Unsubscribe-Post") == ["List-Unsubscribe=One-Click"]
    assert "List-Unsubscribe" not in read(letter(plain, KAIROS).content)


@pytest.mark.parametrize("link", ["https://a.example/\r\nBcc: e@example.com", "javascript:1", "https://a b", "<x>", ""])
def test_a_way_out_that_is_no_link_is_refused(link: str) -> None:
    """It would tear the header open."""
    plain = outgoing("email")
    with pytest.raises(Unsupported, match="unsubscribe link"):
        letter(replace(plain, content=replace(plain.content, unsubscribe=link)), KAIROS)


@pytest.mark.parametrize("subject", HOSTILE)
def test_a_hostile_subject_adds_no_header_and_no_recipient(subject: str) -> None:
    """An independent parser finds what was meant, and the text as text."""
    found = read(letter(outgoing("email", fields={"subject": subject}), KAIROS).content)

    assert sorted(found.keys()) == sorted(NAMES)
    assert found["to"] == "ada@example.com"
    assert "body" not in found.get_body(("plain",)).get_content()  # type: ignore[union-attr]


@given(st.text(max_size=120), st.text(max_size=200), st.text(max_size=200))
def test_whatever_the_content_holds_the_headers_stay(subject: str, text: str, html: str) -> None:
    """For any text at all, the header names are those that were meant."""
    fields: dict[str, Any] = {"subject": subject, "text": text or "x", "html": html or "y"}
    content = letter(outgoing("email", fields=fields), KAIROS).content

    assert sorted(read(content).keys()) == sorted(NAMES)
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=150))
def test_a_subject_in_any_script_is_read_as_it_was_written(subject: str) -> None:
    """Encoded words are cut between characters, never within one."""
    meant = subject.replace("=?", "= ?")

    assert read(letter(outgoing("email", fields={"subject": subject}), KAIROS).content)["subject"] == meant


def test_text_alone_and_html_alone_are_letters_of_one_part() -> None:
    """Neither at all is refused."""
    assert read(letter(outgoing("email", fields={"html": ""}), KAIROS).content).get_content_type() == "text/plain"
    assert read(letter(outgoing("email", fields={"text": ""}), KAIROS).content).get_content_type() == "text/html"
    with pytest.raises(Unsupported, match="neither text nor html"):
        letter(outgoing("email", fields={"text": "", "html": ""}), KAIROS)


@pytest.mark.parametrize(
    "address",
    [
        "a@example.com, evil@example.com",
        "alice@example.org)bob@example.com",
        '"a b"@example.com',
        "a@example.com\r\nBcc: e@example.com",
        "=?utf-8?q?a?=@example.com",
        "Ada <a@example.com>",
        "a..b@example.com",
        "a@exa mple.com",
        "a" * 65 + "@example.com",
        "a@" + "b" * 254,
        "ü@example.com",
        "a@",
        "",
    ],
)
def test_what_is_not_one_plain_address_is_refused_without_being_repeated(address: str) -> None:
    """The refusal is safe to log."""
    with pytest.raises(Unsupported) as refusal:
        letter(outgoing("email", addresses=(address,)), KAIROS)
    assert not address or address not in str(refusal.value)


def test_a_domain_in_another_script_is_written_in_ascii() -> None:
    """As mail servers know it."""
    assert ascii_address("ada@bücher.example") == "ada@xn--bcher-kva.example"


def test_a_sender_is_read_with_or_without_a_name() -> None:
    """The name is shown, and cannot smuggle a header."""
    assert mailbox("Kairos <hello@example.com>") == KAIROS
    assert mailbox("hello@example.com") == Mailbox("", "hello@example.com")
    assert mailbox('"Kairos, Inc." <hello@example.com>').name == "Kairos, Inc."
    sender = mailbox("Käiros, Inc.\r\nBcc: x <hello@example.com>")
    found = read(letter(outgoing("email"), sender).content)
    assert sorted(found.keys()) == sorted(NAMES)
    assert found["from"].addresses[0].addr_spec == "hello@example.com"
    with pytest.raises(ValueError, match="not an e-mail address"):
        mailbox("Kairos <>")
