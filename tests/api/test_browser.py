"""The pages for people in a real browser: in English, Arabic and Japanese, on a phone, without a script, by keyboard alone.

With KAIROS_PICTURES=docs/pictures the pictures are kept there (`make pictures`).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page

from orchestrator.api.service import create
from tests.api.conftest import MORE, PLACES, Build, Place
from tests.browsing import LARGEST, PHONE, chromium
from tests.support import HI, KAIROS, NEWS, ORDER, workspace
from tests.waiting import until

pytestmark = pytest.mark.slow

PO = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
LOCALES = {"ar": PO, "ja": PO}
TOPICS = """
topics:
  talks: {en: Talks and readings, ar: حوارات وقراءات, ja: トークと朗読}
  plays: {en: New playlists, ar: قوائم تشغيل جديدة, ja: 新しいプレイリスト}
"""
ABOUT = [NEWS.replace("campaign: news", f"campaign: {name}\ntopic: {name}") for name in ("talks", "plays")]
LANGUAGES = {"en": "ltr", "ar": "rtl", "ja": "ltr"}
READABLE = 4.5  # contrast of text, by WCAG 2.2 AA
CONTRAST = """
(element) => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => channels(colour).slice(0, 3)
    .map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const behind = (one) => {
    const colour = getComputedStyle(one).backgroundColor;
    return channels(colour)[3] === 0 ? behind(one.parentElement) : colour;
  };
  const ink = light(getComputedStyle(element).color), paper = light(behind(element));
  return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for all tests here."""
    with chromium() as running:
        yield running


@pytest.fixture
def place(build: Build, redis_client: object) -> Place:
    """Somebody who has got a mail, in a workspace whose messages and topics are in three languages."""
    kairos = KAIROS + MORE + TOPICS
    made = build(workspace(NEWS, *ABOUT, ORDER, kairos=kairos, markets=PLACES, templates=HI, locales=LOCALES), rate=1e6)
    made.know()
    made.agree(channel="sms")
    made.write()
    return made


@contextmanager
def served(place: Place) -> Iterator[str]:
    """The house on a port of this machine."""
    server = uvicorn.Server(uvicorn.Config(create(place.app), port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    (socket,) = server.servers[0].sockets
    yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def house(place: Place) -> Iterator[str]:
    """Where the house is."""
    with served(place) as address:
        yield address


@contextmanager
def visitor(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """Somebody with a phone, on which nothing runs."""
    chosen = {"viewport": {"width": PHONE, "height": 844}, "java_script_enabled": False, **options}
    context = browser.new_context(**chosen)
    yield context
    context.close()


def complaints(page: Page) -> list[str]:
    """What the page will complain about, or ask for elsewhere."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text))
    page.on("request", lambda asked: None if asked.url.startswith("http://127.0.0.1") else found.append(asked.url))
    return found


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("path", ["p", "u"])
def test_a_page_speaks_its_reader_s_language_and_fits_a_phone(
    browser: Browser, place: Place, house: str, locale: str, path: str
) -> None:
    """Language and direction are said, headings and controls have names, nothing runs over the edge or comes from elsewhere."""
    place.know(locale=locale)
    with visitor(browser, java_script_enabled=True) as context:
        page = context.new_page()
        found = complaints(page)
        answer = page.goto(f"{house}/{path}/{place.token()}")
        assert answer
        assert answer.status == 200
        html = page.locator("html")
        assert (html.get_attribute("lang"), html.get_attribute("dir")) == (locale, LANGUAGES[locale])
        assert page.locator("h1").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        for control in page.locator("input:not([type=hidden]), select, button").all():
            name = control.evaluate("each => each.labels?.[0]?.textContent || each.textContent")
            assert name.strip(), control
            assert (
                control.evaluate("each => each.closest('label, button, select').getBoundingClientRect().height") >= 44
            )
        assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read_and_seen(browser: Browser, place: Place, house: str, scheme: Any) -> None:
    """Words and controls stand out from what is behind them, by day and by night."""
    with visitor(browser, java_script_enabled=True, color_scheme=scheme) as context:
        page = context.new_page()
        for path in ("p", "u"):
            page.goto(f"{house}/{path}/{place.token()}")
            words = page.locator("h1, p, legend, label span, .label, select, button, a").all()
            assert len(words) > 3
            assert [one.inner_text() for one in words if one.evaluate(CONTRAST) < READABLE] == []


def test_the_keyboard_goes_through_the_page_as_it_is_read(browser: Browser, place: Place, house: str) -> None:
    """From top to bottom, through every control once, and it is seen where it is."""
    with visitor(browser, java_script_enabled=True) as context:
        page = context.new_page()
        page.goto(f"{house}/p/{place.token()}")
        expected = page.locator("input:not([type=hidden]), select, button").count()
        tops = []
        for _ in range(expected):
            page.keyboard.press("Tab")
            focused = page.evaluate(
                "(({top}, style) => [top + scrollY, style.outlineStyle])"
                "(document.activeElement.getBoundingClientRect(), getComputedStyle(document.activeElement))"
            )
            assert focused[1] == "solid"
            tops.append(focused[0])
        assert tops == sorted(tops)
        assert len(set(tops)) == expected


@pytest.mark.parametrize("locale", LANGUAGES)
def test_preferences_are_changed_without_a_script(browser: Browser, place: Place, house: str, locale: str) -> None:
    """A channel and a topic are left, and the page shows it when it is opened again."""
    place.know(locale=locale)
    with visitor(browser) as context:
        page = context.new_page()
        page.goto(f"{house}/p/{place.token()}")
        switches = page.locator("input[type=checkbox]")
        assert page.locator("input[name=wanted][value='email/marketing']").is_checked()
        page.locator("label", has=page.locator("input[name=wanted][value='email/marketing']")).click()
        page.locator("label", has=page.locator("input[name=wanted][value='*/topic:talks']")).click()
        page.locator("button[value=save]").click()
        page.wait_for_selector("[role=status]")
        page.goto(f"{house}/p/{place.token()}")
        off = [one.get_attribute("value") for one in switches.all() if not one.is_checked()]
        assert {"email/marketing", "*/topic:talks"} <= set(off)
        assert "*/topic:plays" not in off
    withdrawn = {(entry.channel, entry.purpose) for entry in place.ledger() if entry.state == "withdrawn"}
    assert withdrawn == {("email", "marketing"), ("*", "topic:talks")}


@pytest.mark.parametrize("locale", LANGUAGES)
def test_unsubscribing_takes_one_press_and_leads_on(browser: Browser, place: Place, house: str, locale: str) -> None:
    """Looking changes nothing; a press does, by the keyboard too; and all preferences are a link away."""
    place.know(locale=locale)
    with visitor(browser) as context:
        page = context.new_page()
        page.goto(f"{house}/u/{place.token()}")
        heading = page.locator("h1").inner_text()
        assert [entry for entry in place.ledger() if entry.state == "withdrawn"] == []
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector("[role=status]")
        assert page.locator("h1").inner_text() != heading
        assert [(e.channel, e.purpose) for e in place.ledger() if e.state == "withdrawn"] == [("email", "marketing")]
        page.locator("a").click()
        assert not page.locator("input[name=wanted][value='email/marketing']").is_checked()
        assert page.locator("input[name=wanted][value='sms/marketing']").is_checked()


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize(("path", "name"), [("p", "preferences"), ("u", "unsubscribe")])
def test_pictures_are_taken(
    browser: Browser, place: Place, house: str, tmp_path: Path, locale: str, path: str, name: str
) -> None:
    """What there is of each page, as a phone shows it."""
    folder = Path(os.environ.get("KAIROS_PICTURES") or tmp_path)
    place.know(locale=locale)
    with visitor(browser) as context:
        page = context.new_page()
        page.goto(f"{house}/{path}/{place.token()}")
        picture = folder / f"{name}-{locale}.png"
        page.locator("main").screenshot(path=picture, animations="disabled")
        assert 10_000 < picture.stat().st_size < LARGEST
