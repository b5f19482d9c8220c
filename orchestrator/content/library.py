"""Every message of a workspace, linked and made for a locale when it is first asked for, and then kept."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from orchestrator.blueprint.problems import Problem
from orchestrator.content.catalogs import Catalog, String
from orchestrator.content.files import Layers, Unlinkable
from orchestrator.content.locales import chain
from orchestrator.content.messages import Linked, Message, link
from orchestrator.content.refusal import ContentRefused, Unfit, Unsound
from orchestrator.content.review import review
from orchestrator.content.templates import Templates


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """A string that a template asks gettext for, and where: `file` is relative to the workspace."""

    file: str
    line: int
    string: String


Key = tuple[str, str, str | None, str | None]
"""Tactic, channel, market, locale."""


class Library:
    """Messages by tactic, channel, market and locale."""

    def __init__(
        self, templates: Templates, catalogs: Mapping[str, Catalog], source: str, schemes: Collection[str] = ()
    ) -> None:
        self._schemes = schemes
        self._templates = templates
        self._catalogs = catalogs
        self._source = source
        self._linked: dict[Key, Linked | Unlinkable] = {}
        self._messages: dict[Key, Message | ContentRefused] = {}
        self._joined: dict[tuple[str, Layers], Linked] = {}  # one for all markets and locales that do not vary it
        self._by_files: dict[tuple[int, str], Message] = {}

    def linked(self, tactic: str, channel: str, market: str | None = None, locale: str | None = None) -> Linked:
        """The message as its files make it; one without fields where they do not fit together."""
        found = self._link((tactic, channel, market, locale))
        return Linked(channel) if isinstance(found, Unlinkable) else found

    def message(self, tactic: str, channel: str, market: str, locale: str) -> Message:
        """The message in a locale.

        Raises:
            ContentRefused: `content.error`, since it cannot be made.
        """
        key = tactic, channel, market, locale
        found = self._messages.get(key)
        if found is None:
            found = self._messages[key] = self._made(key)
        if isinstance(found, ContentRefused):
            raise found
        return found

    def _link(self, key: Key) -> Linked | Unlinkable:
        found = self._linked.get(key)
        if found is None:
            tactic, channel, market, locale = key
            try:
                found = self._join(channel, self._templates.layers(tactic, channel, market, chain(locale)))
            except Unlinkable as fault:
                found = fault
            self._linked[key] = found
        return found

    def _join(self, channel: str, layers: Layers) -> Linked:
        found = self._joined.get((channel, layers))
        if found is None:
            found = self._joined[channel, layers] = link(self._templates.files, channel, layers)
        return found

    def _made(self, key: Key) -> Message | ContentRefused:
        if key[1] not in self._templates.channels(key[0]):
            return Unfit(f"{key[0]} has no template for {key[1]}")
        linked = self._link(key)
        if isinstance(linked, Unlinkable):
            return Unfit(str(linked.problem))
        try:
            return self._compiled(linked, key[3] or "")
        except Unsound as fault:
            return Unfit(str(self._problem(fault)))

    def _compiled(self, linked: Linked, locale: str) -> Message:
        key = id(linked), locale
        if key not in self._by_files:
            self._by_files[key] = Message(linked, self._catalogs[locale], self._schemes)
        return self._by_files[key]

    def _problem(self, fault: Unsound) -> Problem:
        return self._templates.files.problem(fault.position, fault.code, str(fault))

    # -- for those who write templates

    def problems(self) -> tuple[Problem, ...]:
        """All that is wrong with the templates, by file and line."""
        found = {*self._templates.problems}
        for key in self._keys():
            found |= set(self._found(key))
        return tuple(sorted(found))

    def _found(self, key: Key) -> Iterator[Problem]:
        linked = self._link(key)
        if isinstance(linked, Unlinkable):
            yield linked.problem
            return
        yield from review(self._templates.files, linked)
        catalog = self._catalogs.get(key[3] or "", self._catalogs[self._source])
        try:
            Message(linked, catalog)
        except Unsound as fault:
            yield self._problem(fault)

    def uses(self) -> tuple[Use, ...]:
        """Every string that a message can need, with each place where it stands."""
        found: set[Use] = set()
        for tactic, channel, market, locale in self._keys():
            for use in self.linked(tactic, channel, market, locale).translatables:
                source, line = self._templates.files.at(use.position)
                found.add(Use(f"templates/{source.path}", line, use.string))
        return tuple(sorted(found, key=lambda use: (use.file, use.line, use.string.msgid)))

    def _keys(self) -> Iterator[Key]:
        """Each message as it is, and for each market and locale that varies it."""
        for tactic, channel, variants in self._templates.messages():
            yield tactic, channel, None, None
            for name in variants.variations:
                market = self._templates.is_market(name)
                yield tactic, channel, name if market else None, None if market else name
