"""What is allowed in a linked message and is probably not what its author wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jinja2 import nodes

from orchestrator.blueprint.problems import Problem, unknown
from orchestrator.content.fields import FIELDS
from orchestrator.content.files import Files
from orchestrator.content.messages import Linked
from orchestrator.content.syntax import GETTEXT
from orchestrator.content.trees import walk
from orchestrator.content.values import ROOTS

GIVEN = frozenset((*ROOTS, *GETTEXT, "now", "loop", "caller", "range"))


def review(files: Files, linked: Linked) -> Iterator[Problem]:
    """Names that nothing gives, and blocks that stand in no field."""
    for tree in linked.fields.values():
        yield from _unknown_names(files, tree)
    for name, position in linked.unused.items():
        message = f"{unknown(f'field of {linked.channel}', name, FIELDS[linked.channel])} The block is never printed."
        yield files.problem(position, "template.block", message, name, "warning")


def _unknown_names(files: Files, tree: Sequence[nodes.Node]) -> Iterator[Problem]:
    names = list(walk(tree, nodes.Name))
    known = GIVEN | {name.name for name in names if name.ctx != "load"}
    known |= {macro.name for macro in walk(tree, nodes.Macro)}
    for name in names:
        if name.ctx == "load" and name.name not in known:
            message = f"{unknown('value', name.name, ROOTS)} What is known of a person is `profile.{name.name}`."
            yield files.problem(name.lineno, "template.name", message, name.name)
