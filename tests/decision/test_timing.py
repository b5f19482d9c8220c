"""Hours: half-open, wall-clock, in the person's zone, whatever its clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from orchestrator import civil
from orchestrator.blueprint import AllowedWindow, ClockRange
from orchestrator.decision.timing import Rule, allowed, daily, earliest, quiet, window
from tests.support import KAIROS, NEWS, consent, moment, outcomes, person, told, workspace

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


def hours(market: str = "", workspace_hours: str = "", campaign: str = NEWS) -> Any:
    """A workspace with these quiet hours of its own and of its market, and nothing built in."""
    kairos = KAIROS + (f"quiet_hours: {workspace_hours}\n" if workspace_hours else "")
    written = f", quiet_hours: {market}" if market else ""
    markets = f"HOME: {{locales: [en], consent: {{email: opt-out, sms: opt-out, push: opt-out, whatsapp: opt-out}}{written}}}\n"
    return workspace(campaign, kairos=kairos, markets=markets)


QUIET = "{from: '21:00', until: '08:00'}"


def at_home(**fields: Any) -> dict[str, Any]:
    """Somebody in that market."""
    return person(at="2026-01-01T00:00:00Z", market="HOME", **fields)


@pytest.mark.parametrize(
    ("zone", "at", "until"),
    [
        ("UTC", "2026-03-02T20:59:59Z", None),
        ("UTC", "2026-03-02T21:00:00Z", "2026-03-03T08:00:00Z"),
        ("UTC", "2026-03-03T07:59:59Z", "2026-03-03T08:00:00Z"),
        ("UTC", "2026-03-03T08:00:00Z", None),
        ("Asia/Kathmandu", "2026-03-02T15:15:00Z", "2026-03-03T02:15:00Z"),
        ("Pacific/Kiritimati", "2026-03-02T07:00:00Z", "2026-03-02T18:00:00Z"),
        ("America/New_York", "2026-03-08T04:00:00Z", "2026-03-08T12:00:00Z"),  # a night of ten hours
        ("America/New_York", "2026-11-01T04:00:00Z", "2026-11-01T13:00:00Z"),  # one of twelve
        ("Mars/Olympus", "2026-03-02T21:00:00Z", "2026-03-03T08:00:00Z"),  # the market's, which is UTC
        ("", "2026-03-02T21:00:00Z", "2026-03-03T08:00:00Z"),
        (None, "2026-03-02T21:00:00Z", "2026-03-03T08:00:00Z"),
    ],
)
def test_quiet_hours_are_half_open_and_the_persons_own(zone: str | None, at: str, until: str | None) -> None:
    """From nine in the evening until eight in the morning, where they live."""
    (found,) = outcomes(hours(workspace_hours=QUIET), [at_home(timezone=zone), moment(at, "m1")])
    assert (found["outcome"], found["send_at"]) == (("hold", until) if until else ("send", at))
    assert found["reason"] == ("timing.quiet_hours" if until else None)


@pytest.mark.parametrize("market_hours", ["{from: '12:00', until: '13:00'}", "[{from: '12:00', until: '13:00'}]"])
def test_a_markets_hours_stand_in_for_the_workspaces(market_hours: str) -> None:
    """Neither are the workspace's kept, nor the market's asked for elsewhere."""
    lines = [at_home(), moment("2026-03-02T03:00:00Z", "m1"), moment("2026-03-02T12:30:00Z", "m2")]
    assert told(outcomes(hours(market_hours, QUIET), lines)) == ["send", "hold timing.quiet_hours"]


def test_a_market_may_lift_all_hours() -> None:
    """`none` lifts the workspace's, too."""
    assert told(outcomes(hours("none", QUIET), [at_home(), moment("2026-03-02T03:00:00Z", "m1")])) == ["send"]


def test_several_quiet_hours_hold_one_after_the_other() -> None:
    """Two that touch are as one."""
    both = "[{from: '12:00', until: '13:00'}, {from: '13:00', until: '14:30'}]"
    (found,) = outcomes(hours(both), [at_home(), moment("2026-03-02T12:15:00Z", "m1")])
    assert found["send_at"] == "2026-03-02T14:30:00Z"


ALL = "[sms, whatsapp, push, email]"
COUNTRY = (
    "US: {timezone: UTC, locales: [en], consent: {email: opt-out, sms: opt-out, push: opt-out, whatsapp: opt-out}}\n"
)


@pytest.mark.parametrize(
    ("channel", "purpose", "at", "expected"),
    [
        *[
            (channel, "marketing", "2026-03-02T08:59:59Z", "hold timing.quiet_hours")
            for channel in ("sms", "whatsapp", "push")
        ],
        *[(channel, "marketing", "2026-03-02T09:00:00Z", "send") for channel in ("sms", "whatsapp", "push")],
        ("sms", "marketing", "2026-03-02T19:59:59Z", "send"),
        ("sms", "marketing", "2026-03-02T20:00:00Z", "hold timing.quiet_hours"),
        ("sms", "marketing", "2026-03-01T11:59:59Z", "hold timing.quiet_hours"),  # a Sunday
        ("sms", "marketing", "2026-03-01T12:00:00Z", "send"),
        ("email", "marketing", "2026-03-02T03:00:00Z", "send"),
        ("sms", "transactional", "2026-03-02T03:00:00Z", "send"),
        ("sms", "notice", "2026-03-02T03:00:00Z", "send"),
    ],
)
def test_built_in_hours_bind_marketing_on_what_rings(channel: str, purpose: str, at: str, expected: str) -> None:
    """SMS, WhatsApp and push; no mail, and nothing that needs no consent."""
    campaign = NEWS.replace("[email]", f"[{channel}]").replace("marketing", purpose)
    files = workspace(campaign, kairos=KAIROS + "purposes: {notice: {consent: none}}\n", markets=COUNTRY)
    lines = [person(at="2026-01-01T00:00:00Z"), moment(at, "m1")]
    assert told(outcomes(files, lines))[:1] == [expected]


def test_built_in_hours_and_the_workspaces_must_both_permit() -> None:
    """The United States from nine, the workspace until seven in the evening."""
    kairos = KAIROS + "quiet_hours: {from: '19:00', until: '08:00'}\n"
    files = workspace(NEWS.replace("[email]", "[sms]"), kairos=kairos, markets=COUNTRY)
    found = outcomes(files, [person(), moment("2026-03-02T08:30:00Z", "m1"), moment("2026-03-02T19:00:00Z", "m2")])
    assert [line["send_at"] for line in found] == [
        "2026-03-02T09:00:00Z",
        "2026-03-02T09:00:00Z",
        "2026-03-03T09:00:00Z",
    ]


def test_a_campaigns_windows_and_quiet_hours_must_both_permit() -> None:
    """Of seven to nine, the workspace leaves one hour; the window binds bills, too, but quiet hours do not."""
    early = NEWS.replace("on: ping", "on: ping, send: {between: ['07:00-09:00', '17:00-19:00']}")
    bill = early.replace("news", "bill").replace("marketing", "transactional")
    files = hours(workspace_hours=QUIET, campaign=early), hours(workspace_hours=QUIET, campaign=bill)
    lines = [at_home(), moment("2026-03-02T05:00:00Z", "m1"), moment("2026-03-02T09:00:00Z", "m2")]
    news, bills = (outcomes(each, lines) for each in files)
    assert [(line["send_at"], line["reason"]) for line in news if line["outcome"] == "hold"] == [
        ("2026-03-02T08:00:00Z", "timing.quiet_hours"),
        ("2026-03-02T17:00:00Z", "timing.window"),
    ]
    assert [(line["send_at"], line["reason"]) for line in bills if line["outcome"] == "hold"] == [
        ("2026-03-02T07:00:00Z", "timing.window"),
        ("2026-03-02T17:00:00Z", "timing.window"),
    ]


@pytest.mark.parametrize(
    ("expires", "at", "expected"),
    [
        ("1h", "2026-03-02T07:00:00Z", "drop moment.expired"),  # permitted just when it expires
        ("1h1s", "2026-03-02T07:00:00Z", "hold timing.quiet_hours"),
        ("1h", "2026-03-02T07:00:01Z", "hold timing.quiet_hours"),
        ("1s", "2026-03-02T08:00:00Z", "send"),
    ],
)
def test_what_could_be_sent_only_when_it_expires_is_refused(expires: str, at: str, expected: str) -> None:
    """At or after the expiry is too late."""
    campaign = NEWS.replace("on: ping", f"on: ping, expires: {expires}")
    found = outcomes(hours(workspace_hours=QUIET, campaign=campaign), [at_home(), moment(at, "m1")])
    assert told(found) == [expected]


def test_a_moment_that_comes_in_late_expires_by_its_own_time() -> None:
    """It happened at eight, and is heard of at ten."""
    campaign = NEWS.replace("on: ping", "on: ping, expires: 2h")
    late = {"id": "m1", "name": "ping", "profile": "a", "data": {}}
    lines = [at_home(), {"at": "2026-03-02T10:00:00Z", "moment": {**late, "at": "2026-03-02T08:00:00Z"}}]
    lines.append({"at": "2026-03-02T10:00:00Z", "moment": {**late, "id": "m2", "at": "2026-03-02T08:00:01Z"}})
    assert told(outcomes(hours(campaign=campaign), lines)) == ["drop moment.expired", "send"]


def test_without_an_expiry_nothing_expires() -> None:
    """However long it has to wait."""
    france = "FR: {locales: [en], timezone: Europe/Paris, consent: {sms: opt-out}}\n"
    files = workspace(NEWS.replace("[email]", "[sms]"), markets=france)
    lines = [
        person(market="FR", timezone="Europe/Paris"),
        moment("2026-05-23T19:00:00Z", "m1"),
        {"at": "2026-06-01T00:00:00Z"},
    ]
    found = outcomes(files, lines)  # a Saturday evening before Whit Monday
    assert [(line["outcome"], line["at"]) for line in found] == [
        ("hold", "2026-05-23T19:00:00Z"),
        ("send", "2026-05-26T06:00:00Z"),
    ]


def test_a_channel_that_waits_keeps_the_next_from_being_tried() -> None:
    """The email could go at once, but the SMS is wanted more."""
    both = NEWS.replace("[email]", "[sms, email]")
    found = outcomes(
        workspace(both, markets=COUNTRY),
        [person(), moment("2026-03-02T03:00:00Z", "m1"), {"at": "2026-03-02T09:00:00Z"}],
    )
    assert [(line["outcome"], line["channel"], line["at"]) for line in found] == [
        ("hold", "sms", "2026-03-02T03:00:00Z"),
        ("send", "sms", "2026-03-02T09:00:00Z"),
    ]
    assert [line["content"] is not None for line in found] == [False, True]


def test_a_held_message_is_decided_anew_when_it_falls_due() -> None:
    """By then the phone is gone, and the email is what is left."""
    both = NEWS.replace("[email]", "[sms, email]")
    lines = [person(), moment("2026-03-02T03:00:00Z", "m1")]
    lines += [{"at": "2026-03-02T05:00:00Z", "profile": {"id": "a", "phone": None}}, {"at": "2026-03-02T09:00:00Z"}]
    assert [line["channel"] for line in outcomes(workspace(both, markets=COUNTRY), lines)] == ["sms", "email"]


def test_who_has_moved_by_then_is_held_again() -> None:
    """It falls due at eight in London, which is three at night in New York."""
    lines = [at_home(timezone="Europe/London"), moment("2026-03-02T05:00:00Z", "m1")]
    lines += [
        {"at": "2026-03-02T06:00:00Z", "profile": {"id": "a", "timezone": "America/New_York"}},
        {"at": "2026-03-03T00:00:00Z"},
    ]
    found = outcomes(hours(workspace_hours=QUIET), lines)
    assert [(line["outcome"], line["at"], line["send_at"]) for line in found] == [
        ("hold", "2026-03-02T05:00:00Z", "2026-03-02T08:00:00Z"),
        ("hold", "2026-03-02T08:00:00Z", "2026-03-02T13:00:00Z"),
        ("send", "2026-03-02T13:00:00Z", "2026-03-02T13:00:00Z"),
    ]


def test_a_message_that_is_held_again_may_expire() -> None:
    """Its deadline stays where it was."""
    campaign = NEWS.replace("on: ping", "on: ping, expires: 4h")
    lines = [at_home(timezone="Europe/London"), moment("2026-03-02T05:00:00Z", "m1")]
    lines += [
        {"at": "2026-03-02T06:00:00Z", "profile": {"id": "a", "timezone": "America/New_York"}},
        {"at": "2026-03-03T00:00:00Z"},
    ]
    assert told(outcomes(hours(workspace_hours=QUIET, campaign=campaign), lines)) == [
        "hold timing.quiet_hours",
        "drop moment.expired",
    ]


ranges = st.tuples(st.integers(0, 95), st.integers(0, 95)).filter(lambda pair: pair[0] != pair[1])
QUARTER = timedelta(minutes=15)


def clock(quarter: int) -> time:
    """A time of day, counted in quarters of an hour."""
    return time(quarter // 4, quarter % 4 * 15)


def reads_within(at: datetime, zone: ZoneInfo, hours: ClockRange) -> bool:
    """Whether the clock on the wall shows a time of the range."""
    shown = at.astimezone(zone).time()
    if hours.start < hours.end:
        return hours.start <= shown < hours.end
    return shown >= hours.start or shown < hours.end


@given(now=instants, quiet_at=ranges, sent_at=ranges, name=st.sampled_from(ZONES))
def test_the_earliest_instant_is_the_first_at_which_the_clock_on_the_wall_permits(
    now: datetime, quiet_at: tuple[int, int], sent_at: tuple[int, int], name: str
) -> None:
    """Found by looking at the clock every quarter of an hour, on days on which no hour is shown twice."""
    zone = ZoneInfo(name)
    at = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    steps = [at + n * QUARTER for n in range(4 * 24 * 3)]
    offsets = [step.astimezone(zone).utcoffset() or timedelta(0) for step in steps]
    assume(all(later >= before and not later % QUARTER for before, later in pairwise(offsets)))
    forbidden, wanted = (ClockRange(*map(clock, each)) for each in (quiet_at, sent_at))
    permits = [reads_within(step, zone, wanted) and not reads_within(step, zone, forbidden) for step in steps]
    found, _ = earliest(at, [quiet((forbidden,)), window((wanted,))], [zone])
    assert found == next((step for step, ok in zip(steps, permits, strict=True) if ok), None)
