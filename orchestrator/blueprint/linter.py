"""What a workspace's YAML says that cannot be meant: names that nothing bears, secrets in the open, rules loosened.

Each check is a function of the workspace and its files; `CHECKS` is all of them, and a new one is one more line there.
The workspace may be built from what is right of broken files, so a check asks `sources` which names are written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from orchestrator.blueprint.problems import Problem
from orchestrator.blueprint.sources import Sources
from orchestrator.blueprint.workspace import Workspace

Check = Callable[[Workspace, Sources], Iterator[Problem]]


CHECKS: tuple[Check, ...] = ()


def lint(
    workspace: Workspace, files: Mapping[str, bytes], checks: tuple[Check, ...] | None = None
) -> Iterator[Problem]:
    """The findings of all checks (or of those given) about a workspace and the files it was loaded from."""
    sources = files if isinstance(files, Sources) else Sources(files)
    for check in CHECKS if checks is None else checks:
        yield from check(workspace, sources)
