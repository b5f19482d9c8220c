"""What a template calls beyond Jinja's own: its filters by medium and locale, and what the compiler puts in by itself.

    own text shown attribute in_title url
                                    how something is printed in its place        (linker, contexts)
    plural                          which form of a string goes with a number    (localise)
    each range                      what a loop goes over                        (linker)

Whatever does not fit raises `Unfit`, what is not there `MissingData`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from itertools import islice
from typing import Any

from markupsafe import Markup

from orchestrator.content.bidi import escaped
from orchestrator.content.catalogs import Catalog
from orchestrator.content.filters import HTML, PLAIN, Function, default, name
from orchestrator.content.formats import Formats
from orchestrator.content.media import Medium, printable, show_attribute, show_in_title
from orchestrator.content.refusal import Unfit
from orchestrator.content.syntax import MOST_ITEMS
from orchestrator.content.values import Missing, needed

_SCHEME = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9+.-]*):")
_USUAL = re.compile(r"https?://[!#-%(-;=?-\[\]-~]*")  # nothing in it to look into, nor to escape
_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\\\\]")


def functions(medium: Medium, catalog: Catalog) -> Mapping[str, Function]:
    """All filters for a medium in a locale, but for those that need the person's formats."""
    return {
        **(HTML if medium.html else PLAIN),
        "default": default,
        "d": default,
        "name": name,
        "e": partial(_escaped, medium),
        "escape": partial(_escaped, medium),
        "text": partial(text, medium),
        "plural": _place_finder(catalog),
        "each": each,
        **{key: _then(medium.composed, write) for key, write in printers(medium).items()},
    }


def printers(medium: Medium) -> Mapping[str, Function]:
    """The filters that make of any value the very text that is printed."""
    return {
        "own": lambda constant: escaped(str(constant)) if medium.html else str(constant),
        "shown": medium.show,
        "attribute": show_attribute if medium.html else medium.show,
        "in_title": show_in_title if medium.html else medium.show,
        "url": partial(_url, medium),
    }


def _then(finish: Callable[[str], str], write: Function) -> Function:
    def finished(*args: Any, **kwargs: Any) -> str:
        return finish(write(*args, **kwargs))

    return finished


def text(medium: Medium, value: Any) -> Any:
    """What the template itself has composed, marked as that."""
    return medium.composed(value) if value.__class__ is str else value


def _escaped(medium: Medium, value: Any) -> Markup:
    return Markup(medium.show(value) if medium.html else escaped(medium.show(value)))


def _url(medium: Medium, value: Any) -> str:
    if value.__class__ is str and _USUAL.fullmatch(value):
        return value
    checked = address(value, medium.schemes)
    return escaped(checked) if medium.html else checked


def address(value: Any, schemes: Collection[str]) -> str:
    """An address that a link may lead to.

    Raises:
        Unfit: it is none, or of a scheme that is not allowed (`javascript:` and the like).
    """
    found = value.striptags() if isinstance(value, Markup) else printable(value).strip()
    scheme = _SCHEME.match(found)
    allowed = scheme["name"].lower() in schemes if scheme else found.startswith(("/", "#", "?"))
    if not allowed or _UNWANTED.search(found):
        raise Unfit(f"{found[:80]!r} is not an address of a kind that a link may have")
    return found.replace(" ", "%20")


def _place_finder(catalog: Catalog) -> Callable[[Any], int]:
    """Which of a string's plural forms goes with a number; small ones are looked up."""
    table = tuple(map(catalog.plural_index, range(100)))

    def place(number: Any) -> int:
        if number.__class__ is int and 0 <= number < 100:
            return table[number]
        try:
            return catalog.plural_index(needed(number))
        except (TypeError, ValueError) as fault:
            raise Unfit(str(fault)) from fault

    return place


def each(value: Any) -> list[Any]:
    """What a loop goes over.

    Raises:
        MissingData: there is nothing to go over.
        Unfit: it is no collection, or has more than a thousand items.
    """
    if value.__class__ is list and None not in value and len(value) <= MOST_ITEMS:
        return value
    if not isinstance(needed(value), Iterable):
        raise Unfit("a loop needs a list to go over")
    items = list(islice(value, MOST_ITEMS + 1))
    if len(items) > MOST_ITEMS:
        raise Unfit(f"a loop goes over {MOST_ITEMS} items at most")
    return [_there(item) for item in items]


def _there(item: Any) -> Any:
    if item is None:
        return Missing(name="an item of the list")
    return tuple(map(_there, item)) if isinstance(item, tuple) else item


def bounded_range(*bounds: Any) -> range:
    """`range`, for as many numbers as a message may hold.

    Raises:
        MissingData: a bound is missing.
        Unfit: a bound is no whole number, or there would be more than a thousand.
    """
    if any(isinstance(needed(bound), bool) or not isinstance(bound, int) for bound in bounds) or 0 in bounds[2:]:
        raise Unfit("range(…) takes whole numbers")
    if len(range(*bounds)) > MOST_ITEMS:
        raise Unfit(f"range(…) gives {MOST_ITEMS} numbers at most")
    return range(*bounds)


def calculation(sign: str) -> Callable[[Any, Any], Any]:
    """`*` and `%` as templates may use them: on numbers, never on text."""
    calculate = {"*": operator.mul, "%": operator.mod}[sign]

    def calculated(left: Any, right: Any) -> Any:
        for operand in (needed(left), needed(right)):
            if isinstance(operand, str | list | tuple):
                raise Unfit(f"`{sign}` is for numbers")
        return calculate(left, right)

    return calculated


def listed(medium: Medium, formats: Formats, value: Any, *args: Any, **kwargs: Any) -> str:
    """A list as one phrase; its texts are data, and are printed as such."""
    items = [medium.show(item) if isinstance(item, str) else item for item in each(value)]
    return medium.composed(formats.list(items, *args, **kwargs))
