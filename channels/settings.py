"""What is set per provider: checked when an adapter is made, with secrets that no log or traceback can show."""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from channels.addresses import Mailbox, mailbox
from channels.errors import Misconfigured


class Settings(BaseModel):
    """Base of an adapter's settings: frozen, closed to unknown names, and silent about values in its errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class RemoteSettings(Settings):
    """What every provider over the network can be told: `timeout` bounds one whole exchange, in seconds."""

    timeout: float = Field(default=10.0, gt=0, le=15)  # a lease on the message lasts for the slowest batch


_URL = re.compile(r"https?://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?(/[A-Za-z0-9._~%!$&'()*+,;=:@/-]*)?")


def _url(text: str) -> str:
    parts = urlsplit(text)
    if not _URL.fullmatch(text) or not parts.hostname:
        raise ValueError("is not an address like https://api.example.com")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("must begin with https:// (plain http:// is for this machine only)")
    return text.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host's name or number stands for this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _sender(value: Any) -> Mailbox:
    return value if isinstance(value, Mailbox) else mailbox(str(value))


Secret = Annotated[SecretStr, Field(min_length=1)]
Name = Annotated[str, Field(min_length=1)]
BaseUrl = Annotated[str, AfterValidator(_url)]
Sender = Annotated[Mailbox, BeforeValidator(_sender)]

S = TypeVar("S", bound=Settings)


def checked(model: type[S], given: Mapping[str, Any], adapter: str) -> S:
    """The settings as values.

    Raises:
        Misconfigured: with one clause for each setting that is missing, unknown or wrong; no value is repeated.
    """
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        clauses = [_clause(fault, model) for fault in error.errors(include_url=False, include_input=False)]
    raise Misconfigured(f"adapter {adapter}: " + "; ".join(clauses))


def _clause(fault: ErrorDetails, model: type[Settings]) -> str:
    where = ".".join(str(step) for step in fault["loc"]) or "settings"
    if fault["type"] == "missing":
        return f"`{where}` is missing"
    if fault["type"] == "extra_forbidden":
        return f"`{where}` is not a setting{_suggestion(where, model)}"
    if fault["type"] in ("too_short", "string_too_short"):
        return f"`{where}` is empty; is its environment variable set?"
    return f"`{where}` {fault['msg'].removeprefix('Value error, ')}"


def _suggestion(unknown: str, model: type[Settings]) -> str:
    known = sorted(field.alias or name for name, field in model.model_fields.items())
    close = difflib.get_close_matches(unknown, known, n=1)
    return f", did you mean `{close[0]}`?" if close else f"; there are {', '.join(known)}"
