"""Galleries in a real browser, at the width of a phone and of a desk, in five languages; and the pictures in `docs/`.

With KAIROS_PICTURES=docs/pictures the pictures are kept there (`make pictures`). Needs Chromium with the Noto fonts, which
`.ci/run` puts there; without them these tests fail, so that nothing goes unseen.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Frame, Page
from typer.testing import CliRunner

from orchestrator.app import App
from orchestrator.cli import program
from orchestrator.gallery.cards import Card, card
from orchestrator.gallery.changes import changes
from orchestrator.gallery.scenes import Scene
from orchestrator.gallery.site import changes_page, site
from orchestrator.preview import preview
from orchestrator.settings import Settings
from tests.browsing import DESK, LARGEST, PHONE, chromium
from tests.starter.workspace import DATA, HOME, KNOWN, NAMES, ROOT

pytestmark = pytest.mark.slow

LANGUAGES = ("en", "de", "ar", "th", "ja")
CAMPAIGNS = {"order-shipped": ("email", "push", "sms"), "welcome": ("email", "push", "sms", "whatsapp")}
HOSTILE = (
    "<script>document.title='run'</script><img src=x onerror=document.title='run'><a href='https://example.com'>go</a>"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for all tests here."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starter's messages for people called as people are, on disk."""
    folder = tmp_path_factory.mktemp("gallery")
    with App(Settings.read(ROOT, {"KAIROS_STATE": str(folder / "state")})) as app:
        cards = [
            composed(app, name, channel, locale)
            for name, channels in CAMPAIGNS.items()
            for channel in channels
            for locale in LANGUAGES
        ]
        pages = dict(site(app.material.workspace, cards, ()))
        attack = Card(cards[0].scene, "en", "send", None, None, {"subject": "Hi", "html": HOSTILE})
        pages["hostile.html"] = changes_page(changes((), [attack]), "nothing")
    for name, content in pages.items():
        (folder / name).write_bytes(content)
    return folder


def composed(app: App, name: str, channel: str, locale: str) -> Card:
    """A message to somebody who speaks that language at home."""
    first, last = NAMES[locale]
    market = app.material.workspace.markets[HOME[locale]]
    person = {
        "id": "u1", "market": market.name, "locale": locale, "timezone": market.timezones[0], "push": ["device"],
        "email": "a@example.com", "phone": "+4915112345678", "whatsapp": "+4915112345678",
        "attributes": {**KNOWN, "first_name": first, "last_name": last},
    }  # fmt: skip
    data = DATA.get(app.material.workspace.campaigns[name].moment.on or "", {})
    draft = preview(
        app, name, datetime(2026, 9, 28, 9, tzinfo=UTC), profile=person, moment={"data": data}, channel=channel
    )
    return card(Scene(name, channel, locale, market.name, "known"), draft, ())


@pytest.fixture
def complaints() -> list[str]:
    """What a page complained about, or asked for elsewhere."""
    return []


def opened(browser: Browser, address: str, width: int, complaints: list[str], dark: bool = False) -> Page:
    """A page of the gallery."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light")
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: None if request.url.startswith("file:") else complaints.append(request.url))
    page.goto(address)
    for frame in page.locator("iframe:visible").all():
        frame.scroll_into_view_if_needed()  # frames wait until they are looked at
    page.wait_for_load_state("networkidle")
    return page


def mail(page: Page) -> Frame:
    """The first mail that can be seen."""
    frame = page.locator("iframe:visible").first.element_handle().content_frame()
    assert frame
    return frame


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("name", ["index.html", "order-shipped.html", "welcome.html#on-whatsapp"])
def test_pages_open_without_a_complaint_and_ask_for_nothing(
    browser: Browser, gallery: Path, complaints: list[str], name: str, width: int
) -> None:
    page = opened(browser, f"file://{gallery}/{name}", width, complaints)
    assert complaints == []
    page.close()


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_nothing_runs_over_the_edge(
    browser: Browser, gallery: Path, complaints: list[str], locale: str, width: int
) -> None:
    page = opened(browser, f"file://{gallery}/order-shipped.html#in-{locale}", width, complaints)
    assert page.locator(".card:visible").count() == 3
    for frame in page.frames:
        wide = frame.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide[0] <= wide[1], frame.url
    page.close()


def test_a_mail_in_arabic_runs_from_the_right(browser: Browser, gallery: Path, complaints: list[str]) -> None:
    page = opened(browser, f"file://{gallery}/order-shipped.html#in-ar-on-email", PHONE, complaints)
    assert mail(page).locator("html").get_attribute("dir") == "rtl"
    assert mail(page).locator("h1").evaluate("each => getComputedStyle(each).direction") == "rtl"
    page.close()


def test_a_filter_leaves_its_cards_and_can_be_taken_away(
    browser: Browser, gallery: Path, complaints: list[str]
) -> None:
    page = opened(browser, f"file://{gallery}/welcome.html", DESK, complaints)
    cards = page.locator(".card:visible")
    assert cards.count() == 20
    page.locator('.filter a[href="#on-sms"]').click()
    assert cards.count() == 5
    page.locator('.filter a[href="#in-th-on-push"]').click()
    assert cards.count() == 1
    page.locator('.filter a[href="#"]').click()
    assert cards.count() == 20
    page.close()


def test_a_mail_can_be_seen_as_wide_as_on_a_desk(browser: Browser, gallery: Path, complaints: list[str]) -> None:
    page = opened(browser, f"file://{gallery}/order-shipped.html#in-de-on-email", DESK, complaints)
    narrow = page.locator("iframe:visible").bounding_box()
    page.locator(".wide:visible").check()
    wide = page.locator("iframe:visible").bounding_box()
    assert narrow
    assert wide
    assert narrow["width"] < 480 < 1000 < wide["width"]
    page.close()


def test_who_likes_it_dark_has_the_mails_dark_too(browser: Browser, gallery: Path, complaints: list[str]) -> None:
    shades = []
    for dark in (False, True):
        address = f"file://{gallery}/order-shipped.html#in-en-on-email"
        page = opened(browser, address, DESK, complaints, dark=dark)
        bodies = page.locator("body"), mail(page).locator("body")
        shades.append([each.evaluate("each => getComputedStyle(each).backgroundColor") for each in bodies])
        page.close()
    assert all(light != dark for light, dark in zip(*shades, strict=True))


def test_nothing_in_a_mail_runs_or_leads_away(browser: Browser, gallery: Path, complaints: list[str]) -> None:
    page = opened(browser, f"file://{gallery}/hostile.html", DESK, complaints)
    frame = page.frames[-1]
    assert frame.evaluate("document.title") != "run"
    assert page.title() == "Changes · Kairos gallery"
    frame.locator("a").dispatch_event("click")
    assert not [complaint for complaint in complaints if complaint.startswith("https://example.com")]
    assert page.url.startswith("file:")
    page.close()


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize(("name", "width"), [("phone", PHONE), ("desk", 900)])
def test_pictures_are_taken(
    browser: Browser, gallery: Path, tmp_path: Path, complaints: list[str], locale: str, name: str, width: int
) -> None:
    """All messages of one campaign in one language, the mail in its whole length."""
    folder = Path(os.environ.get("KAIROS_PICTURES") or tmp_path)
    page = opened(browser, f"file://{gallery}/order-shipped.html#in-{locale}", width, complaints)
    if name == "desk":
        page.locator(".wide:visible").check()
    page.add_style_tag(content="iframe { height: 100px } .cards { margin: 0 !important; padding: 16px }")
    height = mail(page).evaluate("document.documentElement.scrollHeight")
    page.add_style_tag(content=f"iframe {{ height: {height + 2}px }}")
    picture = folder / f"{locale}-{name}.png"
    page.locator(".cards").screenshot(path=picture, animations="disabled")
    assert 10_000 < picture.stat().st_size < LARGEST
    page.close()


def test_a_picture_of_the_first_page_is_taken(browser: Browser, tmp_path: Path, complaints: list[str]) -> None:
    folder = Path(os.environ.get("KAIROS_PICTURES") or tmp_path)
    words = ["preview", "--all", "--html", str(tmp_path / "whole"), "--workspace", str(ROOT)]
    assert CliRunner().invoke(program, words).exit_code == 0
    page = opened(browser, f"file://{tmp_path}/whole/index.html", 960, complaints)
    page.locator("main").screenshot(path=folder / "gallery.png")
    assert (folder / "gallery.png").stat().st_size < LARGEST
    page.close()
