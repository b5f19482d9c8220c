"""What every request of a service passes before its endpoint is asked, in this order; the first "no" is the answer.

who     an API key that is honoured, and made for this        401, 403
pace    not too many requests of one key                       429
what    JSON, of a bounded size, that can be read one way      408, 413, 415, 400
once    `Idempotency-Key`: the same request again is told      409
        what was answered the first time
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from email.message import Message
from hashlib import blake2b
from itertools import count
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Request, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from orchestrator import audit
from orchestrator.api import strict_json
from orchestrator.api.house import House, house_of
from orchestrator.api.problems import Fault, Problem, invalid, told
from orchestrator.app import new_id
from orchestrator.ports import Answer

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

LARGEST = 1024 * 1024  # bytes of a body
PATIENCE = 30.0  # seconds for a body to arrive
LEASE = timedelta(seconds=60)  # after which a request that never was answered may be taken on again
BUSY = 1.0  # seconds after which it is worth asking again for a request that is at work

BEARER = HTTPBearer(auto_error=False, scheme_name="API key", description="A key that `kairos keys create` made.")
_NAME = re.compile(r"[!-~]{1,200}")


class BoundedRequest(Request):
    """A request whose body is read within bounds."""

    largest = LARGEST

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The body in parts, up to its bound, whatever its header says of its length."""
        size = 0
        async for part in super().stream():
            size += len(part)
            if size > self.largest:
                raise Problem("body.too_large", f"The body is larger than {self.largest} bytes.")
            yield part

    async def body(self) -> bytes:
        """The body, if it arrives in time.

        Raises:
            Problem: it does not, or is too large.
        """
        declared = self.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > self.largest:
            raise Problem("body.too_large", f"The body is larger than {self.largest} bytes.")
        try:
            async with asyncio.timeout(PATIENCE):
                return await super().body()
        except TimeoutError:
            raise Problem("body.slow") from None


class JsonRequest(BoundedRequest):
    """A request whose body is JSON, read strictly."""

    async def json(self) -> Any:
        """What the body says."""
        try:
            return strict_json.loads(await self.body())
        except strict_json.NotJson as error:
            raise Problem("body.not_json", f"The body is not JSON as it must be: {error}.") from None

    def assert_json(self) -> None:
        """Make sure that the body is said to be JSON.

        Raises:
            Problem: it is said to be something else, or nothing.
        """
        message = Message()
        message["content-type"] = self.headers.get("content-type", "")
        kind = message.get_content_type()
        if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
            raise Problem("body.unsupported", "Send `Content-Type: application/json`.")


class ServiceRoute(APIRoute):
    """An operation for services that hold a key for its `scope`."""

    scope = "admin"
    once = True

    def get_route_handler(self) -> Handler:
        """The endpoint behind all that comes before it."""
        endpoint = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            house = house_of(request)
            caller = await run_in_threadpool(house.admit, request.headers.get("authorization"), self.scope)
            request.state.caller = caller
            asked = JsonRequest(request.scope, request.receive)
            if self.body_field is None:
                return await endpoint(asked)
            asked.assert_json()
            return await (_once(asked, caller, endpoint, house) if self.once else endpoint(asked))

        return guarded


ASKING: Mapping[int | str, dict[str, Any]] = {
    401: told("No API key, or one that is not honoured"),
    403: told("The key is not made for this"),
    422: told("Something in the request is not as it must be; every fault is named"),
    429: told("Too many requests, or too much is waiting: try again after `Retry-After` seconds"),
    503: told("A store is out of reach; nothing was taken"),
}
SENDING: Mapping[int | str, dict[str, Any]] = {
    400: told("The body is not JSON, or none that everybody reads in the same way"),
    408: told("The body did not arrive in time"),
    409: told("The idempotency key belongs to another request, or to this one, which is still at work"),
    413: told("The body is larger than 1 MiB"),
    415: told("The body is not said to be JSON"),
}
"""What may be answered instead: to every service, and to those that send a body."""


def _idempotency(
    idempotency_key: Annotated[
        str | None,
        Header(
            pattern=f"^{_NAME.pattern}$",
            description="Of your choice. The same request under the same key is answered as it was the first time, for a week.",
        ),
    ] = None,
) -> None:
    """Tells of the header; `_once` reads it."""


def service_router(scope: str, *, writes: bool = True, once: bool = True) -> APIRouter:
    """A router for operations that need a key made for `scope`.

    Those that take a body (`writes`) honour idempotency keys, unless they have no effect and what they answer is not
    to be kept (`once` is False).
    """
    route: type[ServiceRoute] = type("ScopedRoute", (ServiceRoute,), {"scope": scope, "once": once})
    refusals = {status: problem for status, problem in SENDING.items() if once or status != 409}
    return APIRouter(
        prefix="/v1",
        route_class=route,
        dependencies=[Security(BEARER), *([Depends(_idempotency)] if writes and once else [])],
        responses={**ASKING, **refusals} if writes else dict(ASKING),
    )


def actor(request: Request) -> str:
    """Whoever sent a service's request, as the audit trail names them."""
    return audit.service(request.state.caller)


def new_ids(request: Request) -> Callable[[], str]:
    """Makes ids for what comes without: the same ones when the same request is sent again under its idempotency key."""
    seed: str | None = getattr(request.state, "seed", None)
    if seed is None:
        return new_id
    numbers: Iterator[int] = count()
    return lambda: blake2b(f"{seed}\0{next(numbers)}".encode(), digest_size=16).hexdigest()


async def _once(request: JsonRequest, caller: str, endpoint: Handler, house: House) -> Response:
    """Ask the endpoint, or tell what it answered when the same was asked before. Only what took effect is kept."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return await endpoint(request)
    if not _NAME.fullmatch(key):
        raise invalid([Fault("Expected 1 to 200 visible ASCII characters.", parameter="Idempotency-Key")])
    fingerprint = _fingerprint(request.method, request.url.path, await request.body())
    desk, now = house.app.desk, house.app.clock()
    standing = await run_in_threadpool(desk.begin, caller, key, fingerprint, now=now, lease=LEASE)
    if standing is not None:
        return _again(standing, fingerprint)
    request.state.seed = f"{caller}\0{key}"
    try:
        response = await endpoint(request)
    except BaseException:
        await run_in_threadpool(desk.abandon, caller, key)
        raise
    answer = Answer(fingerprint, response.status_code, bytes(response.body).decode())
    await run_in_threadpool(desk.answered, caller, key, answer)
    return response


def _again(standing: Answer, fingerprint: str) -> Response:
    if standing.fingerprint != fingerprint:
        raise Problem("idempotency.mismatch", "The key was used for another request: take a new one for this.")
    if standing.status is None:
        raise Problem("idempotency.busy", retry_after=BUSY)
    return Response(standing.body, standing.status, {"idempotency-replayed": "true"}, "application/json")


def _fingerprint(method: str, path: str, body: bytes) -> str:
    """What a request comes to, however its JSON is spaced and in whatever order its names stand."""
    with suppress(orjson.JSONDecodeError, orjson.JSONEncodeError):  # what is no JSON is refused further on
        body = orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
    return blake2b(b"\0".join((method.encode(), path.encode(), body)), digest_size=16).hexdigest()
