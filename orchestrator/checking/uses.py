"""What has been read in a template: each value that it looks up, and what it does with that."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.checking.values import Literal, Path


@dataclass(frozen=True, slots=True)
class Use:
    """A value that a template looks up.

    Attributes:
        role: the filter, or else what is done with it: print, ask, default, equal, order, in, add, calculate, range,
            each, plural, url, argument.
        sure: the template has made certain that it is there, or does not mind.
        literals: what it is compared with.
    """

    path: Path
    position: int
    role: str
    sure: bool
    literals: tuple[Literal, ...] = ()


@dataclass(frozen=True, slots=True)
class Misuse:
    """Something that the template itself makes, and then uses as what it is not."""

    position: int
    role: str
    kind: str


@dataclass(frozen=True, slots=True)
class Reading:
    """All uses in a field, and what is wrong whatever the values are."""

    uses: frozenset[Use] = frozenset()
    misuses: frozenset[Misuse] = frozenset()
