"""Hours: half-open, wall-clock, in the person's zone, whatever its clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator import civil
from orchestrator.blueprint import AllowedWindow, ClockRange
from orchestrator.decision.timing import Rule, allowed, daily, earliest
from tests.support import KAIROS, consent, moment, outcomes, person, told, workspace

ZONES = sorted(available_timezones() - {"Factory", "localtime"})
NIGHT = ClockRange(time(21), time(8))
instants = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
clock_times = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@pytest.mark.parametrize(
    ("zone", "local", "instant"),
    [
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:00Z"),  # a gap: its end
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30Z"),  # twice: the first
        ("Africa/Cairo", "2026-04-24T00:30", "2026-04-23T22:00Z"),
        ("America/Santiago", "2026-09-06T00:30", "2026-09-06T04:00Z"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30Z"),
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00Z"),  # a whole day that was left out
        ("Asia/Kathmandu", "2026-07-15T09:00", "2026-07-15T03:15Z"),
    ],
)
def test_a_wall_clock_time_has_one_instant(zone: str, local: str, instant: str) -> None:
    """The end of a gap, and the first of two occurrences."""
    at = datetime.fromisoformat(local)
    assert civil.instant(at.date(), at.time(), ZoneInfo(zone)) == datetime.fromisoformat(instant)


@given(day=st.dates(date(2000, 1, 1), date(2035, 1, 1)), at=clock_times, name=st.sampled_from(ZONES))
def test_the_instant_never_comes_before_its_wall_clock_time(day: date, at: time, name: str) -> None:
    """Read back in the zone, it shows that time, or a later one where that time does not exist."""
    zone = ZoneInfo(name)
    shown = civil.instant(day, at, zone).astimezone(zone).replace(tzinfo=None)
    assert shown >= datetime.combine(day, at)


@given(now=instants, start=clock_times, end=clock_times, name=st.sampled_from(ZONES))
def test_quiet_hours_end_where_the_clock_says(now: datetime, start: time, end: time, name: str) -> None:
    """The earliest instant is not quiet, and there is none between now and it that is not."""
    if start == end:
        return
    zone, rule = ZoneInfo(name), Rule("timing.quiet_hours", daily((ClockRange(start, end),)), forbids=True)
    found, code = earliest(now, [rule], [zone])
    assert found is not None
    assert found >= now
    assert (code is None) == (found == now)
    assert earliest(found, [rule], [zone]) == (found, None)
    if found > now:
        assert earliest(found - timedelta(microseconds=1), [rule], [zone])[0] == found


@given(now=instants, names=st.lists(st.sampled_from(ZONES), min_size=1, max_size=4, unique=True))
def test_every_zone_that_a_person_may_live_in_must_permit_it(now: datetime, names: list[str]) -> None:
    """With several zones, the instant is permitted in each."""
    rule, zones = Rule("timing.quiet_hours", daily((NIGHT,)), forbids=True), [ZoneInfo(name) for name in names]
    found, _ = earliest(now, [rule], zones)
    if found is not None:
        assert all(rule.earliest(found, zone) == found for zone in zones)


def test_the_united_states_at_once_are_open_seven_hours_a_day() -> None:
    """08:00 in Honolulu to 21:00 in New York, in July."""
    zones = [ZoneInfo("America/New_York"), ZoneInfo("Pacific/Honolulu")]
    rule = Rule("timing.quiet_hours", daily((ClockRange(time(21), time(8)),)), forbids=True)
    at = datetime(2026, 7, 15, 1, tzinfo=UTC)
    assert earliest(at, [rule], zones)[0] == datetime(2026, 7, 15, 18, tzinfo=UTC)
    assert earliest(datetime(2026, 7, 15, 18, tzinfo=UTC), [rule], zones)[1] is None


def test_a_market_may_spare_sundays_and_public_holidays() -> None:
    """France: from a Saturday night over Easter Monday to Tuesday morning."""
    windows = (AllowedWindow(frozenset(range(6)), ClockRange(time(8), time(20))),)
    rule = Rule("timing.quiet_hours", allowed(windows, "FR", spare_holidays=True), forbids=False)
    found, code = earliest(datetime(2026, 4, 4, 19, tzinfo=UTC), [rule], [ZoneInfo("Europe/Paris")])
    assert found == datetime(2026, 4, 7, 6, tzinfo=UTC)
    assert code == "timing.quiet_hours"


def test_hours_that_never_meet_refuse_the_message() -> None:
    """A window that lies within quiet hours is never open: the message is refused, not held for ever."""
    night_owl = "campaign: owl\nmoment: {on: ping, send: {between: ['22:00-23:00']}}\nchannel: [email]\ntactic: {template: hi}\n"
    files = workspace(
        night_owl,
        kairos=KAIROS + "quiet_hours: {from: '21:00', until: '08:00'}\n",
        markets="US: {consent: {email: opt-out}, timezone: UTC}\n",
    )
    found = outcomes(files, [person(), moment("2026-03-02T09:00:00Z", "m1")])
    assert told(found) == ["drop timing.window"]


def test_a_held_message_is_sent_when_its_hour_comes_before_what_arrives_then() -> None:
    """Two lines for it; and the withdrawal that arrives at that very instant comes too late."""
    morning = "campaign: dawn\nmoment: {on: ping, send: {between: ['07:00-09:00']}}\nchannel: [email]\ntactic: {template: hi}\n"
    found = outcomes(
        workspace(morning),
        [
            person(),
            moment("2026-03-02T06:00:00Z", "m1"),
            consent("2026-03-02T07:00:00Z", "withdrawn"),
            moment("2026-03-02T07:30:00Z", "m2"),
        ],
    )
    assert told(found) == ["hold timing.window", "send", "drop consent.withdrawn"]
    assert (found[0]["send_at"], found[1]["at"]) == ("2026-03-02T07:00:00Z", "2026-03-02T07:00:00Z")


def test_a_channel_that_could_only_send_after_expiry_makes_room_for_the_next() -> None:
    """SMS must wait for the morning, which is too late; email need not."""
    both = "campaign: both\nmoment: {on: ping, expires: 2h}\nchannel: [sms, email]\ntactic: {template: hi}\n"
    markets = "US: {timezone: America/New_York, consent: {email: opt-out, sms: opt-out}}\n"
    found = outcomes(
        workspace(both, markets=markets),
        [person(timezone="America/New_York"), moment("2026-03-03T03:00:00Z", "m1")],
    )
    assert (told(found), found[0]["channel"]) == (["send"], "email")
    assert "moment.expired" in [entry["code"] for entry in found[0]["trace"]]
