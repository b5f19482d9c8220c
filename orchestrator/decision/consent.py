"""Consent: the ledger's state of today, and whether it is enough for a purpose, on a channel, in a market.

basis           needs
none            nothing: the message belongs to a contract
opt-out         no withdrawal; what is pending or of unknown origin takes none back
opt-in          a grant, and nothing else since
double-opt-in   a confirmed grant for the very address that is used, and nothing else since
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import lru_cache

from orchestrator.addresses import normalised
from orchestrator.blueprint import Market, Purpose, Workspace
from orchestrator.blueprint.notices import PENDING
from orchestrator.blueprint.problems import unknown
from orchestrator.decision.case import Case, Route, passed, refused
from orchestrator.model import Consent, Facts, Finding

EVERY = "*"  # an entry for every channel, or every purpose that needs consent
BY_REPLY = "reply:"  # the source of what a person's reply brought about
STOP, REFUSAL, START, REVIEW = (BY_REPLY + kind for kind in ("stop", "refusal", "start", "review"))
NIGHT = ":night"  # behind a purpose: the consent to get it outside of a market's hours, too
TOPIC = "topic:"  # before a topic: an entry about it concerns every channel, and no other topic
NOT_NEEDED = passed("consent", "consent.not_needed", "Messages of this purpose need no consent.")


def ledger_purposes(workspace: Workspace) -> tuple[str, ...]:
    """What an entry of the ledger may be about: purposes, their nights where a market leaves these to people, and topics."""
    refusable = [name for name, purpose in workspace.purposes.items() if purpose.promotional]
    nights = refusable if any(market.nights for market in workspace.markets.values()) else []
    topics = {campaign.topic: None for campaign in workspace.campaigns.values() if campaign.topic}
    return (*workspace.purposes, *(name + NIGHT for name in nights), *(TOPIC + name for name in topics))


def undeclared(workspace: Workspace, channels: Collection[str], *, purpose: str, channel: str) -> dict[str, str]:
    """What an entry names that the workspace does not have, a sentence for each field: such an entry would never count."""
    known: Mapping[str, tuple[str, Collection[str]]] = {
        "purpose": (purpose, ledger_purposes(workspace)),
        "channel": (channel, channels),
    }
    return {
        field: unknown(field, found, names)
        for field, (found, names) in known.items()
        if found != EVERY and found not in names
    }


def basis(purpose: Purpose, market: Market | None, channel: str) -> str:
    """What a message of this purpose needs on a channel: none, opt-out, opt-in or double-opt-in."""
    if purpose.consent != "market":
        return purpose.consent
    return market.consent.get(channel, "opt-in") if market else "opt-in"


def concerning(
    entries: Iterable[Consent], person: str, channel: str, purpose: str, held: Iterable[str]
) -> list[Consent]:
    """The entries about a purpose on a channel: the person's own, and a STOP that others sent from the same address.

    `held` are the person's addresses on the channel.
    """
    return [
        entry
        for entry in entries
        if entry.channel in (channel, EVERY)
        and entry.purpose in (purpose, EVERY)
        and (entry.profile == person or _binds(entry, channel, held))
    ]


def _binds(entry: Consent, channel: str, held: Iterable[str]) -> bool:
    if entry.source != STOP or entry.address is None:
        return False
    address = normalised(channel, entry.address)
    return any(normalised(channel, own) == address for own in held)


def latest(entries: Iterable[Consent]) -> Consent | None:
    """The entry that decides: the latest by when it happened; of those at one instant a withdrawal, or else a grant."""
    return max(entries, key=_order, default=None)


def _order(entry: Consent) -> tuple[object, ...]:
    return entry.at, entry.state == "withdrawn", entry.recorded_at, entry.state == "granted", entry.state


def restores(entries: Collection[Consent], needs: str) -> bool:
    """Whether a START takes a STOP back: it brings back what stood before, and is no consent that was never given."""
    if (stopped := latest(entries)) is None or stopped.state != "withdrawn":
        return False
    before = latest(entry for entry in entries if not entry.source.startswith(BY_REPLY))
    if needs == "opt-out":
        return before is None or before.state != "withdrawn"
    return before is not None and before.state == "granted"


def on_nights(
    entries: Collection[Consent], person: str, channel: str, purpose: str, held: Collection[str]
) -> Consent | None:
    """The entry that decides whether a person gets messages of a purpose outside of a market's hours; only a grant allows it.

    It is given apart from the consent for the purpose, and ends with that.
    """
    own = [one for one in concerning(entries, person, channel, purpose + NIGHT, held) if one.purpose != EVERY]
    ends = [one for one in concerning(entries, person, channel, purpose, held) if one.state == "withdrawn"]
    return latest([*own, *ends])


def has_left(entries: Iterable[Consent], person: str, topic: str) -> bool:
    """Whether a person does not want to hear about a topic; whoever has said nothing does."""
    entry = latest(one for one in entries if one.profile == person and one.purpose == TOPIC + topic)
    return entry is not None and entry.state == "withdrawn"


def on_topic(case: Case) -> Finding:
    """Does the person want to hear about what the campaign is about, if that can be refused?"""
    topic = case.campaign.topic
    if topic and case.purpose.promotional and has_left(case.facts.consents, case.profile.id, topic):
        return refused("topic", "topic.left", f"The person has left the topic {topic!r}.")
    return passed("topic", "topic.wanted", f"The person has not left the topic {topic!r}.")


def consented(case: Case, channel: str) -> Finding:
    """May we write to this person, for this purpose, on this channel?"""
    if case.moment.name == PENDING:
        return _awaited(case, channel)
    return standing(case.facts, case.purpose, case.market, case.route(channel))


def _awaited(case: Case, channel: str) -> Finding:
    """May we ask this person to confirm? As long as that is the last word on it, and the message advertises nothing."""
    if case.purpose.promotional:
        return refused("consent", "consent.missing", "What asks for a confirmation must not be advertising.", channel)
    asked = str(case.moment.data.get("purpose"))
    entry = latest(concerning(case.facts.consents, case.profile.id, channel, asked, case.route(channel).valid))
    if entry is not None and entry.state == "pending":
        return passed("consent", "consent.pending", f"{asked} by {channel} waits for a confirmation.", channel)
    found = "nothing is on record" if entry is None else f"it is {entry.state}"
    return refused("consent", "consent.settled", f"{asked} by {channel} waits for no confirmation: {found}.", channel)


def standing(facts: Facts, purpose: Purpose, market: Market | None, route: Route) -> Finding:
    """What the ledger says of today, for one purpose, on the channel of this way to a person who is known."""
    channel, needs = route.channel, basis(purpose, market, route.channel)
    if needs == "none":
        return NOT_NEEDED
    assert facts.profile is not None
    entries = concerning(facts.consents, facts.profile.id, channel, purpose.name, route.valid)
    if needs == "opt-out":
        entries = [entry for entry in entries if entry.state in ("granted", "withdrawn")]
    entry = latest(entries)
    if entry is not None and entry.state == "withdrawn":
        return refused(
            "consent", "consent.withdrawn", f"Withdrawn on {_when_and_where(entry.at.date(), entry.source)}.", channel
        )
    if needs == "opt-out":
        detail = f"{purpose.name} by {channel} is allowed until refused."
        return passed("consent", "consent.not_refused", detail, channel)
    if entry is None or entry.state != "granted":
        found = "nothing is on record" if entry is None else f"it is {entry.state}"
        detail = f"{purpose.name} by {channel} needs consent, and {found}."
        return refused("consent", "consent.missing", detail, channel)
    if needs == "double-opt-in" and not _for_address(entry, channel, route.chosen):
        return refused("consent", "consent.missing", "The consent on record was given for another address.", channel)
    return _granted(entry.at.date(), entry.source, channel)


@lru_cache(maxsize=4096)
def _granted(on: date, source: str, channel: str) -> Finding:
    return passed("consent", "consent.granted", f"Granted on {_when_and_where(on, source)}.", channel)


def _for_address(entry: Consent, channel: str, chosen: Iterable[str]) -> bool:
    if entry.address is None:
        return True
    given = normalised(channel, entry.address)
    return all(normalised(channel, address) == given for address in chosen)


def _when_and_where(on: date, source: str) -> str:
    return f"{on} ({source or 'source not noted'})"
