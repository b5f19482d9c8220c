"""Commands that decide without sending: preview, explain, replay."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from orchestrator import samples, wire
from orchestrator.app import App, wall_clock
from orchestrator.app import replay as make_replay
from orchestrator.blueprint import Campaign
from orchestrator.blueprint.problems import did_you_mean
from orchestrator.checking.shapes import shapes_in
from orchestrator.civil import rfc3339
from orchestrator.cli import output
from orchestrator.cli.gallery import Choice, hang
from orchestrator.cli.output import Json, Workspace
from orchestrator.compose import Ask
from orchestrator.material import Material
from orchestrator.model import Draft
from orchestrator.ports import Record
from orchestrator.preview import Nobody, Unanswerable, campaign_of, composed
from orchestrator.preview import preview as drafted
from orchestrator.replay import read
from orchestrator.settings import Settings

At = Annotated[str | None, typer.Option("--at", metavar="T", help="The instant to decide at (RFC 3339); default: now.")]


def open_app(workspace: str | None) -> App:
    """The app of the workspace that a command names."""
    return App(Settings.read(Path(workspace) if workspace else None))


def preview(
    campaign: Annotated[str | None, typer.Argument(help="The campaign's name.", show_default=False)] = None,
    profile: Annotated[
        str | None, typer.Option(metavar="FILE|ID", help="A person: JSON file, or id on record.")
    ] = None,
    moment: Annotated[str | None, typer.Option(metavar="FILE", help="A moment: JSON file; default: a sample.")] = None,
    locale: Annotated[str | None, typer.Option(help="Pretend that the person speaks this.")] = None,
    channel: Annotated[str | None, typer.Option(help="Pretend that there is only this channel.")] = None,
    at: At = None,
    html: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a gallery: all languages, all people.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="A gallery of all campaigns.")] = False,
    diff: Annotated[Path | None, typer.Option(metavar="DIR", help="Compare with a gallery made before.")] = None,
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """Show what a person would get, and why: the decision, its trace, the content."""
    with open_app(workspace) as app:
        if html or diff or every:
            if profile or moment:
                output.fail("A gallery shows sample people: --profile and --moment go with the preview of one message.")
            chosen = Choice(_campaigns(app.material, None if every else campaign), locale, channel)
            hang(app, chosen, html, diff, instant(at) if at else None, json)
            return
        if campaign is None:
            output.fail("Name a campaign, or look at all of them: kairos preview --all --html DIR")
        person = _json(profile) if profile and _is_file(profile) else profile
        happened = _json(moment) if moment else None
        try:
            draft = drafted(app, campaign, instant(at), profile=person, moment=happened, locale=locale, channel=channel)
        except Nobody:
            output.fail(f"There is neither a file nor a person on record called {profile!r}.", code=1)
        except Unanswerable as error:
            output.fail(str(error))
    if json:
        output.line(wire.outcome(draft))
    else:
        show(draft)


def explain(
    what: Annotated[str, typer.Argument(metavar="CAMPAIGN|MESSAGE", help="A campaign's name, or a message's id.")],
    profile: Annotated[str | None, typer.Option(metavar="ID", help="The person, with a campaign.")] = None,
    at: At = None,
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """Say why somebody was written to, or why not."""
    with open_app(workspace) as app:
        if what not in app.material.workspace.campaigns and profile is None:
            record = app.records.message(what) or output.fail(_no_such(app.material, what), code=1)
            tell(record, json)
            return
        asked, now = _campaign(app.material, what), instant(at)
        if profile is None:
            output.fail("Name the person, too: kairos explain CAMPAIGN --profile ID")
        past = app.records.messages(profile=profile, campaign=what, limit=20)
        shapes = shapes_in(app.material.renderer, asked.template)
        likely = samples.sample(asked, app.material.workspace, now, shapes).moment
        happened = past[0].moment if past else replace(likely, profile=profile)
        draft = composed(app.material, app.records, Ask(happened, asked), now)
    if json:
        output.line({"now": wire.outcome(draft), "before": [wire.recorded(record) for record in past]})
        return
    output.table(
        f"On record for {profile} and {what}",
        ("decided", "message", "state", "reason", "channel"),
        ((r.at, r.id, r.state, r.reason, r.channel) for r in past),
    )
    output.out.print(f"Asked again at {rfc3339(now)}, for {'the latest' if past else 'a sample'} moment:")
    show(draft)


def replay(
    timeline: Annotated[Path, typer.Argument(metavar="TIMELINE.jsonl", exists=True, dir_okay=False)],
    workspace: Workspace = None,
    json: Annotated[bool, typer.Option("--json", help="The same: outcomes are JSON lines in any case.")] = False,
) -> None:
    """Replay a timeline on a virtual clock; one JSON line for every outcome, refusals too."""
    faults: list[str] = []
    with open_app(workspace) as app, timeline.open("rb") as file:
        run = make_replay(app.material, faults.append)
        for draft in run.run(read(file, faults.append)):
            output.line(wire.outcome(draft))
    for fault in faults:
        output.note(f"{timeline}: {fault}")


def show(draft: Draft) -> None:
    """Print a draft for a person."""
    where = ", ".join(part for part in (draft.channel, draft.locale, draft.market) if part)
    told = f"[bold]{draft.outcome}[/bold] {draft.reason or ''} {where} {rfc3339(draft.send_at) or ''}"
    output.out.print(told, soft_wrap=True)
    output.trace(draft.trace)
    if draft.content:
        output.content(draft.content.fields)
        if draft.content.sms:
            output.out.print(f"{draft.content.sms.encoding}, {draft.content.sms.segments} part(s)")
    if draft.cost:
        output.out.print(f"Cost: {output.price(draft.cost)}")


def tell(record: Record, json: bool = False) -> None:
    """Print a message on record."""
    if json:
        output.line(wire.recorded(record))
        return
    where = ", ".join(part for part in (record.channel, record.locale, record.market) if part)
    output.out.print(f"[bold]{record.state}[/bold] {record.reason or ''} {where} {record.detail}", soft_wrap=True)
    output.trace(record.trace)
    if record.content:
        output.content(record.content.fields)


def _campaign(material: Material, name: str) -> Campaign:
    try:
        return campaign_of(material, name)
    except Unanswerable:
        output.fail(_no_such(material, name))


def _campaigns(material: Material, name: str | None) -> list[str]:
    """The campaign of that name, or all."""
    return [_campaign(material, name).name] if name else sorted(material.workspace.campaigns)


def _no_such(material: Material, name: str) -> str:
    names = sorted(material.workspace.campaigns)
    return f"There is no campaign (and no message) {name!r}.{did_you_mean(name, names)} Campaigns: {', '.join(names)}."


def instant(text: str | None) -> datetime:
    """The instant that `--at` names; now, where it names none."""
    try:
        return wire.instant(text, "--at") if text else wall_clock()
    except wire.Malformed as error:
        output.fail(str(error))


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except OSError:  # too long to be a file's name
        return False


def _json(path: str) -> dict[str, Any]:
    try:
        value = orjson.loads(Path(path).read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        output.fail(f"{path} cannot be read as JSON: {error}")
    if not isinstance(value, dict):
        output.fail(f"{path} must hold one JSON object.")
    return value


COMMANDS = (preview, explain, replay)
