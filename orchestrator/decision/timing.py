"""When a message may be sent: a person's own pause, quiet hours, a market's allowed hours, the campaign's windows, expiry.

A pause binds what people may refuse, and ends at an instant. Hours are wall-clock and half-open. Each rule turns a calendar day into instants; where a person's zone is not
known, every zone that it may be must permit the instant. What must wait is held until the earliest permitted
instant; what would be permitted only at or after its expiry is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Protocol

import holidays

from orchestrator import civil
from orchestrator.blueprint import AllowedWindow, ClockRange, Market, Purpose
from orchestrator.decision.case import Case, Passes, Verdict, Wait, refused
from orchestrator.decision.consent import on_nights
from orchestrator.model import PAUSE, Profile

DAY = timedelta(days=1)
HORIZON = 40  # days to look ahead: longer than any run of days without a permitted hour
ROUNDS = 400  # alternations between rules before we say that there is no such instant
DAYS_KEPT = 2048  # of one rule, worked out for a zone: some days for each zone there is
PERMITTED = Passes("timing", "timing.permitted", "The hour is permitted.")
NO_DISTURBANCE = frozenset({"sms", "whatsapp", "push"})  # channels that a market's allowed hours bind

Span = tuple[datetime, datetime]
SpansOfDay = Callable[[date, tzinfo], Sequence[Span]]


class Binding(Protocol):
    """What says from when on a message is permitted, with the reason code for being too early."""

    @property
    def code(self) -> str: ...
    def earliest(self, at: datetime, where: tzinfo) -> datetime | None:
        """The first instant from `at` on that is permitted in a zone, or None."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A person wants to be left in peace until an instant; None: nobody can tell until when."""

    until: datetime | None
    code: str = "timing.paused"

    def earliest(self, at: datetime, where: tzinfo) -> datetime | None:
        """The end of the pause, or `at` once it is over."""
        return None if self.until is None else max(at, self.until)


@dataclass(frozen=True, slots=True)
class Rule:
    """Hours with the reason code for being outside them: `forbids` of the spans, or permits only them."""

    code: str
    spans: SpansOfDay
    forbids: bool

    def earliest(self, at: datetime, where: tzinfo) -> datetime | None:
        """The first instant from `at` on that this rule permits in a zone, or None within the horizon."""
        return self._after_forbidden(at, where) if self.forbids else self._within_permitted(at, where)

    def _days(self, at: datetime, where: tzinfo) -> Iterator[Span]:
        today = civil.local_day(at, where)
        for ahead in range(-1, HORIZON):
            yield from self.spans(today + ahead * DAY, where)

    def _after_forbidden(self, at: datetime, where: tzinfo) -> datetime | None:
        for start, end in self._days(at, where):
            if start <= at < end:
                at = end
            elif start > at:
                return at
        return at

    def _within_permitted(self, at: datetime, where: tzinfo) -> datetime | None:
        return next((max(at, start) for start, end in self._days(at, where) if end > at), None)


def _span(day: date, hours: ClockRange, where: tzinfo) -> Span:
    until = day if hours.start < hours.end else day + DAY
    return civil.instant(day, hours.start, where), civil.instant(until, hours.end, where)


def daily(hours: tuple[ClockRange, ...]) -> SpansOfDay:
    """The same hours every day."""

    @lru_cache(maxsize=DAYS_KEPT)
    def spans(day: date, where: tzinfo) -> list[Span]:
        return sorted(_span(day, range_, where) for range_ in hours)

    return spans


def allowed(windows: tuple[AllowedWindow, ...], territory: str | None, spare_holidays: bool) -> SpansOfDay:
    """A market's hours by day of the week; none on its public holidays, where it spares them."""

    @lru_cache(maxsize=DAYS_KEPT)
    def spans(day: date, where: tzinfo) -> list[Span]:
        if spare_holidays and territory and day in public_holidays(territory, day.year):
            return []
        return sorted(_span(day, window.range, where) for window in windows if day.weekday() in window.days)

    return spans


@lru_cache(maxsize=512)
def public_holidays(territory: str, year: int) -> frozenset[date]:
    """A country's public holidays in a year; none where they are not known."""
    try:
        return frozenset(holidays.country_holidays(territory, years=year))
    except NotImplementedError:
        return frozenset()


@lru_cache(maxsize=1024)
def quiet(hours: tuple[ClockRange, ...]) -> Rule:
    """Nobody is disturbed within these hours."""
    return Rule("timing.quiet_hours", daily(hours), forbids=True)


@lru_cache(maxsize=1024)
def permitted(windows: tuple[AllowedWindow, ...], territory: str | None, spare_holidays: bool) -> Rule:
    """A market permits these hours only."""
    return Rule("timing.quiet_hours", allowed(windows, territory, spare_holidays), forbids=False)


@lru_cache(maxsize=1024)
def window(hours: tuple[ClockRange, ...]) -> Rule:
    """A campaign is sent within these hours only."""
    return Rule("timing.window", daily(hours), forbids=False)


def pause_of(profile: Profile) -> Pause | None:
    """The pause that a person has asked for, over or not."""
    written = profile.preferences.get(PAUSE)
    if written is None:
        return None
    try:
        return Pause(civil.parse_instant(written))
    except (TypeError, ValueError, OverflowError):
        return Pause(None)


def is_paused(case: Case) -> bool:
    """Whether the person has a pause that binds this message now."""
    pause = pause_of(case.profile) if case.purpose.promotional else None
    return pause is not None and pause.earliest(case.now, UTC) != case.now


def rules(case: Case, channel: str) -> list[Rule]:
    """The hours that bind a message, in the order in which they are asked."""
    market = case.market
    written = market.quiet_hours if market else None
    bound: list[Rule] = []
    if case.purpose.quiet:
        hours = case.workspace.quiet_hours if written is None else written
        if hours:
            bound.append(quiet(hours))
        if market and keeps_hours(market, case.purpose, channel) and not _agreed_to_nights(case, market, channel):
            bound.append(permitted(market.windows, market.territory, market.holidays))
    if case.campaign.moment.between:
        bound.append(window(case.campaign.moment.between))
    return bound


def keeps_hours(market: Market, purpose: Purpose, channel: str) -> bool:
    """Whether a market's own hours bind messages of a purpose on a channel, unless somebody has agreed to its nights."""
    binding = market.windows and market.quiet_hours is None and channel in NO_DISTURBANCE
    return bool(binding and purpose.quiet and purpose.promotional)


def _agreed_to_nights(case: Case, market: Market, channel: str) -> bool:
    if not market.nights:
        return False
    entry = on_nights(case.facts.consents, case.profile.id, channel, case.purpose.name, case.route(channel).valid)
    return entry is not None and entry.state == "granted"


def earliest(now: datetime, bound: Sequence[Binding], zones: Sequence[tzinfo]) -> tuple[datetime | None, str | None]:
    """The first instant from `now` on that every rule permits in every zone, and the code of what forbids `now`.

    None for the instant: there is none within the horizon.
    """
    if not bound:
        return now, None
    code: str | None = None
    at, settled = now, 0
    steps = [(rule, zone) for rule in bound for zone in zones]
    for _ in range(ROUNDS):
        for rule, zone in steps:
            permitted = rule.earliest(at, zone)
            if permitted is None:
                return None, code or rule.code
            if permitted == at:
                settled += 1
            else:
                code, at, settled = code or rule.code, permitted, 1
        if settled >= len(steps):
            return at, code
    return None, code


def timely(case: Case, channel: str) -> Verdict:
    """May the message go now, later, or never?"""
    hours, zones = rules(case, channel), case.zones
    expires = case.campaign.moment.expires
    if hours and not zones:
        return refused("timing", hours[0].code, "The person's time zone is not known, nor their market's.", channel)
    pause = pause_of(case.profile) if case.purpose.promotional else None
    at, code = earliest(case.now, [pause, *hours] if pause else hours, zones or (UTC,))
    if at is None:
        return refused("timing", code or "timing.window", "There is no hour at which every rule permits it.", channel)
    if expires is not None and at >= case.moment.at + expires:
        return refused("timing", "moment.expired", _expiry(at, case.moment.at + expires), channel)
    if at > case.now and code:
        zone = zones[0] if len(zones) == 1 else UTC
        why = "The person has asked for a pause. " if code == "timing.paused" else ""
        detail = f"{why}It may be sent from {at.astimezone(zone):%Y-%m-%d %H:%M} ({getattr(zone, 'key', 'UTC')}) on."
        return Wait(refused("timing", code, detail, channel), at)
    return PERMITTED[channel]


def _expiry(at: datetime, deadline: datetime) -> str:
    return f"It could be sent at {civil.rfc3339(at)} at the earliest, and makes no sense from {civil.rfc3339(deadline)} on."
