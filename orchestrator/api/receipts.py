"""What providers report back: genuine only if the provider's signature says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response

from channels.base import Adapter, Challenged, Inbound
from orchestrator.api.guard import BoundedRequest
from orchestrator.api.house import House, TheHouse
from orchestrator.api.problems import Problem, told
from orchestrator.decision import machines
from orchestrator.model import Receipt
from orchestrator.ports import Record
from orchestrator.stores.outages import OUTAGES
from orchestrator.watch import events
from orchestrator.watch.events import tell

ANSWERS: dict[int | str, dict[str, Any]] = {
    403: told("It does not come from the provider: its signature or its verify token is not right"),
    "4XX": told("There is no such provider, or the body cannot be taken in"),
    503: told("A store is out of reach; nothing was taken"),
}

router = APIRouter(prefix="/v1", responses=ANSWERS)


class Webhook(BoundedRequest):
    """A provider's request: it gathers many reports, and sends the same ones again for days if it is refused."""

    largest = 4 * 1024 * 1024  # bytes of a body; Meta sends up to 3 MB


@router.post("/receipts/{adapter}", status_code=204, summary="Take in a provider's webhook")
async def receive(adapter: str, request: Request, house: TheHouse) -> Response:
    """Verify a webhook over its raw body and its full public address, keep what it reports, and say so; then apply it.

    The same report may come any number of times, in any order. What is kept is applied, whatever becomes of this process.
    """
    body = await Webhook(request.scope, request.receive).body()
    webhook = Inbound(
        url=_public(house, request),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        received=house.app.clock().timestamp(),
    )
    news = await run_in_threadpool(_take, house, adapter, webhook)
    return Response(status_code=204, background=BackgroundTask(_learn, house, news))


@router.get("/receipts/{adapter}", response_class=PlainTextResponse, summary="Answer a provider's question")
def answer(adapter: str, request: Request, house: TheHouse) -> str:
    """Tell a provider that asks before it sends webhooks that this address is ours: it must know our verify token."""
    asked = dict(request.query_params)
    for one in _adapters(house, adapter):
        if isinstance(one, Challenged) and (told := one.challenge(asked)) is not None:
            return told
    raise Problem("challenge.refused")


def _adapters(house: House, name: str) -> list[Adapter]:
    accounts = list(house.app.dispatcher.by_name(name))
    if not accounts:
        raise Problem("not_found", "The workspace has no provider with this adapter.")
    return [account.adapter for account in accounts]


def _take(house: House, adapter: str, webhook: Inbound) -> list[tuple[Receipt, Record]]:
    genuine = next((one for one in _adapters(house, adapter) if one.verify(webhook)), None)
    if genuine is None:
        raise Problem("signature.invalid")
    receipts = machines.told_apart(genuine.parse(webhook))
    news = house.app.feedback.take_in(receipts) if receipts else []
    for receipt in receipts:
        house.metrics.receipts.labels(adapter, receipt.kind).inc()
    return news


def _learn(house: House, news: Sequence[tuple[Receipt, Record]]) -> None:
    try:
        house.app.feedback.learn(news)
    except OUTAGES as error:
        tell(events.BROKEN_OFF, task="receipts", error=type(error).__name__)


def _public(house: House, request: Request) -> str:
    """The address that the provider called, as it is written in public: a proxy in between may have changed it."""
    path, query = request.scope["raw_path"].decode("ascii"), request.scope["query_string"].decode("latin-1")
    base = house.app.material.workspace.links_base
    return f"{base}{path}?{query}" if query else f"{base}{path}"
