"""Structured values to text columns and back, as JSON; what is long, compressed."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from threading import local
from typing import Any

import orjson
import zstandard

LONG = 2_000  # bytes, from which compressing costs less than writing them
QUICK = -1  # zstd's level: an email of 8 KB becomes one of 1 KB in 8 µs
ZSTD = "zstd:"  # how compressed text begins, which no JSON does


class _Zstd(local):
    """Each thread's own, as one serves one thread at a time, and making one takes longer than using it."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(QUICK)
        self.decompressor = zstandard.ZstdDecompressor()


_zstd = _Zstd()


def encode(value: Any) -> str:
    """JSON text. Big integers and lone surrogates, which the fast writer refuses, are written all the same."""
    return _json(value).decode()


def decode(text: str) -> Any:
    """What a JSON text says."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def pack(value: Any) -> str:
    """As `encode`, in little room."""
    text = _json(value)
    if len(text) < LONG:
        return text.decode()
    return ZSTD + b64encode(_zstd.compressor.compress(text)).decode()


def unpack(text: str) -> Any:
    """What `pack` or `encode` has written."""
    if not text.startswith(ZSTD):
        return decode(text)
    return decode(_zstd.decompressor.decompress(b64decode(text[len(ZSTD) :])).decode())


def storable(text: str) -> str:
    """Text from anywhere as every database takes it: without NUL, and with a question mark for half of a surrogate pair."""
    return text.encode(errors="replace").decode().replace("\0", "")


def _json(value: Any) -> bytes:
    try:
        return orjson.dumps(value, default=_plain)
    except orjson.JSONEncodeError:
        return json.dumps(value, default=_plain).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")
