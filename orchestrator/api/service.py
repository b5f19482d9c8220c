"""The service put together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from orchestrator.api import (
    confirmations,
    consents,
    faults,
    health,
    messages,
    moments,
    preferences,
    previews,
    profiles,
    receipts,
    shortlinks,
    unsubscribe,
)
from orchestrator.api.house import SOON, House
from orchestrator.api.limits import BURST, PATIENCE, RATE, ROOM
from orchestrator.api.openapi import described
from orchestrator.api.problems import Problem, invalid, of_status
from orchestrator.api.telemetry import Telemetry
from orchestrator.app import App
from orchestrator.settings import NotRunning
from orchestrator.stores.outages import OUTAGES
from orchestrator.watch import events
from orchestrator.watch.events import tell

PARTS = (
    moments,
    profiles,
    consents,
    messages,
    previews,
    receipts,
    preferences,
    unsubscribe,
    confirmations,
    shortlinks,
    health,
)


def create(
    app: App, *, rate: float = RATE, burst: int = BURST, room: int = ROOM, patience: float = PATIENCE
) -> FastAPI:
    """The house over HTTP.

    Args:
        app: the workspace at work; whoever made it closes it.
        rate: requests a second that one API key may make on average.
        burst: requests that it may make at once.
        room: beyond so many moments that wait to be decided, no more are taken on.
        patience: nor while one has waited for so many seconds; 0: however long.
    """
    house = House(app, app.rates(rate, burst), room, patience=timedelta(seconds=patience) if patience else None)
    service = FastAPI(
        title="Kairos",
        version=version("kairos-orchestrator"),
        description="Report what happens and what is known of people; ask what was sent, and why or why not.",
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
        lifespan=_lifespan,
    )
    service.state.house = house
    for part in PARTS:
        service.include_router(part.router)
    service.add_exception_handler(HTTPException, _refused)
    service.add_exception_handler(RequestValidationError, _invalid)
    for outage in (*OUTAGES, NotRunning):
        service.add_exception_handler(outage, _away)
    service.add_middleware(Telemetry, metrics=house.metrics)
    service.openapi = lambda: described(service, app.material.workspace, app.material.channels)  # type: ignore[method-assign]
    return service


@asynccontextmanager
async def _lifespan(service: FastAPI) -> AsyncIterator[None]:
    """Read the workspace and open the stores before the first request; those that are away are opened later."""
    app: App = service.state.house.app
    _ = app.material
    with suppress(*OUTAGES, NotRunning):
        await run_in_threadpool(lambda: (app.records, app.desk, app.feedback, app.dispatcher))
    yield


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error, Problem):
        return error.response()
    answer = of_status(error).response()
    if error.status_code == 405:
        answer.headers["allow"] = ", ".join(sorted(_allowed(request.url.path)))
    return answer


def _allowed(path: str) -> Iterator[str]:
    """What can be done at a path, by whichever of its routes."""
    for part in PARTS:
        for route in part.router.routes:
            if isinstance(route, APIRoute) and route.path_regex.match(path):
                yield from route.methods or ()


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return invalid(faults.told(error.errors())).response()


async def _away(request: Request, error: Exception) -> Response:
    tell(events.STORE_AWAY, error=type(error).__name__)
    return Problem("store.away", retry_after=SOON).response()
