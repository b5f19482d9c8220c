"""What a person may choose: for each purpose that needs consent, on each channel on which there is an address; its nights,
where the market leaves these to people; and topics.

on        messages may be sent: a grant stands, or nothing was refused where that is enough
pending   the person has yet to confirm
off       nothing is sent
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from orchestrator import addresses
from orchestrator.blueprint import Market, Purpose, Workspace
from orchestrator.decision.consent import EVERY, NIGHT, TOPIC, basis, concerning, has_left, latest, on_nights
from orchestrator.decision.timing import keeps_hours
from orchestrator.model import CHANNELS, Facts, Profile

Stand = Literal["on", "pending", "off"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One switch, as it stands: a purpose on a channel, at night too, or one of its topics on all.

    `basis` is what the law asks for.
    """

    purpose: str
    channel: str
    basis: str
    state: Stand
    topic: str = ""
    night: bool = False

    @property
    def subject(self) -> str:
        """What the ledger's entries of the switch are about."""
        return f"{TOPIC}{self.topic}" if self.topic else f"{self.purpose}{NIGHT if self.night else ''}"

    @property
    def name(self) -> str:
        """What the switch is called in the form."""
        return f"{self.channel}/{self.subject}"


def offered(facts: Facts, workspace: Workspace) -> list[Choice]:
    """All switches of a person, purposes in the workspace's order, each with its nights and its topics behind it."""
    if facts.profile is None:
        return []
    market = workspace.markets.get(facts.profile.market or "")
    found: list[Choice] = []
    for purpose in workspace.purposes.values():
        if channels := _on_channels(facts, facts.profile, purpose, market):
            nights = [_at_night(facts, facts.profile, one) for one in channels if _has_nights(market, purpose, one)]
            found += [*channels, *nights, *_topics(facts, facts.profile, purpose.name, workspace)]
    return found


def _on_channels(facts: Facts, profile: Profile, purpose: Purpose, market: Market | None) -> list[Choice]:
    return [
        Choice(purpose.name, channel, needs, _stand(facts, profile, channel, purpose.name, needs))
        for channel in _channels(profile)
        if (needs := basis(purpose, market, channel)) != "none"
    ]


def _has_nights(market: Market | None, purpose: Purpose, by_day: Choice) -> bool:
    return market is not None and market.nights and keeps_hours(market, purpose, by_day.channel)


def _at_night(facts: Facts, profile: Profile, by_day: Choice) -> Choice:
    """The switch beside one: nights need a grant, whatever days need, and are off where nobody has said anything."""
    entry = on_nights(facts.consents, profile.id, by_day.channel, by_day.purpose, _held(profile, by_day.channel))
    states: Mapping[str, Stand] = {"granted": "on", "pending": "pending"}
    needs = "opt-in" if by_day.basis == "opt-out" else by_day.basis
    return replace(by_day, basis=needs, state=states.get(entry.state, "off") if entry else "off", night=True)


def _topics(facts: Facts, profile: Profile, purpose: str, workspace: Workspace) -> Iterator[Choice]:
    """The topics that campaigns of a purpose are about, in the order of the workspace's labels."""
    about = {campaign.topic for campaign in workspace.campaigns.values() if campaign.purpose == purpose}
    for topic in dict.fromkeys((*workspace.topics, *sorted(topic for topic in about if topic))):
        if topic in about:
            left = has_left(facts.consents, profile.id, topic)
            yield Choice(purpose, EVERY, "opt-out", "off" if left else "on", topic)


def flipped(
    choices: Sequence[Choice], shown: Collection[str], was: Collection[str], wanted: Collection[str]
) -> list[Choice]:
    """The switches that the person has turned over, and that still stand where the person saw them.

    `shown` are those the form had, `was` those it had on, `wanted` those that came back on: what was not shown, or not
    touched, stays as it is, however it may stand by now.
    """
    touched = {name for name in shown if (name in was) != (name in wanted)}
    return [
        choice for choice in choices if choice.name in touched and (choice.state == "on") != (choice.name in wanted)
    ]


def _channels(profile: Profile) -> list[str]:
    held = [channel for channel, found in profile.addresses.items() if found]
    return sorted(held, key=lambda name: (CHANNELS.index(name) if name in CHANNELS else len(CHANNELS), name))


def _stand(facts: Facts, profile: Profile, channel: str, purpose: str, needs: str) -> Stand:
    held = _held(profile, channel)
    entries = concerning(facts.consents, profile.id, channel, purpose, held)
    if needs == "opt-out":
        decisive = latest(entry for entry in entries if entry.state in ("granted", "withdrawn"))
        return "off" if decisive and decisive.state == "withdrawn" else "on"
    entry = latest(entries)
    if entry is None or entry.state in ("withdrawn", "unknown"):
        return "off"
    if entry.state == "pending":
        return "pending"
    elsewhere = needs == "double-opt-in" and held and not is_same(channel, entry.address, held[0])
    return "off" if elsewhere else "on"


def _held(profile: Profile, channel: str) -> list[str]:
    """Those of a person's addresses on a channel that are some."""
    return [address for raw in profile.addresses[channel] if (address := addresses.valid(channel, raw))]


def is_same(channel: str, one: str | None, other: str) -> bool:
    """Whether two addresses are one; an address that is not known may be any."""
    return one is None or addresses.normalised(channel, one) == addresses.normalised(channel, other)
