"""Writes what would have been sent into files: for development, demonstrations and tests.

    <directory>/<channel>/<message id>.json     everything about the message, its content exactly as previewed
                                      .txt      what one reads
                                      .html     e-mail only
                                      .eml      e-mail only, with every header; a mail program opens it

Each file appears whole or not at all, the .json last. A message that is handed over twice leaves one set of files.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import orjson
from pydantic import Field

from channels.addresses import Mailbox
from channels.base import ANY, AdapterBase, Capabilities
from channels.mime import letter
from channels.record import record_of
from channels.settings import Name, Sender, Settings
from orchestrator.model import Delivery, Outgoing

_LONGEST_NAME = 200
_READABLE = ("title", "subject", "body", "text")


class OutboxSettings(Settings):
    """Where to write, and in whose name e-mails are."""

    directory: Name
    sender: Sender = Field(default=Mailbox("Kairos", "hello@example.com"), alias="from")


class Outbox(AdapterBase[OutboxSettings]):
    """A folder in place of a provider."""

    name = "outbox"
    channels = (ANY,)
    capabilities = Capabilities(idempotent=True)
    model = OutboxSettings

    def request(self, message: Outgoing) -> dict[str, bytes]:
        """The files' contents by suffix, in the order of writing."""
        files = {".txt": _readable(message).encode()}
        if message.channel == "email":
            files[".html"] = str(message.content.fields.get("html") or "").encode()
            files[".eml"] = letter(message, self.settings.sender).content
        return {suffix: data for suffix, data in files.items() if data} | {".json": _record(message)}

    def hand_over(self, request: Mapping[str, bytes], message: Outgoing) -> Delivery:
        """Write the files. A disk that refuses is asked again later: repeating does no harm."""
        folder = Path(self.settings.directory) / message.channel
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for suffix, data in request.items():
                _write(folder / f"{_stem(message.id)}{suffix}", data)
        except OSError as fault:
            return Delivery("retry", detail=f"the outbox cannot be written ({os.strerror(fault.errno or 0)})")
        return Delivery("accepted", provider_id=message.id)


def _stem(id: str) -> str:
    name = quote(id, safe="")
    return name if len(name) <= _LONGEST_NAME else blake2b(id.encode(), digest_size=32).hexdigest()


def _write(path: Path, data: bytes) -> None:
    draft = path.with_name(f".{uuid4().hex}.tmp")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _readable(message: Outgoing) -> str:
    fields = message.content.fields
    names = ("text",) if message.channel == "email" else _READABLE
    return "\n".join(str(fields[name]) for name in names if fields.get(name))


def _record(message: Outgoing) -> bytes:
    return orjson.dumps(record_of(message), option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)
