"""E-mail addresses by a strict grammar: what cannot be told apart from an attack is not an address.

Comments, quoted local parts, lists, encoded words and control characters are all refused. Domains in other scripts are
turned into their ASCII form; a local part beyond ASCII is refused, as few providers carry it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PLAIN = re.compile(rf"(?P<local>{_ATOM}(?:\.{_ATOM})*)@{_LABEL}(?:\.{_LABEL})*")
_NAMED = re.compile(r"\s*(?P<name>[^<>]*?)\s*<(?P<address>[^<>]*)>\s*")
_LONGEST = 254
_LONGEST_LOCAL = 64
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address with the name shown beside it."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """The part behind the @."""
        return self.address.rpartition("@")[2]


def ascii_address(text: str) -> str:
    """The address as every mail server takes it.

    Raises:
        ValueError: it is not one address, or cannot be written in ASCII. The text does not repeat it.
    """
    if "=?" in text or len(text) > _LONGEST:
        raise ValueError("is not an e-mail address")
    match = _PLAIN.fullmatch(text)
    if match is None:
        return _international(text)
    if len(match["local"]) > _LONGEST_LOCAL:
        raise ValueError("is not an e-mail address")
    return text


def _international(text: str) -> str:
    try:
        valid = validate_email(
            text, check_deliverability=False, globally_deliverable=False, allow_smtputf8=False, strict=True
        )
    except EmailNotValidError:
        raise ValueError("is not an e-mail address") from None
    return valid.ascii_email or ""


def mailbox(text: str) -> Mailbox:
    """Read `Kairos <hello@example.com>` or a bare address.

    Raises:
        ValueError: it is neither.
    """
    named = _NAMED.fullmatch(text)
    name, address = (named["name"], named["address"]) if named else ("", text)
    return Mailbox(header_text(name.strip('"')), ascii_address(address.strip()))


def header_text(text: str) -> str:
    """Text that is safe in a header: control characters become a space, an encoded word is defused."""
    return _CONTROL.sub(" ", text).replace("=?", "= ?").strip()
