"""Who opened a link: the person to whom its message was written."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator import links
from orchestrator.api.house import House
from orchestrator.blueprint import Market, Workspace
from orchestrator.content import locales
from orchestrator.model import Facts, Profile
from orchestrator.ports import Record
from orchestrator.words import Words, words


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person, as known by a link in this message."""

    record: Record
    facts: Facts
    profile: Profile
    market: Market | None

    @property
    def words(self) -> Words:
        """Our own words, in the person's language."""
        return words(self.profile.locale, self.market.locales if self.market else ())

    def speaks(self, workspace: Workspace, available: tuple[str, ...]) -> str:
        """The locale, of those that messages exist in, that the person is written to in first."""
        spoken = self.market.locales if self.market else ()
        return locales.preference(self.profile.locale, spoken, workspace.locale, available)[0]


def recipient_of(house: House, token: str) -> Recipient | None:
    """The person whom a token leads to; None where the token is not ours, or the message or the person is gone."""
    message = links.message_of(token, house.secrets)
    record = house.app.records.message(message) if message else None
    if record is None:
        return None
    facts = house.app.records.gather([record.profile], history={}, now=house.app.clock())[record.profile]
    if facts.profile is None:
        return None
    market = house.app.material.workspace.markets.get(facts.profile.market or "")
    return Recipient(record, facts, facts.profile, market)


def brand_of(house: House) -> str | None:
    """Who writes, as the workspace calls itself."""
    return house.app.material.workspace.sender.name
