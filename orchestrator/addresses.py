"""What is an address on a channel, in its one canonical spelling, and which two are the same person's.

    email             an address by the strict grammar: no quotes, comments, commas or control characters
    sms, whatsapp     an international number with its `+`: nobody's country is guessed
    push              a token of printable characters
    any other         a text without control characters

Numbers that cost the sender dearly, or that no person has, are none: premium rate, shared cost, satellite and other
networks without a country, short codes. Names and numbers set aside for tests and fiction are allowed, so that
a workspace can be tried out with them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

PHONES = frozenset({"sms", "whatsapp"})
LONGEST_TOKEN = 4096  # characters

_REMEMBERED = 16_384  # addresses; reading one takes some 100 µs
_LOCAL_DOMAIN = re.compile(r"@(?:[^@]+\.)?(?:localhost|local)$", re.IGNORECASE)
_STAND_IN = ".example.com"  # lets the validator look at a local domain, which it would refuse for its name
_WRITTEN_NUMBER = re.compile(r"[+＋][\d\s().–-]+")
_REFUSED_KINDS = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})
_NO_COUNTRY = "001"  # how the library names satellite networks, universal freephone and their like
_FICTION = re.compile(  # set aside for drama or never given out, so that the library takes them for mistakes
    r"\+1555\d{7}|\+447700900\d{3}|\+441632960\d{3}|\+3363998\d{4}",  # US and CA, Ofcom, ARCEP
)
_RENUMBERED = ((re.compile(r"\+521(\d{10})"), r"+52\1"),)  # Mexico dropped the 1 of mobile numbers in 2019
_SAME_LINE = (
    *_RENUMBERED,
    (re.compile(r"\+549(\d{10})"), r"+54\1"),  # Argentina: the 9 of mobile numbers, which WhatsApp keeps
    (re.compile(r"\+55(\d{2})([6-9]\d{7})"), r"+55\g<1>9\2"),  # Brazil: WhatsApp's ids may lack the ninth digit
)


@lru_cache(maxsize=_REMEMBERED)
def valid(channel: str, address: str) -> str | None:
    """The canonical spelling of `address`, or None if it is no address on `channel`."""
    if channel == "email":
        return _email(address)
    if channel in PHONES:
        return _phone(address)
    if channel == "push":
        return address if address.isprintable() and " " not in address and 0 < len(address) <= LONGEST_TOKEN else None
    return address if address and not any(unicodedata.category(char) == "Cc" for char in address) else None


@lru_cache(maxsize=_REMEMBERED)
def normalised(channel: str, address: str) -> str:
    """The key under which an address is compared: two spellings of one person's address have the same.

    A phone number may lack its `+` here, as some providers report it. What is no address is its own key.
    """
    if channel == "email" and (mailbox := _mailbox(address)):
        return f"{mailbox.local.casefold()}@{mailbox.ascii_domain}"
    if channel in PHONES and (digits := phonenumbers.normalize_digits_only(address)):
        return _rewritten(_phone(f"+{digits}") or f"+{digits}", _SAME_LINE)
    return address.strip() if channel == "push" else address.strip().casefold()


class _Mailbox(NamedTuple):
    local: str
    domain: str
    ascii_domain: str


def _email(address: str) -> str | None:
    mailbox = _mailbox(address)
    if mailbox is None:
        return None
    return f"{mailbox.local}@{mailbox.ascii_domain if address.isascii() else mailbox.domain}"


def _mailbox(address: str) -> _Mailbox | None:
    if "=?" in address:  # would be read as an encoded word in a header, and might write further headers there
        return None
    suffix = _STAND_IN if _LOCAL_DOMAIN.search(address) else ""
    try:
        found = validate_email(address + suffix, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return _Mailbox(found.local_part, found.domain.removesuffix(suffix), found.ascii_domain.removesuffix(suffix))


def _phone(address: str) -> str | None:
    if not _WRITTEN_NUMBER.fullmatch(address):
        return None
    digits = phonenumbers.normalize_digits_only(address)
    try:
        number = phonenumbers.parse(_rewritten(f"+{digits}", _RENUMBERED), None)
    except phonenumbers.NumberParseException:
        return None
    written = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return written if _FICTION.fullmatch(written) or _is_somebodys(number) else None


def _is_somebodys(number: PhoneNumber) -> bool:
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) in _REFUSED_KINDS:
        return False
    return phonenumbers.region_code_for_number(number) != _NO_COUNTRY


def _rewritten(number: str, rules: Iterable[tuple[re.Pattern[str], str]]) -> str:
    for former, current in rules:
        if former.fullmatch(number):
            return former.sub(current, number)
    return number


def reachable(channel: str, written: Iterable[str]) -> tuple[str, ...]:
    """Those of the addresses that are some, in their one spelling and in order."""
    return tuple(address for raw in written if (address := valid(channel, raw)))
