"""Everything that `kairos check` finds: in the blueprints, the templates, the catalogs, and between them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from orchestrator.blueprint import Problem
from orchestrator.checking import check


def problems_of(files: Mapping[str, bytes]) -> tuple[Problem, ...]:
    """All problems of a workspace's files, by file and line; the secrets of providers are those of this process."""
    return check(files, os.environ)
