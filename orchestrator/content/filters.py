"""What may stand behind `|` and `is` in a template.

Jinja's own filters and tests, those that can do no harm, bound once so that they are plain functions; and ours:

    default, d              takes the place of what is missing (and, with `true`, of what is empty or false)
    name                    a person's name, tidied and cut to a length that fits any greeting
    greeting(with, without) a whole sentence for those whose name is known, another for those whose name is not
    money number percent date time datetime list unit relative
                            values as the reader's locale writes them (see `formats`)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial, wraps
from itertools import islice
from typing import Any

import regex
from jinja2 import Environment
from jinja2.defaults import DEFAULT_FILTERS, DEFAULT_TESTS
from jinja2.nodes import EvalContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import _PassArg
from markupsafe import Markup, escape

from orchestrator.content.bidi import (
    LINE_CONTROLS,
    Direction,
    Text,
    one_line,
    printable,
    show_attribute,
    show_html,
    show_plain,
    text,
)
from orchestrator.content.catalogs import Catalog
from orchestrator.content.refusal import Unfit
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

SCHEMES = frozenset({"http", "https", "mailto", "tel", "sms"})
MOST_ITEMS = 1000
NAME_LENGTH = 60  # grapheme clusters
_SCHEME = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9+.-]*):")
_GRAPHEMES = regex.compile(rf"\X{{1,{NAME_LENGTH}}}")


class Sandbox(ImmutableSandboxedEnvironment):
    """What Jinja's own filters run in: looks things up as our templates do, and knows no other filter or test."""

    def __init__(self, **options: Any) -> None:
        super().__init__(undefined=Missing, **options)
        self.globals.clear()

    def getitem(self, obj: Any, argument: Any) -> Any:
        return look_up(obj, argument, str(argument))

    def getattr(self, obj: Any, attribute: str, path: str = "") -> Any:
        return look_up(obj, attribute, path or attribute)


def default(value: Any, other: Any = "", boolean: bool = False) -> Any:
    """The value, or else `other`; with `boolean`, also in place of what is empty, zero or false."""
    absent = value is None or isinstance(value, Missing) or (boolean and not value)
    return other if absent else value


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
    sandbox.filters = {key: _strict(_bound(DEFAULT_FILTERS[key], sandbox, html)) for key in HARMLESS if key != "map"}
    sandbox.filters |= {"default": default, "d": default, "name": name}
    sandbox.tests = dict(TESTS)
    return {**sandbox.filters, "map": _strict(_bound(DEFAULT_FILTERS["map"], sandbox, html))}


TESTS: Mapping[str, Function] = {
    **{key: DEFAULT_TESTS[key] for key in HARMLESS_TESTS},
    **{key: _lenient(DEFAULT_TESTS[key]) for key in KINDS},
    "defined": lambda value: not is_missing(value),
    "undefined": is_missing,
    "none": is_missing,
}
PLAIN = _filters(html=False)
HTML = _filters(html=True)
"""The filters that need neither the reader's locale nor the place where they stand: for plain fields, and for HTML."""


def each(value: Any) -> Any:
    """What a loop goes over.

    Raises:
        MissingData: there is nothing to go over.
        Unfit: it is no collection, or has more than a thousand items.
    """
    if not isinstance(needed(value), Iterable):
        raise Unfit("a loop needs a list to go over")
    items = list(islice(value, MOST_ITEMS + 1))
    if len(items) > MOST_ITEMS:
        raise Unfit(f"a loop goes over {MOST_ITEMS} items at most")
    return [_filled(item) for item in items]


def _filled(item: Any) -> Any:
    if item is None:
        return Missing(name="an item of the list")
    return tuple(map(_filled, item)) if isinstance(item, tuple) else item


def bounded_range(*bounds: Any) -> range:
    """`range`, for as many numbers as a message may hold."""
    if any(isinstance(needed(bound), bool) or not isinstance(bound, int) for bound in bounds) or 0 in bounds[2:]:
        raise Unfit("range(…) takes whole numbers")
    if len(range(*bounds)) > MOST_ITEMS:
        raise Unfit(f"range(…) gives {MOST_ITEMS} numbers at most")
    return range(*bounds)


def url(value: Any, schemes: Collection[str] = SCHEMES) -> str:
    """An address that a link may lead to.

    Raises:
        Unfit: it is none, or of a scheme that is not allowed (`javascript:` and the like).
    """
    address = printable(value).strip()
    scheme = _SCHEME.match(address)
    allowed = scheme["name"].lower() in schemes if scheme else address.startswith(("/", "#", "?"))
    if not allowed or "\\" in address or LINE_CONTROLS.search(address):
        raise Unfit(f"{address[:80]!r} is not an address of a kind that a link may have")
    return address.replace(" ", "%20")


def functions(
    html: bool, direction: Direction, catalog: Catalog, schemes: Collection[str] = SCHEMES
) -> dict[str, Function]:
    """All filters that do not need the person's formats, for a kind of field in a locale.

    Among them are those that the compiler puts in by itself: `text`, `shown`, `attribute`, `url`, `plural`, `each`.
    """
    show = show_html(direction) if html else show_plain(direction)
    wrap = Markup if html else Text
    own = {
        "default": default,
        "d": default,
        "name": name,
        "e": show_html(direction),
        "escape": show_html(direction),
        "text": text,
        "shown": show,
        "attribute": show_attribute if html else show,
        "url": lambda value: wrap(escape(url(value, schemes)) if html else url(value, schemes)),
        "plural": partial(place, catalog),
        "each": each,
    }
    return {**(HTML if html else PLAIN), **own}


def place(catalog: Catalog, number: Any) -> int:
    """Which of a string's plural forms goes with a number.

    Raises:
        Unfit: it is no number.
    """
    try:
        return catalog.plural_index(needed(number))
    except (TypeError, ValueError) as fault:
        raise Unfit(str(fault)) from fault


def formatted(
    name: str, formats: Any, show: Function, value: Any, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> str:
    """A value as the reader's locale writes it.

    Raises:
        MissingData: there is none.
        Unfit: it cannot be written so.
    """
    given = needed(value)
    try:
        if name == "list":
            return Markup(formats.list([show(item) for item in each(given)], *args, **kwargs))
        return Text(getattr(formats, name)(given, *args, **kwargs))
    except (TypeError, ValueError, ArithmeticError, LookupError) as fault:
        raise Unfit(f"{name}: {fault}") from fault
