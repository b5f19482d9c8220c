"""Short links: they lead where the message had it, nowhere else, and tell people from machines."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import create_engine, text

from orchestrator import links, rights, wire
from orchestrator.compose import Ask
from orchestrator.model import Draft
from orchestrator.ports import Settlement
from orchestrator.preview import composed
from tests.api.conftest import LOCALES, MORE, PLACES, Build, Place
from tests.stores.builders import allow
from tests.support import KAIROS, NEWS, ORDER, workspace

BASE = "https://kairos.example.com"
SHOP, ABOUT = "https://shop.example/list?a=1&b=2", "https://shop.example/about"
LONG = "https://shop.example/a/rather/long/address/" + "0" * 120
MAIL = (
    "{% block subject %}Hello{% endblock %}{% block html %}"
    f'<p><a href="{SHOP.replace("&", "&amp;")}">Shop</a> <a href="{ABOUT}">About</a> '
    '<a href="{{ links.unsubscribe }}">Stop</a> <a href="{{ links.preferences }}">Choose</a></p>{% endblock %}'
)
HI = {"hi/email.html": MAIL, "hi/sms.txt": f"{{% block body %}}Look: {LONG}. Bye{{% endblock %}}"}
SMS = "campaign: texts\npurpose: transactional\nmoment: {on: bought}\nchannel: [sms]\ntactic: {template: hi}\n"
PHONE = {"user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"}
HOSTILE = [
    "\\\\evil.com", "/\\evil.com", "https:///evil.com", "https://good.com\\@evil.com", "//evil。com", "https://ⓔⓥⓘⓛ.com",
    "\u0001javascript:alert(1)", "\tjavascript:alert(1)", "javascript:alert(1)", "https://evil.com", "//evil.com", "",
    "A" * 11, "A" * 13, "AAAAAAAAAAA%", "A" * 10_000,
]  # fmt: skip


@pytest.fixture
def place(build: Build, redis_client: object) -> Place:
    """An installation that makes links in mails and text messages short, and somebody who is written to."""
    kairos = KAIROS + MORE.replace('links: {base: "https', 'links: {track: [email, sms], base: "https')
    made = build(workspace(NEWS, ORDER, SMS, kairos=kairos, markets=PLACES, templates=HI, locales=LOCALES))
    made.know()
    return made


def sent(place: Place) -> Draft:
    """A mail that was handed over a minute ago."""
    draft = place.write()
    place.app.records.claim([draft.id], now=place.clock(), lease=timedelta(minutes=1), recheck=allow)
    place.app.records.settle([Settlement(draft.id, 1, "sent", "webhook", "p-1")], now=place.clock())
    place.clock.forward(minutes=1)
    return draft


def link_to(draft: Draft, address: str) -> str:
    """The path of the short link that leads to an address."""
    return next(f"/l/{id_}" for id_, leads in draft.links.items() if leads == address)


def follow(place: Place, path: str, headers: dict[str, str] | None = None, method: str = "GET") -> str | None:
    """Where a link leads; None where it does not."""
    answer = place.client.request(method, path, headers=headers or PHONE, follow_redirects=False)
    assert (answer.status_code, answer.headers["cache-control"]) == (302, "no-store")
    return answer.headers["location"]


def machines(place: Place, draft: Draft) -> list[str | None]:
    """Of each click on record, by which sign it was a machine's."""
    found = place.client.get(f"/v1/messages/{draft.id}", headers=place.key("messages:read")).json()
    return [one["machine"] for one in found["receipts"]]


def test_a_short_link_leads_where_the_message_had_it(place: Place) -> None:
    """In the document, in its text, and nowhere else; ways out are never made short."""
    draft = sent(place)
    assert set(draft.links.values()) == {SHOP, ABOUT}
    assert draft.content
    written = draft.content.fields["html"] + draft.content.fields["text"]
    assert "shop.example" not in written
    assert {f"{BASE}{link_to(draft, to)}" for to in (SHOP, ABOUT)} == set(re.findall(rf"{BASE}/l/[\w-]{{12}}", written))
    token = links.token(place.app.settings.secret, draft.id)
    assert all(f'href="{BASE}/{page}/{token}"' in written for page in "up")
    assert [follow(place, link_to(draft, to)) for to in (SHOP, ABOUT)] == [SHOP, ABOUT]


def test_what_is_previewed_is_what_is_sent(place: Place) -> None:
    """Byte for byte, with its links; and a preview keeps none."""
    happened = wire.moment({"id": "m1", "name": "ping", "profile": "a"}, now=place.clock(), new_id=str)
    campaign = place.app.material.workspace.campaigns["news"]
    shown = composed(place.app.material, place.app.records, Ask(happened, campaign), place.clock())
    assert place.app.records.link(next(iter(shown.links))) is None
    draft = place.write()
    assert (shown.content, shown.links) == (draft.content, draft.links)


def test_a_text_message_gets_shorter_by_its_links(place: Place) -> None:
    """And is counted as it is sent."""
    place.write("m2", "bought")
    (found,) = place.app.records.messages(campaign="texts")
    assert found.content
    assert found.content.sms
    assert re.fullmatch(rf"Look: {BASE}/l/[\w-]{{12}}\. Bye", found.content.fields["body"])
    assert found.content.sms.segments == 1


def test_nobody_is_led_elsewhere(place: Place) -> None:
    """Whatever stands in the address, plain or encoded; and a query is not looked at."""
    own = link_to(place.write(), ABOUT)
    for hostile in HOSTILE:
        for path in {f"/l/{quote(hostile, safe='')}", f"/l/{quote(hostile, safe='/:%')}"}:
            answer = place.client.get(path, headers=PHONE, follow_redirects=False)
            assert (answer.status_code, answer.headers.get("location")) == (400, None), path
    assert follow(place, f"{own}?url={quote(HOSTILE[2])}") == ABOUT


def test_what_is_no_plain_address_is_not_made_short() -> None:
    """Nor would anybody be sent there, had it been put on record by somebody else."""
    odd = ["https://u:p@good.com", "https://good.com:99999999", "https://-x.com", "https://[::1]/", "//x", "HTTP:/x"]
    for address in (*HOSTILE, *odd):
        if address != "https://evil.com":
            assert links.destination(address) is None, address
            assert links.Shortener(BASE, b"s", "d1")(address) == address


def test_what_was_changed_on_record_leads_nowhere(place: Place) -> None:
    """The id of a link is made of message and address: another address has another one."""
    draft = place.write()
    path = link_to(draft, ABOUT)
    with create_engine(place.app.settings.database).begin() as database:
        database.execute(text("UPDATE links SET url = 'https://evil.example'"))
    assert place.client.get(path, follow_redirects=False).status_code == 400
    assert place.client.get("/l/AAAAAAAAAAAA", follow_redirects=False).status_code == 404


def test_an_old_secret_is_honoured_and_a_foreign_one_is_not() -> None:
    """As with every other link."""
    short = links.Shortener(BASE, b"old", "d1")
    id_ = short(ABOUT).rpartition("/")[2]
    assert links.is_short(id_, "d1", ABOUT, [b"new", b"old"])
    assert not links.is_short(id_, "d1", ABOUT, [b"new"])
    assert not links.is_short(id_, "d2", ABOUT, [b"old"])


def test_people_are_told_from_machines(place: Place) -> None:
    """Followed again at once counts once; a scanner that follows everything is none of the people."""
    draft = sent(place)
    shop, about = link_to(draft, SHOP), link_to(draft, ABOUT)
    for _ in range(3):
        follow(place, shop)
    follow(place, shop, method="HEAD")
    follow(place, shop, {"user-agent": "curl/8"})
    assert sorted(machines(place, draft), key=str) == [None, "head", "scanner"]
    place.clock.forward(minutes=5)
    for path in (shop, about):
        follow(place, path)
    assert sorted(machines(place, draft), key=str) == [None, "burst", "burst", "head", "scanner"]


def test_what_is_followed_before_it_was_sent_was_followed_by_a_machine(place: Place) -> None:
    follow(place, link_to(draft := place.write(), SHOP))
    assert machines(place, draft) == ["early"]


def test_nothing_is_made_short_unless_it_is_asked_for(build: Build, redis_client: object) -> None:
    made = build(workspace(NEWS, kairos=KAIROS + MORE, markets=PLACES, templates=HI, locales=LOCALES))
    made.know()
    draft = made.write()
    assert not draft.links
    assert draft.content
    assert ABOUT in draft.content.fields["html"]


def test_links_are_told_to_whom_they_concern_and_go_with_them(place: Place) -> None:
    draft = place.write()
    told = rights.export(place.app, "a")["links"]
    assert sorted(link["url"] for link in told) == [ABOUT, SHOP]
    place.app.rights.forget("a", now=place.clock())
    assert place.client.get(link_to(draft, ABOUT), follow_redirects=False).status_code == 404
