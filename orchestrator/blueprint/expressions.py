"""The conditions of a workspace: where they are written, and what each may name.

segments.yaml            *.where          attributes; data unchecked, since any moment may bring it
campaigns/<name>.yaml    segment.where    attributes, and the data of the campaign's moment
                         moment.where     likewise
kairos.yaml              caps.*.when      attributes
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from orchestrator.blueprint.conditions import NEVER, Condition, ConditionError, Names, compile_condition
from orchestrator.blueprint.sources import KAIROS, SEGMENTS, Sources
from orchestrator.blueprint.types import AttributeType, FieldType, MomentType
from orchestrator.blueprint.yaml_reader import Path


class Expression(NamedTuple):
    """The text of a condition, its place, and the moment whose data it may name.

    `on` is None where that may be any moment, and empty where there is none.
    """

    file: str
    path: Path
    text: str
    on: str | None


def expressions(sources: Sources) -> Iterator[Expression]:
    """Every condition that is written, whatever else is wrong with its file."""
    yield from _at(sources, SEGMENTS, ("*", "where"), None)
    yield from _at(sources, KAIROS, ("caps", "*", "when"), "")
    for file in sources.campaigns:
        on = next((name for _, name in sources.find(file, "moment", "on") if isinstance(name, str)), "")
        yield from _at(sources, file, ("segment", "where"), on)
        yield from _at(sources, file, ("moment", "where"), on)


def _at(sources: Sources, file: str, pattern: tuple[str, ...], on: str | None) -> Iterator[Expression]:
    for path, text in sources.find(file, *pattern):
        if isinstance(text, str):
            yield Expression(file, path, text, on)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What conditions of a workspace may name."""

    attributes: Mapping[str, AttributeType]
    moments: Mapping[str, MomentType]

    def compile(self, text: str, on: str | None) -> Condition:
        """The condition that `text` writes, where the moment is `on` (see `Expression`).

        Raises:
            ConditionError: it is none.
        """
        return compile_condition(text, Names(self.attributes, self._data(on), self.moments))

    def compile_or_never(self, text: str, on: str | None) -> Condition:
        """As `compile`, but a text that is no condition holds for nobody."""
        try:
            return self.compile(text, on)
        except ConditionError:
            return NEVER

    def _data(self, on: str | None) -> Mapping[str, FieldType] | None:
        if on == "":
            return {}
        known = self.moments.get(on) if on else None
        return known.data if known else None
