"""A person whom a campaign means, and a moment that it waits for, as far as trying can find them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from orchestrator import civil
from orchestrator.blueprint import Campaign, Market, Names, Scope, Workspace
from orchestrator.blueprint.notices import moment_type
from orchestrator.decision.case import Case
from orchestrator.decision.eligibility import bucket
from orchestrator.material import listens_to
from orchestrator.model import Facts, Known, Moment, Profile
from orchestrator.samples.fitting import Choice, Domain, Key, fitted, of_type, past
from orchestrator.samples.values import PLAIN, Shape, value

PERSON = "sample"
Shapes = Mapping[tuple[str, ...], Shape]
"""What templates read of values, by path: ("profile", "stories"), ("moment", "data", "lines")."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Somebody whom a campaign may address.

    Attributes:
        profile: the person, as a profile line has it.
        moment: what the campaign waits for, with a value for everything that its type declares.
        past: what has happened to the person before, as far as the campaign asks.
    """

    profile: dict[str, Any]
    moment: Moment
    past: tuple[Moment, ...] = ()


def sample(campaign: Campaign, workspace: Workspace, now: datetime, shapes: Shapes | None = None) -> Sample:
    """A person and a moment for which the campaign's conditions hold; likely ones where none are found."""
    maker = _Maker(campaign, workspace, now)
    domains = dict(maker.domains(shapes or {}))
    asked = [condition for condition in (campaign.segment, campaign.moment.where) if condition]
    chosen = fitted(asked, maker.names, domains, maker.scope)
    return Sample(maker.profile(chosen), maker.moment(chosen), tuple(maker.past(chosen)))


def consents(person: str, workspace: Workspace, channels: Iterable[str]) -> list[dict[str, str]]:
    """Consent to everything, as ledger lines have it."""
    return [
        {"profile": person, "channel": channel, "purpose": purpose, "state": "granted", "source": "sample"}
        for channel in channels
        for purpose in workspace.purposes
    ]


class _Maker:
    """Makes people and moments of what was chosen for a campaign."""

    def __init__(self, campaign: Campaign, workspace: Workspace, now: datetime) -> None:
        self._campaign = campaign
        self._workspace = workspace
        self._now = now
        self._on = listens_to(campaign)
        self._person = _included(campaign)
        self._markets = _markets(campaign, workspace)
        declared = moment_type(workspace, self._on)
        self._data = declared.data if declared else {}

    @property
    def names(self) -> Names:
        """What the campaign's conditions may name."""
        return Names(self._workspace.attributes, self._data, self._workspace.moments)

    def domains(self, shapes: Shapes) -> Iterator[tuple[Key, Domain]]:
        """What each name may be."""
        for name, attribute in self._workspace.attributes.items():
            likely = value(name, attribute.type, self._now, shapes.get(("profile", name), PLAIN))
            needed = name in self._campaign.identify
            yield ("profile", name), of_type(attribute.type, likely, optional=not needed)
        for name, field in self._data.items():
            likely = value(name, field.type, self._now, shapes.get(("moment", "data", name), PLAIN))
            yield ("data", name), of_type(field.type, likely, optional=not field.required)
        for name in self._workspace.moments:
            yield ("past", name), past(self._now)
        first, *others = self._markets or (None,)
        yield ("market",), Domain(first, lambda _: others)

    def scope(self, chosen: Choice) -> Scope:
        """What conditions see."""
        market: Market | None = chosen["market",]
        person = Profile(
            self._person,
            market.name if market else None,
            attributes={name: Known(each, self._now) for name, each in _below(chosen, "profile")},
        )
        history = dict(_below(chosen, "past"))
        history[self._on] = (*history.get(self._on, ()), self._now)
        purpose = self._workspace.purposes[self._campaign.purpose]
        facts = Facts(person, history=history)
        return Case(self._workspace, self._campaign, purpose, self.moment(chosen), "", facts, self._now).scope()

    def profile(self, chosen: Choice) -> dict[str, Any]:
        """The person, as a profile line."""
        market: Market | None = chosen["market",]
        return {
            "id": self._person,
            "market": market.name if market else None,
            "locale": market.locales[0] if market and market.locales else self._workspace.locale,
            "timezone": self._zone(market.timezones if market else ()),
            "email": "sample@example.com",
            "phone": "+12025550123",
            "whatsapp": "+12025550123",
            "push": ["sample-device"],
            "attributes": dict(_below(chosen, "profile")),
        }

    def _zone(self, names: Sequence[str]) -> str:
        """Of a market's time zones the one in the middle, which most people are near."""
        there_are = [name for name in names if civil.zone(name)]
        by_clock = sorted(there_are, key=lambda name: self._now.astimezone(ZoneInfo(name)).replace(tzinfo=None))
        return by_clock[len(by_clock) // 2] if by_clock else "UTC"

    def moment(self, chosen: Choice) -> Moment:
        """What the campaign waits for."""
        return Moment(f"sample:{self._on}", self._on, self._person, self._now, dict(_below(chosen, "data")))

    def past(self, chosen: Choice) -> Iterator[Moment]:
        """What has happened before."""
        for name, instants in _below(chosen, "past"):
            for number, at in enumerate(instants):
                yield Moment(f"sample:{name}:{number}", name, self._person, at)


def _below(chosen: Choice, root: str) -> Iterator[tuple[str, Any]]:
    """What was chosen of one kind, by name; what is missing is left out."""
    return ((key[1], each) for key, each in chosen.items() if key[0] == root and each is not None)


def _included(campaign: Campaign) -> str:
    """The id of somebody who is not held out."""
    ids = (PERSON, *(f"{PERSON}-{number}" for number in range(2, 100)))
    return next((id for id in ids if bucket(campaign.name, id) >= campaign.holdout), PERSON)


def _markets(campaign: Campaign, workspace: Workspace) -> list[Market]:
    """The campaign's markets, those first that speak the language in which templates are written."""
    every = workspace.markets.values()
    meant = [each for each in every if campaign.markets is None or each.name in campaign.markets]
    return sorted(meant, key=lambda market: market.locales[:1] != (workspace.locale,))
