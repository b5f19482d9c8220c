"""Which languages a person can be written to in, and by whose conventions."""

from __future__ import annotations

import pytest
from babel import Locale
from babel.localedata import locale_identifiers
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.content.locales import (
    RIGHT_TO_LEFT,
    canonical,
    chain,
    direction,
    formatting,
    preference,
    territory,
)

VARIANTS = ("POSIX", "TARASK", "VALENCIA", "POLYTON")
IDENTIFIERS = sorted(name for name in locale_identifiers() if not name.endswith(VARIANTS))
identifiers = st.sampled_from(IDENTIFIERS)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("pt-PT", "pt_PT"),
        ("PT_pt", "pt_PT"),
        ("pt_BR.UTF-8", "pt_BR"),
        ("de_DE@euro", "de_DE"),
        ("pt_BR.UTF-8@euro", "pt_BR"),
        ("zh-hant-hk", "zh_Hant_HK"),
        ("sr-Latn", "sr_Latn"),
        ("sr_RS@latin", "sr_Latn_RS"),
        ("es-419", "es_419"),
        ("th-TH-u-ca-buddhist-nu-thai", "th_TH"),
        ("en-t-ja-m0-true", "en"),
        ("en-US-x-ours", "en_US"),
        ("de-1996", "de"),
        ("ca-ES-valencia", "ca_ES"),
        ("zh-cmn-Hans-CN", "zh_Hans_CN"),
        ("zh-yue-HK", "yue_HK"),
        ("eng-US", "en_US"),
        ("en-UK", "en_GB"),
        ("sr-CS", "sr_RS"),
        ("hy-SU", "hy_AM"),
        ("en-XX", "en"),
        ("en-ZZ", "en"),
        ("en-BR", "en_BR"),
        ("ar-SE", "ar_SE"),
        ("zh-AU", "zh_AU"),
    ],
)
def test_a_tag_is_spelt_as_a_folder_is(tag, expected):
    assert canonical(tag) == expected


@pytest.mark.parametrize(
    ("deprecated", "current"),
    [
        ("iw", "he"),
        ("in", "id"),
        ("tl", "fil"),
        ("ji", "yi"),
        ("jw", "jv"),
        ("mo", "ro"),
        ("sh", "sr_Latn"),
        ("no", "no"),
        ("iw-IL", "he_IL"),
        ("in-ID", "id_ID"),
        ("sh-ME", "sr_Latn_ME"),
    ],
)
def test_a_deprecated_code_becomes_the_current_one_and_gains_no_region(deprecated, current):
    assert canonical(deprecated) == current


@pytest.mark.parametrize(
    "garbage",
    [
        *("", "C", "POSIX", "und", "xx", "xx-YY", "root", "mul", "e", "engl", "en--US", "en_", "_en", "-", "zh-CHT"),
        *(" en", "en ", "en\n", "en_US\r\nBcc: a@b", "en\x00", "ｅｎ", "en/../..", "zh-min-nan", "en-Abcd", "a" * 500),
    ],
)
def test_what_is_no_locale_is_refused(garbage):
    assert canonical(garbage) is None
    assert chain(garbage) == ()
    assert territory(garbage) is None
    assert direction(garbage) == "ltr"


def test_no_locale_at_all_is_refused_too():
    assert canonical(None) is None
    assert chain(None) == ()


@pytest.mark.parametrize(
    "expected",
    [
        "pt_MZ pt_PT pt",
        "pt_BR pt",
        "es_MX es_419 es",
        "es_US es_419 es",
        "es_ES es",
        "es_Latn_MX es_MX es_419 es",
        "en_IN en_001 en",
        "en_DE en_150 en_001 en",
        "en_US en",
        "en_BR en",
        "zh_HK zh_Hant_HK zh_Hant",
        "zh_MO zh_Hant_MO zh_Hant_HK zh_Hant",
        "zh_TW zh_Hant_TW zh_Hant",
        "zh_AU zh_Hant_AU zh_Hant",
        "zh_SG zh_Hans_SG zh_Hans zh",
        "zh_Hant_CN zh_Hant",
        "sr_RS sr_Cyrl_RS sr_Cyrl sr",
        "sr_ME sr_Latn_ME sr_Latn",
        "sr_Latn_RS sr_Latn",
        "uz_Cyrl",
        "az_Arab",
        "pa_PK pa_Arab_PK pa_Arab",
        "ms_Arab",
        "ha_Latn_SD ha",
        "hi_Latn_IN hi_Latn en_IN en_001 en",
        "ht",  # CLDR goes on to French
        "nb no",
        "nn no",
        "no_NO no",
        "fr_CA fr",
        "id",
    ],
)
def test_the_chain_is_that_of_cldr_within_language_and_script(expected):
    steps = tuple(expected.split())
    assert chain(steps[0]) == steps


@given(identifiers)
def test_a_canonical_locale_is_canonical(name):
    assert canonical(name) == name
    assert canonical(name.replace("_", "-").upper()) == name


def test_a_chain_ends_without_turning_back_or_leaving_its_language():
    for tag in IDENTIFIERS:
        steps = chain(tag)
        languages = {step.partition("_")[0] for step in steps}
        assert steps[0] == tag
        assert len(set(steps)) == len(steps) <= 6
        assert languages == {tag.partition("_")[0]} or languages in ({"nb", "no"}, {"nn", "no"}, {"hi", "en"})


@given(identifiers)
def test_a_chain_never_changes_the_direction_of_reading(name):
    assert len({direction(step) for step in chain(name)}) == 1


@given(identifiers)
def test_a_chain_keeps_a_script_that_was_asked_for(name):
    scripts = {part for step in chain(name) for part in step.split("_") if len(part) == 4 and part.isalpha()}
    assert len(scripts) <= 1


@pytest.mark.parametrize(
    ("requested", "market", "available", "expected"),
    [
        ("pt-MZ", [], "pt_BR pt_PT", "pt_PT pt_BR en"),
        ("pt-MZ", [], "pt_BR", "pt_BR en"),
        ("pt", [], "pt_BR", "pt_BR en"),
        ("pt", ["pt_PT"], "pt_PT", "pt_PT en"),
        ("zh-HK", [], "zh zh_Hans", "en"),
        ("zh-HK", [], "zh zh_Hant", "zh_Hant en"),
        ("zh-HK", [], "zh_TW zh_CN", "zh_TW en"),
        ("zh-Hant", [], "zh_TW zh_Hant", "zh_Hant zh_TW en"),
        ("zh-TW", [], "zh_Hant zh_TW", "zh_TW zh_Hant en"),
        ("zh-SG", [], "zh_CN", "zh_CN en"),
        ("es-MX", [], "es es_419", "es_419 es en"),
        ("es-MX", [], "es_ES", "es_ES en"),
        ("sr-Latn", [], "sr", "en"),
        ("sr-ME", [], "sr sr_Latn", "sr_Latn en"),
        ("sh", [], "sr_Latn hr", "sr_Latn en"),
        ("sr", [], "sr@latin", "en"),
        ("sr-Latn", [], "sr@latin", "sr@latin en"),
        ("no", [], "nb", "nb en"),
        ("nb", [], "no", "no en"),
        ("nb-NO", [], "nn no", "no en"),
        ("nn", [], "nb nn", "nn nb en"),
        ("iw", [], "he", "he en"),
        ("fr-CA", [], "fr_FR", "fr_FR en"),
        ("ar", [], "ar_EG", "ar_EG en"),
        ("uk", [], "ru", "en"),
        ("uk", ["pl"], "ru pl", "pl en"),
        (None, ["id", "en"], "id", "id en"),
        ("garbage!", ["id"], "id", "id en"),
        ("de", ["id", "ms"], "ms id", "id ms en"),
        ("pt-br", [], "PT-br", "PT-br en"),
        ("de", [], "", "en"),
        ("de", [], "templates de", "de en"),
    ],
)
def test_catalogs_are_preferred_along_the_chain_then_the_markets(requested, market, available, expected):
    assert preference(requested, market, "en", available.split()) == tuple(expected.split())


@pytest.mark.parametrize(
    ("requested", "source", "available", "expected"),
    [
        ("en-GB", "en", "id en_GB", "en_GB en"),
        ("en-AU", "en", "id en en_GB", "en"),
        ("en", "en_US", "en_GB id", "en_US"),
        ("id", "id", "en", "id"),
    ],
)
def test_nothing_comes_after_the_source_language_which_is_always_complete(requested, source, available, expected):
    assert preference(requested, ["id"], source, available.split()) == tuple(expected.split())


@given(
    st.none() | st.text(max_size=12) | identifiers, st.lists(identifiers, max_size=3), st.sets(identifiers, max_size=9)
)
def test_a_preference_holds_only_what_there_is_and_ends_with_the_source(requested, market, available):
    found = preference(requested, market, "en", available)
    assert found[-1] == "en"
    assert len(set(found)) == len(found)
    assert set(found) <= available | {"en"}


@pytest.mark.parametrize(
    ("words", "requested", "market", "expected"),
    [
        ("en", "en-IN", "US", "en_IN"),
        ("en", None, "IN", "en_IN"),
        ("en", "en", "IN", "en_IN"),
        ("en", "en-BR", None, "en_001"),
        ("en", None, "TH", "en_001"),
        ("en", None, "ID", "en_ID"),
        ("en", "nl-NL", "US", "en_NL"),
        ("en", None, None, "en"),
        ("en", None, "worldwide", "en"),
        ("fr", "fr-FR", "FR", "fr_FR"),
        ("es_419", "es-MX", "US", "es_MX"),
        ("es", "es-419", "MX", "es_MX"),
        ("es", "es-419", None, "es_419"),
        ("pt_BR", "pt-PT", None, "pt_PT"),
        ("zh_TW", "zh-HK", None, "zh_Hant_HK"),
        ("zh", None, "SG", "zh_Hans_SG"),
        ("zh_Hant", None, "CN", "zh_Hant"),
        ("zh_Hans", "zh-TW", "TW", "zh_Hans"),
        ("pa_Arab", None, "IN", "pa_Arab"),
        ("sr_Latn", None, "RS", "sr_Latn_RS"),
        ("sr", None, "ME", "sr_Cyrl_ME"),
        ("no", None, "NO", "no"),
        ("id", None, "ID", "id_ID"),
    ],
)
def test_formats_keep_the_words_language_and_the_persons_place(words, requested, market, expected):
    assert str(formatting(words, requested, market)) == expected


@pytest.mark.parametrize("words", ["xx", "not a locale", "tlh"])
def test_a_language_without_conventions_gets_those_of_no_country(words):
    assert str(formatting(words)) == "root"


@given(identifiers, identifiers)
def test_formats_never_change_the_language_or_direction_of_the_words(words, requested):
    found = formatting(words, requested)
    assert found.language in (words.partition("_")[0], "root", *(["no"] if words[:2] in ("nb", "nn") else []))
    assert found.language == "root" or direction(str(found)) == direction(words)


def test_the_scripts_that_run_from_right_to_left_are_those_of_cldr():
    assert set(Locale("en").scripts) >= RIGHT_TO_LEFT
    for name in IDENTIFIERS:
        babel = Locale.parse(name, resolve_likely_subtags=False).text_direction
        assert direction(name) == ("rtl" if babel == "rtl" else "ltr"), name  # traditional Mongolian runs downwards
