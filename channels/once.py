"""What is made once for a whole process."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

Made = TypeVar("Made")


class OncePerProcess(Generic[Made]):
    """One thing for all threads of a process, made when first asked for; a forked child makes its own."""

    def __init__(self, make: Callable[[], Made]) -> None:
        self._make = make
        self._forget()
        os.register_at_fork(after_in_child=self._forget)  # a child must not talk over its parent's connections

    def _forget(self) -> None:
        self._made: Made | None = None
        self._making = Lock()

    def __call__(self) -> Made:
        """The one."""
        if self._made is None:
            with self._making:
                self._made = self._made or self._make()
        return self._made
