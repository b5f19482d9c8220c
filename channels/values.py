"""Reading JSON that others wrote: what is not as it should be is an error, or nothing, never a surprise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_CODE = re.compile(r"[A-Za-z_]{1,40}|[0-9]{1,6}")


def objects(value: object) -> list[dict[str, Any]]:
    """The objects in a list; none where it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text_at(found: Mapping[str, Any], key: str) -> str:
    """A text that must be there.

    Raises:
        ValueError: it is not, or is empty.
    """
    value = found.get(key)
    if not isinstance(value, str) or not value:
        raise ValueError(f"no {key}")
    return value


def text_or_none(value: object) -> str | None:
    """A text that may be there."""
    return value if isinstance(value, str) and value else None


def code_of(value: object) -> str:
    """A provider's error code, if it looks like one: its words may repeat an address, and do not belong in a log."""
    text = str(value)
    return text if _CODE.fullmatch(text) else "?"


def instant(stamp: object) -> datetime | None:
    """A Unix time in seconds as an instant, if it is one."""
    if not isinstance(stamp, int | float):
        return None
    try:
        return datetime.fromtimestamp(stamp, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def moment_of(text: object) -> datetime | None:
    """An instant written as RFC 3339 has it, in UTC, if it is one with a zone."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None
