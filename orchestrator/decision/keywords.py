"""What a person's reply says: stop, help, start, or something that sounds like a refusal.

    stop       the whole text is a word for it: the channel is withdrawn
    help       the whole text asks for help
    start      the whole text takes a stop back
    refusal    free text that sounds like one, for a person to read; "Don't stop!" does not
    None       anything else

Words are compared without case, accents, punctuation, symbols and invisible characters, and in all the languages of the
table, whatever the person's own: somebody abroad writes what they know. A few words mean something harmless elsewhere;
those count only for people of their language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Reading = Literal["stop", "help", "start", "refusal"]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one language. Those in `here_only` count for its speakers alone.

    A stop is believed in any language, whoever says it: better to lose a reader than to write to one who has had enough.
    Only a letter or two, and what is a plain yes elsewhere, are no stop there; nor does anybody start by accident.
    """

    stop: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    here_only: frozenset[str] = frozenset()


ANYWHERE = Vocabulary(
    # Twilio's default list; AWS End User Messaging adds OPT-OUT, REMOVE and TD; the FCC's rule of 2025 REVOKE and OPT OUT
    stop=(
        *("STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL"),
        *("REVOKE", "OPTOUT", "OPT OUT", "OPT-OUT", "REMOVE", "TD"),
    ),
    help=("HELP", "INFO"),
    start=("START", "UNSTOP"),
)
# Beyond ARRET, ARRETE and ARRETT (Twilio) and T, TD and R (usage of Chinese operators: 退订回T, 拒收请回复R),
# these are the words in common use; a workspace's markets may well know more.
LANGUAGES: Mapping[str, Vocabulary] = {
    "fr": Vocabulary(
        stop=("ARRET", "ARRETE", "ARRETT", "ARRETER", "DESABONNER", "DESINSCRIRE"),
        help=("AIDE",),
        start=("DEBUT",),
        here_only=frozenset({"AIDE", "DEBUT"}),  # English: an assistant, a first appearance
    ),
    "es": Vocabulary(
        stop=("ALTO", "BAJA", "CANCELAR", "PARAR", "DETENER"),
        help=("AYUDA",),
        start=("ALTA",),
        here_only=frozenset({"ALTA"}),  # Italian and Portuguese: high
    ),
    "pt": Vocabulary(stop=("PARAR", "SAIR", "CANCELAR"), help=("AJUDA",), start=("COMECAR", "VOLTAR")),
    "de": Vocabulary(
        stop=("STOPP", "ABMELDEN", "ENDE"),
        help=("HILFE",),
        start=("START",),
    ),
    "it": Vocabulary(
        stop=("FERMA", "BASTA", "CANCELLA", "ANNULLA"),
        help=("AIUTO",),
        start=("INIZIA",),
    ),
    "nl": Vocabulary(stop=("STOP", "AFMELDEN"), help=("HULP",)),
    "pl": Vocabulary(stop=("STOP", "REZYGNUJE", "WYPISZ"), help=("POMOC",)),
    "sv": Vocabulary(stop=("STOPP", "AVSLUTA"), help=("HJALP",)),
    "tr": Vocabulary(stop=("RET", "IPTAL", "DUR"), help=("YARDIM",)),
    "ar": Vocabulary(stop=("إيقاف", "ايقاف", "توقف", "الغاء", "إلغاء"), help=("مساعدة",)),
    "id": Vocabulary(
        stop=("BERHENTI", "STOP", "BATAL"),
        help=("BANTU", "BANTUAN"),
        here_only=frozenset({"BANTU"}),  # peoples and languages of Africa
    ),
    "vi": Vocabulary(
        stop=("TC", "TU CHOI", "HUY"),
        start=("DK",),
        here_only=frozenset({"TC", "DK"}),  # English: take care, don't know
    ),
    "th": Vocabulary(stop=("หยุด", "ยกเลิก")),
    "fil": Vocabulary(stop=("TIGIL", "HINTO", "STOP"), help=("TULONG",)),
    "ja": Vocabulary(stop=("停止", "配信停止", "ストップ"), help=("ヘルプ",)),
    "ko": Vocabulary(stop=("수신거부", "거부", "중지")),
    "zh": Vocabulary(
        stop=("退订", "退訂", "T", "TD", "R", "取消"),
        here_only=frozenset({"T", "R"}),  # a letter typed by accident, or "are"
    ),
    "hi": Vocabulary(stop=("रोकें", "STOP")),
    "he": Vocabulary(stop=("הסר", "הסירו", "עצור")),
    "ru": Vocabulary(stop=("СТОП", "ОТПИСАТЬСЯ")),
    "uk": Vocabulary(stop=("СТОП", "ВІДПИСАТИСЯ")),
    "sw": Vocabulary(
        stop=("ACHA", "SIMAMA"),
        here_only=frozenset({"ACHA"}),  # Hindi: good
    ),
}
REFUSALS = (
    *(
        "leave me alone",
        "don't contact me",
        "do not contact me",
        "don't text me",
        "do not text me",
        "don't write to me",
    ),
    *("don't message me", "do not message me", "no more messages", "no more texts", "no more emails", "take me off"),
    *("lose my number", "ne m'écrivez plus", "ne me contactez plus", "laissez-moi tranquille", "plus de messages"),
    *("no me escriban", "no me escriba más", "dejen de escribirme", "déjenme en paz", "no más mensajes"),
    *("não me mandem", "pare de mandar", "parem de mandar", "me deixem em paz", "chega de mensagens"),
    *("keine nachrichten mehr", "schreiben sie mir nicht", "lasst mich in ruhe", "lassen sie mich in ruhe"),
    *("lasciatemi in pace", "non scrivetemi più", "laat me met rust", "nie piszcie", "lämna mig ifred"),
    *("mesaj atmayın", "mesaj göndermeyin", "jangan kirim", "jangan hubungi saya", "jangan ganggu"),
    *("не пишите мне", "оставьте меня в покое", "не пишіть мені"),
    *("もう送らないで", "別再發", "别再发", "보내지 마세요"),
)

_KINDS: tuple[Literal["stop", "help", "start"], ...] = ("stop", "help", "start")
# Former codes, and Malay, which shares the words of Indonesian.
_SAME = {"in": "id", "iw": "he", "ms": "id", "tl": "fil"}
_NEGATIONS = "dont|not|never|cant|cannot|wont|non|nao|nicht|niet|nie|inte|jangan|не"
_APOSTROPHES = re.compile("['’ʼ`´]")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff]")  # scripts without spaces, and jamo
_LOOK_ALIKES = str.maketrans("авекмнорстухѕіј" + "αβεηικμνορτυχ" + "0", "abekmhopctyxsij" + "abehikmnoptyx" + "o")


def reading(text: str, languages: Iterable[str], taken_for: str = "") -> Reading | None:
    """What `text` says, written by somebody of these `languages` (or locales, in any spelling).

    Args:
        taken_for: what the provider took it for. A stop is believed, whatever its words; nobody starts by a word of others.
    """
    if taken_for == "stop":
        return "stop"
    spoken = frozenset(map(_language, languages))
    plain = _plain(text)
    for kind in _KINDS:
        speakers = _SPEAKERS[kind].get(plain, frozenset())
        if speakers is None or speakers & spoken:
            return kind
    return "refusal" if _sounds_like_refusal(_spaced(text), spoken) else None


def _language(locale: str) -> str:
    language = re.split("[-_]", locale, maxsplit=1)[0].lower()
    return _SAME.get(language, language)


def _plain(text: str) -> str:
    """`text` as it is compared: accents are split off to be dropped with all other marks, and so is what is no letter."""
    bare = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(char for char in bare if char.isspace() or not _is_dropped(char))
    return " ".join(kept.replace("ı", "i").split())


def _is_dropped(char: str) -> bool:
    """Whether a character says nothing: marks, punctuation, symbols, what is invisible, and the Arabic stretch."""
    return char == "\u0640" or unicodedata.category(char)[0] in "MPSC"


def _spaced(text: str) -> str:
    """As `_plain`, with the words kept apart where only punctuation does: `stop,please` is two."""
    without = _APOSTROPHES.sub("", text)
    return _plain("".join(" " if unicodedata.category(char)[0] in "PS" else char for char in without))


def _speakers(kind: Literal["stop", "help", "start"]) -> Mapping[str, frozenset[str] | None]:
    """The plain words of a kind, and the languages whose people mean it by them (None: everybody)."""
    found: dict[str, frozenset[str] | None] = {}
    for language, vocabulary in LANGUAGES.items():
        for word in getattr(vocabulary, kind):
            known = found.get(_plain(word), frozenset())
            if known is None or word not in vocabulary.here_only:
                found[_plain(word)] = None
            else:
                found[_plain(word)] = known | {language}
    return found | dict.fromkeys(map(_plain, getattr(ANYWHERE, kind)))


_SPEAKERS = {kind: _speakers(kind) for kind in _KINDS}


def _sounds_like_refusal(spaced: str, spoken: frozenset[str]) -> bool:
    """Whether a stop word stands in the text without a negation before it, perhaps in letters of another alphabet."""
    pattern = _refusal(spoken)
    texts = {spaced, spaced.translate(_LOOK_ALIKES)}
    return any(not found["negation"] for text in texts for found in pattern.finditer(text))


@lru_cache(maxsize=256)
def _refusal(spoken: frozenset[str]) -> re.Pattern[str]:
    vocabularies = [ANYWHERE, *(LANGUAGES[language] for language in sorted(spoken & LANGUAGES.keys()))]
    words = {_spaced(word) for vocabulary in vocabularies for word in vocabulary.stop}
    telling = {word for word in words if len(word) > 2 or _UNSPACED.search(word)} | set(map(_spaced, REFUSALS))
    inside = [re.escape(word) for word in telling if _UNSPACED.search(word)]
    whole = [re.escape(word) for word in telling if not _UNSPACED.search(word)]
    apart = rf"\b(?P<negation>(?:{_NEGATIONS}) )?(?:{'|'.join(whole)})\b"
    return re.compile("|".join([apart, *inside]))
