"""What a workspace itself has to say on replies, in a timeline; what the house says is no outcome of a campaign."""

from __future__ import annotations

from typing import Any

from tests.support import KAIROS, MARKETS, NEWS, moment, outcomes, person, told, workspace

DAY = "2026-03-02"
STOPPED = """
campaign: stopped
purpose: transactional
moment: {on: reply.stop, where: data.channel == 'sms'}
channel: [sms]
tactic: {template: hi}
"""
DECLARED = KAIROS + "  reply.stop: {data: {channel: string, text: string}}\n"
TEXTS = NEWS.replace("[email]", "[sms]")
FILES = workspace(TEXTS, STOPPED, kairos=DECLARED)


def says(text: str, hour: int, profile: str = "a", channel: str = "sms") -> dict[str, Any]:
    """A timeline line: somebody writes."""
    return {"at": f"{DAY}T{hour:02}:00:00Z", "reply": {"profile": profile, "channel": channel, "text": text}}


def test_a_stop_is_confirmed_once_and_at_once() -> None:
    """However often it is repeated within a day, also after a START, and though it is night; later it is news again."""
    night = workspace(
        TEXTS,
        STOPPED,
        kairos=DECLARED,
        markets=MARKETS.replace("quiet_hours: none", "quiet_hours: {from: '20:00', until: '08:00'}"),
    )
    lines = [person(), says("STOP", 2), says("stop", 3), says("START", 4), says("Stop!", 5), says("START", 6)]
    later = {"at": "2026-03-03T02:00:00Z", "reply": {"profile": "a", "channel": "sms", "text": "STOP"}}
    found = outcomes(night, [*lines, later])
    assert [(line["campaign"], line["outcome"], line["at"][8:13]) for line in found] == [
        ("stopped", "send", "02T02"),
        ("stopped", "send", "03T02"),
    ]


def test_only_a_stop_is_answered() -> None:
    """And only whoever sent it, though it binds others at the address, too."""
    lines = [person(), person("b"), says("thanks", 9), says("please stop", 9), says("STOP", 10)]
    lines += [moment(f"{DAY}T11:00:00Z", "m1"), moment(f"{DAY}T11:00:00Z", "m2", profile="b")]
    found = outcomes(FILES, lines)
    assert told(found) == ["send", "drop consent.withdrawn", "drop consent.withdrawn"]
    assert found[0]["profile"] == "a"


def test_an_answer_that_is_advertising_is_not_sent() -> None:
    """Once the STOP is on record, it binds the answer like everything else."""
    files = workspace(STOPPED.replace("transactional", "marketing"), kairos=DECLARED)
    assert told(outcomes(files, [person(), says("STOP", 10)])) == ["drop consent.withdrawn"]


def test_a_campaign_can_follow_the_moment_to_its_channel() -> None:
    """And need not declare what the house reports by itself."""
    anywhere = STOPPED.replace("channel: [sms]", "channel: moment").replace(", where: data.channel == 'sms'", "")
    found = outcomes(workspace(TEXTS, anywhere), [person(), says("STOP", 10), says("STOP", 11, channel="whatsapp")])
    assert [(line["outcome"], line["channel"]) for line in found] == [("send", "sms"), ("send", "whatsapp")]


def test_what_the_house_says_is_no_outcome_of_a_campaign() -> None:
    assert outcomes(workspace(TEXTS), [person(), says("STOP", 10)]) == []
