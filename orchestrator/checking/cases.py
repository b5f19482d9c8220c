"""The sample people and moments that a message is tried with: one who lacks nothing, one who lacks all that may be
lacking, and each value in turn at its boundaries, missing, or the only one there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator import samples
from orchestrator.blueprint.types import TypeName
from orchestrator.checking.grounds import Grounds
from orchestrator.checking.shapes import shapes
from orchestrator.checking.subject import Message, Subject
from orchestrator.checking.uses import Use
from orchestrator.checking.values import Path, written
from orchestrator.samples import Shape

Values = Mapping[Path, Any]
USUAL = 2  # the cases that come first: somebody who lacks nothing, and somebody who lacks all that may be lacking


@dataclass(frozen=True, slots=True)
class Case:
    """What is known and what happened, by path.

    `ordinary`: such values are to be expected every day, so that the limits of the channel must hold. `about` says what
    is special about them.
    """

    values: Values
    ordinary: bool = False
    about: str = ""

    def below(self, *root: str) -> dict[str, Any]:
        """What stands below a path."""
        return {path[-1]: value for path, value in self.values.items() if path[:-1] == root}


def cases(subject: Subject, message: Message) -> tuple[Case, ...]:
    """All cases for a message."""
    grounds = subject.grounds[message.campaign.name]
    fields = dict(_fields(grounds, [use for reading in message.readings.values() for use in reading.uses]))
    whole = {path: samples.value(path[-1], type_, shape=shape) for path, (type_, shape, _) in fields.items()}
    return tuple(_cases(whole, fields))


Field = tuple[TypeName, Shape, bool]
"""The type of a value, its shape, and whether it is there for certain."""


def _cases(whole: Values, fields: Mapping[Path, Field]) -> Iterator[Case]:
    optional = {path for path, (_, _, sure) in fields.items() if not sure}
    least = {path: value for path, value in whole.items() if path not in optional}
    yield Case(whole, ordinary=True)
    yield Case(least, True, "only what must be there is there")
    for path, (type_, shape, _) in fields.items():
        for value in samples.boundaries(type_, shape):
            yield Case({**whole, path: value}, value in shape.literals, f"`{written(path)}` is {_shown(value)}")
    if len(optional) > 1:
        for path in sorted(optional):
            without = {key: value for key, value in whole.items() if key != path}
            yield Case(without, about=f"`{written(path)}` is missing")
            yield Case({**least, path: whole[path]}, about=f"only `{written(path)}` is there of what may be missing")


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return "an object with some of its parts"
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _fields(grounds: Grounds, uses: Iterable[Use]) -> Iterator[tuple[Path, Field]]:
    """The attributes and data that are looked up."""
    for top, shape in sorted(shapes(uses).items()):
        given = grounds.given(top)
        if given is not None and top not in (("profile", "id"), ("profile", "market"), ("profile", "locale")):
            yield top, (given.kind or shape.type, shape, given.sure)
