"""`kairos retention`: remove what has been kept long enough."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrator import retention as keeping
from orchestrator.blueprint.durations import written
from orchestrator.cli import output
from orchestrator.cli.decisions import open_app
from orchestrator.cli.output import Json, Workspace


def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be removed.")] = False,
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """Remove what has been kept for as long as `retention` in kairos.yaml says; the scheduler does so by itself every day.

    What caps, consent, suppression and the recognition of repeated moments need always stays.
    """
    with open_app(workspace) as app:
        limits = app.material.workspace.retention
        removed = keeping.run(app, dry=dry_run)
    if json:
        output.line({"dry_run": dry_run, "removed": removed})
        return
    rows = ((kind, written(limits[kind]), removed[kind]) for kind in keeping.KINDS)
    output.table("Removed" if not dry_run else "To be removed", ("what", "kept for", "how many"), rows)


COMMANDS = (retention,)
