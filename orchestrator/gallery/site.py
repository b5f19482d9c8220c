"""The pages of a gallery: `index.html`, one for each campaign, one for the changes. Files by name; nothing is read or written.

Every page stands for itself: its style is in it, there is no script, and nothing is fetched but images that a mail
itself shows. A mail lies in a sandboxed frame under a policy of its own, so that nothing in it can run or lead away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from babel import Locale
from jinja2 import Environment, PackageLoader, StrictUndefined

from orchestrator.blueprint import Campaign, Problem, Workspace
from orchestrator.content.locales import direction
from orchestrator.gallery.cards import Card, manifest
from orchestrator.gallery.changes import Change
from orchestrator.gallery.scenes import PEOPLE

POLICY = "default-src 'none'; img-src https: data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
LEVELS = ("error", "refused", "held", "warning", "good")
"""How a message is marked, the most urgent first."""


@dataclass(frozen=True, slots=True)
class Page:
    """One campaign's messages."""

    campaign: Campaign
    cards: Sequence[Card]

    @property
    def channels(self) -> Sequence[str]:
        """The channels, in the order of the campaign's messages."""
        return list(dict.fromkeys(card.scene.channel for card in self.cards))

    @property
    def locales(self) -> Sequence[str]:
        """The locales, the source language first."""
        return list(dict.fromkeys(card.scene.locale for card in self.cards))

    def filters(self) -> Iterator[tuple[str, str]]:
        """The filters: the id that a link names, and the CSS classes of the cards that are left."""
        for channel in self.channels:
            yield f"on-{channel}", f".c-{channel}"
        for locale in self.locales:
            yield f"in-{locale}", f".l-{locale}"
            yield from ((f"in-{locale}-on-{channel}", f".l-{locale}.c-{channel}") for channel in self.channels)

    def level(self, locale: str | None = None, channel: str | None = None) -> str | None:
        """The most urgent mark among some of the messages; None where there are none."""
        found = {
            card.level
            for card in self.cards
            if locale in (None, card.scene.locale) and channel in (None, card.scene.channel)
        }
        return next((level for level in LEVELS if level in found), None)


def site(workspace: Workspace, cards: Sequence[Card], problems: Sequence[Problem]) -> Mapping[str, bytes]:
    """A whole gallery, its manifest too."""
    by_campaign = groupby(cards, key=lambda card: card.scene.campaign)
    pages = [Page(workspace.campaigns[name], list(found)) for name, found in by_campaign]
    locales = list(dict.fromkeys(locale for page in pages for locale in page.locales))
    files = {"index.html": _page("index.html", pages=pages, locales=locales, cards=cards, problems=problems)}
    files |= {f"{page.campaign.name}.html": _page("campaign.html", page=page, pages=pages) for page in pages}
    return {**files, "manifest.json": manifest(cards)}


def changes_page(changes: Sequence[Change], against: str) -> bytes:
    """The page that tells what a gallery changed, compared with another."""
    return _page("changes.html", changes=changes, against=against)


def _page(name: str, **values: Any) -> bytes:
    return _environment().get_template(name).render(policy=POLICY, people=PEOPLE, **values).encode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("orchestrator.gallery", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"language": language, "framed": framed, "direction": direction}
    return environment


def language(locale: str) -> str:
    """A locale's name in English, as far as CLDR has one."""
    names = Locale("en")
    code, *rest = locale.split("_")
    if found := names.languages.get(locale):
        return str(found)
    parts = ", ".join(names.scripts.get(part) or names.territories.get(part) or part for part in rest)
    return f"{names.languages.get(code, code)} ({parts})" if parts else str(names.languages.get(code, code))


def framed(html: str) -> str:
    """A mail's document with the policy as the first thing in it, and links that are to be seen and not followed."""
    guard = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><style>a {{ pointer-events: none }}</style>'
    before, head, after = html.partition("<head>")
    return f"{before}{head}{guard}{after}" if head else f"{guard}{html}"
