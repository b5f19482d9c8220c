"""`kairos i18n`: the catalogs, from what the templates ask for to what is still to be translated.

extract   templates ──► locales/messages.pot
update    the same, and from there ──► locales/<locale>/LC_MESSAGES/messages.po
pseudo    catalogs of languages that nobody speaks
check     what is wrong in the catalogs
status    what is translated, by campaign and locale
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestrator.app import Unloadable
from orchestrator.blueprint import SmsLimits
from orchestrator.cli import output
from orchestrator.cli.output import Json, Workspace
from orchestrator.cli.workspace import problems, report
from orchestrator.content.catalogs import Catalog, String, path_of, read_catalogs
from orchestrator.content.locales import canonical, direction
from orchestrator.content.po import PoError
from orchestrator.content.render import Renderer
from orchestrator.content.templates import Templates
from orchestrator.gallery.scenes import Stage
from orchestrator.material import Material, prepare
from orchestrator.settings import Settings
from orchestrator.stores.files import read_workspace
from orchestrator.translation import contexts, document
from orchestrator.translation.completeness import Progress, progress
from orchestrator.translation.document import Document
from orchestrator.translation.extraction import extracted
from orchestrator.translation.merging import merged, new_catalog
from orchestrator.translation.pseudo import TERRITORIES, is_pseudo, pseudo_catalog

TEMPLATE = "locales/messages.pot"
NO_CATALOG = "There is no catalog yet; make one: kairos i18n update --locale de"
WIDEST_CAMPAIGN, WIDEST_LOCALE = 24, 10  # characters of a column
MOST_SEGMENTS = 255  # marks make a text longer than the one that is sent
Locales = Annotated[
    list[str] | None, typer.Option("--locale", help="Only this locale; made if it is new. May be given several times.")
]

program = typer.Typer(help="The catalogs: what there is to translate, and what is translated.", no_args_is_help=True)


@dataclass(frozen=True)
class Translations:
    """A workspace's strings and catalogs, on disk."""

    folder: Path
    files: Mapping[str, bytes]
    material: Material

    @classmethod
    def open(cls, workspace: str | None) -> Translations:
        """Read a workspace.

        Raises:
            Unloadable: it has errors.
        """
        folder = Settings.read(Path(workspace) if workspace else None).workspace
        files = read_workspace(folder)
        material, problems = prepare(files, env=os.environ, secret=b"-")
        if material is None:
            raise Unloadable([problem for problem in problems if problem.severity == "error"])
        return cls(folder, files, material)

    @cached_property
    def strings(self) -> Sequence[String]:
        """What the templates ask for, in the order in which it stands in them."""
        return tuple(dict.fromkeys(use.string for use in self.material.renderer.uses()))

    @cached_property
    def catalogs(self) -> Mapping[str, Catalog]:
        """The catalogs that have to be complete: neither the source language's nor a pseudo-locale's."""
        found, _ = read_catalogs(self.files)
        source = self.material.workspace.locale
        return {name: catalog for name, catalog in found.items() if name != source and not is_pseudo(name)}

    @property
    def locales(self) -> Sequence[str]:
        """All locales that have a catalog, pseudo ones too."""
        names = (path.split("/")[1] for path in self.files if path.startswith("locales/"))
        return sorted(name for name in dict.fromkeys(names) if canonical(name) and path_of(name) in self.files)

    def template(self) -> Document:
        """What `locales/messages.pot` must say.

        Templates with errors end the program: their strings would be missed, and taken for gone.
        """
        if errors := [problem for problem in self.material.renderer.problems() if problem.severity == "error"]:
            output.fail(*map(str, errors), "Nothing was written: mend the templates first.", code=1)
        before = self.folder / TEMPLATE
        old = self.document(TEMPLATE, before.read_bytes()) if before.exists() else None
        shown = contexts.shown(self.strings, self._messages())
        return extracted(self.material.renderer.uses(), self.files, shown, old)

    def _messages(self) -> Iterator[contexts.Seen]:
        """Every message in the source language, with its strings marked."""
        workspace = self.material.workspace
        templates = Templates(self.files, workspace.markets)
        variations = {name for *_, variants in templates.messages() for name in variants.variations}
        locales = {workspace.locale, *(name for name in variations if name not in workspace.markets)}
        catalogs, _ = read_catalogs({path_of(name): contexts.marked(self.strings, name) for name in locales})
        renderer = Renderer(templates, catalogs, workspace.locale, sms=SmsLimits(MOST_SEGMENTS))
        stage = Stage(self.files, Material(workspace, renderer, self.material.secret), catalogs)
        for campaign, content in stage.rehearsals():
            yield contexts.Seen(campaign, content.channel, content.fields)

    def updated(self, locale: str, template: Document) -> Document:
        """What the catalog of a locale must say; a pseudo-locale's is made anew."""
        if is_pseudo(locale):
            return pseudo_catalog(locale, self.strings)
        path = path_of(locale)
        there = self.document(path, self.files[path]) if path in self.files else new_catalog(locale)
        return merged(template, there, locale)

    @staticmethod
    def document(path: str, data: bytes) -> Document:
        """A PO file; one that cannot be read ends the program, so that nothing in it is lost."""
        try:
            return document.read(data)
        except PoError as error:
            output.fail(f"{path}:{error.line}:{error.column}: {error}", "Nothing was written.", code=1)

    def write(self, path: str, content: Document) -> bool:
        """Write a file if it says something new."""
        target, data = self.folder / path, content.written()
        if target.exists() and target.read_bytes() == data:
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f".{target.name}.new")
        fresh.write_bytes(data)
        fresh.replace(target)
        return True


@program.command()
def extract(workspace: Workspace = None, json: Json = False) -> None:
    """Write `locales/messages.pot`: every string, where it stands, and how readers see it."""
    translations = Translations.open(workspace)
    template = translations.template()
    changed = translations.write(TEMPLATE, template)
    if json:
        output.line({"file": TEMPLATE, "strings": len(template.blocks), "changed": changed})
    else:
        output.out.print(f"{TEMPLATE}: {len(template.blocks)} strings{'' if changed else ', nothing new'}.")


@program.command()
def update(locale: Locales = None, workspace: Workspace = None, json: Json = False) -> None:
    """Bring every catalog up to date with the templates; what is translated stays."""
    translations = Translations.open(workspace)
    wanted = [_locale(name) for name in locale] if locale else translations.locales
    template = translations.template()
    catalogs = {name: translations.updated(name, template) for name in wanted}
    translations.write(TEMPLATE, template)
    rows = [_counted(name, made, translations.write(path_of(name), made)) for name, made in catalogs.items()]
    if json:
        output.line(rows)
    elif rows:
        output.table("Catalogs", rows[0].keys(), (row.values() for row in rows))
    else:
        output.note(NO_CATALOG)


@program.command()
def check(workspace: Workspace = None, json: Json = False) -> None:
    """List what is wrong in the catalogs; exit code 1 where there are errors."""
    report([problem for problem in problems(workspace) if problem.file.startswith("locales/")], json)


@program.command()
def pseudo(
    locale: Annotated[str, typer.Option(help="Accented, longer, in brackets.")] = "en_XA",
    rtl: Annotated[str, typer.Option(help="The same, from right to left.")] = "ar_XB",
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """Write catalogs of two languages that nobody speaks, to look at with `kairos preview CAMPAIGN --locale en_XA`."""
    wanted = [_pseudo_locale(locale, "ltr"), _pseudo_locale(rtl, "rtl")]
    translations = Translations.open(workspace)
    for name in wanted:
        translations.write(path_of(name), pseudo_catalog(name, translations.strings))
    if json:
        output.line([{"locale": name, "file": path_of(name)} for name in wanted])
        return
    for name in wanted:
        output.out.print(f"{path_of(name)}. Next: [bold]kairos preview CAMPAIGN --locale {name}[/bold]", soft_wrap=True)


@program.command()
def status(workspace: Workspace = None, json: Json = False) -> None:
    """Show what is translated, by campaign and locale."""
    translations = Translations.open(workspace)
    found = list(progress(translations.material.workspace, translations.files, translations.catalogs))
    if json:
        output.line([_as_json(entry) for entry in found])
        return
    by_campaign: dict[str, dict[str, str]] = {}
    for entry in found:
        by_campaign.setdefault(entry.campaign, {})[entry.locale] = _cell(entry)
    for locales in _in_columns(list(translations.catalogs)):
        rows = ((name, *(cells[locale] for locale in locales)) for name, cells in by_campaign.items())
        output.table("Translated", ("campaign", *locales), rows)
    output.note("In brackets: no market of the campaign offers the locale." if found else NO_CATALOG)


def _in_columns(locales: Sequence[str]) -> Iterator[Sequence[str]]:
    """As many locales at a time as there is room for."""
    room = max(1, (output.out.width - WIDEST_CAMPAIGN) // WIDEST_LOCALE)
    yield from (locales[place : place + room] for place in range(0, len(locales), room))


def _locale(name: str) -> str:
    return canonical(name) or output.fail(f"--locale: {name!r} is no locale, such as pt_BR or zh_Hant.")


def _pseudo_locale(name: str, runs: str) -> str:
    """A locale that is nobody's: real people must never be given one of these by accident."""
    found = canonical(name)
    if found is None or not is_pseudo(found) or direction(found) != runs:
        hint = f"a language that runs so, with the territory {TERRITORIES[runs]}, such as {_EXAMPLES[runs]}"
        output.fail(f"{name!r} is none of the locales for this ({runs}): name {hint}.")
    return found


_EXAMPLES = {"ltr": "en_XA", "rtl": "ar_XB"}


def _counted(locale: str, made: Document, changed: bool) -> dict[str, Any]:
    fuzzy = sum(block.entry.fuzzy for block in made.blocks)
    done = sum(all(block.forms) and not block.entry.fuzzy for block in made.blocks)
    return {
        "locale": locale,
        "translated": done,
        "fuzzy": fuzzy,
        "untranslated": len(made.blocks) - done - fuzzy,
        "obsolete": len(made.obsolete),
        "changed": changed,
    }


def _cell(entry: Progress) -> str:
    told = "✓" if not entry.missing else f"{int(100 * entry.share)}%"
    return told if entry.offered else f"({told})"


def _as_json(entry: Progress) -> dict[str, Any]:
    return {
        "campaign": entry.campaign,
        "locale": entry.locale,
        "offered": entry.offered,
        "strings": entry.strings,
        "translated": entry.strings - len(entry.missing),
        "missing": [{"msgid": s.msgid, "plural": s.plural, "context": s.context} for s in entry.missing],
        "channels": dict(entry.channels),
    }
