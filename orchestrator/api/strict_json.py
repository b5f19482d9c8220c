"""JSON as it is meant: UTF-8, no NaN, no name twice in an object, nothing too deep, no number that would be bent.

What two readers might read differently is refused, so that nobody is ever told something else than what was said.
"""

from __future__ import annotations

import json
import re
from itertools import accumulate
from typing import Any

import orjson

DEEPEST = 64  # levels of lists and objects
LARGEST_INTEGER = 2**63

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_STEP = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}


class NotJson(ValueError):
    """The bytes are no JSON, or none that everybody reads in the same way; the text says why."""


def loads(data: bytes) -> Any:
    """What a body says.

    Raises:
        NotJson: it says nothing that is certain.
    """
    try:
        orjson.loads(data)  # strict about UTF-8, surrogates, NaN, infinity and syntax, and quick to say no
    except orjson.JSONDecodeError as error:
        raise NotJson(f"{error.msg} (line {error.lineno}, column {error.colno})") from None
    if _depth(data) > DEEPEST:
        raise NotJson(f"it is nested more than {DEEPEST} levels deep")
    if _NUL.search(data):
        raise NotJson("it holds the character U+0000, which cannot be kept")
    return json.loads(data, object_pairs_hook=_object, parse_int=_integer)


def _depth(data: bytes) -> int:
    brackets = _BRACKET.findall(_STRING.sub(b"", data))
    return max(accumulate(_STEP[bracket] for bracket in brackets), default=0)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise NotJson(f"the name {name[:40]!r} stands twice in one object")
        found[name] = value
    return found


def _integer(digits: str) -> int:
    if len(digits) > 20 or not -LARGEST_INTEGER <= int(digits) < LARGEST_INTEGER:
        raise NotJson("a whole number needs more than 64 bits; write it as a text")
    return int(digits)
