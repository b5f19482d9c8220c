"""Which of a workspace's problems concern which message: by the files that it is made of, and the strings that it needs."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence

from jinja2 import nodes

from orchestrator.blueprint import Campaign, Problem, Workspace
from orchestrator.content.files import ROOT, Files, Unlinkable, template_name
from orchestrator.content.locales import chain
from orchestrator.content.po import PoError, decode, parse
from orchestrator.content.templates import Templates
from orchestrator.content.trees import walk
from orchestrator.translation.document import Key
from orchestrator.translation.needs import Needs

HEADER: Key = (None, "")


class Findings:
    """The problems of a workspace, message by message."""

    def __init__(self, problems: Iterable[Problem], files: Mapping[str, bytes], workspace: Workspace) -> None:
        self._files = files
        self._templates = Templates(files, workspace.markets)
        self._needs = Needs(self._templates, workspace.locale)
        self._entries: dict[str, tuple[list[int], list[Key]]] = {}
        self._by_file: dict[str, list[Problem]] = {}
        for problem in problems:
            self._by_file.setdefault(problem.file, []).append(problem)

    def of(self, campaign: Campaign, channel: str, market: str, locale: str) -> tuple[Problem, ...]:
        """What concerns one message: in its blueprint, its templates, and its strings in that locale."""
        sources = (campaign.file, *self._sources(campaign.template, channel, market, locale))
        found = [problem for file in sources for problem in self._by_file.get(file, ())]
        return (*found, *self._in_catalog(campaign, channel, locale))

    def _sources(self, tactic: str, channel: str, market: str, locale: str) -> Sequence[str]:
        """The template's files, those included."""
        try:
            layers = self._templates.layers(tactic, channel, market, chain(locale))
            reached = dict.fromkeys(layers)
            for path in layers:
                reached |= dict.fromkeys(_reached(self._templates.files, path, frozenset(reached)))
        except Unlinkable as fault:
            return (fault.problem.file,)
        return [ROOT + path for path in reached]

    def _in_catalog(self, campaign: Campaign, channel: str, locale: str) -> Iterator[Problem]:
        path = f"locales/{locale}/LC_MESSAGES/messages.po"
        problems = self._by_file.get(path, ())
        if problems:
            strings = self._needs.strings(campaign, locale)[channel]
            wanted = {HEADER, *((string.context, string.msgid) for string in strings)}
            yield from (problem for problem in problems if self._string_at(path, problem.line) in wanted)

    def _string_at(self, path: str, line: int) -> Key:
        """The string that a line of a catalog is about; the header where the file cannot be read."""
        if path not in self._entries:
            self._entries[path] = _entries(self._files.get(path, b""))
        lines, keys = self._entries[path]
        return keys[max(bisect(lines, line) - 1, 0)]


def _entries(catalog: bytes) -> tuple[list[int], list[Key]]:
    """The strings of a catalog, and the line on which each begins."""
    try:
        entries = parse(decode(catalog).text)
    except PoError:
        entries = ()
    return [0, *(entry.line for entry in entries)], [HEADER, *((entry.context, entry.msgid) for entry in entries)]


def _reached(files: Files, path: str, known: frozenset[str]) -> Iterator[str]:
    """The files that a file names, and those that they name."""
    body = files.tree(path).body
    includes = [template_name(node) for node in walk(body, nodes.Include)]
    imports = [template_name(node) for node in walk(body, nodes.Import)]
    imports += [template_name(node) for node in walk(body, nodes.FromImport)]
    for name in dict.fromkeys((*includes, *imports)):
        if name not in known:
            yield name
            yield from _reached(files, name, known | {name})
