"""What a schema finds, said to the person who wrote the file: what was found, what is expected, what was perhaps meant.

validated   value ──► model, violations
                        └─► built from what is right, so that one mistake hides no other
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from orchestrator.blueprint.problems import did_you_mean, one_of
from orchestrator.blueprint.yaml_reader import Path

T = TypeVar("T")

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "a mapping (keys with values)",
    "model_type": "a mapping (keys with values)",
    "list_type": "a list, such as [a, b]",
    "too_short": "at least one entry",
    "string_too_short": "some text",
    "greater_than": "a number above {gt:g}",
    "greater_than_equal": "a number of at least {ge}",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that the schema does not allow. `path` is the nearest entry that is written; `on_key` if it is its key."""

    path: Path
    code: str
    message: str
    on_key: bool = False


class Written(BaseModel):
    """Base of everything that people write: strict, frozen, and helpful about keys it does not know.

    A key without a value counts as not written, unless it is one that must be there. `contradictions` names what
    cannot stand together among the keys that are given, whatever their values.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="wrap")
    @classmethod
    def _told_apart(cls, value: Any, handler: Any) -> Any:
        if not isinstance(value, Mapping) or cls.model_config.get("extra") == "allow":
            return handler(value)
        fields = {field.alias or name: field for name, field in cls.model_fields.items()}
        given = {
            key: item
            for key, item in value.items()
            if key in fields and (item is not None or fields[key].is_required())
        }
        errors = [_unknown_key(key, fields) for key in value if key not in fields]
        errors += [_error("schema.value", message) for message in cls.contradictions(given)]
        return _joined(errors, given, handler)

    @classmethod
    def contradictions(cls, given: Mapping[str, Any]) -> Iterator[str]:
        """A sentence for each; none unless a model says otherwise."""
        yield from ()


def _joined(errors: list[InitErrorDetails], given: Mapping[str, Any], handler: Any) -> Any:
    """The model of what is given; if that fails, or something failed before, all errors at once."""
    model = None
    try:
        model = handler(given)
    except ValidationError as invalid:
        errors += [_error(*_explained(error), error["loc"], error["input"]) for error in invalid.errors()]
    if errors:
        raise ValidationError.from_exception_data("workspace", errors)
    return model


def _error(code: str, message: str, loc: Path = (), found: Any = None) -> InitErrorDetails:
    """An error with its sentence, which no outer model changes any more."""
    kind = PydanticCustomError(code, "{sentence}", {"sentence": message})
    return InitErrorDetails(type=kind, loc=loc, input=found)


def _unknown_key(key: str, allowed: Mapping[str, Any]) -> InitErrorDetails:
    hint = did_you_mean(key, allowed) or f" There is {one_of(allowed)}."
    return _error("schema.unknown_key", f"The key {key!r} is not known.{hint}", (key,))


def _explained(error: ErrorDetails) -> tuple[str, str]:
    """Code and sentence of an error: its own if it has one, else made of what the library found."""
    kind, context = error["type"], error.get("ctx", {})
    if kind.startswith("schema."):
        return kind, error["msg"]
    if kind == "missing":
        return "schema.missing", f"The key {str(error['loc'][-1])!r} is missing."
    if kind == "value_error":
        return "schema.value", _sentence(str(context["error"]))
    if kind == "literal_error":
        return "schema.value", _literal(error["input"], str(context["expected"]))
    if kind not in _EXPECTED:
        return "schema.value", f"{error['msg']}, found {describe(error['input'])}."
    quote = " Put it in quotes if it is meant as text." if kind == "string_type" and _is_scalar(error["input"]) else ""
    return "schema.value", f"Expected {_EXPECTED[kind].format_map(context)}, found {describe(error['input'])}.{quote}"


def _literal(found: Any, expected: str) -> str:
    hint = did_you_mean(found, re.findall(r"'([^']*)'", expected)) if isinstance(found, str) else ""
    return f"Expected {expected}, found {describe(found)}.{hint}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?")) else ".")


def _is_scalar(value: Any) -> bool:
    return isinstance(value, int | float)


def describe(value: Any) -> str:
    """A written value as an error names it, with its kind, and short."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    shown = repr(value) if len(repr(value)) <= 60 else repr(value)[:56] + "…"
    return f"the text {shown}" if isinstance(value, str) else f"the number {shown}"


@dataclass(frozen=True, slots=True)
class Validated(Generic[T]):
    """A value as its model, built around what is wrong (None if nothing is left), and every violation."""

    model: T | None
    violations: tuple[Violation, ...] = ()


def validated(adapter: TypeAdapter[T], value: Any) -> Validated[T]:
    """`value` as its model. Entries that are wrong are left out, and then those that cannot be without them."""
    first: tuple[Violation, ...] = ()
    while True:
        try:
            return Validated(adapter.validate_python(value), first)
        except ValidationError as invalid:
            found = tuple(_violation(error, value) for error in invalid.errors())
        first = first or found
        if any(not violation.path for violation in found):
            return Validated(None, first)
        value = _without(value, {violation.path for violation in found})


def _violation(error: ErrorDetails, value: Any) -> Violation:
    code, message = _explained(error)
    path = _written_path(error["loc"], value)
    return Violation(path, code, message, on_key=code in ("schema.unknown_key", "schema.missing"))


def _written_path(loc: Path, value: Any) -> Path:
    """The part of an error's location that is in the file: names of alternatives and missing keys are not."""
    path: list[str | int] = []
    for part in loc:
        if _holds(value, part):
            value = value[part]
            path.append(part)
    return tuple(path)


def _holds(value: Any, part: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(part, int) and part < len(value)
    return isinstance(value, Mapping) and part in value


def _without(value: Any, paths: set[Path], here: Path = ()) -> Any:
    """A copy of `value` that leaves out the entries at `paths`."""
    if isinstance(value, Mapping):
        return {k: _without(v, paths, (*here, k)) for k, v in value.items() if (*here, k) not in paths}
    if isinstance(value, list):
        return [_without(v, paths, (*here, i)) for i, v in enumerate(value) if (*here, i) not in paths]
    return value
