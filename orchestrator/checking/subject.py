"""A workspace made ready for its checks: what was read, and every message that its campaigns can send.

files ─► workspace, templates, catalogs ─► messages      campaign × channel × the files it is made of
                                               └─► reading     what those files look up
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial

from jinja2 import nodes

from orchestrator.blueprint import Campaign, Market, Workspace
from orchestrator.blueprint.problems import Problem, Severity
from orchestrator.blueprint.sources import Sources
from orchestrator.blueprint.yaml_reader import Path as YamlPath
from orchestrator.checking.catalogs import Translations, read_entries
from orchestrator.checking.grounds import Grounds
from orchestrator.checking.memory import Memory, fingerprint
from orchestrator.checking.reading import read
from orchestrator.checking.uses import Reading, Use
from orchestrator.checking.values import Path
from orchestrator.content.catalogs import Catalog, path_of, source_catalog
from orchestrator.content.contexts import address, placed
from orchestrator.content.fields import FIELDS
from orchestrator.content.files import Layers, Unlinkable, template_name
from orchestrator.content.library import Use as StringUse
from orchestrator.content.locales import chain
from orchestrator.content.localise import localise
from orchestrator.content.messages import Linked, link
from orchestrator.content.refusal import Unsound
from orchestrator.content.render import Renderer
from orchestrator.content.syntax import LINES
from orchestrator.content.templates import Templates
from orchestrator.content.trees import Tree, walk


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """What a campaign sends on a channel, for those markets and locales in which it is made of the same files.

    `readings` has what each field looks up, `start` is the position at which the most derived file begins.
    """

    campaign: Campaign
    channel: str
    layers: Layers
    cases: tuple[tuple[Market, str], ...]
    linked: Linked
    readings: Mapping[str, Reading]
    start: int

    @property
    def files(self) -> frozenset[str]:
        """The files of the workspace that it is made of."""
        return frozenset(f"templates/{path}" for path in self.layers)

    @property
    def markets(self) -> tuple[Market, ...]:
        """The markets that it goes to."""
        return tuple({market.name: market for market, _ in self.cases}.values())

    @property
    def locales(self) -> tuple[str, ...]:
        """The locales that it can be in."""
        return tuple(dict.fromkeys(locale for _, locale in self.cases))


@dataclass(frozen=True, slots=True)
class Lookup:
    """One use of a value in a field of a message."""

    message: Message
    field: str
    use: Use

    @property
    def campaign(self) -> Campaign:
        """The campaign whose message it is."""
        return self.message.campaign


@dataclass
class Subject:
    """What the checks are about. `faulty` are the YAML files in which something is known to be wrong."""

    sources: Sources
    workspace: Workspace
    templates: Templates
    catalogs: Mapping[str, Catalog]
    renderer: Renderer
    memory: Memory
    faulty: frozenset[str] = frozenset()

    @cached_property
    def translations(self) -> Mapping[str, Translations]:
        """The catalogs' entries, by locale."""
        return {locale: read_entries(self.sources, locale) for locale in self.catalogs}

    @cached_property
    def template_problems(self) -> tuple[Problem, ...]:
        """What is wrong with the templates in themselves."""
        return self.memory.recall(self.renderer.problems, "problems", self.templates_mark)

    @cached_property
    def strings(self) -> tuple[StringUse, ...]:
        """Every string that a template asks for, with each place where it stands."""
        return self.memory.recall(self.renderer.uses, "strings", self.templates_mark)

    def mark_of(self, layers: Layers) -> str:
        """What tells these files, and those that they name, from others."""
        paths = self.reached(layers)
        contents = [(path, self.sources[f"templates/{path}"]) for path in sorted(paths)]
        return fingerprint(
            contents, sorted(self._paths), self.workspace.locale, self.sources.get(path_of(self.workspace.locale))
        )

    def reached(self, paths: Iterable[str]) -> frozenset[str]:
        """The files, and all that they extend, include and import."""
        found = set(paths)
        waiting = list(found)
        while waiting:
            new = self._named.get(waiting.pop(), frozenset()) - found
            found |= new
            waiting += new
        return frozenset(found)

    @cached_property
    def _named(self) -> Mapping[str, frozenset[str]]:
        """The files that each file names."""
        return {
            source.path: frozenset(named_in(source.tree)) & self._paths
            for source in self.templates.files
            if source.tree
        }

    @cached_property
    def _paths(self) -> frozenset[str]:
        return frozenset(source.path for source in self.templates.files)

    @cached_property
    def templates_mark(self) -> str:
        """What tells these templates from others, in all that can be said of them without a message's translations."""
        names = {name for _, _, variants in self.templates.messages() for name in variants.variations}
        varying = (path_of(locale) for locale in sorted({*names, self.workspace.locale}))
        contents = [(name, content) for name, content in self.sources.items() if name.startswith("templates/")]
        catalogs = [self.sources.get(path) for path in varying]
        return fingerprint(contents, catalogs, sorted(self.workspace.markets), self.workspace.locale)

    @cached_property
    def broken(self) -> frozenset[str]:
        """The template files that must not run, or whose parts do not fit together."""
        return frozenset(problem.file for problem in self.template_problems if problem.severity == "error")

    @cached_property
    def locales(self) -> tuple[str, ...]:
        """All locales that a message can be in, the source language first."""
        return tuple(dict.fromkeys((self.workspace.locale, *self.catalogs)))

    @cached_property
    def messages(self) -> tuple[Message, ...]:
        """Every message of every campaign; those whose files do not fit together are left out."""
        return tuple(message for campaign in self.workspace.campaigns.values() for message in self._messages(campaign))

    @cached_property
    def lookups(self) -> tuple[Lookup, ...]:
        """Whatever a message looks up."""
        return tuple(
            Lookup(message, name, use)
            for message in self.messages
            for name, reading in message.readings.items()
            for use in reading.uses
        )

    @cached_property
    def grounds(self) -> Mapping[str, Grounds]:
        """What each campaign's messages stand on, by the campaign's name."""
        return {
            name: Grounds(self.workspace, campaign, self.markets(campaign))
            for name, campaign in self.workspace.campaigns.items()
        }

    def markets(self, campaign: Campaign) -> tuple[Market, ...]:
        """The markets that a campaign addresses."""
        wanted = self.workspace.markets if campaign.markets is None else campaign.markets
        return tuple(market for name, market in sorted(self.workspace.markets.items()) if name in wanted)

    def channels(self, campaign: Campaign, market: Market) -> tuple[str, ...]:
        """The channels that a campaign tries in a market."""
        return campaign.channel if isinstance(campaign.channel, tuple) else market.channels

    def _messages(self, campaign: Campaign) -> Iterator[Message]:
        cases: dict[tuple[str, Layers], list[tuple[Market, str]]] = {}
        for market in self.markets(campaign):
            for channel in self.channels(campaign, market):
                for locale in self.locales if channel in self.templates.channels(campaign.template) else ():
                    layers = self._layers(campaign.template, channel, market.name, locale)
                    if layers:
                        cases.setdefault((channel, layers), []).append((market, locale))
        for (channel, layers), found in cases.items():
            made = self.memory.recall(
                partial(self._made, channel, layers), "made", self.mark_of(layers), channel, layers
            )
            if made is not None:
                yield Message(campaign, channel, layers, tuple(found), *made, self._start(layers[0]))

    def _start(self, path: str) -> int:
        return next(source.index for source in self.templates.files if source.path == path) * LINES + 1

    def _layers(self, tactic: str, channel: str, market: str, locale: str) -> Layers:
        try:
            return self.templates.layers(tactic, channel, market, chain(locale))
        except Unlinkable:
            return ()

    def _made(self, channel: str, layers: Layers) -> tuple[Linked, Mapping[str, Reading]] | None:
        try:
            linked = link(self.templates.files, channel, layers)
        except Unlinkable:
            return None
        return linked, {name: self._field(name, tree, channel) for name, tree in linked.fields.items()}

    def _field(self, name: str, tree: Tree, channel: str) -> Reading:
        kind = FIELDS[channel][name]
        try:
            localised = localise(tree, self.words[self.workspace.locale], html=kind == "html")
            prepare = {"html": placed, "url": address}.get(kind)
            return read(prepare(localised) if prepare else localised)
        except Unsound:  # told by the templates' own problems
            return Reading()

    @cached_property
    def words(self) -> Mapping[str, Catalog]:
        """The catalogs, with one of the source language that lacks nothing."""
        source = self.workspace.locale
        return {**self.catalogs, source: source_catalog(source, self.catalogs.get(source))}

    # -- where findings are

    def in_template(self, position: int, severity: Severity, code: str, message: str, needle: str = "") -> Problem:
        """A problem in a template; `needle` is the piece of source that it is about."""
        return self.templates.files.problem(position, code, message, needle, severity)

    def at_name(self, position: int, severity: Severity, code: str, message: str, path: Path) -> Problem:
        """A problem with a name that a template looks up: at the last part of the path."""
        source, line = self.templates.files.at(position)
        whole = source.column(line, ".".join(path[-2:])) - 1
        column = whole + 1 + len(".".join(path[-2:])) - len(path[-1]) if whole else source.column(line, path[-1])
        return replace(self.in_template(position, severity, code, message), column=column)

    def in_yaml(
        self, file: str, path: YamlPath, severity: Severity, code: str, message: str, *, on_key: bool = False
    ) -> Problem:
        """A problem in a YAML file, at `path` or at the nearest entry around it that is written."""
        document = self.sources.documents[file]
        while path and path not in document.values:
            path, on_key = path[:-1], True
        return self.sources.problem(file, path, severity, code, message, on_key=on_key)

    def file_at(self, position: int) -> str:
        """The file of the workspace that a position is in."""
        return f"templates/{self.templates.files.at(position)[0].path}"

    def place(self, position: int) -> str:
        """A place in a template as a message names it."""
        source, line = self.templates.files.at(position)
        return f"templates/{source.path}:{line}"

    def place_in_yaml(self, file: str, path: YamlPath) -> str:
        """A place in a YAML file as a message names it."""
        problem = self.in_yaml(file, path, "error", "", "", on_key=True)
        return f"{file}:{problem.line}"


def named_in(tree: nodes.Template) -> Iterator[str]:
    """The files that a file extends, includes or imports."""
    for node in walk(tree.body, nodes.Stmt):
        if isinstance(node, nodes.Extends | nodes.Include | nodes.Import | nodes.FromImport):
            yield template_name(node)
