"""Languages that nobody speaks, to see what a message does in a translation before there is one.

    Your order %(order)s is on its way       what the template says
    ⟦Ýööûŕ öŕðéŕ %(order)s ïïš öñ ïïţš ŵáýý⟧    accented and longer: what is not translatable stays plain
    ⟦صووحر ورد…⟧                                mirrored: in Arabic letters, so it runs from the right

Their territories, XA and XB, are CLDR's own for this: no person lives there, so nobody gets such a message by accident.
Placeholders, markup, entities, addresses and `%` stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from math import ceil

from orchestrator.content.catalogs import String
from orchestrator.content.locales import direction, territory
from orchestrator.translation.document import Document
from orchestrator.translation.filling import filled

TERRITORIES = {"ltr": "XA", "rtl": "XB"}
GROWTH = ((10, 1.0), (20, 0.7), (30, 0.5))  # up to so many characters a translation may grow by so much
USUAL_GROWTH = 0.35

_KEPT = re.compile(r"(%\(\w+\)[sd]|%%|%|<[^>]*>|&#?\w+;|https?://\S+)")
_VOWELS = re.compile(r"[aeiou]", re.IGNORECASE)
_LETTERS: Mapping[str, Mapping[int, int]] = {
    "ltr": str.maketrans(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "áƀçðéƒĝĥïĵķļɱñöþɋŕšţûṽŵẋýžÁƁÇÐÉƑĜĤÏĴĶĻṀÑÖÞɊŔŠŢÛṼŴẊÝŽ",
    ),
    "rtl": str.maketrans(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ,;?",
        "ابثدعفغهيجكلمنوطقرستحظشخصزابثدعفغهيجكلمنوطقرستحظشخصز،؛؟",
    ),
}


def is_pseudo(locale: str) -> bool:
    """Whether the locale is one of those that nobody speaks."""
    return territory(locale) == TERRITORIES[direction(locale)]


def pseudo_catalog(locale: str, strings: Iterable[String]) -> Document:
    """A whole catalog for a pseudo-locale."""
    note = "Made by `kairos i18n pseudo`: nobody's language, to look at layouts with. Do not edit."
    return filled(locale, strings, lambda _, text: pseudo(text, locale), note)


def pseudo(text: str, locale: str) -> str:
    """A text as the pseudo-locale has it: longer, in foreign letters, in brackets that show where it begins and ends."""
    inner = text.strip()
    if not inner:
        return text
    letters = _LETTERS[direction(locale)]
    pieces = _lengthened(_KEPT.split(inner))
    told = "".join(piece if kept else piece.translate(letters) for piece, kept in pieces)
    before, after = text.split(inner, 1)
    return f"{before}⟦{told}⟧{after}"


def _lengthened(pieces: list[str]) -> list[tuple[str, bool]]:
    """The pieces, those with words longer, and whether each must stay as it is."""
    words = "".join(pieces[::2])
    vowels = len(_VOWELS.findall(words))
    more = ceil(len(words) * next((growth for most, growth in GROWTH if len(words) <= most), USUAL_GROWTH))
    seen = 0

    def drawn(found: re.Match[str]) -> str:
        nonlocal seen
        seen += 1
        return found[0] * (1 + seen * more // vowels - (seen - 1) * more // vowels)

    return [(piece, True) if place % 2 else (_VOWELS.sub(drawn, piece), False) for place, piece in enumerate(pieces)]
