"""`kairos preview --html`: galleries on disk, and what changed between two of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.text import Text

from orchestrator.app import App
from orchestrator.blueprint import Problem
from orchestrator.cli import output
from orchestrator.cli.workspace import problems
from orchestrator.content.catalogs import read_catalogs
from orchestrator.gallery.cards import Card, Unreadable, card, read_manifest
from orchestrator.gallery.changes import Change, FieldChange, changes
from orchestrator.gallery.findings import Findings
from orchestrator.gallery.scenes import Scene, Stage
from orchestrator.gallery.site import changes_page, site
from orchestrator.stores.files import read_workspace

MANIFEST = "manifest.json"
SECRET = b"a gallery"  # signs its links, so that two galleries made on different machines are the same
STYLES = {"out": "red strike", "in": "green", "gap": "dim", "same": ""}


@dataclass(frozen=True, slots=True)
class Choice:
    """What a gallery shows: campaigns, and of their messages those in a locale or on a channel, if these are named."""

    campaigns: Sequence[str]
    locale: str | None = None
    channel: str | None = None

    def __contains__(self, scene: Scene) -> bool:
        return (
            scene.campaign in self.campaigns
            and self.locale in (None, scene.locale)
            and self.channel in (None, scene.channel)
        )


def hang(app: App, choice: Choice, folder: Path | None, other: Path | None, now: datetime | None, json: bool) -> None:
    """Write a gallery to a folder, and compare it with another one.

    Args:
        now: the instant of all decisions; each person's morning if it is left out.
    """
    before = _read(other, choice) if other else ()
    if folder:
        _check_folder(folder)
    files = read_workspace(app.settings.workspace)
    found = problems(str(app.settings.workspace))
    cards = list(_cards(app, files, choice, found, now))
    differences = changes(before, cards)
    if folder:
        pages = dict(site(app.material.workspace, cards, found))
        if other:
            pages["changes.html"] = changes_page(differences, str(other))
        _write(folder, pages)
    _tell(folder, len(cards), differences if other else None, json)


def _cards(
    app: App, files: Mapping[str, bytes], choice: Choice, found: Sequence[Problem], now: datetime | None
) -> Iterator[Card]:
    catalogs, _ = read_catalogs(files)
    material = replace(app.material, secret=SECRET)
    source = material.workspace.locale
    stage = Stage(files, material, catalogs)
    findings = Findings(found, files, stage)
    shown = stage.scenes(choice.campaigns, [source, *sorted(catalogs.keys() - {source})])
    for scene in (scene for scene in shown if scene in choice):
        made = stage.draft(scene, now)
        yield card(scene, made, findings.of(replace(scene, locale=made.locale or scene.locale)))


def _read(folder: Path, choice: Choice) -> Sequence[Card]:
    """The cards of another gallery, as far as they are chosen."""
    try:
        found = read_manifest((folder / MANIFEST).read_bytes())
    except OSError:
        output.fail(
            f"{folder} is no gallery: there is no {MANIFEST} in it. Make one: kairos preview --all --html {folder}"
        )
    except Unreadable as error:
        output.fail(f"{folder / MANIFEST}: {error}.")
    return [card for card in found if card.scene in choice]


def _check_folder(folder: Path) -> None:
    """A gallery takes the place of one that was there before, and of nothing else."""
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).exists()):
        output.fail(f"{folder} is there already and is no gallery: name a new folder.")


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for left in set(folder.glob("*.html")) - {folder / name for name in files}:
        left.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _tell(folder: Path | None, count: int, found: Sequence[Change] | None, json: bool) -> None:
    if json:
        output.line(
            {"gallery": str(folder), "messages": count} if found is None else [_as_json(each) for each in found]
        )
        return
    for change in found or ():
        output.out.print(f"[bold]{change.kind}[/bold] {change.card.scene}", soft_wrap=True)
        for field in change.telling if change.kind == "changed" else ():
            output.out.print(_told(field), soft_wrap=True)
    if found is not None:
        output.note(f"{len(found)} of {count} messages differ.")
    if folder:
        output.note(f"{count} messages are in {folder / 'index.html'}.")


def _told(field: FieldChange) -> Text:
    """A field's change in one line: what went out struck through, what came in beside it."""
    line = Text(f"  {field.name}: ", style="dim")
    for step, words in field.words():
        shown = " ".join(words.split(" ")).replace("\n", "⏎")
        line.append({"out": f"[-{shown}-]", "in": f"{{+{shown}+}}"}.get(step, shown), style=STYLES[step])
    return line


def _as_json(change: Change) -> dict[str, Any]:
    scene = change.card.scene
    return {
        "change": change.kind,
        "campaign": scene.campaign,
        "channel": scene.channel,
        "locale": scene.locale,
        "market": scene.market,
        "person": scene.person,
        "fields": {field.name: {"before": field.before, "after": field.after} for field in change.fields},
    }
