"""Nights on a person's own page, where a market leaves them to people."""

from __future__ import annotations

import pytest

from tests.api.conftest import MORE, PLACES, Build, Place
from tests.api.test_preferences import entries, form, save
from tests.support import HI, KAIROS, NEWS, workspace

TEXTS = NEWS.replace("[email]", "[sms]")
KOREA = {"market": "KR", "locale": "ko-KR", "timezone": "Asia/Seoul", "whatsapp": None, "push": []}
AT_NIGHT = ["sms/marketing:night", "sms/newsletter:night"]


@pytest.fixture
def place(build: Build, redis_client: object) -> Place:
    """Somebody in Korea, at six in the evening, who has agreed to marketing by text message and got one."""
    files = workspace(TEXTS, kairos=KAIROS + MORE, markets=PLACES + "KR: {}\nTH: {}\n", templates=HI)
    made = build(files, rate=1e6)
    made.know(**KOREA)
    made.agree(channel="sms")
    made.write()
    return made


def test_nights_have_a_switch_where_the_market_leaves_them_to_people(place: Place) -> None:
    """On the channels that its hours bind, off until somebody asks for them, under a heading that says when they are."""
    shown = form(place)
    assert [name for name in shown.shown if name.endswith(":night")] == AT_NIGHT
    assert shown.on == ["sms/marketing"]
    page = place.client.get(f"/p/{place.token()}").text
    assert "<legend>야간에도 받기 (21:00–08:00)</legend>" in page
    place.know(market="TH", locale="en", timezone=None)
    assert not [name for name in form(place).shown if name.endswith(":night")]
    assert "at night" not in place.client.get(f"/p/{place.token()}").text


def test_what_is_asked_for_at_night_is_proved_and_sent(place: Place) -> None:
    """From then on, until it is taken back; days are as they were."""
    place.clock.forward(hours=5)
    assert place.write("m2").reason == "timing.quiet_hours"
    save(place, wanted=["sms/marketing", "sms/marketing:night"])
    entry = place.ledger()[-1]
    assert (entry.purpose, entry.state, entry.source) == ("marketing:night", "granted", "preferences")
    assert entry.evidence["wording"]["id"] == "preferences/sms/marketing:night"
    assert form(place).on == ["sms/marketing", "sms/marketing:night"]
    assert place.write("m3").outcome == "send"
    place.clock.forward(minutes=1)
    save(place, wanted=["sms/marketing"])
    assert form(place).on == ["sms/marketing"]
    assert place.write("m4").reason == "timing.quiet_hours"


def test_nights_end_with_their_purpose(place: Place) -> None:
    """Whoever wants it by day again is not woken up at night."""
    save(place, wanted=["sms/marketing", "sms/marketing:night"])
    place.clock.forward(minutes=1)
    save(place, wanted=["sms/marketing:night"])
    assert form(place).on == []
    place.clock.forward(minutes=1)
    save(place, wanted=["sms/marketing"])
    assert form(place).on == ["sms/marketing"]
    assert ("sms", "marketing:night", "withdrawn") not in entries(place)


@pytest.mark.parametrize("changes", ["quiet_hours: none", "nights: false"])
def test_where_no_hours_bind_or_all_of_them_do_nobody_is_asked(
    build: Build, redis_client: object, changes: str
) -> None:
    """A market's own hours may be replaced, and its nights closed."""
    place = build(workspace(TEXTS, kairos=KAIROS + MORE, markets=f"KR: {{{changes}}}\n", templates=HI), rate=1e6)
    place.know(**KOREA)
    place.agree(channel="sms")
    place.write()
    assert form(place).shown == ["email/marketing", "sms/marketing", "email/newsletter", "sms/newsletter"]
