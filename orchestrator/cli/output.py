"""What commands print: tables for people, JSON for programs, errors on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, NoReturn

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from orchestrator.model import Finding, Price

ENDLESS = 4000  # characters: lines that are no terminal's are as long as they are, for whoever searches them
NAMES = frozenset({"id", "message", "runs under way"})  # columns of what a next command is given

out = Console(highlight=False, width=None if sys.stdout.isatty() or os.environ.get("COLUMNS") else ENDLESS)
err = Console(stderr=True, highlight=False)

Workspace = Annotated[
    str | None,
    typer.Option("--workspace", metavar="DIR", help="The workspace folder; default: here.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout.")]


def line(value: Any) -> None:
    """Print one JSON value on one line."""
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


def fail(*texts: str, code: int = 2) -> NoReturn:
    """Say what is wrong on stderr, and stop."""
    for text in texts:
        err.print(text, style="red", markup=False, soft_wrap=True)
    raise SystemExit(code)


def note(text: str) -> None:
    """Say something beside the output, on stderr."""
    err.print(text, markup=False, soft_wrap=True)


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """Print a table; instants to the second. No terminal is so narrow that it folds a name."""
    grid = Table(title=title, title_justify="left", title_style="bold", header_style="dim")
    for column in columns:
        grid.add_column(column, overflow="fold", no_wrap=column in NAMES)
    for row in rows:
        grid.add_row(*(escape(_written(cell)) for cell in row))
    out.print(grid)


def _written(cell: Any) -> str:
    if isinstance(cell, datetime):
        return f"{cell.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"
    return "" if cell is None else str(cell)


def trace(findings: Iterable[Finding]) -> None:
    """Print a trace, a line for each gate."""
    rows = (("✓" if finding.passed else "✗", finding.channel, finding.code, finding.detail) for finding in findings)
    table("Trace", ("", "channel", "code", "detail"), rows)


def content(fields: Mapping[str, Any]) -> None:
    """Print a message's fields."""
    table("Content", ("field", "text"), fields.items())


def price(found: Price | None) -> str:
    """An amount of money, to the last digit; nothing for none."""
    return f"{found.amount:f} {found.currency}" if found else ""
