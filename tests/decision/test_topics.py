"""Topics: people leave one without leaving the purpose, and come back to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from orchestrator.decision.recheck import recheck
from orchestrator.model import Consent, Facts, Finding, Moment, Profile
from orchestrator.ports import Record
from tests.support import KAIROS, NEWS, ORDER, consent, material, moment, outcomes, person, told, workspace

DAY = "2026-03-02"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TALKS = NEWS.replace("campaign: news", "campaign: talks\ntopic: talks")
OWED = ORDER.replace("campaign: order", "campaign: order\ntopic: talks")
FILES = material(workspace(NEWS, TALKS, OWED))
LEFT = {"purpose": "topic:talks", "channel": "*"}


def ask(*lines: dict[str, Any], on: str = "ping") -> list[str]:
    """What becomes of each campaign's message at noon, after these lines."""
    found = outcomes(FILES, [person(), *lines, moment(f"{DAY}T12:00:00Z", "m1", on)])
    return [f"{line['campaign']} {word}" for line, word in zip(found, told(found), strict=True)]


def test_who_leaves_a_topic_gets_all_else_of_the_purpose() -> None:
    assert ask() == ["news send", "talks send"]
    assert ask(consent(f"{DAY}T09:00:00Z", "withdrawn", **LEFT)) == ["news send", "talks drop topic.left"]


def test_the_latest_word_decides_and_is_the_person_s_own() -> None:
    left, back = (
        consent(f"{DAY}T{at}:00:00Z", state, **LEFT) for at, state in (("09", "withdrawn"), ("10", "granted"))
    )
    assert ask(left, back) == ask(back) == ["news send", "talks send"]
    assert ask(consent(f"{DAY}T09:00:00Z", "withdrawn", profile="b", **LEFT)) == ["news send", "talks send"]


def test_what_is_owed_is_sent_whatever_it_is_about() -> None:
    assert ask(consent(f"{DAY}T09:00:00Z", "withdrawn", **LEFT), on="bought") == ["order send"]


def test_who_left_all_is_told_by_the_purpose() -> None:
    """A stop of everything is no word about a topic."""
    assert ask(consent(f"{DAY}T09:00:00Z", "withdrawn", channel="*", purpose="*"))[1] == "talks drop consent.withdrawn"


def test_a_topic_that_was_left_since_stops_what_waits() -> None:
    """At the last look before the hand-over."""
    happened = Moment("m1", "ping", "a", NOW)
    record = Record(
        "d1", happened, "talks", "a", "marketing", "ready", None, NOW, None, "email", "US", "en", None, ("a@example.com",),
        None, (), None,
    )  # fmt: skip
    profile = Profile("a", "US", "en", "UTC", {"email": ("a@example.com",)})
    left = Consent("a", "*", "topic:talks", "withdrawn", NOW, NOW)
    for entries, verdict in (((), None), ((left,), "topic.left")):
        (found,) = recheck([record], {"a": Facts(profile, entries)}, FILES.workspace, NOW + timedelta(minutes=1))
        assert (found.code if isinstance(found, Finding) else found) == verdict


def test_a_label_is_one_text_or_one_for_each_locale() -> None:
    """A plain text is in the workspace's own language."""
    kairos = KAIROS + "topics:\n  talks: Talks\n  plays: {pt-BR: Peças, en: Plays}\n  bare:\n"
    topics = material(workspace(TALKS, kairos=kairos)).workspace.topics
    assert topics == {"talks": {"en": "Talks"}, "plays": {"pt_BR": "Peças", "en": "Plays"}, "bare": {}}
