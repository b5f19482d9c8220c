"""What purposes, channels and languages are called on the pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from orchestrator.blueprint import Market
from orchestrator.blueprint.schedule import WEEKDAYS
from orchestrator.content import locales
from orchestrator.decision.consent import NIGHT
from orchestrator.words import Words

CHANNELS: Mapping[str, str] = {
    "email": "Email",
    "sms": "Text message",
    "whatsapp": "WhatsApp",
    "push": "App notification",
}
PURPOSES: Mapping[str, str] = {"marketing": "News and offers", "newsletter": "Newsletter"}


def channel(name: str, said: Words) -> str:
    """A channel, in these words; one of another package by its own name."""
    return said.say(CHANNELS[name]) if name in CHANNELS else readable(name)


def purpose(name: str, said: Words) -> str:
    """A purpose, or its nights, in these words; one that only the workspace knows by its own name."""
    if name.endswith(NIGHT):
        return f"{purpose(name.removesuffix(NIGHT), said)} · {said.say('Also at night')}"
    return said.say(PURPOSES[name]) if name in PURPOSES else readable(name)


def what(purpose_: str, channel_: str, said: Words) -> str:
    """What somebody gets: purpose and channel."""
    return f"{purpose(purpose_, said)} · {channel(channel_, said)}"


def nights(market: Market | None, said: Words) -> str:
    """What the nights of a market are called, with their hours where these are the same every day."""
    windows = market.windows if market else ()
    is_daily = len(windows) == 1 and len(windows[0].days) == len(WEEKDAYS)
    hours = f" ({windows[0].range.end:%H:%M}–{windows[0].range.start:%H:%M})" if is_daily else ""
    return said.say("Also at night") + hours


def languages(available: Iterable[str]) -> list[tuple[str, str, str]]:
    """Each locale as it is written, as HTML names it, and as its own speakers call it; in the order of those names."""
    named = [(locale, locale.replace("_", "-"), _own_name(locale)) for locale in available]
    return sorted(named, key=lambda row: row[2].casefold())


def _own_name(locale: str) -> str:
    return _capitalised(locales.formatting(locale).get_display_name() or locale)


def readable(name: str) -> str:
    """A name that only a workspace knows, as people would write it."""
    return _capitalised(name.replace("_", " ").replace("-", " "))


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
