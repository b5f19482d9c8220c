"""What a template finds when it looks something up in a person's values, and what is there when nothing is.

A template sees plain data: mappings are looked into by key, lists and texts by position, and nothing else by
anything; no attribute or method of a Python object can be reached. `None` and what does not exist are both `Missing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from jinja2 import Undefined

from orchestrator.content.refusal import MissingData

NOTHING: Mapping[Any, Any] = {}
ROOTS = ("profile", "moment", "market", "campaign", "sender", "links")
"""The names that every template may use."""


class Missing(Undefined):
    """A value that is not there: false, equal to nothing, replaced by `default`; every other use raises `MissingData`."""

    __slots__ = ()

    def __init__(self, hint: str | None = None, obj: Any = None, name: Any = None, exc: Any = None) -> None:
        super().__init__(name=str(name if name is not None else hint))

    @property
    def path(self) -> str:
        """What the template calls the value."""
        return str(self._undefined_name)

    def _fail(self, *_: Any, **__: Any) -> NoReturn:
        raise MissingData(self.path)

    _fail_with_undefined_error = _fail
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _fail
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = _fail
    __pos__ = __neg__ = __abs__ = __int__ = __float__ = __complex__ = __index__ = __round__ = _fail
    __lt__ = __le__ = __gt__ = __ge__ = __call__ = __getitem__ = __str__ = __len__ = _fail

    def __iter__(self) -> Iterator[Any]:
        raise MissingData(self.path)

    def __contains__(self, _: object) -> bool:
        return False

    def __bool__(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash(Missing)


def look_up(holder: Any, key: Any, path: str) -> Any:
    """What `holder` has under `key`, or a `Missing` that is called `path`."""
    value = found(holder, key)
    return Missing(name=path) if value is None else value


def found(holder: Any, key: Any) -> Any:
    """What `holder` has under `key`, or None."""
    if holder.__class__ is dict or isinstance(holder, Mapping):
        return holder.get(key) if isinstance(key, str | int) else None
    if isinstance(holder, list | tuple | str):
        return _at(holder, key)
    return None


def holder(value: Any) -> Mapping[Any, Any]:
    """The value, if it can be looked into by name; otherwise nothing to look into."""
    return value if value.__class__ is dict or isinstance(value, Mapping) else NOTHING


def _at(sequence: list[Any] | tuple[Any, ...] | str, key: Any) -> Any:
    if isinstance(key, slice):
        return sequence[key]
    if isinstance(key, int) and -len(sequence) <= key < len(sequence):
        return sequence[key]
    return None


def is_missing(value: Any) -> bool:
    """Whether there is nothing."""
    return value is None or isinstance(value, Missing)


def needed(value: Any) -> Any:
    """The value itself.

    Raises:
        MissingData: there is none.
    """
    if value is None:
        raise MissingData("a value")
    if value.__class__ is Missing:
        raise MissingData(value.path)
    return value


def fail(path: str) -> NoReturn:
    """Stands, in compiled templates, where a value is needed that is not there.

    Raises:
        MissingData: always.
    """
    raise MissingData(path)
