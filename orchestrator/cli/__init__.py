"""The `kairos` program: thin commands, a module for each kind; what they do lives elsewhere.

Every command takes `--workspace DIR`; with `--json`, stdout carries machine-readable output and nothing else.
Exit codes: 0 done, 1 the answer is no (errors found, nothing there), 2 the call or the workspace is wrong.
"""

from __future__ import annotations

import sys

import typer

from orchestrator.cli import (
    api,
    audit,
    campaigns,
    consents,
    data,
    decisions,
    goals,
    i18n,
    markets,
    messages,
    replies,
    retention,
    rights,
    services,
    simulation,
    status,
    suppressions,
    workspace,
)
from orchestrator.cli.absence import told
from orchestrator.cli.output import fail

program = typer.Typer(
    name="kairos",
    help="The right person, the right message, the right moment, the right channel, in their own language.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
for module in (workspace, decisions, simulation, data, services, status, api, audit, goals, markets, retention, rights):
    for command in module.COMMANDS:
        program.command(name=command.__name__.strip("_").replace("_", "-"))(command)
program.add_typer(campaigns.program, name="campaigns")
program.add_typer(consents.program, name="consents")
program.add_typer(messages.program, name="messages")
program.add_typer(replies.program, name="replies")
program.add_typer(suppressions.program, name="suppressions")
program.add_typer(api.program, name="keys")
program.add_typer(i18n.program, name="i18n")


def main() -> None:
    """Run the program; what a person can mend is told in words, without a traceback."""
    from orchestrator.app import Unloadable, Unreadable
    from orchestrator.settings import NotRunning, Unusable

    try:
        program()
    except Unloadable as error:
        fail("\n".join(map(str, error.problems)), f"The workspace cannot be loaded: {len(error.problems)} errors.")
    except (NotRunning, Unreadable, Unusable) as error:
        fail(str(error))
    except BrokenPipeError:  # the reader of a pipe has seen enough
        sys.stderr.close()
    except Exception as error:
        words = told(error)
        if not words:
            raise
        fail(*words)
