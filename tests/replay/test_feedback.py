"""What comes back: replies and receipts change what may be sent afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import KAIROS, MARKETS, NEWS, ORDER, consent, moment, outcomes, person, told, workspace

DAY = "2026-03-02"
TEXTS = NEWS.replace("[email]", "[sms]")
BILLS = ORDER.replace("[email]", "[sms]")
FILES = workspace(TEXTS, BILLS)


def at(hour: int) -> str:
    """An hour of the day."""
    return f"{DAY}T{hour:02}:00:00Z"


def reply(text: str, hour: int = 10, profile: str = "a", channel: str = "sms") -> dict[str, Any]:
    """A timeline line: somebody writes back."""
    return {"at": at(hour), "reply": {"profile": profile, "channel": channel, "text": text}}


def receipt(kind: str, hour: int = 10, campaign: str = "news", channel: str = "email", **more: Any) -> dict[str, Any]:
    """A timeline line: a provider reports."""
    return {"at": at(hour), "receipt": {"profile": "a", "campaign": campaign, "channel": channel, "kind": kind, **more}}


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        *[
            (word, "en-US")
            for word in (
                "STOP",
                "stop",
                " Stop. ",
                "ＳＴＯＰ",
                "stopall",
                "UNSUBSCRIBE",
                "opt out",
                "REVOKE",
                "End",
                "quit",
            )
        ],
        *[("Arrêt", "fr-FR"), ("STOP", "fr-FR"), ("baja", "es-ES"), ("sair", "pt-BR"), ("abmelden", "de-DE")],
        *[("İPTAL", "tr-TR"), ("iptal", "tr-TR"), ("إيقاف", "ar-EG"), ("berhenti", "id-ID"), ("từ chối", "vi-VN")],
        *[("หยุด", "th-TH"), ("停止", "ja-JP"), ("수신거부", "ko-KR"), ("退订", "zh-Hans-CN"), ("रोकें", "hi-IN")],
        *[("הסר", "he-IL"), ("СТОП", "ru-RU"), ("acha", "sw-KE"), ("rezygnuję", "pl-PL")],
        *[("หยุด", "en-US"), ("berhenti", "en-US"), ("СТОП", "en-US")],
    ],
)
def test_a_stop_ends_marketing_on_the_channel_and_no_bill(text: str, locale: str) -> None:
    """In any language, however it is typed."""
    lines = [person(locale=locale), reply(text), moment(at(11), "m1"), moment(at(11), "m2", "bought")]
    assert told(outcomes(FILES, lines)) == ["drop consent.withdrawn", "send"]


@pytest.mark.parametrize(
    "text", ["Don't stop!", "thanks", "", "stop texting me", "please stop", "ЅТОР", "👍", "STOP" * 500]
)
def test_free_text_pauses_nothing(text: str) -> None:
    """Unless a market says so, a person has to read it."""
    assert told(outcomes(FILES, [person(), reply(text), moment(at(11), "m1")])) == ["send"]


@pytest.mark.parametrize(
    ("text", "expected"), [("stop texting me", "drop consent.withdrawn"), ("Don't stop!", "send"), ("thanks", "send")]
)
def test_a_market_may_take_free_text_for_a_refusal(text: str, expected: str) -> None:
    """Where it says `pause_on_refusal`."""
    files = workspace(TEXTS, markets=MARKETS.replace("quiet_hours:", "pause_on_refusal: true, quiet_hours:"))
    assert told(outcomes(files, [person(), reply(text), moment(at(11), "m1")])) == [expected]


def test_a_stop_is_about_one_channel_and_all_purposes_that_need_consent() -> None:
    """Tips are ended, too; mail goes on."""
    tips = TEXTS.replace("news", "tips").replace("marketing", "tips")
    mail = NEWS.replace("news", "mail")
    kairos = KAIROS + "purposes: {tips: {consent: opt-in}}\n"
    lines = [
        person(),
        consent(at(8), "granted", "sms", purpose="tips"),
        moment(at(9), "m0"),
        reply("STOP"),
        moment(at(11), "m1"),
    ]
    found = outcomes(workspace(TEXTS, tips, mail, kairos=kairos), lines)
    assert {line["campaign"]: line["reason"] for line in found[:3]} == {"mail": None, "news": None, "tips": None}
    gone = "consent.withdrawn"
    assert {line["campaign"]: line["reason"] for line in found[3:]} == {"mail": None, "news": gone, "tips": gone}


def test_a_stop_binds_the_address_whoever_else_has_it() -> None:
    """Those who have it, in any spelling, and those who get it later; and nobody else."""
    lines = [
        person("a"),
        person("b", phone="+1 202-555-0123"),
        person("c", phone="+12025550199"),
        reply("STOP"),
        person("d", at(11)),
        *[moment(at(12), f"m-{who}", profile=who) for who in "abcd"],
    ]
    gone = "drop consent.withdrawn"
    assert told(outcomes(FILES, lines)) == [gone, gone, "send", gone]


def test_a_withdrawal_by_form_is_one_persons_own() -> None:
    """Somebody else's consent for the same address stands."""
    lines = [
        person("a"),
        person("b"),
        consent(at(9), "withdrawn", "sms"),
        *[moment(at(12), f"m-{who}", profile=who) for who in "ab"],
    ]
    assert told(outcomes(FILES, lines)) == ["drop consent.withdrawn", "send"]


def test_a_start_takes_a_stop_back_for_all_whom_it_bound() -> None:
    """What stood before stands again."""
    lines = [
        person("a"),
        person("b"),
        reply("STOP"),
        reply("Start", 11),
        *[moment(at(12), f"m-{who}", profile=who) for who in "ab"],
    ]
    assert told(outcomes(FILES, lines)) == ["send", "send"]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ([consent(at(8), "granted", "sms")], "send"),
        ([consent(at(8), "pending", "sms")], "drop consent.withdrawn"),
        ([consent(at(8), "granted", "sms"), consent(at(9), "withdrawn", "sms")], "drop consent.withdrawn"),
        ([], "drop consent.withdrawn"),
    ],
)
def test_a_start_is_no_consent_that_was_never_given(before: list[dict[str, Any]], expected: str) -> None:
    """Where a grant is needed, there must have been one."""
    files = workspace(TEXTS, markets=MARKETS.replace("opt-out", "opt-in"))
    lines = [person(), *before, reply("STOP"), reply("START", 11), moment(at(12), "m1")]
    assert told(outcomes(files, lines)) == [expected]


def test_a_start_alone_grants_nothing() -> None:
    """There is nothing to take back."""
    files = workspace(TEXTS, markets=MARKETS.replace("opt-out", "opt-in"))
    assert told(outcomes(files, [person(), reply("START"), moment(at(12), "m1")])) == ["drop consent.missing"]


def test_a_new_grant_after_a_stop_counts() -> None:
    """The latest word does."""
    lines = [person(), reply("STOP"), consent(at(11), "granted", "sms"), moment(at(12), "m1")]
    assert told(outcomes(FILES, lines)) == ["send"]


def test_a_stop_while_a_message_is_held_stops_it() -> None:
    """It is asked again when it falls due."""
    late = TEXTS.replace("on: ping", "on: ping, send: {between: ['12:00-13:00']}")
    lines = [person(), moment(at(9), "m1"), reply("STOP"), {"at": at(13)}]
    assert told(outcomes(workspace(late), lines)) == ["hold timing.window", "drop consent.withdrawn"]


CAPPED = workspace(NEWS, ORDER, kairos=KAIROS + "caps: [{limit: 1, per: 7d, purpose: marketing}]\n")


@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        ("bounced", {"permanent": True}, ["drop address.suppressed", "drop address.suppressed"]),
        ("bounced", {"permanent": False}, ["drop caps.exceeded", "send"]),
        ("bounced", {}, ["drop caps.exceeded", "send"]),
        ("complained", {}, ["drop address.suppressed", "drop address.suppressed"]),
        ("unsubscribed", {}, ["drop consent.withdrawn", "send"]),
        ("failed", {}, ["send", "send"]),
        ("expired", {}, ["send", "send"]),
        ("delivered", {}, ["drop caps.exceeded", "send"]),
        ("opened", {}, ["drop caps.exceeded", "send"]),
        ("clicked", {}, ["drop caps.exceeded", "send"]),
        ("accepted", {}, ["drop caps.exceeded", "send"]),
        ("replied", {"text": "STOP"}, ["drop consent.withdrawn", "send"]),
    ],
)
def test_what_a_receipt_teaches(kind: str, more: dict[str, Any], expected: list[str]) -> None:
    """About the next marketing message, under a cap of one, and the next bill."""
    lines = [person(), moment(at(9), "m1"), receipt(kind, **more), moment(at(11), "m2"), moment(at(11), "m3", "bought")]
    assert told(outcomes(CAPPED, lines)) == ["send", *expected]


def test_a_permanent_bounce_gives_its_touch_back() -> None:
    """With another address the person has room under the cap again, but only once."""
    moved = {"at": at(11), "profile": {"id": "a", "email": "new@example.com"}}
    bounced = receipt("bounced", permanent=True)
    lines = [person(), moment(at(9), "m1"), bounced, bounced, moved, moment(at(12), "m2"), moment(at(13), "m3")]
    assert told(outcomes(CAPPED, lines)) == ["send", "send", "drop caps.exceeded"]


def test_a_bounced_address_is_suppressed_for_everybody() -> None:
    """In every spelling, on that channel only."""
    lines = [person(), person("b", email="A@EXAMPLE.com"), moment(at(9), "m1"), receipt("bounced", permanent=True)]
    lines += [moment(at(11), "m2", profile="b"), moment(at(11), "m3", "bought", profile="b")]
    assert told(outcomes(CAPPED, lines))[1:] == ["drop address.suppressed", "drop address.suppressed"]


def test_a_receipt_concerns_the_latest_message() -> None:
    """Of two that went out, the second bounced: its touch is given back, the first one's is not."""
    files = workspace(kairos=KAIROS + "caps: [{limit: 2, per: 7d, purpose: marketing}]\n")
    moved = {"at": at(11), "profile": {"id": "a", "email": "new@example.com"}}
    lines = [person(), moment(at(8), "m1"), moment(at(9), "m2"), receipt("bounced", permanent=True), moved]
    lines += [moment(at(12), "m3"), moment(at(13), "m4")]
    assert told(outcomes(files, lines)) == ["send", "send", "send", "drop caps.exceeded"]


def test_receipts_in_any_order_never_go_back() -> None:
    """A delivery reported after the bounce changes nothing, and a bounce after the delivery counts."""
    moved = {"at": at(11), "profile": {"id": "a", "email": "new@example.com"}}
    for order in (["delivered", "bounced"], ["bounced", "delivered"]):
        receipts = [receipt(kind, permanent=kind == "bounced") for kind in order]
        lines = [person(), moment(at(9), "m1"), *receipts, moved, moment(at(12), "m2"), moment(at(13), "m3")]
        assert told(outcomes(CAPPED, lines)) == ["send", "send", "drop caps.exceeded"]


@pytest.mark.parametrize(
    "line",
    [
        receipt("bounced", campaign="other", permanent=True),
        receipt("bounced", channel="sms", permanent=True),
        receipt("vanished"),
    ],
)
def test_a_receipt_about_nothing_is_told_and_changes_nothing(line: dict[str, Any]) -> None:
    """No message of that campaign on that channel was handed over, or nobody knows what it says."""
    faults: list[str] = []
    lines = [person(), moment(at(9), "m1", "bought"), line, moment(at(11), "m2")]
    assert told(outcomes(CAPPED, lines, faults=faults)) == ["send", "send"]
    assert [fault.partition(":")[0] for fault in faults] == ["line 3"]


def test_unsubscribing_ends_one_purpose() -> None:
    """The one that the message had."""
    tips = NEWS.replace("news", "tips").replace("marketing", "tips")
    files = workspace(NEWS, tips, kairos=KAIROS + "purposes: {tips: {consent: opt-out}}\n")
    lines = [person(), moment(at(9), "m1"), receipt("unsubscribed"), moment(at(11), "m2")]
    found = outcomes(files, lines)[2:]
    assert {line["campaign"]: line["outcome"] for line in found} == {"news": "drop", "tips": "send"}
