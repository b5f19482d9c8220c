"""A message's bytes for mail servers and files: the same message gives the same bytes.

The headers are written out here, one by one and in ASCII, and read back by an independent parser before anything leaves:
whatever a person's name or a subject holds, the message has the headers and the one recipient that were meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.header import Header
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP, compat32
from email.utils import format_datetime, formataddr
from hashlib import blake2b

from channels.addresses import Mailbox, ascii_address, header_text
from channels.errors import Unsupported
from orchestrator.model import Outgoing

_POLICY = SMTP.clone(cte_type="7bit")
_SHORT = 66  # a subject up to this length needs no folding
_LINK = re.compile(r"https?://[!-;=?-~]+")
ONE_CLICK = "List-Unsubscribe=One-Click"


@dataclass(frozen=True, slots=True)
class Letter:
    """A message ready for a mail server: the envelope's recipient, the Message-ID, and the bytes."""

    recipient: str = field(repr=False)
    id: str
    content: bytes = field(repr=False)


def letter(message: Outgoing, sender: Mailbox) -> Letter:
    """Write the message to the first of its addresses.

    Raises:
        Unsupported: the address, the way out or the content cannot be carried by e-mail.
    """
    recipient, id = recipient_of(message), f"<{_token(message)}@{sender.domain}>"
    headers = [
        ("From", formataddr((sender.name, sender.address))),
        ("To", recipient),
        ("Subject", subject_of(message)),
        ("Date", format_datetime(message.at)),
        ("Message-ID", id),
        *unsubscribe_headers(message).items(),
    ]
    body = _body(message)
    content = b"".join(_line(name, value) for name, value in headers) + body.as_bytes(policy=_POLICY)
    _assert_as_meant(content, dict(headers), frozenset(body.keys()))
    return Letter(recipient, id, content)


def recipient_of(message: Outgoing) -> str:
    """The address to write to, in ASCII.

    Raises:
        Unsupported: there is none, or it is not one.
    """
    if not message.addresses:
        raise Unsupported("there is no address to send to")
    try:
        return ascii_address(message.addresses[0])
    except ValueError as fault:
        raise Unsupported(f"the recipient {fault}") from None


def subject_of(message: Outgoing) -> str:
    """The subject, safe to stand in a header."""
    return header_text(str(message.content.fields.get("subject") or ""))


def unsubscribe_headers(message: Outgoing) -> dict[str, str]:
    """The two headers of a one-click unsubscribe (RFC 8058), where the message has a way out; else none.

    Raises:
        Unsupported: the way out is not a web address.
    """
    link = message.content.unsubscribe
    if link is None:
        return {}
    if not _LINK.fullmatch(link):
        raise Unsupported("the unsubscribe link is not a web address")
    return {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": ONE_CLICK}


def parts_of(message: Outgoing) -> tuple[str, str]:
    """The message's text and HTML; one of them may be empty.

    Raises:
        Unsupported: both are.
    """
    text, html = (str(message.content.fields.get(name) or "") for name in ("text", "html"))
    if not text and not html:
        raise Unsupported("the message has neither text nor html")
    return text, html


def _token(message: Outgoing) -> str:
    return blake2b(message.id.encode(), digest_size=16).hexdigest()


def _body(message: Outgoing) -> EmailMessage:
    text, html = parts_of(message)
    body = EmailMessage(policy=_POLICY)
    if not html:
        body.set_content(text)
    elif not text:
        body.set_content(html, subtype="html")
    else:
        body.set_content(text)
        body.add_alternative(html, subtype="html")
        body.set_boundary(f"=_{_token(message)}")
    return body


def _line(name: str, value: str) -> bytes:
    plain = value.isascii() and (name != "Subject" or len(value) <= _SHORT)
    folded = value if plain else Header(value, "utf-8", header_name=name).encode(linesep="\r\n")
    return f"{name}: {folded}\r\n".encode("ascii")


def _assert_as_meant(content: bytes, meant: dict[str, str], of_body: frozenset[str]) -> None:
    found = BytesHeaderParser(policy=compat32).parsebytes(content)
    as_meant = sorted(found.keys()) == sorted((*meant, *of_body)) and found["To"] == meant["To"]
    if not as_meant:
        raise Unsupported("the message would grow headers or recipients that nobody meant")
