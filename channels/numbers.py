"""Telephone numbers and texts, as every provider of SMS and WhatsApp wants them."""

from __future__ import annotations

from channels.errors import Unsupported
from orchestrator.model import Outgoing


def number_of(message: Outgoing) -> str:
    """The number to write to.

    Raises:
        Unsupported: there is none in international form.
    """
    number = message.addresses[0] if message.addresses else ""
    if not (number.startswith("+") and number[1:].isascii() and number[1:].isdigit() and 7 <= len(number) <= 16):
        raise Unsupported("the recipient is not a number in international form")
    return number


def body_of(message: Outgoing, longest: int) -> str:
    """The text, of so many characters at most.

    Raises:
        Unsupported: there is none, or the provider would not take it whole.
    """
    body = str(message.content.fields.get("body") or "")
    if not body:
        raise Unsupported("the message has no body")
    if len(body) > longest:
        raise Unsupported(f"the body has {len(body)} characters; the provider takes {longest}")
    return body
