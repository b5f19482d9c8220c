"""Dates and times as a locale writes them, in the reader's own zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.localedata import locale_identifiers
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.content.dates import STYLES, date_text, datetime_text, moment, time_text
from orchestrator.content.errors import FormatError

VARIANTS = ("POSIX", "TARASK", "VALENCIA", "POLYTON")
LOCALES = sorted(name for name in locale_identifiers() if not name.endswith(VARIANTS))
ZONES = sorted(available_timezones() - {"localtime", "Factory"})
JAKARTA, NEW_YORK = ZoneInfo("Asia/Jakarta"), ZoneInfo("America/New_York")
NOON = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
NBSP, NNBSP, RLM = "\xa0", "\u202f", "\u200f"

zones = st.sampled_from(ZONES).map(ZoneInfo)
instants = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("locale", "style", "expected"),
    [
        ("en_US", "medium", "Mar 1, 2026"),
        ("en_GB", "medium", "1 Mar 2026"),
        ("en_GB", "full", "Sunday, 1 March 2026"),
        ("de", "long", "1. März 2026"),
        ("id", "medium", "1 Mar 2026"),
        ("th", "medium", "1 มี.ค. 2026"),
        ("fa", "medium", "1 مارس 2026"),
        ("ja", "full", "2026年3月1日日曜日"),
        ("ar_EG", "long", "1 مارس 2026"),
        ("en_US", "short", "3/1/26"),
        ("en_US", "MMMd", "Mar 1"),
        ("en_GB", "MMMMEEEEd", "Sunday 1 March"),
        ("de", "yMMMM", "März 2026"),
        ("fr", "MMMMEEEEd", "dimanche 1 mars"),
        ("es", "EEEE", "domingo"),
    ],
)
def test_a_date_is_written_as_in_its_locale_and_always_gregorian(locale, style, expected):
    assert date_text(locale, date(2026, 3, 1), UTC, style) == expected


@pytest.mark.parametrize(
    ("locale", "style", "expected"),
    [
        ("en_US", "short", f"7:30{NNBSP}AM"),
        ("en_GB", "short", "07:30"),
        ("id", "short", "07.30"),
        ("de", "medium", "07:30:00"),
        ("en_US", "long", f"7:30:00{NNBSP}AM EST"),
        ("en_GB", "jm", "07:30"),
        ("en_US", "Hm", "07:30"),
    ],
)
def test_a_time_is_that_of_the_readers_clocks(locale, style, expected):
    assert time_text(locale, NOON, NEW_YORK, style) == expected


def test_day_and_time_are_joined_as_the_locale_joins_them():
    assert datetime_text("en_US", NOON, JAKARTA, "medium", "short") == f"Mar 1, 2026, 7:30{NNBSP}PM"
    assert datetime_text("fr", NOON, JAKARTA, "long", "short") == "1 mars 2026, 19:30"
    assert datetime_text("de", NOON, JAKARTA, "MMMEd", "short") == "So., 1. März, 19:30"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01", date(2026, 3, 1)),
        ("09:30", time(9, 30)),
        ("09:30:15", time(9, 30, 15)),
        ("2026-03-01T09:30:00Z", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("2026-03-01t09:30:00z", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("2026-03-01T09:30:00.123456+07:00", datetime(2026, 3, 1, 2, 30, 0, 123456, tzinfo=UTC)),
        ("2026-03-01 09:30:00+00:00", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
    ],
)
def test_iso_text_is_read(text, expected):
    assert moment(text) == expected


@pytest.mark.parametrize(
    "value", ["", "soon", "2026-02-30", "2026-03-01T25:00:00Z", "01/03/2026", 1772323200, None, True, []]
)
def test_what_is_no_date_is_refused(value):
    with pytest.raises(FormatError, match="expected a date or a time"):
        moment(value)


@pytest.mark.parametrize("value", [datetime(2026, 3, 1, 9), "2026-03-01T09:00:00"])
def test_a_datetime_without_a_zone_is_refused_and_told_how_to_be_written(value):
    with pytest.raises(FormatError, match="2026-03-01T09:00:00Z if it is UTC"):
        moment(value)


def test_an_instant_beyond_the_calendar_is_refused():
    with pytest.raises(FormatError, match="beyond the calendar"):
        date_text("en", datetime(9999, 12, 31, 23, tzinfo=UTC), JAKARTA, "medium")
    with pytest.raises(FormatError, match="beyond the calendar"):
        moment(datetime(1, 1, 1, tzinfo=JAKARTA))


def test_what_a_value_lacks_cannot_be_shown():
    with pytest.raises(FormatError, match="a time of day and has no date"):
        date_text("en", time(9), UTC, "medium")
    with pytest.raises(FormatError, match="a date and has no time of day"):
        time_text("en", date(2026, 3, 1), UTC, "short")
    with pytest.raises(FormatError, match="not an instant"):
        datetime_text("en", date(2026, 3, 1), UTC, "medium", "short")


@pytest.mark.parametrize("style", ["mediun", "xx", "", "MMMXd", "M" * 50, "'", "yMMMd'"])
def test_a_style_that_is_none_is_refused(style):
    with pytest.raises(FormatError, match="is no date style; expected one of short, medium, long, full"):
        date_text("en", date(2026, 3, 1), UTC, style)


@given(zones, st.dates(date(1970, 1, 1), date(2100, 1, 1)))
def test_a_plain_date_is_the_same_everywhere(zone, day):
    assert date_text("en_GB", day, zone, "yMd") == f"{day:%d/%m/%Y}"


@given(zones, st.times())
def test_a_plain_time_is_the_same_everywhere_and_names_no_zone(zone, hour):
    assert time_text("en_GB", hour, zone, "full") == f"{hour:%H:%M:%S}"


@given(zones, instants)
def test_an_instant_is_shown_as_clocks_show_it_through_gaps_and_folds(zone, instant):
    local = instant.astimezone(zone)
    assert datetime_text("en_GB", instant, zone, "yMd", "Hms") == f"{local:%d/%m/%Y, %H:%M:%S}"


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("America/New_York", datetime(2026, 3, 8, 6, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 1, 5, tzinfo=UTC)),
        ("Africa/Cairo", datetime(2026, 4, 23, 21, tzinfo=UTC)),
        ("America/Santiago", datetime(2026, 9, 6, 3, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 14, tzinfo=UTC)),
        ("Pacific/Apia", datetime(2011, 12, 30, 9, tzinfo=UTC)),
    ],
)
def test_every_minute_around_a_change_of_clocks_can_be_written(zone, start):
    for minutes in range(0, 121, 5):
        instant = start + timedelta(minutes=minutes)
        expected = format_datetime(instant, "full", tzinfo=ZoneInfo(zone), locale="en_US")
        assert datetime_text("en_US", instant, ZoneInfo(zone), "full", "full") == expected


def test_the_two_hours_of_a_fold_are_told_apart_by_their_zone():
    first, second = (datetime(2026, 11, 1, hour, 30, tzinfo=UTC) for hour in (5, 6))
    assert time_text("en_US", first, NEW_YORK, "long") == f"1:30:00{NNBSP}AM EDT"
    assert time_text("en_US", second, NEW_YORK, "long") == f"1:30:00{NNBSP}AM EST"


@given(st.sampled_from(LOCALES), instants, zones, st.sampled_from(STYLES))
def test_all_is_as_babel_writes_it(locale, instant, zone, style):
    babel, local = Locale.parse(locale), instant.astimezone(zone)
    assert date_text(locale, instant, zone, style) == format_date(local.date(), style, babel)
    assert time_text(locale, instant, zone, style) == format_time(local, style, tzinfo=zone, locale=babel)
    assert datetime_text(locale, instant, zone, style, style) == format_datetime(
        local, style, tzinfo=zone, locale=babel
    )


def test_every_locale_can_write_every_style():
    for locale in LOCALES:
        babel = Locale.parse(locale)
        for style in ("short", "medium", "long"):
            assert date_text(locale, NOON, JAKARTA, style) == format_date(NOON.astimezone(JAKARTA), style, babel), (
                locale
            )
        assert time_text(locale, NOON, JAKARTA, "short") == format_time(NOON, "short", JAKARTA, babel), locale


@pytest.mark.parametrize(
    "skeleton", ["MMMd", "MMMMd", "MMMEd", "MMMMEEEEd", "yMMMd", "yMMMMEEEEd", "yMMMM", "yMd", "EEEE"]
)
def test_skeletons_are_there_for_every_locale(skeleton):
    for locale in LOCALES[::12]:
        assert date_text(locale, NOON, JAKARTA, skeleton), locale
