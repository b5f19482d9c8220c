"""How far each locale has come, message by message: a message goes out in a locale only if all of it is translated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orchestrator.blueprint import Campaign, Workspace
from orchestrator.content.catalogs import Catalog, String
from orchestrator.content.locales import chain
from orchestrator.content.templates import Templates
from orchestrator.translation.needs import Needs


@dataclass(frozen=True, slots=True)
class Progress:
    """One campaign in one locale.

    Attributes:
        offered: whether one of the campaign's markets offers the locale.
        strings: how many strings its messages have, on all channels together.
        missing: those that are not translated, or cannot be relied on.
        channels: whether the message can go out, for each channel.
    """

    campaign: str
    locale: str
    offered: bool
    strings: int
    missing: tuple[String, ...]
    channels: Mapping[str, bool]

    @property
    def share(self) -> float:
        """What is translated, from 0 to 1."""
        return 1 - len(self.missing) / self.strings if self.strings else 1.0


def progress(workspace: Workspace, files: Mapping[str, bytes], catalogs: Mapping[str, Catalog]) -> Iterator[Progress]:
    """Each campaign in each locale that has a catalog."""
    needs = Needs(Templates(files, workspace.markets), workspace.locale)
    for _, campaign in sorted(workspace.campaigns.items()):
        offered = _offered(campaign, workspace)
        for locale, catalog in sorted(catalogs.items()):
            by_channel = needs.strings(campaign, locale)
            strings = frozenset[String]().union(*by_channel.values())
            yield Progress(
                campaign=campaign.name,
                locale=locale,
                offered=locale in offered,
                strings=len(strings),
                missing=tuple(
                    sorted(catalog.missing(strings), key=lambda string: (string.msgid, string.context or ""))
                ),
                channels={channel: not catalog.missing(needed) for channel, needed in by_channel.items()},
            )


def _offered(campaign: Campaign, workspace: Workspace) -> frozenset[str]:
    """The locales of the campaign's markets and those that stand in for them, and the source language."""
    markets = [
        market for market in workspace.markets.values() if campaign.markets is None or market.name in campaign.markets
    ]
    locales = {locale for market in markets for locale in market.locales}
    return frozenset((workspace.locale, *(step for locale in locales for step in chain(locale))))
