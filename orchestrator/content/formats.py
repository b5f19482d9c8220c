"""Money, numbers, dates, lists and measures as one reader expects them: what the filters of a template call.

A `Formats` knows the locale whose conventions hold, the currency of the reader's market, and the reader's time zone.
All its answers are remembered, since the messages of a campaign say much the same. Whatever cannot be written raises
FormatError: an amount that is no number is never shown as one.

In one message all digits are of one kind: Latin ones, or with `digits="native"` those of the locale
(Arabic-Indic in Egypt, Devanagari in Maharashtra) wherever the locale has its own.
"""

from __future__ import annotations

import datetime as clock
from collections.abc import Mapping, Sequence
from decimal import Decimal

from babel import Locale

from orchestrator.content import dates
from orchestrator.content.errors import FormatError
from orchestrator.content.lists import list_text
from orchestrator.content.money import currency_code, money_text, priced
from orchestrator.content.names import full_name
from orchestrator.content.numbers import Digits, notation, number_text, percent_text
from orchestrator.content.units import relative_text, unit_text

__all__ = ["FormatError", "Formats"]

_SCALARS = (int, float, str, Decimal)


class Formats:
    """How values are written for one reader; safe to share, and cheap to make.

    Args:
        locale: whose conventions hold; see `locales.formatting`.
        currency: the currency of the reader's market, for amounts that do not say theirs. None: every amount must.
        zone: the reader's time zone.
        digits: "latin", or "native" for the locale's own.
    """

    __slots__ = ("_day", "_identifier", "_notation", "currency", "locale", "zone")

    def __init__(self, locale: Locale, currency: str | None, zone: clock.tzinfo, digits: Digits = "latin") -> None:
        self.locale = locale
        self.currency = currency and currency_code(currency)
        self.zone = zone
        self._notation = notation(locale, digits)
        self._identifier = str(locale)
        self._day = dates.certain(self._identifier)

    def money(self, value: object, currency: str | None = None) -> str:
        """An amount: a number in `currency` (the market's, if not said), or a mapping of amount and currency."""
        if not isinstance(value, _SCALARS) and isinstance(value, Mapping):
            value, currency = priced(value, currency)
        code = currency_code(currency) if currency else self.currency
        if code is None:
            raise FormatError("the amount does not say its currency, and neither does the market")
        return money_text(self._notation, _scalar(value), code, code == self.currency)

    def number(self, value: object, digits: int | None = None) -> str:
        """A number with exactly `digits` decimals, or as many as it has, up to three."""
        return number_text(self._notation, _scalar(value), digits)

    def percent(self, value: object, digits: int | None = None) -> str:
        """A share of one in percent: 0.25 is 25%."""
        return percent_text(self._notation, _scalar(value), digits)

    def date(self, value: object, format: str | None = None) -> str:
        """A day: of an instant in the reader's zone, or a plain date as it is; without a format nobody misreads it."""
        return self._digits(dates.date_text(self._identifier, dates.moment(value), self.zone, format or self._day))

    def time(self, value: object, format: str = "short") -> str:
        """A time of day: of an instant in the reader's zone, or a plain time as it is."""
        return self._digits(dates.time_text(self._identifier, dates.moment(value), self.zone, format))

    def datetime(self, value: object, format: str | None = None) -> str:
        """A day and a time in the reader's zone; without a format a date that nobody misreads and a short time."""
        day, hour = (format, format) if format else (self._day, "short")
        return self._digits(dates.datetime_text(self._identifier, dates.moment(value), self.zone, day, hour))

    def list(self, values: Sequence[object], style: str = "and") -> str:
        """Several texts or numbers as one phrase: a, b and c."""
        if isinstance(values, str | Mapping) or not isinstance(values, Sequence):
            raise FormatError(f"expected a list, found {str(values)[:40]!r}")
        items = [value if isinstance(value, str) else self.number(value) for value in values]
        return list_text(self.locale, items, style)

    def unit(self, value: object, unit: str, length: str = "long") -> str:
        """A measure: `unit(3, "kilometer")`."""
        return unit_text(self._notation, _scalar(value), unit, length)

    def relative(self, value: object, now: clock.datetime | None = None) -> str:
        """How far off: a span of time, or an instant or date as seen from `now`."""
        return relative_text(self._notation, value if isinstance(value, clock.timedelta) else self._span(value, now))

    def name(self, given: str | None, family: str | None) -> str:
        """A person's full name, in the order of the locale's language."""
        return full_name(self.locale.language, given, family)

    def _span(self, value: object, now: clock.datetime | None) -> clock.timedelta:
        then = dates.moment(value)
        if now is None or now.utcoffset() is None:
            raise FormatError("an instant is near or far only as seen from another: `now`, with its zone")
        if isinstance(then, clock.datetime):
            return then - now
        if isinstance(then, clock.time):
            raise FormatError(f"{then} is a time of day on no day in particular")
        return clock.timedelta(days=(then - now.astimezone(self.zone).date()).days)

    def _digits(self, text: str) -> str:
        return self._notation.native(text)


def _scalar(value: object) -> int | float | str | Decimal:
    """The value, if it is of a kind that can be a number."""
    if isinstance(value, _SCALARS):
        return value
    raise FormatError(f"expected a number, found {str(value)[:40]!r}")
