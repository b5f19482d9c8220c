"""What a provider wrote down: read once a run is over, it says what people really got."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Line:
    """One request at the provider: its Unix time, and what was done with it."""

    at: float
    what: str
    channel: str
    message: str
    recipient: str


@dataclass(frozen=True)
class Ledger:
    """All requests of a run."""

    lines: tuple[Line, ...]

    @classmethod
    def read(cls, log: Path) -> Ledger:
        """The log as it stands."""
        return cls(tuple(_lines(log.read_text().splitlines()))) if log.exists() else cls(())

    @cached_property
    def sent(self) -> Counter[str]:
        """How often each message was sent to its person."""
        return Counter(line.message for line in self.lines if line.what == "sent")

    @cached_property
    def recipients(self) -> dict[str, str]:
        """Who got each message."""
        return {line.message: line.recipient for line in self.lines if line.what == "sent"}

    def twice(self, messages: Iterable[str]) -> int:
        """How many sendings of these messages were one too many."""
        return sum(max(0, self.sent[message] - 1) for message in messages)


def _lines(texts: Iterable[str]) -> Iterator[Line]:
    for text in texts:
        at, what, channel, message, recipient = text.split(" ", 4)
        yield Line(float(at), what, channel, message, recipient)
