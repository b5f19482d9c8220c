"""What a gallery shows: every campaign on every channel, in each locale, for sample people where they live.

In a locale people stand for the market that speaks it first; every other market is there once, in its own first
locale, as its vocabulary and its variations are worth a look, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from orchestrator import samples, wire
from orchestrator.blueprint import Campaign, Market, Workspace
from orchestrator.compose import Ask
from orchestrator.content.locales import territory
from orchestrator.material import Material
from orchestrator.model import CHANNELS, Draft, Moment
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


def scenes(
    material: Material, campaigns: Iterable[str], locales: Sequence[str], people: Collection[str] = tuple(PEOPLE)
) -> Iterator[Scene]:
    """The scenes of some campaigns.

    Args:
        locales: those to show, the source language first. One that no market of a campaign offers is shown
            only if no market could offer it: the source language, and pseudo-locales.
        people: which of `PEOPLE`.
    """
    for name in campaigns:
        campaign = material.workspace.campaigns[name]
        channels = material.renderer.channels(campaign.template)
        for channel in sorted(channels, key=CHANNELS.index):
            for locale, market in _places(campaign, material.workspace, locales):
                yield from (Scene(name, channel, locale, market, person) for person in people)


def draft(scene: Scene, material: Material, now: datetime | None = None) -> Draft:
    """What becomes of the message, with its content wherever it can be rendered.

    Args:
        now: the instant of the decision; the person's morning if it is left out.
    """
    workspace = material.workspace
    campaign = replace(workspace.campaigns[scene.campaign], channel=(scene.channel,))
    person = _person(scene, campaign, workspace)
    now = now or datetime(*MORNING, tzinfo=ZoneInfo(person["timezone"])).astimezone(UTC)
    records = MemoryRecords()
    records.update_profiles([wire.profile(person, at=now)])
    granted = samples.consents(person["id"], workspace, material.channels)
    records.record_consents([wire.consent(entry, at=now, recorded_at=now) for entry in granted])
    return composed(material, records, Ask(_moment(scene, campaign, workspace, now), campaign), now)


def _places(campaign: Campaign, workspace: Workspace, locales: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Locales, each with the market that it is shown in."""
    targeted = [m for m in workspace.markets.values() if campaign.markets is None or m.name in campaign.markets]
    left = {market.name: market for market in targeted}
    for locale in locales:
        home = _home(locale, targeted)
        if home is None and (locale == workspace.locale or territory(locale) in ("XA", "XB")):
            home = next(iter(targeted), None)
        if home:
            left.pop(home.name, None)
            yield locale, home.name
    for name, market in left.items():
        yield next((locale for locale in market.locales if locale in locales), workspace.locale), name


def _home(locale: str, markets: Sequence[Market]) -> Market | None:
    """The market that speaks a locale: first of all languages, or else among others."""
    first = (market for market in markets if market.locales[:1] == (locale,))
    return next(first, None) or next((market for market in markets if locale in market.locales), None)


def _person(scene: Scene, campaign: Campaign, workspace: Workspace) -> dict[str, Any]:
    market = workspace.markets[scene.market]
    line = samples.profile(campaign, workspace)
    line |= {"market": market.name, "locale": scene.locale, "timezone": next(iter(market.timezones), "UTC")}
    if scene.person == "stranger":
        conditions = [condition for condition in (campaign.segment, campaign.moment.where) if condition]
        asked = {*campaign.identify}.union(*(condition.attributes for condition in conditions))
        line["attributes"] = {name: value for name, value in line["attributes"].items() if name in asked}
    return line


def _moment(scene: Scene, campaign: Campaign, workspace: Workspace, now: datetime) -> Moment:
    happened = samples.moment(campaign, workspace, samples.PERSON, now)
    declared = workspace.moments.get(happened.name)
    if scene.person != "stranger" or declared is None:
        return happened
    return replace(happened, data={key: value for key, value in happened.data.items() if declared.data[key].required})
