"""Money, numbers, dates, lists and measures for one reader."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel import Locale

from orchestrator.content.formats import FormatError, Formats
from orchestrator.content.locales import formatting

JAKARTA = ZoneInfo("Asia/Jakarta")
INDONESIAN = Formats(Locale("id", "ID"), "IDR", JAKARTA)
AMERICAN = Formats(Locale("en", "US"), "USD", ZoneInfo("America/New_York"))
EGYPTIAN = Formats(Locale("ar", "EG"), "EGP", ZoneInfo("Africa/Cairo"), digits="native")
NOON = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def test_one_reader_gets_everything_by_the_same_conventions():
    assert INDONESIAN.money(1234567.89) == "Rp\xa01.234.568"
    assert INDONESIAN.money(12.5, "USD") == "US$12,50"
    assert INDONESIAN.number(1234.5) == "1.234,5"
    assert INDONESIAN.number("1234.5", digits=2) == "1.234,50"
    assert INDONESIAN.percent(0.25) == "25%"
    assert INDONESIAN.date(NOON) == "1 Mar 2026"
    assert INDONESIAN.time(NOON) == "19.30"
    assert INDONESIAN.datetime("2026-03-01T12:30:00Z") == "1 Mar 2026 19.30"
    assert INDONESIAN.datetime(NOON, "long") == "1 Maret 2026 19.30.00 WIB"
    assert INDONESIAN.list(["a", "b", 3]) == "a, b, dan 3"
    assert INDONESIAN.unit(3, "kilometer") == "3 kilometer"
    assert INDONESIAN.relative(timedelta(days=2)) == "dalam 2 hari"
    assert INDONESIAN.name("Siti", "Aminah") == "Siti Aminah"


@pytest.mark.parametrize(
    ("locale", "day"),
    [
        ("ar", "4 مارس 2026"),
        ("es_PA", "4 de marzo de 2026"),
        ("pt_PT", "4 de março de 2026"),
        ("en_US", "Mar 4, 2026"),
        ("de", "04.03.2026"),
        ("ja", "2026/03/04"),
    ],
)
def test_a_date_is_one_that_nobody_takes_for_another_unless_the_author_says_so(locale, day):
    """Where a locale's medium date has day and month in digits that could change places, the month is a word."""
    formats = Formats(Locale.parse(locale), None, UTC)
    assert formats.date("2026-03-04") == day
    assert formats.datetime("2026-03-04T10:30:00Z").startswith(day)
    assert formats.date("2026-03-04", "medium").endswith(("2026", "04"))


def test_an_amount_in_the_readers_own_currency_keeps_its_symbol():
    assert AMERICAN.money(12.5) == AMERICAN.money(12.5, "usd") == "$12.50"
    assert AMERICAN.money({"amount": "12.50", "currency": "USD"}) == "$12.50"
    assert AMERICAN.money({"amount": "12.50", "currency": "EUR"}) == "€12.50"
    assert AMERICAN.money({"amount": 1234, "currency": "GBP"}) == "GBP\xa01,234.00"


@pytest.mark.parametrize(
    "value",
    [None, True, "", "twelve", float("nan"), [], {}, {"amount": 1}, {"amount": None, "currency": "USD"}, object()],
)
def test_what_is_no_amount_is_never_shown_as_one(value):
    with pytest.raises(FormatError):
        AMERICAN.money(value)


def test_an_amount_needs_a_currency():
    nowhere = Formats(Locale("en"), None, UTC)
    assert nowhere.money(1, "EUR") == "€1.00"
    with pytest.raises(FormatError, match="does not say its currency"):
        nowhere.money(1)
    with pytest.raises(FormatError, match="ISO code of a currency"):
        Formats(Locale("en"), "dollars", UTC)


def test_all_digits_of_a_reader_are_of_one_kind():
    texts = [
        EGYPTIAN.money(1234.5),
        EGYPTIAN.number(1234.5),
        EGYPTIAN.percent(0.5),
        EGYPTIAN.date(NOON),
        EGYPTIAN.time(NOON),
        EGYPTIAN.datetime(NOON, "full"),
        EGYPTIAN.unit(15, "kilometer"),
        EGYPTIAN.relative(timedelta(days=5)),
        EGYPTIAN.list([1, 2]),
    ]
    assert all(any(char in "٠١٢٣٤٥٦٧٨٩" for char in text) for text in texts)
    assert not any(char in "0123456789" for text in texts for char in text)


def test_a_plain_date_and_time_are_not_shifted():
    assert AMERICAN.date(date(2026, 3, 1)) == AMERICAN.date("2026-03-01") == "Mar 1, 2026"
    assert AMERICAN.date("2026-03-01T03:00:00Z") == "Feb 28, 2026"
    assert AMERICAN.time("09:05") == AMERICAN.time(time(9, 5)) == "9:05\u202fAM"


def test_near_and_far_are_seen_from_now():
    assert AMERICAN.relative(NOON + timedelta(hours=5), NOON) == "in 5 hours"
    assert AMERICAN.relative("2026-02-27", NOON) == "2 days ago"
    with pytest.raises(FormatError, match="only as seen from another"):
        AMERICAN.relative(NOON)
    with pytest.raises(FormatError, match="on no day in particular"):
        AMERICAN.relative("09:05", NOON)


@pytest.mark.parametrize("value", ["abc", {"a": 1}, 5, None])
def test_what_is_no_list_is_refused(value):
    with pytest.raises(FormatError, match="expected a list"):
        AMERICAN.list(value)


def test_a_list_of_what_is_neither_text_nor_number_is_refused():
    with pytest.raises(FormatError, match="expected a number"):
        AMERICAN.list(["a", None])


def test_a_language_without_conventions_can_still_be_written():
    nowhere = Formats(formatting("tlh"), "EUR", UTC)
    assert nowhere.money(1234.5) == "€\xa01,234.50"
    assert nowhere.date("2026-03-01")
    assert nowhere.datetime(NOON, "full")
    assert nowhere.list(["a", "b"])
    assert nowhere.unit(3, "kilometer")
