"""A template, catalogs and one person's values become the content of a message. Pure, and the same bytes every time.

    files ──► Templates ──link──► Linked ──localise──► Message ──values, formats──► Content
                                  per variation        per locale                   per person

Everything up to `Message` is made once and kept. What cannot be linked or compiled refuses its own messages
(`content.error`) and no others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from functools import lru_cache
from typing import Any

from orchestrator.blueprint import Market, SmsLimits
from orchestrator.blueprint.problems import Problem
from orchestrator.content.bidi import Direction
from orchestrator.content.catalogs import Catalog, source_catalog
from orchestrator.content.fields import FIELDS
from orchestrator.content.formats import FormatError, Formats
from orchestrator.content.library import Library, Use
from orchestrator.content.limits import UNMARKED, Marks, content
from orchestrator.content.locales import formatting, preference
from orchestrator.content.messages import Linked, Message
from orchestrator.content.numbers import Digits
from orchestrator.content.refusal import ContentRefused, Unfit
from orchestrator.content.templates import Templates
from orchestrator.content.tracking import Shorten, tracked
from orchestrator.content.trees import Tree
from orchestrator.model import Content

__all__ = ["ContentRefused", "LocaleChoice", "Renderer", "Use"]

MOST_CHOICES = 10_000
APPROVABLE = frozenset(channel for channel, fields in FIELDS.items() if "template" in fields)
"""The channels whose providers approve templates beforehand."""


@dataclass(frozen=True, slots=True)
class LocaleChoice:
    """The locale of a message, and why: those considered, best first, and what each lacks that was passed over.

    `locale` is None where the message is complete in none of them.
    """

    locale: str | None
    requested: str | None
    chain: tuple[str, ...]
    missing: tuple[tuple[str, tuple[str, ...]], ...] = ()


@lru_cache(4096)
def _formats(
    locale: str, requested: str | None, territory: str | None, currency: str | None, zone: tzinfo, digits: Digits
) -> Formats:
    return Formats(formatting(locale, requested, territory), currency, zone, digits)


def _marks(market: Market, channel: str, direction: Direction) -> Marks:
    prefix, suffix = market.prefix.get(channel, ""), market.suffix.get(channel, "")
    return Marks(prefix, suffix, direction) if prefix or suffix else UNMARKED


def _reason(fault: Exception) -> str:
    """What went wrong in a template, to those who write it."""
    if isinstance(fault, ZeroDivisionError):
        return "a number is divided by zero"
    if isinstance(fault, TypeError) and ("concatenate" in str(fault) or "for +:" in str(fault)):
        return "`+` adds numbers, or joins texts, but not one to the other; `~` joins anything"
    return f"{type(fault).__name__}: {fault}"


class Renderer:
    """Renders the templates of one workspace.

    Args:
        templates: the workspace's templates.
        catalogs: translations, by locale.
        source: the language that the templates are written in.
        sms: how many parts a text message may have, and how large those are.
        schemes: of addresses that values may begin with, beside http, https, mailto, tel and sms: those that open an app.
        digits: those of numbers and dates where a language has its own.
    """

    def __init__(
        self,
        templates: Templates,
        catalogs: Mapping[str, Catalog],
        source: str,
        *,
        sms: SmsLimits = SmsLimits(),  # noqa: B008 - a constant
        schemes: Collection[str] = (),
        digits: Digits = "latin",
    ) -> None:
        self._catalogs = {**catalogs, source: source_catalog(source, catalogs.get(source))}
        self._library = Library(templates, self._catalogs, source, schemes)
        self._templates = templates
        self._source = source
        self._sms = sms
        self._digits = digits
        self._choices: dict[tuple[str, str, str, str | None], LocaleChoice] = {}

    # -- what there is

    @property
    def locales(self) -> tuple[str, ...]:
        """The locales that there are words in, the source language's included."""
        return tuple(sorted(self._catalogs))

    def channels(self, template: str) -> frozenset[str]:
        """The channels that a tactic has a template for."""
        return self._templates.channels(template)

    def approved(self, template: str, market: Market, requested: str | None) -> frozenset[str]:
        """The channels on which the message names a template that the provider has approved beforehand.

        A variation may name one, in its market or its locale alone.
        """
        approvable = self.channels(template) & APPROVABLE
        return approvable and frozenset(
            channel for channel in approvable if "template" in self._chosen(template, channel, market, requested).fields
        )

    def _chosen(self, template: str, channel: str, market: Market, requested: str | None) -> Linked:
        locale = self.choose(template, channel, market, requested).locale
        return self._library.linked(template, channel, market.name, locale or self._source)

    # -- one message

    def choose(self, template: str, channel: str, market: Market, requested: str | None) -> LocaleChoice:
        """The first locale of the person's chain in which the whole message is translated."""
        key = template, channel, market.name, requested
        choice = self._choices.get(key)
        if choice is None:
            if len(self._choices) >= MOST_CHOICES:
                self._choices.clear()
            choice = self._choices[key] = self._choice(template, channel, market, requested)
        return choice

    def render(
        self,
        template: str,
        channel: str,
        market: Market,
        locale: str,
        requested: str | None,
        zone: tzinfo,
        values: Mapping[str, Any],
        *,
        marketing: bool = False,
        shorten: Shorten | None = None,
    ) -> Content:
        """The content for one person.

        Args:
            locale: as `choose` gave it.
            requested: the person's own locale; its territory decides how values are written.
            zone: the person's time zone.
            values: what the template sees: profile, moment, market, campaign, links; and `now`, where it is known.
            marketing: put the market's prefix and suffix around the message.
            shorten: gives the short form of a web address in the message; None leaves all as they are.

        Raises:
            ContentRefused: `content.missing_data`, `content.too_long` or `content.error`.
        """
        message = self._library.message(template, channel, market.name, locale)
        formats = _formats(locale, requested, market.territory, market.currency, zone, self._digits)
        fields = self._fields(message, values, formats)
        if shorten is not None:
            fields = tracked(fields, shorten)
        marks = _marks(market, channel, message.direction) if marketing else UNMARKED
        return content(channel, fields, self._sms, marks)

    @staticmethod
    def _fields(message: Message, values: Mapping[str, Any], formats: Formats) -> dict[str, Any]:
        try:
            return message.fields(values, formats)
        except ContentRefused:
            raise
        except FormatError as fault:
            raise Unfit(str(fault)) from fault
        except Exception as fault:  # whatever goes wrong in a template concerns this message only
            raise Unfit(_reason(fault)) from fault

    def _choice(self, template: str, channel: str, market: Market, requested: str | None) -> LocaleChoice:
        candidates = preference(requested, market.locales, self._source, self._catalogs)
        passed_over: list[tuple[str, tuple[str, ...]]] = []
        for locale in candidates:
            strings = self._library.linked(template, channel, market.name, locale).strings
            missing = self._catalogs[locale].missing(strings)
            if not missing:
                return LocaleChoice(locale, requested, candidates, tuple(passed_over))
            passed_over.append((locale, tuple(sorted(string.msgid for string in missing))))
        return LocaleChoice(None, requested, candidates, tuple(passed_over))

    # -- for those who write templates

    def problems(self) -> tuple[Problem, ...]:
        """All that is wrong with the templates, by file and line."""
        return self._library.problems()

    def uses(self) -> tuple[Use, ...]:
        """Every string that a message can need, with each place where it stands."""
        return self._library.uses()

    def fields(self, template: str, channel: str) -> Mapping[str, Tree]:
        """The trees of a message's fields, before they are localised; none where its files do not fit together."""
        return self._library.linked(template, channel).fields
