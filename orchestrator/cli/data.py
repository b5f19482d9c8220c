"""Commands that bring in what is known and what happens: import, trigger, run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.progress import track

from orchestrator import audience, audit, wire
from orchestrator.app import App
from orchestrator.blueprint import check_moment
from orchestrator.blueprint.problems import did_you_mean
from orchestrator.cli import output
from orchestrator.cli.decisions import open_app
from orchestrator.cli.output import Json, Workspace
from orchestrator.cli.rows import Row, batches, profile_line, rows_of
from orchestrator.decision.schedule import Run


class Kind(StrEnum):
    """What can be imported."""

    profiles = "profiles"
    consents = "consents"


def import_(
    what: Annotated[Kind, typer.Argument()],
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="CSV, or JSON lines.")],
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """Import people, or entries of the consent ledger. A bad row is reported with its line; the others are taken.

    A grant that names no `source` is no proof, and is taken in as `unknown`. Whoever has a `pending` one of the last
    seven days is asked to confirm it.
    """
    with open_app(workspace) as app:
        take = _profiles if what is Kind.profiles else _consents
        faults: list[str] = []
        rows = rows_of(file, faults)
        taken = 0
        for batch in track(batches(rows), "Importing", disable=json, console=output.err):
            taken += take(app, batch, faults)
    for fault in faults:
        output.note(f"{file}: {fault}")
    if json:
        output.line({"imported": taken, "refused": len(faults), "faults": faults})
    else:
        output.out.print(f"{taken} {what.value} imported, {len(faults)} refused.")
    raise SystemExit(1 if faults else 0)


def _profiles(app: App, rows: Sequence[Row], faults: list[str]) -> int:
    declared = app.material.workspace.attributes
    now = app.clock()

    def made(row: Mapping[str, Any]) -> Any:
        return wire.profile(profile_line(row, declared), at=wire.when(row, now))

    good = _good(rows, made, faults)
    app.records.update_profiles(good)
    return len(good)


def _consents(app: App, rows: Sequence[Row], faults: list[str]) -> int:
    def made(row: Mapping[str, Any]) -> Any:
        proved = bool(row.get("source")) or row.get("state") != "granted"
        return app.consent(row if proved else {**row, "state": "unknown"})

    good = _good(rows, made, faults)
    app.consents.record(good)
    people = (entry.profile for entry in good)
    audit.note(app, audit.operator(), "consents.imported", people=people, entries=len(good))
    return len(good)


def _good(rows: Sequence[Row], made: Callable[[Mapping[str, Any]], Any], faults: list[str]) -> list[Any]:
    good = []
    for number, row in rows:
        try:
            good.append(made(row))
        except wire.Malformed as error:
            faults.append(f"line {number}: {error}")
    return good


def trigger(
    moment: Annotated[str, typer.Argument(help="The moment's name.")],
    profile: Annotated[str, typer.Option(metavar="ID", help="The person it happened to.")],
    data: Annotated[str, typer.Option(metavar="JSON", help="What it carries.")] = "{}",
    id: Annotated[str | None, typer.Option("--id", help="Its id; a repeated one changes nothing.")] = None,
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """Enqueue a moment: commit it, and hint the workers at it."""
    with open_app(workspace) as app:
        declared = app.material.workspace.moments
        if moment not in declared:
            output.fail(
                f"No moment {moment!r} is declared in kairos.yaml.{did_you_mean(moment, declared)} There are: {', '.join(sorted(declared))}."
            )
        try:
            happened = app.moment(moment, profile=profile, data=wire.mapping(orjson.loads(data), "--data"), id=id)
        except (orjson.JSONDecodeError, wire.Malformed) as error:
            output.fail(f"--data: {error}")
        if problems := check_moment(declared[moment], happened.data):
            output.fail(*(f"--data: {problem}" for problem in problems))
        if not app.records.profiles([profile]):
            output.note(f"No person {profile!r} is on record; the moment will be refused as profile.unknown.")
        new = app.accept([happened])
    if json:
        output.line({"id": happened.id, "new": bool(new)})
    else:
        output.out.print(f"{happened.id} {'accepted' if new else 'was received before'}.")


def run(
    campaign: Annotated[str, typer.Argument(help="A scheduled campaign.")],
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """Send a scheduled campaign now, to everybody whom it addresses."""
    with open_app(workspace) as app:
        campaigns = app.material.workspace.campaigns
        if campaign not in campaigns:
            output.fail(f"There is no campaign {campaign!r}.{did_you_mean(campaign, campaigns)}")
        asked = campaigns[campaign]
        if asked.moment.every is None:
            output.fail(
                f"{campaign} is not scheduled: it waits for {asked.moment.on}. Use: kairos trigger {asked.moment.on} --profile ID"
            )
        if stop := app.records.stops().of(campaign, ""):
            output.fail(f"{campaign} is {stop}: nothing of it is sent. See: kairos campaigns list", code=1)
        now = app.clock().replace(microsecond=0)
        places = tuple(place for place in app.records.zones() if asked.markets is None or place[0] in asked.markets)
        once = Run(now, campaign, f"now-{now:%Y%m%dT%H%M%S}", places)
        audience.open_run(app.records, once)
        app.go_on_later(once.key)
        people = audience.count(app.records, once)
    if json:
        output.line({"campaign": campaign, "people": people})
    else:
        output.out.print(f"{campaign} is on its way to {people} people. See: kairos campaigns list")


COMMANDS = (import_, trigger, run)
