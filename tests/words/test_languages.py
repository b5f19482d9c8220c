"""The languages that the house itself speaks: each whole, and each in its own letters."""

from __future__ import annotations

import pytest
import regex

from orchestrator.content.catalogs import Catalog
from orchestrator.words import SOURCE, catalogs, words

LOCALES = [
    "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "es_419", "et", "fa", "fi", "fr", "he", "hi", "hr", "hu",
    "id", "it", "ja", "ko", "lt", "lv", "ms", "nb", "nl", "pl", "pt_BR", "pt_PT", "ro", "ru", "sk", "sl", "sr", "sv", "th",
    "tr", "uk", "vi", "zh_Hans", "zh_Hant",
]  # fmt: skip
SCRIPTS = {
    "ar": "Arabic", "fa": "Arabic", "bg": "Cyrillic", "ru": "Cyrillic", "sr": "Cyrillic", "uk": "Cyrillic", "bn": "Bengali",
    "el": "Greek", "he": "Hebrew", "hi": "Devanagari", "ja": "Hiragana}\\p{Katakana}\\p{Han", "ko": "Hangul", "th": "Thai",
    "zh_Hans": "Han", "zh_Hant": "Han",
}  # fmt: skip
EVERYWHERE = {"SMS", "WhatsApp", "Email"}


def said(catalog: Catalog) -> dict[str, str]:
    """Every sentence of a catalog with its source."""
    return {msgid: forms[0] for (_, msgid), forms in catalog._translated.items()}


def test_the_house_speaks_to_most_of_the_world() -> None:
    assert sorted(catalogs()) == sorted(LOCALES)


@pytest.mark.parametrize("locale", sorted(SCRIPTS))
def test_a_language_is_written_in_its_own_letters(locale: str) -> None:
    own = regex.compile(rf"[\p{{{SCRIPTS[locale]}}}\p{{Common}}\p{{Inherited}}]+")
    for text in said(catalogs()[locale]).values():
        plain = regex.sub(r"%\(\w+\)s|SMS|Email", "", text)
        assert own.fullmatch(plain) or text in EVERYWHERE, text


@pytest.mark.parametrize("locale", sorted(set(LOCALES) - {SOURCE} - set(SCRIPTS)))
def test_hardly_a_word_is_left_in_english(locale: str) -> None:
    """Some say email, and some say newsletter, and nothing else."""
    same = {text for source, text in said(catalogs()[locale]).items() if text == source}
    assert same <= {"Email", "Newsletter"}


@pytest.mark.parametrize("locale", sorted(set(LOCALES) - {SOURCE}))
def test_sentences_end_as_they_do_at_the_source(locale: str) -> None:
    """A label without a full stop, a question with its mark."""
    for source, text in said(catalogs()[locale]).items():
        assert (source[-1] in ".?") == (text[-1] in ".?।。？؟;") or locale == "th", text


@pytest.mark.parametrize(
    ("asked", "given"),
    [("pt-MZ", "pt_PT"), ("pt-BR", "pt_BR"), ("zh-HK", "zh_Hant"), ("zh-SG", "zh_Hans"), ("es-MX", "es_419"), ("es-ES", "es"),
     ("no", "nb"), ("iw", "he"), ("sr-Latn", "en"), ("uk-UA", "uk"), ("en-XA", "en")],
)  # fmt: skip
def test_people_are_spoken_to_in_their_own_language_or_in_none_that_is_merely_near(asked: str, given: str) -> None:
    assert words(asked).locale == given
