"""All that is known of some people, in two statements however many they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from orchestrator.model import NOTHING, Consent, Facts, Profile
from orchestrator.ports import Outlook
from orchestrator.stores.addresses import Place
from orchestrator.stores.codec import decode
from orchestrator.stores.instants import instant, micros
from orchestrator.stores.sql import profiles, upkeep
from orchestrator.stores.sql.session import Found, Given, Session

# one row for each thing known; `person` is whom it is known of, and what does not apply is empty
BESIDE = """
    SELECT 'consent' AS kind, profile AS person, profile, channel, purpose, state, at, recorded_at, source, address, evidence
    FROM consents WHERE profile IN :ids
    UNION ALL
    SELECT 'consent', a.profile, c.profile, c.channel, purpose, state, at, recorded_at, source, c.address, evidence
    FROM addresses AS a JOIN consents AS c ON c.place = a.address AND c.channel = a.channel
    WHERE a.profile IN :ids AND c.state = 'withdrawn' AND c.profile <> a.profile AND NOT EXISTS (
        SELECT 1 FROM consents AS back
        WHERE back.profile = c.profile AND back.place = c.place AND back.channel = c.channel
        AND back.purpose = c.purpose AND back.state = 'granted' AND back.at > c.at
    )
    UNION ALL
    SELECT 'suppressed', a.profile, '', a.channel, '', '', s.at, 0, '', a.address, ''
    FROM addresses AS a JOIN suppressions AS s ON s.address = a.address AND s.channel = a.channel
    WHERE a.profile IN :ids
    UNION ALL
    SELECT 'replied', profile, '', channel, '', '', max(at), 0, '', '', ''
    FROM replies WHERE profile IN :ids GROUP BY profile, channel
"""
BEFORE = """
    UNION ALL
    SELECT 'moment', profile, '', m.name, '', '', at, 0, '', '', ''
    FROM :spans(name text, since bigint) AS asked CROSS JOIN moments AS m
    WHERE profile IN :ids AND m.name = asked.name AND m.at >= asked.since
"""


class _Known:
    """What is known of one person beside the profile."""

    __slots__ = ("consents", "history", "replied", "suppressed")

    def __init__(self) -> None:
        self.consents: list[Consent] = []
        self.suppressed: set[Place] = set()
        self.replied: dict[str, datetime] = {}
        self.history: dict[str, list[datetime]] = {}

    def add(self, row: Found) -> None:
        """Take in one row of `BESIDE`."""
        kind, _, profile, channel, purpose, state, at, recorded_at, source, address, evidence = row
        if kind == "consent":
            said = NOTHING if evidence == "{}" else decode(evidence)
            learnt = instant(recorded_at)
            self.consents.append(Consent(profile, channel, purpose, state, instant(at), learnt, source, address, said))
        elif kind == "moment":
            self.history.setdefault(channel, []).append(instant(at))
        elif kind == "suppressed":
            self.suppressed.add((channel, address))
        else:
            self.replied[channel] = instant(at)

    def facts(self, profile: Profile | None) -> Facts:
        """All of it."""
        history = {name: tuple(sorted(instants)) for name, instants in self.history.items()}
        return Facts(profile, tuple(self.consents), frozenset(self.suppressed), history=history, replied=self.replied)


def gather(session: Session, ids: Sequence[str], history: Mapping[str, timedelta], now: datetime) -> dict[str, Facts]:
    """The facts of each id, all but the touches."""
    people, beside = session.together((profiles.OF, {"ids": tuple(ids)}), _beside(ids, history, now))
    return _together(ids, profiles.by_id(people), beside)


def outlook(session: Session, ids: Sequence[str], history: Mapping[str, timedelta], now: datetime) -> Outlook:
    """The facts of each id, and what is stopped."""
    people, beside, stopped = session.together(
        (profiles.OF, {"ids": tuple(ids)}), _beside(ids, history, now), (upkeep.STOPS, {})
    )
    return _together(ids, profiles.by_id(people), beside), upkeep.stopped(stopped)


def gather_standing(session: Session, ids: Sequence[str]) -> dict[str, Facts]:
    """What may stop a message on its way: where and when people are reached, and their will; no attributes or history.

    The people are held first, so that their will is read as it is from then on.
    """
    people, beside = session.together((profiles.HELD, {"ids": tuple(ids)}), (BESIDE, {"ids": tuple(ids)}))
    return _together(ids, profiles.by_id(people, attributes=False), beside)


def _together(ids: Sequence[str], people: Mapping[str, Profile], beside: Sequence[Found]) -> dict[str, Facts]:
    known: dict[str, _Known] = defaultdict(_Known)
    for row in beside:
        known[row.person].add(row)
    return {id: known[id].facts(people.get(id)) for id in ids}


def _beside(ids: Sequence[str], history: Mapping[str, timedelta], now: datetime) -> tuple[str, Given]:
    """A statement, with its values."""
    if not history:
        return BESIDE, {"ids": tuple(ids)}
    spans = [{"name": name, "since": micros(now - span)} for name, span in history.items()]
    return BESIDE + BEFORE, {"ids": tuple(ids), "spans": spans}
