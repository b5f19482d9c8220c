"""The starter is what a newcomer runs first: it must be whole, in every language, on every channel."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from babel.messages.pofile import read_po

from channels import registry
from orchestrator.compose import Ask, compose
from orchestrator.content.render import ContentRefused
from orchestrator.lint import problems_of
from orchestrator.material import Material, listens_to
from orchestrator.model import CHANNELS, Consent, Facts, Known, Moment, Profile
from tests.starter.workspace import (
    ADDRESSES,
    DATA,
    HOME,
    KNOWN,
    catalogs,
    files,
    market_for,
    messages,
    render,
    renderer,
    workspace,
)

EVERY = [(name, channel, locale) for name, channel in messages() for locale in HOME]
MAILS = [(name, locale) for name, channel, locale in EVERY if channel == "email"]
BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Outline(HTMLParser):
    """What a mail says of itself: the attributes of its root, its title, its links, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.root: dict[str, str | None] = {}
        self.links: list[str] = []
        self.title = self.words = ""
        self._tag = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        if tag == "html":
            self.root = dict(attrs)
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")

    def handle_endtag(self, tag: str) -> None:
        self._tag = ""

    def handle_data(self, data: str) -> None:
        if self._tag == "title":
            self.title += data
        elif self._tag != "style":
            self.words += data


def test_check_has_nothing_to_say() -> None:
    """Neither the YAML files nor the templates nor the catalogs have an error or a warning."""
    assert [str(problem) for problem in problems_of(files())] == []


def test_the_real_providers_that_are_suggested_can_be_switched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines that are commented out in kairos.yaml name adapters and settings that there are."""
    monkeypatch.setattr("channels.fcm._credentials", lambda settings: None)  # a key of Google's is not ours to make
    below = files()["kairos.yaml"].decode().partition("\nproviders:\n")[2].replace("${FCM_CREDENTIALS}", "{}")
    suggested = [line.removeprefix("#") for line in below.splitlines() if line.startswith("#")]
    providers = yaml.safe_load("\n".join(suggested))
    assert set(providers) == set(CHANNELS)
    for channel, [settings] in providers.items():
        assert registry.adapter(settings.pop("adapter"), channel, settings)


def test_there_is_something_for_every_market_locale_and_channel() -> None:
    """Eight campaigns, ten markets, ten locales, four channels."""
    assert len(workspace().campaigns) == 8
    assert set(workspace().markets) == set(HOME.values())
    assert {workspace().locale, *catalogs()} == set(HOME)
    assert {channel for _, channel in messages()} == {"email", "sms", "whatsapp", "push"}


@pytest.mark.parametrize("locale", sorted(set(HOME) - {"en"}))
def test_a_catalog_has_every_string_and_no_other(locale: str) -> None:
    """Nothing that a template says is left untranslated, and nothing is translated in vain."""
    used = {use.string for use in renderer().uses()}
    written = read_po(BytesIO(files()[f"locales/{locale}/LC_MESSAGES/messages.po"]))
    assert catalogs()[locale].missing(used) == ()
    assert len(written) == len({(string.context, string.msgid) for string in used})


@pytest.mark.parametrize(("name", "channel", "locale"), EVERY)
def test_a_message_is_complete_in_the_language_of_its_reader(name: str, channel: str, locale: str) -> None:
    """The reader's own locale is chosen, every required field is there, and no placeholder is left over."""
    campaign = workspace().campaigns[name]
    assert renderer().choose(campaign.template, channel, market_for(campaign, locale), locale).locale == locale
    content = render(name, channel, locale)
    assert not re.search(r"%\(|\{\{|\{%|\{#", str(content.fields))


@pytest.mark.parametrize(("name", "channel", "locale"), EVERY)
def test_a_text_is_paid_for_two_times_at_most(name: str, channel: str, locale: str) -> None:
    """In English, and where the alphabet of text messages allows it, once."""
    sms = render(name, channel, locale).sms
    assert sms is None or sms.segments <= (1 if locale in ("en", "de", "fr", "es_419", "pt_BR", "id") else 2)


@pytest.mark.parametrize(("name", "locale"), MAILS)
def test_a_mail_says_its_language_and_the_way_it_runs(name: str, locale: str) -> None:
    """`lang` and `dir` stand on the root, and the title is the subject."""
    content = render(name, "email", locale)
    outline = Outline(content.fields["html"])
    assert outline.root == {"lang": locale.replace("_", "-"), "dir": "rtl" if locale == "ar" else "ltr"}
    assert BIDI.sub("", outline.title) == BIDI.sub("", content.fields["subject"])


@pytest.mark.parametrize(("name", "locale"), MAILS)
def test_the_way_out_stands_in_advertising_and_nowhere_else(name: str, locale: str) -> None:
    """Who did not agree to a message cannot be asked to leave, and who did can leave at once."""
    promotional = workspace().purposes[workspace().campaigns[name].purpose].promotional
    outline = Outline(render(name, "email", locale).fields["html"])
    assert any("/u/" in link for link in outline.links) == promotional
    assert "Kairos" in outline.words


@pytest.mark.parametrize("name", [name for name, channel in messages() if channel == "email"])
def test_a_mail_says_who_writes_and_from_where(name: str) -> None:
    """As the person's market has it, or else as kairos.yaml does."""
    market, sender = workspace().markets["US"], workspace().sender
    nowhere = replace(market, terms={key: term for key, term in market.terms.items() if key != "address"})
    assert market.terms["address"] in render(name, "email", "en", market).fields["text"]
    assert sender.address is not None
    assert sender.address in render(name, "email", "en", nowhere).fields["text"]
    assert f">{sender.name}</div>" in render(name, "email", "en", nowhere).fields["html"]


@pytest.mark.parametrize(("name", "channel", "locale"), EVERY)
def test_a_link_is_an_address_and_nothing_else(name: str, channel: str, locale: str) -> None:
    """Marks that hold apart scripts of different directions stay out of addresses, where they would break them."""
    fields = render(name, channel, locale).fields
    found = [fields["link"]] if "link" in fields else []
    found += Outline(fields["html"]).links if "html" in fields else []
    found += re.findall(r"https://\S+", fields.get("body", ""))
    for link in found:
        assert re.fullmatch(r"https://[\w.]*example\.com/[\w./-]*", link.rstrip("\u2069")), link


@pytest.mark.parametrize(("name", "channel"), messages())
def test_a_message_reads_well_without_what_may_be_missing(name: str, channel: str) -> None:
    """A moment with its required fields only, about a person whose name is not known, still makes a message."""
    moment = workspace().campaigns[name].moment.on
    declared = workspace().moments[moment].data if moment else {}
    least = {key: value for key, value in DATA.get(moment or "", {}).items() if declared[key].required}
    content = render(name, channel, "en", data=least, first_name=None, last_name=None)
    assert "Hello," in content.fields.get("html", "Hello,")


def test_a_number_takes_the_form_that_its_language_asks_for() -> None:
    """Polish has three forms here, Arabic writes out one and two."""
    tracks = {n: render("day3-playlist", "push", "pl", data={"tracks": n}).fields["body"] for n in (1, 3, 12)}
    assert [text.split(",")[0] for text in tracks.values()] == ["1 utwór", "3 utwory", "12 utworów"]
    stories = {
        n: render("weekly-digest", "email", "ar", stories=[{"title": "x"}] * n).fields["subject"] for n in (1, 2, 3)
    }
    assert list(stories.values()) == ["قصة واحدة لأمسيتك", "قصتان لأمسيتك", "3 قصص لأمسيتك"]


CHANGES: list[tuple[str, str, str, str, Any]] = [
    ("order-shipped", "email", "en", "DE", "a neighbour takes it in"),
    ("tyres-inspected", "sms", "en", "US", "the tires of"),
    ("tyres-inspected", "sms", "en", "DE", "the tyres of"),
    ("tyres-inspected", "whatsapp", "en", "US", "the tires of"),
    ("tyres-inspected", "sms", "en", "PL", "grip on snow"),
    ("loyalty-balance", "push", "en", "MX", "next payday"),
    ("loyalty-balance", "push", "en", "PL", "start to the month"),
    ("loyalty-balance", "sms", "en", "FR", "STOP to 36123."),
    ("welcome", "email", "ja", "JP", "佐藤 様"),
    ("order-shipped", "email", "de", "DE", "Amtsgericht"),
]


@pytest.mark.parametrize(("name", "channel", "locale", "market", "said"), CHANGES)
def test_a_place_or_a_language_may_vary_a_message(name: str, channel: str, locale: str, market: str, said: str) -> None:
    """What belongs to the place follows the market whatever one reads; what belongs to the language follows that."""
    fields = render(name, channel, locale, workspace().markets[market]).fields
    assert said in str(fields)


@pytest.mark.parametrize("name", sorted(workspace().campaigns))
def test_a_campaign_reaches_those_it_is_meant_for(name: str) -> None:
    """On a Monday evening, somebody who is known, agreed and reachable gets each of the messages."""
    campaign = workspace().campaigns[name]
    market, locale = market_for(campaign, "de"), "de"
    now = datetime(2026, 9, 28, 17, 30, tzinfo=ZoneInfo(market.timezones[0])).astimezone(UTC)
    earlier = now - timedelta(hours=5)
    known = {key: Known(value, earlier) for key, value in KNOWN.items()}
    addresses = {channel: (address,) for channel, address in ADDRESSES.items()}
    person = Profile("u2", market.name, locale, market.timezones[0], addresses, known)
    consents = [
        Consent(person.id, channel, purpose, "granted", earlier, earlier)
        for channel in CHANNELS
        for purpose in workspace().purposes
    ]
    facts = Facts(person, tuple(consents), history={"session.started": (earlier,)})
    moment = Moment("m1", listens_to(campaign), person.id, now, DATA.get(campaign.moment.on or "", {}))
    material = Material(workspace(), renderer(), b"secret")
    (draft,) = compose([Ask(moment, campaign)], {person.id: facts}, material, now)
    assert (draft.outcome, draft.reason, draft.locale) == ("send", None, locale)


def test_a_digest_without_stories_is_not_sent() -> None:
    """Nothing to say is no reason to write."""
    with pytest.raises(ContentRefused) as refused:
        render("weekly-digest", "email", "en", stories=[])
    assert refused.value.code == "content.missing_data"
