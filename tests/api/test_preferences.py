"""A person's own page."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.api.conftest import Place


class Form(HTMLParser):
    """What a page's form would send: its fields, and which switches are on."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.on: list[str] = []
        self.chosen: dict[str, str] = {}
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a control."""
        given = dict(attrs)
        value = given.get("value") or ""
        if tag == "input" and given.get("name") == "shown":
            self.shown.append(value)
        elif tag == "input" and given.get("name") == "wanted" and "checked" in given:
            self.on.append(value)
        elif tag == "select":
            self._select = given.get("name") or ""
        elif tag == "option" and "selected" in given:
            self.chosen[self._select] = value

    def data(self, **changes: Any) -> dict[str, Any]:
        """What is sent, with the person's changes."""
        return {"shown": self.shown, "was": self.on, "wanted": self.on, "do": "save", **self.chosen, **changes}


@pytest.fixture
def place(place: Place) -> Place:
    """Somebody in the US who has got a marketing mail."""
    place.know()
    place.write()
    return place


def form(place: Place) -> Form:
    """The page's form, as it is shown now."""
    return Form(place.client.get(f"/p/{place.token()}").text)


def save(place: Place, **changes: Any) -> str:
    """Change something on the page; the page that follows."""
    answer = place.client.post(f"/p/{place.token()}", data=form(place).data(**changes))
    assert answer.status_code == 200
    return answer.text


def entries(place: Place) -> list[tuple[str, str, str]]:
    """The ledger in short."""
    return [(entry.channel, entry.purpose, entry.state) for entry in place.ledger()]


def test_every_purpose_that_needs_consent_has_a_switch_on_every_channel_there_is(place: Place) -> None:
    """As it stands: opt-out is on until refused, opt-in off until granted; what is owed has none."""
    shown = form(place)
    channels = ("email", "sms", "whatsapp", "push")
    assert shown.shown == [f"{channel}/{purpose}" for purpose in ("marketing", "newsletter") for channel in channels]
    assert shown.on == ["email/marketing", "whatsapp/marketing", "push/marketing"]


def test_a_switch_that_is_turned_is_recorded_with_its_proof(place: Place) -> None:
    """One entry for each, and none for those that were not touched."""
    page = save(place, wanted=["whatsapp/marketing", "push/marketing", "sms/marketing"])
    assert sorted(entries(place)) == [("email", "marketing", "withdrawn"), ("sms", "marketing", "granted")]
    assert form(place).on == ["sms/marketing", "whatsapp/marketing", "push/marketing"]
    assert "Saved" in page
    proof = place.ledger()[0]
    assert (proof.source, proof.evidence["actor"]) == ("preferences", "person")
    assert re.fullmatch("[0-9a-f]{64}", proof.evidence["wording"]["hash"])


def test_saving_without_a_change_records_nothing(place: Place) -> None:
    """Nor does saving the same page again."""
    save(place)
    assert entries(place) == []
    old = form(place).data(wanted=[])
    for _ in range(2):
        place.client.post(f"/p/{place.token()}", data=old)
    assert len(entries(place)) == 3


def test_an_old_page_takes_back_nothing_that_was_not_touched_on_it(place: Place) -> None:
    """Somebody says STOP while the page is open: saving another switch does not undo it."""
    old = form(place)
    place.app.replies.take("a", "whatsapp", "STOP", place.clock())
    place.client.post(f"/p/{place.token()}", data=old.data(wanted=[*old.on, "sms/marketing"]))
    assert ("sms", "marketing", "granted") in entries(place)
    assert "whatsapp/marketing" not in form(place).on


def test_everything_can_be_stopped_at_once(place: Place) -> None:
    """What there is and what will be; and a switch can be turned on again afterwards."""
    save(place, do="stop")
    assert entries(place) == [("*", "*", "withdrawn")]
    assert form(place).on == []
    place.clock.forward(minutes=1)
    save(place, wanted=["email/newsletter"])
    assert form(place).on == ["email/newsletter"]


def test_what_has_to_be_confirmed_waits_unless_the_link_came_there(place: Place) -> None:
    """In Germany: the mailbox that the link was sent to has proved itself, the number has not."""
    place.know(market="DE", locale="de", push=[], whatsapp=None)
    page = save(place, wanted=["email/marketing", "sms/marketing"])
    assert sorted(entries(place)) == [("email", "marketing", "granted"), ("sms", "marketing", "pending")]
    assert "Wartet auf Bestätigung" in page
    assert form(place).on == ["email/marketing"]


def test_a_language_can_be_chosen(place: Place) -> None:
    """Of those that messages exist in; the page follows at once, and the same one changes nothing."""
    save(place, language="en")
    assert place.app.records.profiles(["a"])["a"].locale == "en-US"
    page = save(place, language="ar")
    assert place.app.records.profiles(["a"])["a"].locale == "ar"
    assert '<html lang="ar" dir="rtl">' in page
    save(place, language="tlh")
    assert place.app.records.profiles(["a"])["a"].locale == "ar"


def test_a_break_can_be_taken_and_ended(place: Place) -> None:
    """It is a preference with an instant, beside whatever else is preferred."""
    place.know(preferences={"theme": "dark"})
    assert "Paused until April 1, 2026" in save(place, pause="30")
    assert place.app.records.profiles(["a"])["a"].preferences == {
        "theme": "dark",
        "pause_until": "2026-04-01T09:00:00Z",
    }
    place.clock.forward(days=1)
    save(place)
    assert place.app.records.profiles(["a"])["a"].preferences["pause_until"] == "2026-04-01T09:00:00Z"
    save(place, pause="0")
    assert place.app.records.profiles(["a"])["a"].preferences == {"theme": "dark"}
    save(place, pause="4000")
    assert place.app.records.profiles(["a"])["a"].preferences == {"theme": "dark"}


def test_whoever_only_looks_changes_nothing(place: Place) -> None:
    """A hundred scanners."""
    for _ in range(50):
        place.client.get(f"/p/{place.token()}?do=stop&pause=90")
        place.client.head(f"/p/{place.token()}")
    assert entries(place) == []
    assert place.app.records.profiles(["a"])["a"].preferences == {}


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe=%ff", b"a=b&" * 2000, b"shown=x%2Fy&wanted=x%2Fy&language=../../etc&pause=-1", b"{"]
)
def test_a_form_that_is_none_changes_nothing(place: Place, body: bytes) -> None:
    """Nor does it break anything."""
    assert place.client.post(f"/p/{place.token()}", content=body).status_code == 200
    assert entries(place) == []


def test_a_page_holds_no_script_and_no_address_and_may_not_be_framed(place: Place) -> None:
    """Nothing comes from elsewhere, and nothing is remembered."""
    answer = place.client.get(f"/p/{place.token()}")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    assert not re.search(r"<script|\son\w+=|javascript:|https?://|@example|\+1202", answer.text)


def test_what_a_workspace_calls_itself_is_text(build: Any, redis_client: object) -> None:
    """Markup in it is shown, not obeyed."""
    from tests.api.conftest import MORE, PLACES
    from tests.support import HI, KAIROS, NEWS, workspace

    kairos = KAIROS + MORE.replace('name: "Example Records"', 'name: "<script>alert(1)</script>"')
    place = build(workspace(NEWS, kairos=kairos, markets=PLACES, templates=HI))
    place.know()
    place.write()
    page = place.client.get(f"/p/{place.token()}").text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
