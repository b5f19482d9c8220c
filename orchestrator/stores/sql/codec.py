"""Values to columns and back: instants as whole microseconds since 1970, JSON as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """An instant as microseconds since 1970.

    Raises:
        TypeError: the datetime has no zone.
    """
    return (at - EPOCH) // MICROSECOND


def instant(micros: int) -> datetime:
    """The instant so many microseconds after 1970."""
    return EPOCH + timedelta(microseconds=micros)


def maybe_micros(at: datetime | None) -> int | None:
    """As `micros`, where there may be none."""
    return None if at is None else micros(at)


def maybe_instant(micros: int | None) -> datetime | None:
    """As `instant`, where there may be none."""
    return None if micros is None else instant(micros)


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


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")
