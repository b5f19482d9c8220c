"""How far each locale has come is told by campaign, as a message goes out only if all of it is translated."""

from __future__ import annotations

from orchestrator.blueprint import load
from orchestrator.content.catalogs import String, read_catalogs
from orchestrator.translation.completeness import Progress, progress
from tests.translation.shop import FILES, files


def told(**changed: str) -> dict[str, Progress]:
    """The progress of the only campaign by locale."""
    found = {**files(**changed), "locales/ja/LC_MESSAGES/messages.po": b'msgid "Bye"\nmsgstr "Mata ne"\n'}
    workspace = load(found).workspace
    assert workspace is not None
    return {entry.locale: entry for entry in progress(workspace, found, read_catalogs(found)[0])}


def test_a_locale_is_complete_with_its_variations() -> None:
    german = told()["de"]
    assert (german.strings, german.missing, german.share) == (6, (), 1.0)
    assert german.channels == {"email": True, "sms": True}


def test_what_is_missing_is_named_and_keeps_its_channels_back() -> None:
    found = told(messages=FILES["locales/de/LC_MESSAGES/messages.po"].replace('"Tschüss"', '""'))["de"]
    assert found.missing == (String("Bye"),)
    assert found.channels == {"email": False, "sms": True}


def test_a_locale_is_offered_by_a_market_or_is_not() -> None:
    assert told()["ja"].offered
    assert not told(markets="GB: {locales: [en], currency: GBP, timezone: Europe/London}\n")["de"].offered


def test_a_translation_of_something_like_is_none() -> None:
    """Fuzzy strings do not count, nor do those with another placeholder."""
    fuzzy = FILES["locales/de/LC_MESSAGES/messages.po"].replace('msgid "Bye"', '#, fuzzy\nmsgid "Bye"')
    wrong = FILES["locales/de/LC_MESSAGES/messages.po"].replace("Bestellung %(order)s", "Bestellung %(oder)s")
    assert told(messages=fuzzy)["de"].missing == (String("Bye"),)
    assert told(messages=wrong)["de"].channels == {"email": False, "sms": False}
