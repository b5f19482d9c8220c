"""`kairos audit`: who did what."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orchestrator.civil import rfc3339
from orchestrator.cli import output
from orchestrator.cli.decisions import open_app
from orchestrator.cli.output import Json, Workspace
from orchestrator.ports import Break, Deed

SHOWN = 3  # ids of one deed in a table


def audit(
    limit: Annotated[int, typer.Option(help="At most so many, the last first.", min=1, max=100_000)] = 50,
    profile: Annotated[str | None, typer.Option(metavar="ID", help="Only what was done to this person.")] = None,
    before: Annotated[int | None, typer.Option(help="Only those before this number.", min=1)] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Prove that nothing was changed or removed.")] = False,
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """Show who did what to consent, people's rights, campaigns, messages and API keys, or prove the trail."""
    with open_app(workspace) as app:
        if verify:
            _verdict(*app.desk.verify_trail(), json)
        found = app.desk.deeds(person=profile, before=before, limit=limit)
    if json:
        for number, deed in found:
            output.line(_told(number, deed))
        return
    rows = ((number, deed.at, deed.actor, deed.action, _short(deed)) for number, deed in found)
    output.table(f"{len(found)} deeds", ("", "at", "who", "what", "to"), rows)


def _verdict(count: int, broken: Break | None, json: bool) -> None:
    if json:
        output.line({"deeds": count, "broken": {"deed": broken.entry, "differs": broken.differs} if broken else None})
    elif broken:
        output.note(f"The trail of {count} deeds is broken at deed {broken.entry} ({broken.differs}).")
    else:
        output.out.print(f"{count} deeds: nothing was changed or removed.")
    raise SystemExit(1 if broken else 0)


def _told(number: int, deed: Deed) -> dict[str, Any]:
    return {
        "number": number,
        "at": rfc3339(deed.at),
        "actor": deed.actor,
        "action": deed.action,
        "people": list(deed.people),
        "subjects": list(deed.subjects),
        "details": dict(deed.details),
    }


def _short(deed: Deed) -> str:
    ids = (*deed.people, *deed.subjects)
    more = len(ids) - SHOWN
    subjects = ", ".join((*ids[:SHOWN], *([f"and {more} more"] if more > 0 else [])))
    return " ".join((subjects, *(f"{name}={value}" for name, value in deed.details.items()))).strip()


COMMANDS = (audit,)
