"""A person's full name in the order that the language of the message puts it in."""

from __future__ import annotations

import unicodedata

SURNAME_FIRST = frozenset({"hu", "ja", "km", "ko", "mn", "si", "ta", "te", "vi", "yue", "zh"})  # CLDR, person names
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL")


def full_name(language: str, given: str | None, family: str | None) -> str:
    """The names that are known, in the language's order; empty if there are none.

    Names in East Asian writing are not spaced: 山田太郎, but Yamada Taro.
    """
    parts = [part.strip() for part in ((family, given) if language in SURNAME_FIRST else (given, family)) if part]
    known = [part for part in parts if part]
    return ("" if all(map(_unspaced, known)) else " ").join(known)


def _unspaced(name: str) -> bool:
    return all(unicodedata.name(char, "").startswith(_UNSPACED) for char in name)
