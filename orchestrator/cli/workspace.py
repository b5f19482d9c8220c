"""Commands about the workspace's files: init, check, schema."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from orchestrator.blueprint import Problem
from orchestrator.cli import output
from orchestrator.cli.output import Json, Workspace

STARTER = ("kairos.yaml", "markets.yaml", "segments.yaml", "campaigns", "templates", "locales")


def starter() -> Path:
    """Where the starter workspace lies: inside the installed package, or at the top of a checkout."""
    package = Path(__file__).parent.parent
    packed = package / "starter"
    return packed if packed.is_dir() else package.parent


def init(folder: Annotated[str, typer.Argument(metavar="DIR", help="A folder to make.")]) -> None:
    """Make a workspace to start from."""
    target = Path(folder)
    if target.exists() and any(target.iterdir()):
        output.fail(f"{target} is there already and is not empty: name a new folder.")
    target.mkdir(parents=True, exist_ok=True)
    for name in STARTER:
        source = starter() / name
        if source.is_dir():
            shutil.copytree(source, target / name)
        else:
            shutil.copy2(source, target / name)
    output.out.print(f"A workspace is in {target}. Next: [bold]cd {target} && kairos check && kairos up[/bold]")


def check(workspace: Workspace = None, json: Json = False) -> None:
    """List every error and warning of the workspace; exit code 1 where there are errors."""
    report(problems(workspace), json)


def problems(workspace: str | None) -> Sequence[Problem]:
    """All problems of the workspace that a command names."""
    from orchestrator.lint import problems_of  # compiles every template: only here
    from orchestrator.settings import Settings
    from orchestrator.stores.files import read_workspace

    settings = Settings.read(Path(workspace) if workspace else None)
    if not settings.workspace.is_dir():
        output.fail(f"{settings.workspace} is no folder: name a workspace with --workspace.")
    return problems_of(read_workspace(settings.workspace))


def report(found: Sequence[Problem], json: bool) -> NoReturn:
    """Print problems, file by file, and stop: with exit code 1 where there are errors."""
    if json:
        output.line([vars_of(problem) for problem in found])
    else:
        for place, (_, problems) in enumerate(groupby(found, key=lambda problem: problem.file)):
            if place and output.out.is_terminal:
                output.out.print()
            for problem in problems:
                output.out.print(str(problem), markup=False, soft_wrap=True)
        output.note(summary(found))
    raise SystemExit(1 if any(problem.severity == "error" for problem in found) else 0)


def summary(found: Sequence[Problem]) -> str:
    """All problems in one line: how many there are of which severity, and in how many files."""
    if not found:
        return "Nothing is wrong."
    counts = Counter(problem.severity for problem in found)
    said = [f"{count} {severity}{'s' if count > 1 else ''}" for severity, count in sorted(counts.items())]
    files = len({problem.file for problem in found})
    return f"{' and '.join(said)} in {files} file{'s' if files > 1 else ''}."


def vars_of(problem: object) -> dict[str, object]:
    """A problem as JSON has it."""
    return {key: getattr(problem, key) for key in ("file", "line", "column", "severity", "code", "message")}


def schema() -> None:
    """Print the JSON Schema of the workspace's files, for editors."""
    from orchestrator.blueprint import json_schema

    output.line(json_schema())


COMMANDS = (init, check, schema)
