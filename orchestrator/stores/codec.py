"""Structured values to text columns and back, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import orjson


def encode(value: Any) -> str:
    """JSON text. Big integers and lone surrogates, which the fast writer refuses, are written all the same."""
    try:
        return orjson.dumps(value, default=_plain).decode()
    except orjson.JSONEncodeError:
        return json.dumps(value, default=_plain)


def decode(text: str) -> Any:
    """What a JSON text says."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def storable(text: str) -> str:
    """Text from anywhere as every database takes it: without NUL, and with a question mark for half of a surrogate pair."""
    return text.encode(errors="replace").decode().replace("\0", "")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")
