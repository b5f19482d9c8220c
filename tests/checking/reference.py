"""docs/checks.md, made from the codes and their examples: `python -m tests.checking.reference` writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from orchestrator.checking import codes
from tests.checking.examples import said

PAGE = Path(__file__).parents[2] / "docs" / "checks.md"
HEAD = """\
# What `kairos check` finds

`kairos check` reads a whole workspace and sends nothing. Each line that it prints is one finding, for one cause:

    templates/order_shipped/email.html:7:30: error data.optional `moment.data.eta` may be missing: …

An **error** cannot be right: it keeps the workspace from loading, or the message that it concerns from being sent. A
**warning** is allowed, and probably not what is wanted. The exit code is 1 where there are errors. `--json` prints a list of
`{file, line, column, severity, code, message}`. Codes are stable, sentences may improve.

What is proved, for every campaign on every channel, in each market and locale: every variable is declared or given, suits what
is done with it, and is there or handled; every branch renders with the values at which templates break (empty lists, 0, 1,
2, 5, 11, 21, 100, a million, names that are very long, run from right to left or hold markup, optional values missing);
every string is translated, with all plural forms and placeholders; the limits of the channel hold; links lead somewhere.

Written by `python -m tests.checking.reference`, from the codes and a tested example of each.
"""
SECTIONS: Mapping[str, Mapping[str, str]] = {
    "Blueprints": codes.BLUEPRINTS,
    "Templates": codes.TEMPLATES,
    "Values": codes.VALUES,
    "Catalogs": codes.CATALOGS,
}


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(line for title, table in SECTIONS.items() for line in _section(title, table))])


def _section(title: str, table: Mapping[str, str]) -> Iterator[str]:
    yield from (f"## {title}", "", "| code | what is wrong | for example |", "|---|---|---|")
    for code, sentence in table.items():
        example = said(code)[0]
        text = f"{example.file}:{example.line}: {example.severity}: {example.message}".replace("|", "\\|")
        yield f"| `{code}` | {sentence} | {text} |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page())
