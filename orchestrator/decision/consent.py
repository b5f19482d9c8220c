"""Consent: the ledger's state of today, and whether it is enough for a purpose, on a channel, in a market.

basis           needs
none            nothing: the message belongs to a contract
opt-out         no withdrawal
opt-in          a grant, and no withdrawal since
double-opt-in   a confirmed grant for the very address that is used, and no withdrawal since
"""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator import addresses
from orchestrator.blueprint import Market, Purpose
from orchestrator.decision.case import Case, passed, refused
from orchestrator.model import Consent, Finding

EVERY = "*"  # an entry for every channel, or every purpose that needs consent
NOT_NEEDED = passed("consent", "consent.not_needed", "Messages of this purpose need no consent.")


def basis(purpose: Purpose, market: Market | None, channel: str) -> str:
    """What a message of this purpose needs on a channel: none, opt-out, opt-in or double-opt-in."""
    if purpose.consent != "market":
        return purpose.consent
    return market.consent.get(channel, "opt-in") if market else "opt-in"


def standing(
    entries: Iterable[Consent], person: str, channel: str, purpose: str, held: Iterable[str]
) -> Consent | None:
    """The entry that decides: the latest by when it happened; of those at one instant, a withdrawal.

    `held` are the person's addresses on the channel: somebody else's withdrawal of such an address counts, too.
    """
    mine = [
        entry
        for entry in entries
        if entry.channel in (channel, EVERY)
        and entry.purpose in (purpose, EVERY)
        and (entry.profile == person or _binds(entry, channel, held))
    ]
    return max(mine, key=_order, default=None)


def _binds(entry: Consent, channel: str, held: Iterable[str]) -> bool:
    if entry.state != "withdrawn" or entry.address is None:
        return False
    address = addresses.normalised(channel, entry.address)
    return any(addresses.normalised(channel, own) == address for own in held)


def _order(entry: Consent) -> tuple[object, ...]:
    return entry.at, entry.state == "withdrawn", entry.recorded_at


def consented(case: Case, channel: str) -> Finding:
    """May we write to this person, for this purpose, on this channel?"""
    purpose = case.purpose
    needs = basis(purpose, case.market, channel)
    if needs == "none":
        return NOT_NEEDED
    route = case.route(channel)
    entry = standing(case.facts.consents, case.profile.id, channel, purpose.name, route.valid)
    if entry is not None and entry.state == "withdrawn":
        return refused("consent", "consent.withdrawn", f"Withdrawn on {entry.at:%Y-%m-%d} ({_source(entry)}).", channel)
    if needs == "opt-out":
        return passed(
            "consent", "consent.not_refused", f"{purpose.name} by {channel} is allowed until refused.", channel
        )
    if entry is None or entry.state != "granted":
        found = "nothing is on record" if entry is None else f"it is {entry.state}"
        return refused(
            "consent", "consent.missing", f"{purpose.name} by {channel} needs consent, and {found}.", channel
        )
    if needs == "double-opt-in" and not _for_address(entry, channel, route.chosen):
        return refused("consent", "consent.missing", "The consent on record was given for another address.", channel)
    return passed("consent", "consent.granted", f"Granted on {entry.at:%Y-%m-%d} ({_source(entry)}).", channel)


def _for_address(entry: Consent, channel: str, chosen: Iterable[str]) -> bool:
    if entry.address is None:
        return True
    given = addresses.normalised(channel, entry.address)
    return all(addresses.normalised(channel, address) == given for address in chosen)


def _source(entry: Consent) -> str:
    return entry.source or "source not noted"
