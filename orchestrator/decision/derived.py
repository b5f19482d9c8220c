"""What is worked out of a value when it is first asked for, and then kept beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class derived(Generic[T]):  # noqa: N801 - a decorator, written as `property` is
    """As `functools.cached_property`, for values that one thread holds.

    That takes a lock at each first look in Python 3.11, which costs more than what is worked out here.
    """

    def __init__(self, derive: Callable[[Any], T]) -> None:
        self._derive = derive
        self._name = derive.__name__
        self.__doc__ = derive.__doc__

    def __get__(self, whole: Any, kind: type) -> T:
        found = self._derive(whole)
        setattr(whole, self._name, found)  # a look at its `__dict__` would make one
        return found
