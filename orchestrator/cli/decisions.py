"""Commands that decide without sending: preview, explain, replay."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from orchestrator import samples, wire
from orchestrator.app import App, wall_clock
from orchestrator.app import replay as make_replay
from orchestrator.blueprint import Campaign
from orchestrator.blueprint.problems import did_you_mean
from orchestrator.civil import parse_instant, rfc3339
from orchestrator.claims import Claims, rebuilt
from orchestrator.cli import output
from orchestrator.cli.output import Json, Workspace
from orchestrator.compose import Ask
from orchestrator.engine import Engine
from orchestrator.material import Material, listens_to
from orchestrator.model import Draft, Moment
from orchestrator.ports import Record, Records
from orchestrator.replay import read
from orchestrator.settings import Settings
from orchestrator.stores.memory import MemoryRecords, MemoryTouches

At = Annotated[str | None, typer.Option("--at", metavar="T", help="The instant to decide at (RFC 3339); default: now.")]


def open_app(workspace: str | None) -> App:
    """The app of the workspace that a command names."""
    return App(Settings.read(Path(workspace) if workspace else None))


def preview(
    campaign: Annotated[str, typer.Argument(help="The campaign's name.")],
    profile: Annotated[
        str | None, typer.Option(metavar="FILE|ID", help="A person: JSON file, or id on record.")
    ] = None,
    moment: Annotated[str | None, typer.Option(metavar="FILE", help="A moment: JSON file; default: a sample.")] = None,
    locale: Annotated[str | None, typer.Option(help="Pretend that the person speaks this.")] = None,
    channel: Annotated[str | None, typer.Option(help="Pretend that there is only this channel.")] = None,
    at: At = None,
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """Show what a person would get, and why: the decision, its trace, the content."""
    with open_app(workspace) as app:
        asked = _campaign(app.material, campaign, channel)
        now = _instant(at)
        records, person = _person(app, asked, profile, locale, now)
        happened = _moment(asked, app.material, person, moment, now)
        draft = _compose(app.material, records, Ask(happened, asked), now)
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
        asked, now = _campaign(app.material, what, None), _instant(at)
        if profile is None:
            output.fail("Name the person, too: kairos explain CAMPAIGN --profile ID")
        past = app.records.messages(profile=profile, campaign=what, limit=20)
        happened = past[0].moment if past else samples.moment(asked, app.material.workspace, profile, now)
        draft = _compose(app.material, app.records, Ask(happened, asked), now)
    if json:
        output.line({"now": wire.outcome(draft), "before": [recorded(record) for record in past]})
        return
    output.table(
        f"On record for {profile} and {what}",
        ("decided", "message", "state", "reason", "channel"),
        ((rfc3339(r.at), r.id, r.state, r.reason, r.channel) for r in past),
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


def recorded(record: Record) -> dict[str, Any]:
    """A message on record as JSON has it."""
    return {
        "id": record.id,
        "at": rfc3339(record.at),
        "campaign": record.campaign,
        "profile": record.profile,
        "moment": record.moment.id,
        "state": record.state,
        "reason": record.reason,
        "due": rfc3339(record.due),
        "market": record.market,
        "locale": record.locale,
        "channel": record.channel,
        "variant": record.variant,
        "attempt": record.attempt,
        "provider": record.provider,
        "provider_id": record.provider_id,
        "detail": record.detail,
        "trace": [wire.finding(entry) for entry in record.trace],
        "content": dict(record.content.fields) if record.content else None,
    }


def tell(record: Record, json: bool = False) -> None:
    """Print a message on record."""
    if json:
        output.line(recorded(record))
        return
    where = ", ".join(part for part in (record.channel, record.locale, record.market) if part)
    output.out.print(f"[bold]{record.state}[/bold] {record.reason or ''} {where} {record.detail}", soft_wrap=True)
    output.trace(record.trace)
    if record.content:
        output.content(record.content.fields)


def _campaign(material: Material, name: str, channel: str | None) -> Campaign:
    campaign = material.workspace.campaigns.get(name)
    if campaign is None:
        output.fail(_no_such(material, name))
    if channel and channel not in material.channels:
        output.fail(
            f"There is no channel {channel!r}{did_you_mean(channel, material.channels)}; there are: {', '.join(material.channels)}."
        )
    return replace(campaign, channel=(channel,)) if channel else campaign


def _no_such(material: Material, name: str) -> str:
    names = sorted(material.workspace.campaigns)
    return f"There is no campaign (and no message) {name!r}{did_you_mean(name, names)}; campaigns: {', '.join(names)}."


def _instant(text: str | None) -> datetime:
    try:
        return parse_instant(text) if text else wall_clock()
    except ValueError as error:
        output.fail(f"--at: {error}")


def _person(
    app: App, campaign: Campaign, profile: str | None, locale: str | None, now: datetime
) -> tuple[Records, str]:
    """The records to decide from, and the person: one on record, one from a file, or a sample."""
    records: Records
    if profile is not None and not Path(profile).is_file():
        records = app.records
        if profile not in records.profiles([profile]):
            output.fail(f"There is neither a file nor a person on record called {profile!r}.", code=1)
        if locale is None:
            return records, profile
        output.fail("--locale goes with a sample or a file: a person on record has a locale of their own.")
    workspace = app.material.workspace
    line = _json(profile) if profile else samples.profile(campaign, workspace)
    if locale:
        line = {**line, "locale": locale}
    records = MemoryRecords()
    try:
        records.update_profiles([wire.profile(line, at=now)])
        consents = line.get(
            "consents", [] if profile else samples.consents(line["id"], workspace, app.material.channels)
        )
        records.record_consents([wire.consent({"profile": line["id"], **c}, at=now, recorded_at=now) for c in consents])
    except wire.Malformed as error:
        output.fail(f"{profile}: {error}")
    return records, line["id"]


def _moment(campaign: Campaign, material: Material, person: str, file: str | None, now: datetime) -> Moment:
    if file is None:
        return samples.moment(campaign, material.workspace, person, now)
    line = {"name": listens_to(campaign), "id": "preview", **_json(file), "profile": person}
    try:
        return wire.moment(line, now=now, new_id=lambda: "preview")
    except wire.Malformed as error:
        output.fail(f"{file}: {error}")


def _json(path: str) -> dict[str, Any]:
    try:
        value = orjson.loads(Path(path).read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        output.fail(f"{path} cannot be read as JSON: {error}")
    if not isinstance(value, dict):
        output.fail(f"{path} must hold one JSON object.")
    return value


def _compose(material: Material, records: Records, ask: Ask, now: datetime) -> Draft:
    """One draft from these records, without any effect; touches are read from the records themselves."""
    claims = Claims(MemoryTouches(rebuild=partial(rebuilt, records), horizon=material.horizon), lambda: now)
    return Engine(material, records, claims, lambda: now).compose([ask], show=True)[0]


COMMANDS = (preview, explain, replay)
