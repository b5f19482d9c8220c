"""What the house says itself: it asks for confirmations and answers replies, in the person's language, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from orchestrator.blueprint.notices import BUILT_IN_CAMPAIGNS
from orchestrator.claims import rebuilt
from orchestrator.model import Consent, Draft, Receipt
from orchestrator.ports import ProfileUpdate, Record
from orchestrator.stores.memory import MemoryRecords, MemoryTouches
from orchestrator.words import catalogs, renderer
from tests.engine.conftest import HORIZON, House
from tests.support import KAIROS, MARKETS, NEWS, ORDER, material, workspace

NUMBER = "+12025550123"
TEXTS = NEWS.replace("news", "texts").replace("[email]", "[sms]")
SENDER = KAIROS + "sender: {name: Example Records}\n"
TWICE = MARKETS.replace("email: opt-out", "email: double-opt-in")
PAUSING = MARKETS.replace("quiet_hours: none", "quiet_hours: none, pause_on_refusal: true")


def made(*campaigns: str, **files: Any) -> House:
    """A house in memory, with a person who is in it."""
    records = MemoryRecords()
    touches = MemoryTouches(rebuild=partial(rebuilt, records), horizon=HORIZON)
    here = House(material(workspace(*campaigns or (TEXTS, NEWS, ORDER), kairos=SENDER, **files)), records, touches)
    here.know()
    return here


def write(here: House, text: str, channel: str = "sms", profile: str = "a") -> str | None:
    """Let somebody write, now."""
    return here.replies.take(profile, channel, text, here.now)


def ask(here: House, channel: str = "email", profile: str = "a", purpose: str = "marketing", **more: Any) -> None:
    """Let a consent wait for its confirmation."""
    here.consents.record([Consent(profile, channel, purpose, "pending", here.now, here.now, "form", **more)])


def said(here: House) -> list[Draft]:
    """What comes of what was reported since, handed over where it is to be sent."""
    drafts = here.engine.sweep()
    here.hand_over(drafts)
    return drafts


def record(here: House, draft: Draft) -> Record:
    """A message on record."""
    found = here.records.message(draft.id)
    assert found is not None
    return found


@pytest.mark.parametrize("name", sorted(BUILT_IN_CAMPAIGNS))
def test_all_that_the_house_says_is_said_in_every_language_that_it_speaks(name: str) -> None:
    """Never in English for want of a word."""
    speaks, market = renderer(()), material().workspace.markets["US"]
    for channel in speaks.channels(BUILT_IN_CAMPAIGNS[name].template):
        for locale in catalogs():
            assert speaks.choose(BUILT_IN_CAMPAIGNS[name].template, channel, market, locale).locale == locale
    assert speaks.problems() == ()


def test_a_stop_is_confirmed_though_consent_is_withdrawn(house: Callable[..., House]) -> None:
    """Where it came from, in the person's language, by the same way as everything else, and though it is night."""
    quiet = MARKETS.replace("quiet_hours: none", "quiet_hours: {from: '10:00', until: '20:00'}")
    here = house(workspace(TEXTS, kairos=SENDER, markets=quiet))
    here.know(locale="de-DE")
    assert write(here, "STOP") == "stop"
    (draft,) = said(here)
    sent = record(here, draft)
    assert (sent.state, sent.campaign, sent.channel, sent.locale) == ("sent", "kairos.reply.stop", "sms", "de")
    assert sent.content is not None
    assert sent.content.fields["body"].startswith("Example Records: Abgemeldet\n")
    assert [finding.code for finding in sent.trace if finding.gate == "consent"] == ["consent.not_needed"]
    assert here.provider.given[-1].addresses == (NUMBER,)
    assert here.happen("m1")[0].reason == "consent.withdrawn"


def test_nothing_is_confirmed_twice_on_a_day() -> None:
    """However often it is written, reported, or taken back in between; on another channel it is another matter."""
    here = made()
    for text in ("STOP", "STOP", "START", "STOP", "START", "STOP"):
        write(here, text)
        write(here, text)
        here.later(minutes=30)
    assert sorted(draft.campaign or "" for draft in said(here)) == ["kairos.reply.start", "kairos.reply.stop"]
    write(here, "START")
    here.later(hours=20, minutes=59)
    write(here, "STOP")
    assert said(here) == []
    write(here, "STOP", "whatsapp")
    assert [draft.channel for draft in said(here)] == ["whatsapp"]
    here.later(hours=1, minutes=2)
    write(here, "START")
    here.later(minutes=1)
    write(here, "STOP")
    assert {draft.campaign for draft in said(here)} == {"kairos.reply.start", "kairos.reply.stop"}


def test_what_the_provider_has_answered_itself_is_not_answered_once_more() -> None:
    """It counts all the same, and a stop does whatever its words are; a start is what we know as one, and nothing else."""
    here = made()

    def tell(text: str, taken_for: str) -> list[str | None]:
        here.later(minutes=1)
        reply = Receipt("replied", here.now, f"k-{here.now}", channel="sms", address=NUMBER, text=text)
        here.replies.hear(replace(reply, taken_for=taken_for))
        assert said(here) == []
        return [draft.reason for draft in here.happen(f"m-{here.now}") if draft.campaign == "texts"]

    assert tell("HELP", "help") == [None]
    assert tell("no more", "stop") == ["consent.withdrawn"]
    assert tell("yes", "start") == ["consent.withdrawn"]
    assert tell("START", "start") == [None]


@pytest.mark.parametrize("text", ["thanks", "START", "please stop texting me"])
def test_what_changes_nothing_is_not_answered(text: str) -> None:
    here = made()
    write(here, text)
    assert said(here) == []


def test_help_says_who_writes_and_how_to_stop_it() -> None:
    """Also to somebody who has stopped it; machines that answer each other are answered once an hour."""
    here = made()
    write(here, "STOP")
    said(here)
    here.later(minutes=1)
    for _ in range(3):
        write(here, "Help!")
        here.later(minutes=1)
    (draft,) = said(here)
    assert draft.content is not None
    body = draft.content.fields["body"]
    assert body.startswith("Example Records: Unsubscribe: STOP\n")
    assert "/p/" in body
    here.later(hours=1)
    write(here, "help")
    assert len(said(here)) == 1


def test_an_answer_goes_to_where_the_reply_came_from() -> None:
    """Which need not be the best address that there is."""
    here = made()
    here.know(phone=["+12025550199", NUMBER])
    here.replies.take("a", "sms", "STOP", here.now, NUMBER)
    assert [draft.addresses for draft in said(here)] == [(NUMBER,)]


def test_a_workspace_answers_itself_if_it_wants_to() -> None:
    """Then the house is silent."""
    stopped = (
        "campaign: stopped\npurpose: transactional\nmoment: {on: reply.stop}\nchannel: moment\ntactic: {template: hi}\n"
    )
    here = made(TEXTS, stopped)
    write(here, "STOP")
    (draft,) = said(here)
    assert (draft.campaign, draft.outcome, draft.channel) == ("stopped", "send", "sms")


# confirmations


def test_what_is_pending_sends_nothing_but_one_question(house: Callable[..., House]) -> None:
    """At the very address, once a day, with a link that confirms; then it may be sent."""
    here = house(workspace(NEWS, kairos=SENDER, markets=TWICE))
    here.records.update_profiles([ProfileUpdate("a", here.now, {"market": "US"}, {"email": ("a@x.org", "b@x.org")})])
    ask(here, address="b@x.org")
    ask(here, address="B@x.org")
    (draft,) = said(here)
    sent = record(here, draft)
    assert (sent.state, sent.campaign, sent.purpose, sent.addresses) == (
        "sent", "kairos.consent.pending", "transactional", ("b@x.org",),
    )  # fmt: skip
    assert sent.content is not None
    assert (sent.content.unsubscribe, sent.content.fields["subject"]) == (None, "Get these messages?")
    assert "/c/" in sent.content.fields["html"]
    assert [finding.code for finding in sent.trace if finding.gate == "consent"] == ["consent.pending"]
    here.later(minutes=1)
    assert here.happen("m1")[0].reason == "consent.missing"
    here.later(days=1)
    ask(here, address="b@x.org")
    assert [draft.outcome for draft in said(here)] == ["send"]


@pytest.mark.parametrize("state", ["granted", "withdrawn"])
def test_what_is_settled_meanwhile_is_not_asked_about(state: str) -> None:
    """Neither when it is decided, nor when it is handed over."""
    here = made(markets=TWICE)
    ask(here)
    later = here.now + timedelta(seconds=1)
    (draft,) = here.engine.sweep()
    here.records.record_consents([Consent("a", "email", "marketing", state, later, later)])  # type: ignore[arg-type]
    here.hand_over([draft])
    assert (here.state(draft), record(here, draft).reason) == ("dropped", "consent.settled")
    ask(here, "sms")
    here.records.record_consents([Consent("a", "sms", "marketing", state, later, later)])  # type: ignore[arg-type]
    assert [draft.reason for draft in said(here)] == ["consent.settled"]


def test_nobody_is_asked_where_it_would_be_wrong() -> None:
    """At somebody else's address, about what is long past, or at an address that is gone."""
    here = made(markets=TWICE)
    ask(here, address="somebody@else.example")
    ask(here, profile="nobody")
    long_ago = here.now - timedelta(days=8)
    here.consents.record([Consent("a", "email", "marketing", "pending", long_ago, here.now, "form")])
    assert said(here) == []


def test_a_question_is_no_advertising() -> None:
    """A workspace may ask in its own words, and not as marketing."""
    asking = (
        "campaign: asking\npurpose: {0}\nmoment: {{on: consent.pending}}\nchannel: moment\ntactic: {{template: hi}}\n"
    )
    link = {"hi/email.html": "{% block subject %}Yes?{% endblock %}{% block html %}{{ links.confirm }}{% endblock %}"}
    here = made(asking.format("transactional"), templates=link)
    ask(here)
    (draft,) = said(here)
    assert (draft.campaign, draft.outcome) == ("asking", "send")
    here = made(asking.format("marketing"), templates=link)
    ask(here)
    assert [draft.reason for draft in said(here)] == ["consent.missing"]


# what somebody has to read


def test_a_refusal_in_free_words_waits_for_somebody() -> None:
    """And, where the market wants that, so does everything that can be refused, until it is settled."""
    for markets, outcome in ((MARKETS, "send"), (PAUSING, "drop")):
        here = made(markets=markets)
        assert write(here, "please stop texting me") == "refusal"
        (reply,) = here.records.replies(waiting=True, limit=9)
        assert (reply.profile, reply.text, reply.reading, reply.waits) == (
            "a",
            "please stop texting me",
            "refusal",
            True,
        )
        here.later(minutes=1)
        assert {draft.outcome for draft in here.happen("m1") if draft.channel == "sms"} == {outcome}


def test_what_is_taken_for_a_stop_is_one() -> None:
    """As of when it was written, for all who have the number; again it changes nothing."""
    here = made()
    here.know("b")
    write(here, "please stop texting me")
    (reply,) = here.records.replies(waiting=True, limit=9)
    here.later(days=1)
    assert here.replies.settle(reply, "withdraw", by="ada")
    assert not here.replies.settle(reply, "ignore", by="bob")
    assert here.records.replies(waiting=True, limit=9) == []
    (settled,) = here.records.replies(waiting=False, limit=9)
    assert (settled.verdict, settled.settled_by, settled.settled_at) == ("withdraw", "ada", here.now)
    texts = [
        draft for person in "ab" for draft in here.happen(f"m{person}", profile=person) if draft.campaign == "texts"
    ]
    assert [draft.reason for draft in texts] == ["consent.withdrawn"] * 2


def test_what_is_ignored_goes_on_as_before() -> None:
    """Unless something else has ended it in between."""
    for then, outcome in ((None, "send"), ("STOP", "drop")):
        here = made(TEXTS, markets=PAUSING.replace("sms: opt-out", "sms: opt-in"))
        write(here, "please stop texting me")
        (reply,) = here.records.replies(waiting=True, limit=9)
        here.later(hours=1)
        if then:
            write(here, then)
            here.later(hours=1)
        here.replies.settle(reply, "ignore", by="ada")
        here.later(hours=1)
        assert [draft.outcome for draft in here.happen("m1")] == [outcome]
