"""Which strings a message cannot do without, on each channel, in each market and locale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from orchestrator.blueprint import Campaign
from orchestrator.content.catalogs import String
from orchestrator.content.library import Library
from orchestrator.content.locales import chain
from orchestrator.content.templates import Templates


class Needs:
    """The strings of all messages of a workspace, read from its templates, variations included."""

    def __init__(self, templates: Templates, source: str) -> None:
        self._templates = templates
        self._library = Library(templates, {}, source)
        self._variations = {
            (tactic, channel): tuple(variants.variations) for tactic, channel, variants in templates.messages()
        }

    def strings(self, campaign: Campaign, locale: str) -> Mapping[str, frozenset[String]]:
        """What the campaign needs in a locale on each channel, in all of its markets."""
        return {
            channel: frozenset(self._strings(campaign, channel, names, locale))
            for (tactic, channel), names in self._variations.items()
            if tactic == campaign.template
        }

    def _strings(self, campaign: Campaign, channel: str, names: Sequence[str], locale: str) -> Iterator[String]:
        markets = [name for name in names if self._templates.is_market(name)]
        targeted = [name for name in markets if campaign.markets is None or name in campaign.markets]
        own = next((step for step in chain(locale) if step in names and step not in markets), None)
        for market in (None, *targeted):
            linked = self._library.linked(campaign.template, channel, market, own)
            yield from (asked.string for asked in linked.translatables)
