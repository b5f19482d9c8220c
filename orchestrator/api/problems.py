"""What is answered instead, as RFC 9457 has it: a stable code, a sentence, and every fault at its place.

`PROBLEMS` has all codes: add, never rename. Sentences may improve.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response

PROBLEMS: Mapping[str, tuple[int, str]] = {
    "body.not_json": (400, "The body is not JSON as it must be."),
    "key.missing": (401, "An API key is needed."),
    "key.unknown": (401, "The API key is not one of ours, or is no longer honoured."),
    "scope.missing": (403, "The API key is not made for this."),
    "signature.invalid": (403, "The webhook does not carry its provider's signature."),
    "challenge.refused": (403, "Who asks does not know our verify token."),
    "not_found": (404, "There is nothing here."),
    "method.not_allowed": (405, "This cannot be done here."),
    "body.slow": (408, "The body did not arrive in time."),
    "idempotency.mismatch": (409, "The idempotency key was used for another request."),
    "idempotency.busy": (409, "The same request is still being worked on."),
    "body.too_large": (413, "The body is larger than is accepted."),
    "body.unsupported": (415, "The body is not said to be JSON."),
    "request.invalid": (422, "Something in the request is not as it must be."),
    "rate.exceeded": (429, "Too many requests."),
    "backlog.full": (429, "More is waiting to be decided than can be taken on."),
    "internal": (500, "Something went wrong here."),
    "store.away": (503, "A store is out of reach; nothing was taken."),
}
BY_STATUS: Mapping[int, str] = {404: "not_found", 405: "method.not_allowed", 413: "body.too_large"}
TYPE = "urn:kairos:problem:"
MEDIA_TYPE = "application/problem+json"
MOST_FAULTS = 1000  # told of one request


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: at a JSON pointer into the body, or in a parameter of the request; and what would be right."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None

    def told(self) -> dict[str, str]:
        """The fault as JSON has it."""
        parts = {"pointer": self.pointer, "parameter": self.parameter, "detail": self.detail}
        return {name: part for name, part in parts.items() if part is not None}


class Problem(HTTPException):
    """Raised wherever a request has to be refused. `retry_after` is in seconds."""

    def __init__(
        self, code: str, detail: str = "", faults: Iterable[Fault] = (), *, retry_after: float | None = None
    ) -> None:
        self.code = code
        self.faults = tuple(faults)
        status, sentence = PROBLEMS[code]
        headers = {"retry-after": str(max(1, math.ceil(retry_after)))} if retry_after is not None else {}
        if status == 401:
            headers["www-authenticate"] = "Bearer"
        super().__init__(status, detail or sentence, headers)

    def response(self) -> Response:
        """The answer."""
        told: dict[str, object] = {
            "type": TYPE + self.code,
            "title": PROBLEMS[self.code][1],
            "status": self.status_code,
            "detail": self.detail,
        }
        if self.faults:
            told["errors"] = [fault.told() for fault in self.faults[:MOST_FAULTS]]
        return Response(orjson.dumps(told), self.status_code, dict(self.headers or {}), MEDIA_TYPE)


def invalid(faults: Iterable[Fault]) -> Problem:
    """The problem of a request in which these things are wrong."""
    found = tuple(faults)
    count = f"{len(found)} things are wrong" if len(found) > 1 else "One thing is wrong"
    return Problem("request.invalid", f"{count} in the request; nothing was taken.", found)


def of_status(error: HTTPException) -> Problem:
    """The problem that stands for a plain HTTP error."""
    return Problem(BY_STATUS.get(error.status_code, "internal"))


def told(description: str) -> dict[str, Any]:
    """How the description of the service tells of a problem."""
    return {"description": description, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
