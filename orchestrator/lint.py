"""Everything that `kairos check` finds: in the blueprints, the templates, the catalogs, and between them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from orchestrator import blueprint
from orchestrator.blueprint import Problem
from orchestrator.content.catalogs import read_catalogs
from orchestrator.material import prepare


def problems_of(files: Mapping[str, bytes]) -> tuple[Problem, ...]:
    """All problems of a workspace's files, by file and line."""
    material, found = prepare(files, env=os.environ, secret=b"-")
    problems = list(found)
    if material is not None:
        problems += blueprint.lint(material.workspace, files)
        problems += [_as_problem(problem) for problem in material.renderer.problems()]
    _, in_catalogs = read_catalogs(files)
    problems += [_as_problem(problem) for problem in in_catalogs]
    return tuple(sorted(dict.fromkeys(problems), key=lambda p: (p.file, p.line, p.column, p.code)))


def _as_problem(other: object) -> Problem:
    """A finding of another room in the common form."""
    return Problem(*(getattr(other, key) for key in ("file", "line", "column", "severity", "code", "message")))
