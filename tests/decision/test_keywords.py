"""What a reply says, in all the ways in which people type it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.decision.keywords import ANYWHERE, LANGUAGES, reading


@pytest.mark.parametrize(
    "text",
    [
        *(
            "STOP",
            "stop",
            " Stop. ",
            "«stop»",
            "stop!!!",
            "S\u200bTOP",
            "ＳＴＯＰ",
            "\u200fstop\u200e",
            "sto\u00adp",
            "STOP 🛑",
        ),
        *(
            "unsubscribe",
            "OPT OUT",
            "opt-out",
            "Optout",
            "opt  out",
            "end",
            "quit",
            "cancel",
            "revoke",
            "remove",
            "STOPALL",
            "td",
        ),
        *("ARRET", "arrêt", "Arrêter", "désabonner", "détener", "CANCELAR", "stopp", "Abmelden", "basta", "afmelden"),
        *(
            "İPTAL",
            "iptal",
            "ıptal",
            "İptal",
            "TỪ CHỐI",
            "tu choi",
            "إيقاف",
            "ايقاف",
            "إلغـــاء",
            "توقف",
        ),
        *(
            "หยุด",
            "ยกเลิก",
            "停止",
            "ストップ",
            "수신거부",
            "退订",
            "退訂",
            "रोकें",
            "הסר",
            "СТОП",
            "стоп",
            "отписаться",
            "berhenti",
        ),
    ],
)
def test_a_stop_word_of_any_language_is_a_stop(text: str) -> None:
    assert reading(text, ["en"]) == "stop"


@pytest.mark.parametrize(("text", "locale"), [("T", "zh_Hans"), ("R", "zh-CN"), ("TC", "vi"), ("acha", "sw")])
def test_a_word_that_means_something_else_elsewhere_counts_at_home(text: str, locale: str) -> None:
    assert reading(text, [locale]) == "stop"
    assert reading(text, ["pt_BR", locale]) == "stop"
    assert reading(text, ["en"]) is None
    assert reading(text, []) is None


@pytest.mark.parametrize(
    "text", ["hủy", "RET", "dur", "Ende", "alto", "BAJA", "ferma", "İPTAL", "退订", "수신거부", "إيقاف"]
)
def test_a_stop_is_believed_in_any_language(text: str) -> None:
    assert reading(text, ["en"]) == "stop"


@pytest.mark.parametrize(
    ("text", "locale", "expected"),
    [
        ("HELP", "th", "help"),
        ("info", "en", "help"),
        ("hjälp!", "en", "help"),
        ("YARDIM", "en", "help"),
        ("yardım", "en", "help"),
        ("มา", "th", None),
        ("bantu", "ms_MY", "help"),
        ("bantu", "sw", None),
        ("START", "ja", "start"),
        ("unstop", "ja", "start"),
        ("começar", "en", "start"),
        ("alta", "es", "start"),
        ("alta", "it", None),
        ("ĐK", "vi", None),
        ("dk", "vi", "start"),
    ],
)
def test_help_and_start_are_asked_for_likewise(text: str, locale: str, expected: str | None) -> None:
    assert reading(text, [locale]) == expected


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("stop texting me", "en"),
        ("Please STOP", "th"),
        ("stop,please", "en"),
        ("No. Stop.", "en"),
        ("I want to opt-out now", "en"),
        ("Don't contact me again", "en"),
        ("don’t text me", "de"),
        ("LEAVE ME ALONE!!", "en"),
        ("Lasst mich in Ruhe", "de"),
        ("ne m’écrivez plus jamais", "fr"),
        ("quiero cancelar ya", "es"),
        ("请取消", "zh_Hans"),
        ("配信停止してください", "ja"),
        ("ช่วยยกเลิกด้วย", "th"),
        ("수신거부 해주세요", "ko"),
        ("ЅТОР", "en"),
        ("ST0P", "en"),
        ("please ЅТОР", "uk"),
        ("don't stop, no: stop", "en"),
    ],
)
def test_free_text_that_sounds_like_a_refusal_is_for_a_person_to_read(text: str, locale: str) -> None:
    assert reading(text, [locale]) == "refusal"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "!",
            "🛑",
            "yes",
            "1",
            "Thanks, see you on Monday",
            "Don't stop!",
            "don’t stop",
            "never stop",
            "nonstop",
            "non-stop",
        ),
        *(
            "weekend",
            "the endless list",
            "stopped by",
            "T",
            "R u ok?",
            "helpful",
            "I need help with my order",
            "quiero",
        ),
    ],
)
def test_anything_else_says_nothing(text: str) -> None:
    assert reading(text, ["en", "th"]) is None


def test_a_word_of_another_language_in_free_text_is_no_refusal() -> None:
    assert reading("quiero parar ya", ["en"]) is None
    assert reading("quiero parar ya", ["es"]) == "refusal"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_table_is_read_as_its_kind(language: str) -> None:
    for vocabulary in (ANYWHERE, LANGUAGES[language]):
        for kind in ("stop", "help", "start"):
            assert {reading(word, [language]) for word in getattr(vocabulary, kind)} <= {kind}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_counts_at_home_only_is_in_the_table(language: str) -> None:
    vocabulary = LANGUAGES[language]
    assert vocabulary.here_only <= {*vocabulary.stop, *vocabulary.help, *vocabulary.start}


@given(st.text(max_size=60), st.lists(st.sampled_from([*LANGUAGES, "", "xx", "en-US"]), max_size=3))
def test_every_text_has_a_reading(text: str, languages: list[str]) -> None:
    assert reading(text, languages) in ("stop", "help", "start", "refusal", None)


@given(st.sampled_from(ANYWHERE.stop), st.text(st.sampled_from(" .!-\u200b\u200e\u0301\u0640\n"), max_size=5))
def test_what_surrounds_a_stop_word_does_not_hide_it(word: str, noise: str) -> None:
    assert reading(noise + word + noise, []) == "stop"
