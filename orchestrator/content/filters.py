"""What may stand behind `|` and `is` in a template.

Jinja's own filters and tests, those that can do no harm, bound once so that they are plain functions; and ours:

    default, d              takes the place of what is missing (and, with `true`, of what is empty or false)
    name                    a person's name, tidied and cut to a length that fits any greeting
    greeting(with, without) a whole sentence for those whose name is known, another for those whose name is not
    money number percent date time datetime list unit relative
                            values as the reader's locale writes them (see `formats`)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial, wraps
from typing import Any

import regex
from jinja2 import Environment
from jinja2.filters import FILTERS as JINJA_FILTERS
from jinja2.nodes import EvalContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS as JINJA_TESTS
from jinja2.utils import _PassArg

from orchestrator.content.lines import one_line
from orchestrator.content.values import Missing, is_missing, look_up, needed

Function = Callable[..., Any]

FORMATS = ("money", "number", "percent", "date", "time", "datetime", "list", "unit", "relative")
HARMLESS = (
    "abs", "batch", "capitalize", "center", "count", "dictsort", "first", "float", "groupby", "indent", "int", "items",
    "join", "last", "length", "lower", "map", "max", "min", "reject", "rejectattr", "replace", "reverse", "round",
    "select", "selectattr", "slice", "sort", "string", "striptags", "sum", "title", "trim", "truncate", "unique",
    "upper", "urlencode", "wordcount", "wordwrap",
)  # fmt: skip
OURS = ("default", "d", "e", "escape", "name", "greeting")
ALLOWED = frozenset((*FORMATS, *HARMLESS, *OURS))

HARMLESS_TESTS = (
    "divisibleby", "even", "odd", "in", "lower", "upper", "true", "false",
    "eq", "equalto", "==", "ne", "!=", "gt", "greaterthan", ">", "ge", ">=", "lt", "lessthan", "<", "le", "<=",
)  # fmt: skip
KINDS = ("boolean", "float", "integer", "iterable", "mapping", "number", "sequence", "string")
ALLOWED_TESTS = frozenset((*HARMLESS_TESTS, *KINDS, "defined", "undefined", "none"))

NAME_LENGTH = 60  # grapheme clusters
_GRAPHEMES = regex.compile(rf"\X{{1,{NAME_LENGTH}}}")


class Sandbox(ImmutableSandboxedEnvironment):
    """What Jinja's own filters run in: looks things up as our templates do, and knows no other filter or test."""

    def __init__(self, **options: Any) -> None:
        super().__init__(undefined=Missing, **options)
        self.globals.clear()

    def getitem(self, obj: Any, argument: Any) -> Any:
        return look_up(obj, argument, str(argument))

    def getattr(self, obj: Any, attribute: str) -> Any:
        return look_up(obj, attribute, attribute)


def default(value: Any, other: Any = "", boolean: bool = False) -> Any:
    """The value, or else `other`; with `boolean`, also in place of what is empty, zero or false."""
    return other if is_missing(value) or (boolean and not value) else value


def name(value: Any) -> Any:
    """A name in one line of at most 60 grapheme clusters; missing where it is blank or no text."""
    tidy = one_line(value) if isinstance(value, str) else ""
    cut = _GRAPHEMES.match(tidy) if len(tidy) > NAME_LENGTH else None
    known = cut.group().rstrip() if cut else tidy
    return known or Missing(name=value.path if isinstance(value, Missing) else "a name")


def _strict(function: Function) -> Function:
    @wraps(function)
    def checked(value: Any, *args: Any, **kwargs: Any) -> Any:
        return function(needed(value), *args, **kwargs)

    return checked


def _lenient(test: Function) -> Function:
    @wraps(test)
    def checked(value: Any) -> bool:
        return not is_missing(value) and bool(test(value))

    return checked


def _bound(function: Function, environment: Environment, html: bool) -> Function:
    wants = _PassArg.from_obj(function)
    if wants is _PassArg.environment:
        return partial(function, environment)
    if wants is _PassArg.eval_context:
        context = EvalContext(environment)
        context.autoescape = html
        return partial(function, context)
    if wants is _PassArg.context:
        return partial(function, environment.from_string("").new_context())
    return function


def _filters(html: bool) -> Mapping[str, Function]:
    sandbox = Sandbox(autoescape=html)
    bound = {key: _strict(_bound(JINJA_FILTERS[key], sandbox, html)) for key in HARMLESS}
    sandbox.filters = {**bound, "default": default, "d": default, "name": name}
    del sandbox.filters["map"]
    sandbox.tests = dict(TESTS)
    return {**sandbox.filters, "map": bound["map"]}


_JINJA_TESTS: Mapping[str, Any] = JINJA_TESTS
TESTS: Mapping[str, Function] = {
    **{key: _JINJA_TESTS[key] for key in HARMLESS_TESTS},
    **{key: _lenient(_JINJA_TESTS[key]) for key in KINDS},
    "defined": lambda value: not is_missing(value),
    "undefined": is_missing,
    "none": is_missing,
}
PLAIN = _filters(html=False)
"""The filters for plain fields, but for those that need the reader's locale."""
HTML = _filters(html=True)
"""The same for HTML."""
