"""The template files of a workspace: which tactic has which channels, and what a message is made of.

    templates/<tactic>/<channel>[@<variation>].<ext>        a message, or how it differs for a market or a locale
    templates/_…/…                                          layouts, partials and macros, reached by their names

    base ◄── for the market ◄── for the locale              each extends what stands left of it

A variation's name is that of a market, or a locale as the catalogs' folders spell it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from orchestrator.blueprint.problems import Problem, did_you_mean, unknown
from orchestrator.content.fields import FIELDS
from orchestrator.content.files import ROOT, Files, Layers, template_name
from orchestrator.content.locales import canonical

_MESSAGE = re.compile(r"(?P<tactic>[^/_][^/]*)/(?P<channel>[^/@.]+)(?:@(?P<variation>[^/]+?))?\.[\w.]+")


@dataclass(frozen=True, slots=True)
class Variants:
    """The files of one tactic on one channel: the base, and its variations by market or locale."""

    base: str
    variations: Mapping[str, str]


class Templates:
    """All templates, parsed and checked one by one. `problems` are about single files and their names."""

    def __init__(self, files: Mapping[str, bytes], markets: Collection[str] = ()) -> None:
        paths = sorted(path.removeprefix(ROOT) for path in files if path.startswith(ROOT))
        self.files = Files({path: files[ROOT + path] for path in paths})
        self._markets = frozenset(markets)
        self._variants: dict[tuple[str, str], Variants] = {}
        found = [problem for source in self.files for problem in source.problems]
        self.problems: tuple[Problem, ...] = (*found, *self._arrange(paths))
        self._channels: dict[str, frozenset[str]] = {}
        for tactic, channel in self._variants:
            self._channels[tactic] = self._channels.get(tactic, frozenset()) | {channel}

    def channels(self, tactic: str) -> frozenset[str]:
        """The channels that the tactic has a template for."""
        return self._channels.get(tactic, frozenset())

    def tactics(self) -> frozenset[str]:
        """All tactics there are."""
        return frozenset(self._channels)

    def messages(self) -> Iterator[tuple[str, str, Variants]]:
        """Every tactic on every channel."""
        for (tactic, channel), variants in sorted(self._variants.items(), key=lambda item: item[0]):
            yield tactic, channel, variants

    def is_market(self, variation: str) -> bool:
        """Whether a variation is one for a market; else it is for a locale."""
        return variation in self._markets

    def layers(self, tactic: str, channel: str, market: str | None, chain: Sequence[str]) -> Layers:
        """The files that a message is made of, most derived first.

        Args:
            market: the market's name, or None for none.
            chain: the locale and its parents, nearest first.

        Raises:
            Unlinkable: a file does not exist, or must not run.
            KeyError: the tactic has no template for the channel.
        """
        variants = self._variants[tactic, channel]
        layers = self.files.layers(variants.base)
        for variation in self._applying(variants, market, chain):
            parent = self.files.parent(variation)
            if parent is None or template_name(parent) == variants.base:
                layers = (variation, *layers)
            else:
                layers = self.files.layers(variation)
        return layers

    def _applying(self, variants: Variants, market: str | None, chain: Sequence[str]) -> Iterator[str]:
        if market in variants.variations and market in self._markets:
            yield variants.variations[market]
        nearest = next((step for step in chain if step in variants.variations and step not in self._markets), None)
        if nearest is not None:
            yield variants.variations[nearest]

    def _arrange(self, paths: Sequence[str]) -> Iterator[Problem]:
        found: dict[tuple[str, str], dict[str, str]] = {}
        for path in paths:
            match = _MESSAGE.fullmatch(path)
            if match and match["channel"] in FIELDS:
                variants = found.setdefault((match["tactic"], match["channel"]), {})
                yield from self._doubled(path, variants, match["variation"] or "")
                variants.setdefault(match["variation"] or "", path)
            elif match and did_you_mean(match["channel"], FIELDS):
                yield self._problem(path, "template.channel", unknown("channel", match["channel"], FIELDS), "warning")
        for (tactic, channel), by_name in found.items():
            yield from self._message(tactic, channel, by_name)

    def _doubled(self, path: str, variants: Mapping[str, str], name: str) -> Iterator[Problem]:
        if name in variants:
            yield self._problem(path, "template.name", f"{variants[name]} says the same; only that one is used.")

    def _message(self, tactic: str, channel: str, by_name: dict[str, str]) -> Iterator[Problem]:
        base = by_name.pop("", None)
        if base is None:
            for name, path in by_name.items():
                yield self._baseless(channel, name, path)
            return
        self._variants[tactic, channel] = Variants(base, by_name)
        for name, path in by_name.items():
            yield from self._misnamed(name, path)

    def _baseless(self, channel: str, name: str, path: str) -> Problem:
        before, _, extension = path.rpartition(f"@{name}")
        base = f"{ROOT}{before}{extension}"
        message = (
            f"This varies {base}, which is not there, so nobody at all is written to by {channel}. "
            f"Write {base} for all but {name!r}; if there are no others, give this file that name."
        )
        return self._problem(path, "template.name", message)

    def _misnamed(self, name: str, path: str) -> Iterator[Problem]:
        spelt = canonical(name)
        if name not in self._markets and spelt != name:
            hint = f" The locale is spelt {spelt!r}." if spelt else ""
            hint = did_you_mean(name, self._markets) or hint
            yield self._problem(path, "template.name", f"{name!r} is neither a market nor a locale.{hint}")

    def _problem(self, path: str, code: str, message: str, severity: str = "error") -> Problem:
        return Problem(ROOT + path, 1, 1, "warning" if severity == "warning" else "error", code, message)
