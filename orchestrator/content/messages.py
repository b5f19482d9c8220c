"""One message of a workspace, twice: linked from its files, and made for one locale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.content.catalogs import Catalog, String
from orchestrator.content.fields import FIELDS
from orchestrator.content.files import Files
from orchestrator.content.interpreter import Program, interpreted
from orchestrator.content.linker import Linker
from orchestrator.content.locales import direction
from orchestrator.content.localise import Translatable, localise, translatables
from orchestrator.content.media import Kind, medium
from orchestrator.content.trees import Tree


@dataclass(frozen=True, slots=True)
class Linked:
    """A message in no locale yet: a tree per field, and the strings in them.

    `previewed` says that the HTML shows the preheader in a place of its own choice.
    """

    channel: str
    fields: Mapping[str, Tree] = field(default_factory=dict)
    translatables: tuple[Translatable, ...] = ()
    previewed: bool = False

    @property
    def strings(self) -> frozenset[String]:
        """What must be translated for the message to be complete."""
        return frozenset(found.string for found in self.translatables)


def link(files: Files, channel: str, layers: tuple[str, ...]) -> Linked:
    """Join a message's files.

    Raises:
        Unlinkable: they do not fit together.
    """
    linker = Linker(files, layers)
    fields: dict[str, Tree] = {}
    previewed = False
    for name in FIELDS[channel]:
        if name in linker.blocks:
            fields[name] = linker.field(name)
            previewed |= name == "html" and "preheader" in linker.used
    found = tuple(each for tree in fields.values() for each in translatables(tree))
    return Linked(channel, fields, found, previewed)


class Message:
    """A message in one locale: for each field a program from values and formats to text."""

    def __init__(self, linked: Linked, catalog: Catalog) -> None:
        self.locale = catalog.locale
        self.direction = direction(catalog.locale)
        self.previewed = linked.previewed
        self.kinds: Mapping[str, Kind] = FIELDS[linked.channel]
        self._programs = {name: self._program(tree, self.kinds[name], catalog) for name, tree in linked.fields.items()}

    def _program(self, tree: Tree, kind: Kind, catalog: Catalog) -> Program:
        into = medium(kind, self.direction)
        return interpreted(localise(tree, catalog, into.html), into, catalog)

    def texts(self, values: Mapping[str, Any], formats: Any) -> dict[str, str]:
        """The text of each field for one person."""
        return {name: program(values, formats) for name, program in self._programs.items()}
