"""Instants as whole microseconds since 1970: exact, small, and with no zone to mistake."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@lru_cache(maxsize=16_384)  # what is written together mostly happened together
def micros(at: datetime) -> int:
    """An instant as microseconds since 1970.

    Raises:
        TypeError: the datetime has no zone.
    """
    return (at - EPOCH) // MICROSECOND


@lru_cache(maxsize=16_384)  # what is read together was mostly written together
def instant(micros: int) -> datetime:
    """The instant so many microseconds after 1970."""
    return EPOCH + timedelta(microseconds=micros)


def maybe_micros(at: datetime | None) -> int | None:
    """As `micros`, where there may be none."""
    return None if at is None else micros(at)


def maybe_instant(micros: int | None) -> datetime | None:
    """As `instant`, where there may be none."""
    return None if micros is None else instant(micros)
