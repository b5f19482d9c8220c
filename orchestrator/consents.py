"""Entries come into the consent ledger, and whoever has to confirm one is asked to.

    pending ─► its confirmation is kept ─► the ledger ─► `consent.pending`, once a day for an address ─► a message with a link
                                                                                     the link, pressed ─► granted

One link confirms all that was asked of an address at one time. Nobody is asked about what happened too long ago for the
link to work, nor at an address that is not the person's.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from orchestrator.addresses import normalised
from orchestrator.blueprint.notices import PENDING
from orchestrator.decision.consent import EVERY
from orchestrator.model import Consent, Profile
from orchestrator.notices import Event, Notices
from orchestrator.ports import Confirmation, Desk, Records

LASTS = timedelta(days=7)
"""For how long a link confirms."""
ID = 12  # bytes of a confirmation's id


class Consents:
    """The way into the ledger for what services and people report."""

    def __init__(self, records: Records, desk: Desk, notices: Notices, clock: Callable[[], datetime]) -> None:
        self._records = records
        self._desk = desk
        self._notices = notices
        self._clock = clock

    def record(self, entries: Sequence[Consent]) -> dict[int, Confirmation]:
        """Append entries, and ask about those that are pending: their confirmations, by their places in the list."""
        pending = {index: entry for index, entry in enumerate(entries) if entry.state == "pending"}
        if not pending:
            self._records.record_consents(entries)
            return {}
        people = self._records.profiles(sorted({entry.profile for entry in pending.values()}))
        pending = {index: _addressed(entry, people.get(entry.profile)) for index, entry in pending.items()}
        now = self._clock()
        asked = {index: _confirmation(entry, now) for index, entry in pending.items()}
        self._desk.ask(list(asked.values()))
        self._records.record_consents([pending.get(index, entry) for index, entry in enumerate(entries)])
        recent = [asked[index] for index, entry in pending.items() if now - entry.at < LASTS]
        self._ask(recent, people)
        return asked

    def _ask(self, confirmations: Iterable[Confirmation], people: Mapping[str, Profile]) -> None:
        self._notices.report(
            PENDING,
            [
                Event(
                    one.profile,
                    one.channel,
                    one.address,
                    one.asked_at,
                    {"purpose": one.purpose, "confirmation": one.id},
                )
                for one in confirmations
                if one.address and _is_theirs(people.get(one.profile), one.channel, one.address)
            ],
        )


def _addressed(entry: Consent, person: Profile | None) -> Consent:
    """What is to be confirmed is a consent for one address: that which is named, or else the best one of today."""
    best = next(iter(person.addresses.get(entry.channel, ())), None) if person else None
    return replace(entry, address=entry.address or best)


def _confirmation(entry: Consent, now: datetime) -> Confirmation:
    return Confirmation(secrets.token_hex(ID), entry.profile, entry.channel, entry.purpose, entry.address, now)


def _is_theirs(person: Profile | None, channel: str, address: str) -> bool:
    if person is None:
        return False
    held = {normalised(channel, one) for one in person.addresses.get(channel, ())} if channel != EVERY else set()
    return normalised(channel, address) in held
