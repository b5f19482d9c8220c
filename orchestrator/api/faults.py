"""What the shapes found wrong, in words for whoever wrote the request: what was found, and what was expected."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from orchestrator.api.problems import Fault
from orchestrator.api.shapes import FIELDS, TAGS
from orchestrator.blueprint.problems import did_you_mean
from orchestrator.blueprint.types import kind_of

Error = Mapping[str, Any]

_EXPECTED: Mapping[str, str] = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "bool_type": "true or false",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "list_type": "a list",
    "string_too_short": "a text of at least {min_length} characters",
    "string_too_long": "a text of at most {max_length} characters",
    "string_pattern_mismatch": "printable characters only",
    "too_short": "at least {min_length} items",
    "too_long": "at most {max_length} items",
    "greater_than_equal": "{ge} or more",
    "less_than_equal": "{le} or less",
    "literal_error": "{expected}",
}


_SHOWN = frozenset(
    {"literal_error", "int_parsing", "greater_than_equal", "less_than_equal"}
)  # names and numbers of ours


def told(errors: Sequence[Error]) -> list[Fault]:
    """Each error as a fault, at its place."""
    return [_fault(error) for error in errors]


def pointer(*steps: str | int) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


def _fault(error: Error) -> Fault:
    where, *steps = error["loc"]
    detail = _DETAILS.get(error["type"], _mismatch)(error)
    if where != "body":
        return Fault(detail, parameter=str(steps[0]) if steps else where)
    return Fault(detail, pointer=pointer(*_steps(steps, error)))


def _steps(steps: Sequence[str | int], error: Error) -> Iterator[str | int]:
    """The way to the fault: without the names of readings, with a field that is lacking."""
    yield from (step for step in steps if step not in TAGS)
    if field := error.get("ctx", {}).get("field"):
        yield field


def _mismatch(error: Error) -> str:
    expected = _EXPECTED.get(error["type"])
    if expected is None:
        return str(error["msg"])
    return f"Expected {expected.format(**error.get('ctx', {}))}; found {_found(error)}."


def _found(error: Error) -> str:
    value, kind = error["input"], kind_of(error["input"])
    if error["type"].startswith(("string_too", "too_")):
        return f"{len(value)}" if hasattr(value, "__len__") else kind
    return repr(value) if error["type"] in _SHOWN and len(str(value)) <= 40 else kind


def _missing(error: Error) -> str:
    return f"`{error['loc'][-1]}` is required, and missing."


def _unknown(error: Error) -> str:
    name = str(error["loc"][-1])
    return f"There is no field {name[:40]!r} here.{did_you_mean(name[:40], FIELDS)}"


def _said(error: Error) -> str:
    """What a check of ours has to say."""
    return str(error.get("ctx", {}).get("error") or error["msg"])


_DETAILS: Mapping[str, Callable[[Error], str]] = {
    "missing": _missing,
    "extra_forbidden": _unknown,
    "value_error": _said,
}
