"""How the service fares, for whoever runs it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import JSONResponse, Response

from orchestrator import civil
from orchestrator.api.house import House, TheHouse
from orchestrator.stores.outages import OUTAGES

router = APIRouter()


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", summary="Is the process alive?")
async def live() -> dict[str, str]:
    """It is, if it answers."""
    return {"status": "ok"}


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", summary="Can it work?", responses={503: {"description": "A store is away"}})
def ready(house: TheHouse) -> Response:
    """Whether the stores answer, and how long what was reported has been waiting for a worker."""
    away = house.app.away()
    told = {"status": "away" if away else "ok", "away": list(away), **({} if "database" in away else _behind(house))}
    return JSONResponse(told, 503 if away else 200)


@router.head("/metrics", include_in_schema=False)
@router.get("/metrics", summary="Counters for Prometheus", include_in_schema=False)
def metrics(house: TheHouse) -> Response:
    """What was counted, in the text format."""
    try:
        house.metrics.waiting.set(house.backlog().waiting)
    except OUTAGES:
        house.metrics.waiting.set(float("nan"))
    return Response(house.metrics.told(), media_type=CONTENT_TYPE_LATEST)


def _behind(house: House) -> dict[str, Any]:
    backlog = house.backlog()
    seconds = (house.app.clock() - backlog.oldest).total_seconds() if backlog.oldest else 0.0
    return {
        "waiting": {"moments": backlog.waiting, "since": civil.rfc3339(backlog.oldest), "seconds": round(seconds, 1)}
    }
