"""Everything that `kairos check` finds: in the blueprints, the templates, the catalogs, and between them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from orchestrator.blueprint import Problem
from orchestrator.checking import check
from orchestrator.translation.pseudo import is_pseudo


def problems_of(files: Mapping[str, bytes]) -> tuple[Problem, ...]:
    """All problems of a workspace's files, by file and line; the secrets of providers are those of this process.

    Pseudo-locales are to be looked at, and nobody's: that they do not fit everywhere is what they are for.
    """
    return check({path: content for path, content in files.items() if not _is_made(path)}, os.environ)


def _is_made(path: str) -> bool:
    """Whether the file is a catalog of a pseudo-locale."""
    folder, _, rest = path.partition("/")
    return folder == "locales" and is_pseudo(rest.partition("/")[0])
