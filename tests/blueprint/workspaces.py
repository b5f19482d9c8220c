"""A small, sound workspace that tests vary, file by file."""

from __future__ import annotations

import re
from textwrap import dedent

from orchestrator.blueprint import Loaded, Problem, Workspace, load

KAIROS = """
locale: en
attributes:
  first_name: {type: string}
  tenure_days: {type: integer, fresh: 7d}
  location: {type: geo, sensitive: true}
moments:
  playlist.ready: {data: {tracks: integer, total: money}}
  session.started: {}
"""
MARKETS = """
ID: {locales: [id, en]}
"""
SEGMENTS = """
new-listeners: {where: "tenure_days <= 3"}
"""
CAMPAIGN = """
campaign: news
moment: {on: playlist.ready}
channel: [push, email]
tactic: {template: hi}
"""


def files(**texts: str | None) -> dict[str, bytes]:
    """The workspace with some files replaced: `kairos`, `markets`, `segments`, or a campaign by its name; None leaves one out."""
    named = {"kairos": KAIROS, "markets": MARKETS, "segments": SEGMENTS, "news": CAMPAIGN, **texts}
    found = {_path(name): dedent(text).lstrip("\n").encode() for name, text in named.items() if text is not None}
    return {**found, "templates/hi/push.txt": b"", "templates/hi/email.html": b""}


def _path(name: str) -> str:
    return f"{name}.yaml" if name in ("kairos", "markets", "segments") else f"campaigns/{name}.yaml"


def loaded(env: dict[str, str] | None = None, **texts: str | None) -> Loaded:
    """What loading the workspace with some files replaced gives."""
    return load(files(**texts), env)


def workspace(**texts: str | None) -> Workspace:
    """The workspace with some files replaced, which must load."""
    result = loaded(**texts)
    assert result.workspace is not None, "\n".join(map(str, result.problems))
    return result.workspace


def findings(**texts: str | None) -> list[str]:
    """Each problem as its code and the word that it points at: `purpose.unknown promo`."""
    written = files(**texts)
    return [f"{problem.code} {_word(written.get(problem.file, b''), problem)}" for problem in load(written).problems]


def _word(data: bytes, problem: Problem) -> str:
    line = (data.decode().splitlines() or [""])[problem.line - 1]
    found = re.match(r"[\w.-]+|.?", line[problem.column - 1 :])
    return found.group() if found else ""


def messages(**texts: str | None) -> list[str]:
    """The sentence of every problem."""
    return [p.message for p in loaded(**texts).problems]
