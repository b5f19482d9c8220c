"""The words of the house itself: a PO file for each locale, and the source in English.

They are for what a workspace does not write: the pages that people see, and the few messages in `templates/`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from orchestrator.content import locales
from orchestrator.content.catalogs import Catalog, String, path_of, read_catalogs, source_catalog
from orchestrator.content.render import Renderer
from orchestrator.content.templates import Templates

SOURCE = "en"


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one locale."""

    catalog: Catalog

    @property
    def locale(self) -> str:
        """The locale, as the file is called."""
        return self.catalog.locale

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """The direction in which it is written."""
        return locales.direction(self.locale)

    @property
    def language(self) -> str:
        """The locale as HTML names it (BCP 47)."""
        return self.locale.replace("_", "-")

    def say(self, text: str, **values: Any) -> str:
        """A sentence, in these words; `%(name)s` in it stands for a value."""
        said = self.catalog.singular(String(text))
        return said % values if values else said


def words(requested: str | None, market: Sequence[str] = ()) -> Words:
    """The words for somebody who speaks this, or else what the market speaks, or else the source."""
    return Words(catalogs()[locales.preference(requested, market, SOURCE, frozenset(catalogs()))[0]])


def renderer(markets: Collection[str]) -> Renderer:
    """What renders the house's own messages, which a market of such a name need not have words for."""
    shipped = files(__name__) / "templates"
    templates = {
        f"templates/{tactic.name}/{file.name}": file.read_bytes()
        for tactic in shipped.iterdir()
        for file in tactic.iterdir()
    }
    return Renderer(Templates(templates, markets), catalogs(), SOURCE)


@cache
def catalogs() -> Mapping[str, Catalog]:
    """All catalogs, by locale.

    Raises:
        ValueError: one of our own files has faults.
    """
    found = {
        path_of(file.name.removesuffix(".po")): file.read_bytes()
        for file in files(__name__).iterdir()
        if file.name.endswith(".po")
    }
    read, problems = read_catalogs(found)
    if problems:
        raise ValueError("\n".join(f"{one.file}:{one.line}: {one.message}" for one in problems))
    return {**read, SOURCE: source_catalog(SOURCE)}
