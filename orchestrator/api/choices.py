"""What a person may choose: for each purpose that needs consent, on each channel on which there is an address; and topics.

on        messages may be sent: a grant stands, or nothing was refused where that is enough
pending   the person has yet to confirm
off       nothing is sent
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from orchestrator import addresses
from orchestrator.blueprint import Purpose, Workspace
from orchestrator.decision.consent import EVERY, TOPIC, basis, concerning, has_left, latest
from orchestrator.model import CHANNELS, Facts, Profile

Stand = Literal["on", "pending", "off"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One switch, as it stands: a purpose on a channel, or one of its topics on all. `basis` is what the law asks for."""

    purpose: str
    channel: str
    basis: str
    state: Stand
    topic: str = ""

    @property
    def subject(self) -> str:
        """What the ledger's entries of the switch are about."""
        return f"{TOPIC}{self.topic}" if self.topic else self.purpose

    @property
    def name(self) -> str:
        """What the switch is called in the form."""
        return f"{self.channel}/{self.subject}"


def offered(facts: Facts, workspace: Workspace) -> list[Choice]:
    """All switches of a person, purposes in the workspace's order, each with its topics behind it."""
    if facts.profile is None:
        return []
    found: list[Choice] = []
    for purpose in workspace.purposes.values():
        if channels := _on_channels(facts, facts.profile, purpose, workspace):
            found += [*channels, *_topics(facts, facts.profile, purpose.name, workspace)]
    return found


def _on_channels(facts: Facts, profile: Profile, purpose: Purpose, workspace: Workspace) -> list[Choice]:
    market = workspace.markets.get(profile.market or "")
    return [
        Choice(purpose.name, channel, needs, _stand(facts, profile, channel, purpose.name, needs))
        for channel in _channels(profile)
        if (needs := basis(purpose, market, channel)) != "none"
    ]


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
    held = [address for raw in profile.addresses[channel] if (address := addresses.valid(channel, raw))]
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


def is_same(channel: str, one: str | None, other: str) -> bool:
    """Whether two addresses are one; an address that is not known may be any."""
    return one is None or addresses.normalised(channel, one) == addresses.normalised(channel, other)
