"""What templates read of a person's values and of a moment's: the shape of what nobody declares, such as the items of a list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from orchestrator.checking.reading import read
from orchestrator.checking.uses import Use
from orchestrator.checking.values import ITEM, Path, declared
from orchestrator.content.render import Renderer
from orchestrator.samples import Shape


def shapes_in(renderer: Renderer, tactic: str) -> Mapping[Path, Shape]:
    """What a tactic's templates read, on all channels together."""
    trees = [tree for channel in renderer.channels(tactic) for tree in renderer.fields(tactic, channel).values()]
    return shapes(use for tree in trees for use in read(tree).uses)


def shapes(uses: Iterable[Use]) -> Mapping[Path, Shape]:
    """The shape of each attribute and each field that is used, by its path."""
    by_top: dict[Path, list[Use]] = defaultdict(list)
    for use in uses:
        top = declared(use.path)
        if top[:-1] in (("profile",), ("moment", "data")):
            by_top[top].append(use)
    return {top: _shaped((use.path[len(top) :], use) for use in several) for top, several in by_top.items()}


def _shaped(uses: Iterable[tuple[Path, Use]]) -> Shape:
    """What is done with a value and with what is in it; uses go with the path from there."""
    inner: dict[str, list[tuple[Path, Use]]] = defaultdict(list)
    here = []
    for path, use in uses:
        if path:
            inner[path[0]].append((path[1:], use))
        else:
            here.append(use)
    parts = {name: _shaped(several) for name, several in sorted(inner.items())}
    item = parts.pop(ITEM, None)
    literals = sorted({literal for use in here for literal in use.literals}, key=repr)
    return Shape(frozenset(use.role for use in here), tuple(literals), parts, item)
