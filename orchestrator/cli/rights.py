"""Commands for a person's rights: export, forget."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrator import audit, rights
from orchestrator.cli import output
from orchestrator.cli.decisions import open_app
from orchestrator.cli.output import Json, Workspace

Person = Annotated[str, typer.Argument(metavar="PROFILE", help="The person's id.")]


def export(
    person: Person,
    workspace: Workspace = None,
    json: Annotated[bool, typer.Option("--json", help="The same: it is JSON in any case.")] = False,
) -> None:
    """Print everything that is on record of a person, as one JSON object."""
    with open_app(workspace) as app:
        found = rights.export(app, person)
        audit.note(app, audit.operator(), "profile.exported", people=[person])
    if rights.is_empty(found):
        output.fail(f"Nothing is on record of {person!r}.", code=1)
    output.line(found)


def forget(
    person: Person,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """Erase a person, for good. A salted hash of each address remains, so that it is never written to again."""
    if not yes and not json:
        typer.confirm(f"Erase everything that is on record of {person!r}, for good?", abort=True, err=True)
    with open_app(workspace) as app:
        audit.note(app, audit.operator(), "profile.forgotten", people=[person])  # before who it was is gone
        known = rights.forget(app, person)
    if json:
        output.line({"profile": person, "forgotten": known})
    else:
        output.note(f"{person} is forgotten." if known else f"Nothing is on record of {person!r}.")
    raise SystemExit(0 if known else 1)


COMMANDS = (export, forget)
