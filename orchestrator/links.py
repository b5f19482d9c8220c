"""Signed links: the way out of a message, to a person's preferences, to the confirmation of a consent; and short ones.

A token names one thing (a message, a confirmation) and nothing else: no address, no person. Its signature is a keyed
hash, so it can be checked without a look at the store, and survives for as long as that thing's record does. What kind
of thing it names is signed with it, so that a token is of no use where another kind is asked for.

A short link stands for an address that a message holds. Its id is nothing but a keyed hash of message and address: where
it leads is on record, and what is on record under an id has to be what the id was made of.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from urllib.parse import quote

SIGNATURE = 12  # bytes: forging one takes 2^95 tries on average
SHORT = (
    9  # bytes of a short link's id, 12 characters: enough that none is ever guessed, short enough for a text message
)

MESSAGE = ""
CONFIRMATION = "confirmation"
PAGES = ("u", "p", "c", "l")  # below the base; what leads there is never made short
SHORT_ID = re.compile(r"[A-Za-z0-9_-]{12}")
_NAME = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PLAIN = re.compile(rf"https?://{_NAME}(?:\.{_NAME})*(?::[0-9]{{1,5}})?(?:[/?#][!-\[\]-~]*)?", re.IGNORECASE)
_ASCII = "".join(map(chr, range(0x21, 0x7F)))
LONGEST = 2048  # characters of an address that is made short


def token(secret: bytes, subject: str, kind: str = MESSAGE) -> str:
    """The token of a message, or of a thing of another kind: its id and a signature."""
    return f"{subject}.{_signature(secret, subject, kind)}"


def subject_of(token_: str, secrets: Iterable[bytes], kind: str = MESSAGE) -> str | None:
    """What a token of this kind names, if one of our secrets (old ones included) signed it; else None."""
    subject, _, signature = token_.partition(".")
    genuine = [
        hmac.compare_digest(_signature(secret, subject, kind).encode(), signature.encode()) for secret in secrets
    ]
    return subject if any(genuine) else None


def message_of(token_: str, secrets: Iterable[bytes]) -> str | None:
    """The message that a token names, if one of our secrets (old ones included) signed it; else None."""
    return subject_of(token_, secrets, MESSAGE)


def of(
    base: str, secret: bytes, message: str, *, promotional: bool, confirms: str | None = None
) -> dict[str, str | None]:
    """The links of a message; one-click unsubscribe only where the purpose has a way out.

    Args:
        confirms: the confirmation that the message asks for, if it does.
    """
    signed = token(secret, message)
    return {
        "unsubscribe": f"{base}/u/{signed}" if promotional else None,
        "preferences": f"{base}/p/{signed}",
        "confirm": confirmation(base, secret, confirms) if confirms else None,
    }


class Links(Mapping[str, str | None]):
    """As `of`, signed when one of them is first looked at: most text messages have none."""

    __slots__ = ("_given", "_signed")

    def __init__(self, base: str, secret: bytes, message: str, promotional: bool, confirms: str | None = None) -> None:
        self._given = base, secret, message, promotional, confirms
        self._signed: Mapping[str, str | None] | None = None

    def _all(self) -> Mapping[str, str | None]:
        if self._signed is None:
            base, secret, message, promotional, confirms = self._given
            self._signed = of(base, secret, message, promotional=promotional, confirms=confirms)
        return self._signed

    def __getitem__(self, name: str) -> str | None:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


def confirmation(base: str, secret: bytes, id: str) -> str:
    """The link by which a person confirms a consent."""
    return f"{base}/c/{token(secret, id, CONFIRMATION)}"


def destination(address: str) -> str | None:
    """An address that every browser reads in one way, in ASCII; None for any other, which nobody is ever sent to.

    It has the scheme http or https, a host in plain letters (no user, no number in brackets), and neither a backslash
    nor a space nor a control character anywhere.
    """
    if len(address) > LONGEST or not address.isprintable():
        return None
    written = quote(address, safe=_ASCII)
    return written if _PLAIN.fullmatch(written) else None


class Shortener:
    """Makes the short links of one message; `made` has where each of them leads, by its id."""

    def __init__(self, base: str, secret: bytes, message: str) -> None:
        self.made: dict[str, str] = {}
        self._base, self._secret, self._message = base, secret, message

    def __call__(self, address: str) -> str:
        """The short link that leads to an address; the address itself where it is one of our pages, or none for certain."""
        leads = None if address.startswith(tuple(f"{self._base}/{page}/" for page in PAGES)) else destination(address)
        if leads is None:
            return address
        id_ = _short(self._secret, self._message, leads)
        self.made[id_] = leads
        return f"{self._base}/l/{id_}"


def is_short(id_: str, message: str, address: str, secrets: Iterable[bytes]) -> bool:
    """Whether one of our secrets (old ones included) made this id of this message and this address."""
    return any(hmac.compare_digest(_short(secret, message, address), id_) for secret in secrets)


def _short(secret: bytes, message: str, address: str) -> str:
    digest = blake2b(f"{message}\0{address}".encode(), key=secret[:64], digest_size=SHORT, person=b"link").digest()
    return urlsafe_b64encode(digest).decode()


def _signature(secret: bytes, subject: str, kind: str) -> str:
    signed = f"{kind}\0{subject}" if kind else subject
    digest = blake2b(signed.encode(), key=secret[:64], digest_size=SIGNATURE).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")
