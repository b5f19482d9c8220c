"""One message of a workspace, twice: linked from its files, and made for one locale.

    HTML      localise ─► html (a document) ─► styles ─► contexts ─► compile
    text      localise ─► styles ─► plaintext ─► glue ─► compile
    others    localise ─► glue (an address: contexts) ─► compile

A text that the template has itself is one of the others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.content.catalogs import Catalog, String
from orchestrator.content.compiler import Program, compiled
from orchestrator.content.contexts import address, placed
from orchestrator.content.fields import FIELDS, FINISH
from orchestrator.content.files import Files, Layers, Unlinkable
from orchestrator.content.formats import Formats
from orchestrator.content.glue import glued
from orchestrator.content.html import framed
from orchestrator.content.linker import Linker
from orchestrator.content.locales import direction
from orchestrator.content.localise import Translatable, localise, translatables
from orchestrator.content.media import Kind, medium
from orchestrator.content.plaintext import plain_text, tidied
from orchestrator.content.styles import inlined
from orchestrator.content.syntax import DEEPEST, TOO_DEEP
from orchestrator.content.trees import Tree, depth
from orchestrator.content.weight import HEAVIEST, TOO_MUCH, weight

_PREVIEW = frozenset({"preheader"})
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Linked:
    """A message in no locale yet: a tree per field, and the strings in them.

    Attributes:
        words: the HTML without the preheader, from which the text is derived; None where the template has a text.
        previewed: the HTML shows the preheader in a place of its own choice.
        unused: blocks that stand in no field, with their positions.
        translatables: all calls of gettext in the message.
    """

    channel: str
    fields: Mapping[str, Tree] = field(default_factory=dict)
    words: Tree | None = None
    previewed: bool = False
    unused: Mapping[str, int] = field(default_factory=dict)
    translatables: tuple[Translatable, ...] = ()

    @property
    def strings(self) -> frozenset[String]:
        """What must be translated for the message to be complete."""
        return frozenset(each.string for each in self.translatables)


def link(files: Files, channel: str, layers: Layers) -> Linked:
    """Join a message's files.

    Raises:
        Unlinkable: they do not fit together.
    """
    linker = Linker(files, layers)
    fields: dict[str, Tree] = {}
    used: dict[str, frozenset[str]] = {}
    for name in FIELDS[channel]:
        if name in linker.blocks:
            fields[name] = _field(files, linker, name)
            used[name] = frozenset(linker.used)
    unused = {name: linker.blocks[name] for name in linker.blocks.keys() - frozenset().union(*used.values())}
    words = linker.field("html", omit=_PREVIEW) if "html" in fields and "text" not in fields else None
    asked = tuple(each for tree in fields.values() for each in translatables(tree))
    return Linked(channel, fields, words, bool(_PREVIEW & used.get("html", _NONE)), unused, asked)


def _field(files: Files, linker: Linker, name: str) -> Tree:
    """One field, if it can be walked and comes to an end."""
    position = linker.blocks[name]
    try:
        tree = linker.field(name)
        fault = TOO_DEEP if depth(tree) > DEEPEST else TOO_MUCH if weight(tree) > HEAVIEST else None
    except RecursionError:
        fault = TOO_DEEP
    if fault:
        raise Unlinkable(files.problem(position, "template.unsafe", fault))
    return tree


class Message:
    """A message in one locale: for each field a program, and what becomes of its text.

    Raises:
        Unsound: a value stands where nothing makes it safe, or a text has a placeholder that the template does not fill.
    """

    def __init__(self, linked: Linked, catalog: Catalog, schemes: Collection[str] = ()) -> None:
        self._schemes = schemes
        self.direction = direction(catalog.locale)
        self.programs = {name: self._program(name, kind, linked, catalog) for name, kind in self._kinds(linked)}
        self._fields = [(name, self.programs[name], FINISH[kind]) for name, kind in self._kinds(linked)]
        self._words = self._derived(linked.words, catalog) if linked.words is not None else None

    def fields(self, values: Mapping[str, Any], formats: Formats) -> dict[str, Any]:
        """The fields for one person, but for those that are empty."""
        texts = {}
        for name, program, finish in self._fields:
            if text := finish(program(values, formats)):
                texts[name] = text
        if self._words is not None and (text := tidied(self._words(values, formats))):
            texts["text"] = text
        return texts

    @staticmethod
    def _kinds(linked: Linked) -> list[tuple[str, Kind]]:
        return [(name, kind) for name, kind in FIELDS[linked.channel].items() if name in linked.fields]

    def _program(self, name: str, kind: Kind, linked: Linked, catalog: Catalog) -> Program:
        into = medium(kind, self.direction, self._schemes)
        tree = localise(linked.fields[name], catalog, html=into.html)
        if into.html:
            return compiled(placed(inlined(self._framed(tree, linked, catalog))), into, catalog)
        prepared = address(tree) if kind == "url" else glued(tree)
        return compiled(prepared, into, catalog)

    def _framed(self, html: Tree, linked: Linked, catalog: Catalog) -> Tree:
        title = localise(linked.fields.get("subject", []), catalog, html=True)
        preheader = [] if linked.previewed else localise(linked.fields.get("preheader", []), catalog, html=True)
        return framed(html, title=title, preheader=preheader, locale=catalog.locale, direction=self.direction)

    def _derived(self, html: Tree, catalog: Catalog) -> Program:
        styled = inlined(localise(html, catalog, html=False, markup=True))  # a style may hide what is not for reading
        return compiled(glued(plain_text(styled)), medium("body", self.direction), catalog)
