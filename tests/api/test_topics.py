"""Topics on a person's own page."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import LOCALES, MORE, PLACES, Build, Place
from tests.api.test_preferences import Form, entries, form, save
from tests.support import HI, KAIROS, NEWS, ORDER, workspace

TALKS = NEWS.replace("campaign: news", "campaign: talks\ntopic: talks")
PLAYS = NEWS.replace("campaign: news", "campaign: plays\ntopic: new_plays")
TOPICS = "topics:\n  nobody: Nobody\n  talks: {en: Talks, de: Gespräche, ar: حوارات}\n"


@pytest.fixture
def place(build: Build, redis_client: object) -> Place:
    """Somebody who has got a mail about something in particular."""
    files = (NEWS, TALKS, PLAYS, ORDER)
    made = build(
        workspace(*files, kairos=KAIROS + MORE + TOPICS, markets=PLACES, templates=HI, locales=LOCALES), rate=1e6
    )
    made.know()
    made.write()
    return made


def page(place: Place, **fields: Any) -> str:
    """The page, once something else is known of the person."""
    place.know(**fields)
    return place.client.get(f"/p/{place.token()}").text


def test_topics_that_campaigns_are_about_have_a_switch_below_their_purpose(place: Place) -> None:
    """On until they are left, and only once; one that no campaign is about has none."""
    shown = form(place)
    assert [name for name in shown.shown if name.startswith("*")] == ["*/topic:talks", "*/topic:new_plays"]
    assert {"*/topic:talks", "*/topic:new_plays"} <= set(shown.on)


@pytest.mark.parametrize(
    ("locale", "label"), [("en-US", "Talks"), ("de-AT", "Gespräche"), ("ar", "حوارات"), ("ja", "Talks")]
)
def test_a_topic_is_called_as_the_person_would(place: Place, locale: str, label: str) -> None:
    """And by its bare name where it has no label."""
    text = page(place, locale=locale)
    assert label in text
    assert "New plays" in text


def test_leaving_a_topic_is_proved_and_holds(place: Place) -> None:
    """In the ledger, with the words that were shown; all else is as it was."""
    before = form(place)
    save(place, wanted=[name for name in before.on if name != "*/topic:talks"])
    assert entries(place) == [("*", "topic:talks", "withdrawn")]
    (entry,) = place.ledger()
    assert entry.evidence["wording"]["id"] == "preferences/*/topic:talks"
    assert {"*/topic:talks"} == set(before.on) - set(form(place).on)
    place.write("m2")
    reasons = {one.campaign: one.reason for one in place.app.records.messages() if one.moment.id == "m2"}
    assert reasons == {"news": None, "talks": "topic.left", "plays": None}
    place.clock.forward(minutes=1)
    save(place, wanted=before.on)
    assert entries(place)[-1] == ("*", "topic:talks", "granted")
    assert Form(page(place)).on == before.on


def test_a_service_may_report_that_a_topic_was_left(place: Place) -> None:
    """By the same word; one that no campaign is about is refused."""
    line = {"profile": "a", "channel": "*", "state": "withdrawn", "source": "support"}
    key = place.key("consents:write")
    answers = [
        place.client.post("/v1/consents", json={**line, "purpose": f"topic:{name}"}, headers=key)
        for name in ("talks", "nobody")
    ]
    assert [answer.status_code for answer in answers] == [201, 422]
    assert "*/topic:talks" not in form(place).on
