"""How the service fares, for whoever runs it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import JSONResponse, Response

from orchestrator import civil
from orchestrator.api.house import TheHouse
from orchestrator.ports import Backlog
from orchestrator.watch.exposition import exposed
from orchestrator.watch.status import Status

router = APIRouter()


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", summary="Is the process alive?")
async def live() -> dict[str, str]:
    """It is, if it answers."""
    return {"status": "ok"}


@router.head("/readyz", include_in_schema=False)
@router.get(
    "/readyz",
    summary="Does the house work?",
    responses={503: {"description": "A store is away, or a lane is not served"}},
)
def ready(house: TheHouse) -> Response:
    """Whether the stores answer, and a canary came through every lane lately; and how long reports have been waiting."""
    seen = house.status()
    is_well = not (seen.away or seen.silent)
    told = {
        "status": "ok" if is_well else "away" if seen.away else "silent",
        "away": list(seen.away),  # why is told to operators alone
        "silent": seen.silent,
        **(_behind(seen, seen.backlog) if seen.backlog else {}),
    }
    return JSONResponse(told, 200 if is_well else 503)


@router.head("/metrics", include_in_schema=False)
@router.get("/metrics", summary="Numbers for Prometheus", include_in_schema=False)
def metrics(house: TheHouse) -> Response:
    """What all workers have counted, what waits, and what this process has counted, in the text format."""
    return Response(exposed(house.status()) + house.metrics.told(), media_type=CONTENT_TYPE_LATEST)


def _behind(seen: Status, backlog: Backlog) -> dict[str, Any]:
    seconds = seen.age(backlog.oldest).total_seconds() if backlog.oldest else 0.0
    return {
        "waiting": {"moments": backlog.waiting, "since": civil.rfc3339(backlog.oldest), "seconds": round(seconds, 1)}
    }
