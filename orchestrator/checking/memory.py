"""What was proved before, by all that it depended on: who checks the same workspace again pays for what has changed."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any, TypeVar

T = TypeVar("T")
MOST = 20_000


class Memory:
    """Results by what they were made from; forgets all of them when there are too many."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    def recall(self, make: Callable[[], T], *key: object) -> T:
        """The result for a key, made if it is not known. Keys are the same if they are written the same."""
        mark = fingerprint(*key)
        if mark not in self._known:
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[mark] = make()
        found: T = self._known[mark]
        return found


def fingerprint(*parts: object) -> str:
    """A short text that two lists of values have in common only if they are written the same."""
    return blake2b(repr(parts).encode(), digest_size=16).hexdigest()
