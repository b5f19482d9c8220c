"""What a gallery shows: every campaign on every channel, in each locale, for sample people where they live.

In a locale people stand for the market that speaks it first; every other market is there once, in its own first
locale, as its vocabulary and its variations are worth a look, too. The people are those with whom `kairos check` tries the
messages out; they are taken for members of a campaign's segment, and what happens to them for what it waits for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from orchestrator import samples, wire
from orchestrator.blueprint import Campaign, Market
from orchestrator.blueprint.sources import Sources
from orchestrator.checking.cases import Case, cases
from orchestrator.checking.memory import Memory
from orchestrator.checking.rendering import render
from orchestrator.checking.subject import Message, Subject
from orchestrator.compose import Ask
from orchestrator.content.catalogs import Catalog, String
from orchestrator.content.locales import territory
from orchestrator.content.render import ContentRefused
from orchestrator.content.templates import Templates
from orchestrator.material import Material
from orchestrator.model import CHANNELS, Content, Draft, Moment
from orchestrator.preview import composed
from orchestrator.stores.memory import MemoryRecords

MORNING = (2026, 3, 10, 10)  # on each person's own clock: a Tuesday without a holiday
PEOPLE = {"known": "All is known of the person.", "stranger": "Only what the campaign asks for is known."}
"""The sample people, and what is special about each."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One message to be shown; `locale` is the one that the person asks for."""

    campaign: str
    channel: str
    locale: str
    market: str
    person: str

    def __str__(self) -> str:
        return "/".join((self.campaign, self.channel, self.locale, self.market, self.person))


class Stage:
    """A workspace, where its messages are shown."""

    def __init__(self, files: Mapping[str, bytes], material: Material, catalogs: Mapping[str, Catalog]) -> None:
        workspace = material.workspace
        templates = Templates(files, workspace.markets)
        self._material = material
        self._workspace = workspace
        self._subject = Subject(Sources(files), workspace, templates, catalogs, material.renderer, Memory())
        self._tried: dict[Message, Sequence[Case]] = {}

    def scenes(
        self, campaigns: Iterable[str], locales: Sequence[str], people: Collection[str] = tuple(PEOPLE)
    ) -> Iterator[Scene]:
        """The scenes of some campaigns.

        Args:
            locales: those to show, the source language first. One that no market of a campaign offers is shown
                only if no market could offer it: the source language, and pseudo-locales.
            people: which of `PEOPLE`.
        """
        for name in campaigns:
            campaign = self._workspace.campaigns[name]
            channels = self._material.renderer.channels(campaign.template)
            for channel in sorted(channels, key=CHANNELS.index):
                markets = [
                    each for each in self._subject.markets(campaign) if channel in self._channels(campaign, each)
                ]
                for locale, market in self._places(markets, locales):
                    yield from (Scene(name, channel, locale, market, person) for person in people)

    def draft(self, scene: Scene, now: datetime | None = None) -> Draft:
        """What becomes of the message, with its content wherever it can be rendered.

        Args:
            now: the instant of the decision; the person's morning if it is left out.
        """
        campaign = _open_to_all(self._workspace.campaigns[scene.campaign], scene.channel)
        case = self._case(scene)
        now = now or self._morning(scene)
        person = self._person(scene, campaign, case, now)
        records = MemoryRecords()
        records.update_profiles([wire.profile(person, at=now)])
        granted = samples.consents(person["id"], self._workspace, self._material.channels)
        records.record_consents([wire.consent(entry, at=now, recorded_at=now) for entry in granted])
        return composed(self._material, records, Ask(self._moment(scene, campaign, case, now), campaign), now)

    def rehearsals(self) -> Iterator[tuple[str, Content]]:
        """Every message with all the values that it is tried with, the usual ones first: campaigns and contents.

        In the source language; where a message is for one locale alone, in that.
        """
        for message in sorted(self._subject.messages, key=self._rank):
            first, *others = self._spoken(message)
            for number, case in enumerate(self._cases(message)):
                for market, locale in (first, *others) if number < len(PEOPLE) else (first,):
                    try:
                        yield message.campaign.name, render(self._subject, message, market, locale, case)
                    except ContentRefused:  # for this case there is no such message
                        continue

    # -- what a message is made of

    def sources(self, scene: Scene) -> frozenset[str]:
        """The files of a message: its blueprint, its templates and all that they name.

        Where they do not fit together, those that may be to blame.
        """
        campaign = self._workspace.campaigns[scene.campaign]
        if message := self._message(scene):
            return frozenset({campaign.file, *(f"templates/{path}" for path in self._subject.reached(message.layers))})
        suspects = (f"templates/{campaign.template}/", "templates/_")
        return frozenset({campaign.file, *(file for file in self._subject.broken if file.startswith(suspects))})

    def strings(self, scene: Scene) -> frozenset[String]:
        """The strings of a message."""
        message = self._message(scene)
        return frozenset(asked.string for asked in message.linked.translatables) if message else frozenset()

    # -- places

    def _channels(self, campaign: Campaign, market: Market) -> Sequence[str]:
        return self._subject.channels(campaign, market)

    def _places(self, markets: Sequence[Market], locales: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Locales, each with the market that it is shown in."""
        source = self._workspace.locale
        left = {market.name: market for market in markets}
        for locale in locales:
            home = _home(locale, markets)
            if home is None and (locale == source or territory(locale) in ("XA", "XB")):
                home = next(iter(markets), None)
            if home:
                left.pop(home.name, None)
                yield locale, home.name
        for name, market in left.items():
            yield next((locale for locale in market.locales if locale in locales), source), name

    def _spoken(self, message: Message) -> Sequence[tuple[Market, str]]:
        """Where a message is in the source language, at home first; or else wherever it is."""
        source = self._workspace.locale
        places = [place for place in message.cases if place[1] == source] or message.cases
        return sorted(places, key=lambda place: place[0].locales[:1] != (place[1],))

    def _rank(self, message: Message) -> tuple[str, int, bool, bool]:
        """Sorts messages: by campaign and channel, those in the source language and at home first."""
        market, locale = self._spoken(message)[0]
        elsewhere = locale != self._workspace.locale
        return message.campaign.name, CHANNELS.index(message.channel), elsewhere, market.locales[:1] != (locale,)

    # -- people

    @cached_property
    def _messages(self) -> Mapping[tuple[str, str, str, str], Message]:
        return {
            (message.campaign.name, message.channel, market.name, locale): message
            for message in self._subject.messages
            for market, locale in message.cases
        }

    def _message(self, scene: Scene) -> Message | None:
        """The message; None where its files do not fit together."""
        return self._messages.get((scene.campaign, scene.channel, scene.market, scene.locale))

    def _cases(self, message: Message) -> Sequence[Case]:
        if message not in self._tried:
            self._tried[message] = cases(self._subject, message)
        return self._tried[message]

    def _case(self, scene: Scene) -> Case:
        """What is known and what happened; nothing special where the files of the message do not fit together."""
        message = self._message(scene)
        return self._cases(message)[list(PEOPLE).index(scene.person)] if message else Case({})

    def _morning(self, scene: Scene) -> datetime:
        zones = self._workspace.markets[scene.market].timezones
        return datetime(*MORNING, tzinfo=ZoneInfo(next(iter(zones), "UTC"))).astimezone(UTC)

    def _person(self, scene: Scene, campaign: Campaign, case: Case, now: datetime) -> dict[str, Any]:
        market = self._workspace.markets[scene.market]
        line = samples.sample(campaign, self._workspace, now).profile
        known = line["attributes"]
        if scene.person == "stranger":
            known = {name: value for name, value in known.items() if name in campaign.identify}
        here = {"market": market.name, "locale": scene.locale, "timezone": next(iter(market.timezones), "UTC")}
        return {**line, **here, "attributes": {**known, **case.below("profile")}}

    def _moment(self, scene: Scene, campaign: Campaign, case: Case, now: datetime) -> Moment:
        happened = samples.sample(campaign, self._workspace, now).moment
        declared = self._workspace.moments.get(happened.name)
        data = happened.data
        if scene.person == "stranger" and declared:
            data = {name: value for name, value in data.items() if declared.data[name].required}
        return replace(happened, data={**data, **case.below("moment", "data")})


def _open_to_all(campaign: Campaign, channel: str) -> Campaign:
    """The campaign on one channel, and as if everybody were meant."""
    return replace(campaign, channel=(channel,), segment=None, moment=replace(campaign.moment, where=None))


def _home(locale: str, markets: Sequence[Market]) -> Market | None:
    """The market that speaks it: first of all languages, or else among others."""
    first = (market for market in markets if market.locales[:1] == (locale,))
    return next(first, None) or next((market for market in markets if locale in market.locales), None)
