"""Our own words, in every language that we have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import orchestrator.api
from orchestrator.api import labels, preferences
from orchestrator.content.catalogs import String
from orchestrator.words import SOURCE, catalogs, words

SHIPPED = ("ar", "de", "en", "es_419", "fr", "id", "ja", "pl", "pt_BR", "th")
SAID = re.compile(r"""(?:\b_|\.say)\(\s*"([^"]+)""")


def used() -> set[str]:
    """Every sentence that pages and code say."""
    folder = Path(orchestrator.api.__file__).parent
    texts = [path.read_text() for path in (*folder.rglob("*.html"), *folder.rglob("*.py"))]
    named = {*labels.CHANNELS.values(), *labels.PURPOSES.values(), *preferences.BREAKS.values()}
    return {found for text in texts for found in SAID.findall(text)} | named


def test_there_are_words_for_the_locales_of_the_starter() -> None:
    """At least."""
    assert set(SHIPPED) <= set(catalogs())


@pytest.mark.parametrize("locale", sorted(set(catalogs()) - {SOURCE}))
def test_every_sentence_is_translated(locale: str) -> None:
    """All of what is said, and nothing that is not."""
    missing = {string.msgid for string in catalogs()[locale].missing([String(text) for text in used()])}
    assert missing <= {"WhatsApp"}
    known = {msgid for _, msgid in catalogs()[locale]._translated}
    assert known <= used()


def test_words_follow_the_person_then_the_market() -> None:
    """And are English where we have neither."""
    assert words("pt-MZ").locale == "pt_PT"
    assert words("sw", ["de", "en"]).locale == "de"
    assert words(None).locale == "en"
    assert (words("ar").direction, words("ja").direction) == ("rtl", "ltr")
    assert words("es-MX").language == "es-419"
    assert words("de").say("Paused until %(date)s", date="morgen") == "Pausiert bis morgen"
